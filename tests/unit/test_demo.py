"""The demonstration's invented call centre is the same every time, and holds what a demonstration has to show."""

import os
import shutil
import stat
import tomllib
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from telemarket.asterisk.pbx.errors import PbxError, ProgramMissing
from telemarket.asterisk.pbx.programs import Asterisk
from telemarket.calls.floor import EngineSettings, Floor
from telemarket.calls.model import OperatorProfile, Project
from telemarket.calls.views import AgentState
from telemarket.contacts.fields import checked, phone_rows
from telemarket.core.errors import ConfigurationError
from telemarket.demo.callers import choose_project
from telemarket.demo.centre import ACTIONS, CATEGORIES, OPERATORS, PEOPLE, PROJECTS
from telemarket.demo.clients import COUNT, PLAN, make_clients
from telemarket.demo.evidence import Percentiles
from telemarket.demo.house import House, to_toml
from telemarket.demo.past import make_past
from telemarket.demo.smoke import MOST_CALLS, choose_callers
from telemarket.demo.stories import STORIES

TODAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_clients_are_the_same_every_time() -> None:
    clients = make_clients(TODAY)
    assert clients == make_clients(TODAY)
    assert len(clients) == COUNT
    assert [client.fields.name for client in clients] == [client.fields.name for client in make_clients(date.today())]


def test_every_telephone_number_is_understood() -> None:
    for client in make_clients(TODAY):
        checked(client.fields)
        rows = phone_rows(client.phones, PLAN)
        assert 1 <= len(rows) == len(client.phones) <= 4
        assert all(row["e164"].startswith("+380") for row in rows), client.phones


def test_numbers_are_written_in_many_ways() -> None:
    written = [text for client in make_clients(TODAY) for _, text in client.phones]
    shapes = {"".join("9" if character.isdigit() else character for character in text) for text in written}
    assert len(shapes) >= 10


def test_some_clients_share_a_number_and_some_are_important() -> None:
    clients = make_clients(TODAY)
    callers = Counter(client.numbers[0] for client in clients)
    assert any(count > 1 for count in callers.values())
    assert 5 <= sum(client.fields.vip is True for client in clients) <= 40


def test_the_tutorial_names_a_client_who_shares_his_number() -> None:
    clients = make_clients(TODAY)
    text = (Path(__file__).parents[2] / "docs/tutorial.md").read_text(encoding="utf-8")
    named = [client for client in clients if str(client.fields.name).rsplit(" ", 1)[0] in text]
    assert named
    assert all(sum(client.numbers[0] in other.numbers for other in clients) > 1 for client in named)


def test_every_story_can_be_told_of_every_client_of_its_project() -> None:
    topics = {project.number: project.topics for project in PROJECTS}
    for client in make_clients(TODAY):
        for story in STORIES[client.project]:
            assert story.text.format_map(client.details)
            assert story.topic in topics[client.project]
            assert story.category in CATEGORIES
            assert story.action in ("", *ACTIONS)


def test_every_project_has_operators_and_every_operator_a_project() -> None:
    serving = {login for project in PROJECTS for login in project.operators}
    assert all(project.operators for project in PROJECTS)
    assert serving == {person.login for person in OPERATORS}
    assert [person.role for person in PEOPLE].count("supervisor") == 1


def test_the_past_is_past_and_the_same_every_time() -> None:
    clients = make_clients(TODAY)
    past = make_past(clients, NOW)
    assert past == make_past(clients, NOW)
    assert all(NOW - timedelta(days=560) < call.arrived_at < call.ended_at < NOW for call in past)
    assert {call.client for call in past} == set(range(COUNT))
    assert max(Counter(call.client for call in past).values()) <= 12
    operators = {project.number: project.operators for project in PROJECTS}
    assert all(call.operator in operators[call.project] for call in past if call.answered_at)


def test_some_requests_are_still_open_with_a_deadline_and_a_consultant() -> None:
    notes = [call.note for call in make_past(make_clients(TODAY), NOW) if call.note]
    unfinished = [note for note in notes if note.state != "done"]
    assert 5 <= len(unfinished) < len(notes) / 4
    assert all(note.deadline for note in unfinished)
    assert any(note.consultant for note in unfinished)


def test_callers_of_a_smoke_run_have_numbers_of_their_own() -> None:
    callers = choose_callers(MOST_CALLS)
    assert len({caller.number for caller in callers}) == MOST_CALLS
    unknown = [caller for caller in callers if caller.contact_id is None]
    assert 0 < len(unknown) < MOST_CALLS / 4


def test_a_test_call_goes_where_somebody_can_take_it() -> None:
    projects = [
        Project(id=n, number=f"07{n}", name="", dnis=(f"10{n}",), operator_ids=frozenset({n})) for n in (1, 2, 3)
    ]
    floor = Floor(EngineSettings())
    floor.configure(projects, [OperatorProfile(id=n, endpoint=f"PJSIP/{n}") for n in (1, 2, 3)])
    assert choose_project(floor, "072").number == "072"
    for busy in (1, 3):
        floor.agents[busy].page = True
        floor.set_state(floor.agents[busy], AgentState.READY)
    assert choose_project(floor, "073").number == "073"
    assert choose_project(floor, "072").number == "071"


def test_configuration_is_written_as_it_is_read() -> None:
    sections = {"": {"demo": True}, "web": {"port": 8090}, "log": {"format": 'a "quoted" \\ п’ять'}}
    assert tomllib.loads(to_toml(sections)) == {"demo": True, "web": sections["web"], "log": sections["log"]}


def test_percentiles_of_few_values() -> None:
    assert Percentiles.of([]) == Percentiles(p50=0, p95=0, p99=0)
    assert Percentiles.of([5.04]) == Percentiles(p50=5.0, p95=5.0, p99=5.0)
    assert Percentiles.of(range(101)) == Percentiles(p50=50, p95=95, p99=99)


def test_only_one_demonstration_lives_in_a_folder(tmp_path: Path) -> None:
    house = _house(tmp_path)
    with house.occupied(), pytest.raises(ConfigurationError, match="already"), _house(tmp_path).occupied():
        pass
    with house.occupied():
        assert tmp_path.exists()


def test_debootstrap_is_installed_where_it_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apt = tmp_path / "apt-get"
    apt.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\n')
    apt.chmod(apt.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(shutil, "which", lambda name, **_: str(apt) if name == "apt-get" else None)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    told: list[str] = []
    with pytest.raises(ProgramMissing, match="debootstrap"):
        House.provide(tmp_path / "demo", tmp_path / "rootfs", told.append)
    asked = (tmp_path / "asked").read_text().splitlines()
    assert asked == ["update -q", "install -y -q --no-install-recommends debootstrap"]
    assert all("debootstrap" in step for step in told)

    apt.write_text("#!/bin/sh\necho no mirror >&2\nexit 100\n")
    with pytest.raises(PbxError, match="no mirror"):
        House.provide(tmp_path / "demo", tmp_path / "rootfs", told.append)


def test_without_root_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(PbxError, match="run once as root: debootstrap"):
        House.provide(tmp_path / "demo", tmp_path / "rootfs", print)


def _house(folder: Path) -> House:
    return House(folder, Asterisk(command=("asterisk",), version="22", modules=folder), ("sipp",))
