"""Configured backends as administrators and supervisors meet them: the command, the child process, the page."""

import asyncio
import json
import os
import sqlite3
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result

from telemarket.adapters.child import SECTIONS
from telemarket.adapters.registry import Registry
from telemarket.adapters.schedule import SyncSchedule, child_process
from telemarket.adapters.syncing import syncing
from telemarket.adapters.write_back import WriteBack, place_of
from telemarket.backend import BackendRefused
from telemarket.calls.views import ProjectView
from telemarket.casework.changes import SETTLING, RequestChanges
from telemarket.casework.model import RequestFields, RequestState
from telemarket.cli.main import cli
from telemarket.contacts.service import ContactService
from telemarket.contacts.sync.reading import RecordReader
from telemarket.contacts.sync.states import SyncStates
from telemarket.core.clock import utc_now
from telemarket.core.database import Database
from telemarket.core.migrate import upgrade
from telemarket.core.settings import Settings, load_settings
from telemarket.demo.filling import fill
from telemarket.demo.house import to_toml
from telemarket.demo.insurer import make_insurer, sections
from telemarket.numbers import NumberingPlan
from tests.desk import Desk, receive, running_desk, signed_in, stream
from tests.fakes.call_centre import new_call
from tests.integration.contacts.clients import CLIENTS, make_clients, section

CONFIG = """
data_dir = "{folder}"
[backends.policies]
kind = "sql"
title = "Поліси"
[backends.policies.options]
url = "sqlite:///{folder}/clients.db"
query = "SELECT id, name, phone FROM clients"
[backends.broken]
kind = "sql"
[backends.broken.options]
adress = "nowhere"
"""


@pytest.fixture
def clients(tmp_path: Path) -> Path:
    path = tmp_path / "clients.db"
    make_clients(path)
    return path


# ---- the command


@pytest.fixture
def config(tmp_path: Path, clients: Path) -> Path:
    async def prepare() -> None:
        database = Database(f"sqlite+aiosqlite:///{tmp_path}/telemarket.db")
        await upgrade(database)
        await database.close()

    asyncio.run(prepare())
    path = tmp_path / "telemarket.toml"
    path.write_text(CONFIG.format(folder=tmp_path), encoding="utf-8")
    assert tomllib.loads(path.read_text(encoding="utf-8"))
    return path


def run(config: Path, *arguments: str) -> Result:
    result = CliRunner().invoke(cli, ["--config", str(config), "backend", *arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_the_command_synchronises_and_tells_what_came(config: Path, clients: Path) -> None:
    first = json.loads(run(config, "sync", "policies", "--json").stdout)
    assert (first["new"], first["unchanged"]) == (2, 0)
    make_clients(clients, [CLIENTS[0], ("2", "Коваль-Бойко Петро", "050 333 44 55", "", "")])
    assert "1 changed, 1 unchanged" in run(config, "sync", "policies").output
    policies, broken = json.loads(run(config, "list", "--json").stdout)
    assert policies["state"]["succeeded_at"]
    assert "adress" in broken["problem"]
    assert "options.adress" in run(config, "list").output


def test_the_command_checks_each_backend_and_fails_if_one_is_not_well(config: Path, clients: Path) -> None:
    assert run(config, "check", "policies").exit_code == 0
    assert run(config, "check").exit_code == 1
    clients.unlink()
    found = run(config, "check", "policies")
    assert found.exit_code == 1
    assert "FAIL" in found.output


def test_the_command_names_every_kind_with_its_options(config: Path) -> None:
    kinds = {kind["name"]: kind for kind in json.loads(run(config, "kinds", "--json").stdout)}
    assert {"sql", "onec77", "exchange", "graph", "ldap", "domino"} <= set(kinds)
    assert all(option["description"] for kind in kinds.values() for option in kind["options"])


# ---- the child process


@pytest.fixture
async def settings(tmp_path: Path, clients: Path, database_url: str) -> Settings:
    settings = Settings(
        data_dir=tmp_path,
        database={"url": database_url},  # type: ignore[arg-type]
        backends={"policies": section(clients, every=3600)},  # type: ignore[dict-item]
    )
    database = Database(settings.database_url)
    await upgrade(database)
    await database.close()
    return settings


async def test_a_child_process_synchronises_and_gets_no_secret_where_others_see_it(settings: Settings) -> None:
    assert await child_process(settings)("policies") == 0
    database = Database(settings.database_url)
    try:
        match = await ContactService(database, NumberingPlan(), utc_now).match("0671112233")
        state = await SyncStates(database, utc_now).read("policies")
    finally:
        await database.close()
    assert match.contact is not None
    assert match.contact.attributes["Поліс"] == "1100039"
    assert (state.counts.new, state.failure, state.running) == (2, None, False)
    assert "database" in SECTIONS
    assert not any("clients.db" in value for value in os.environ.values())


async def test_a_child_that_fails_says_why_in_the_state(settings: Settings, clients: Path) -> None:
    clients.write_bytes(b"this is no database" * 100)
    assert await child_process(settings)("policies") == 1
    database = Database(settings.database_url)
    try:
        state = await SyncStates(database, utc_now).read("policies")
    finally:
        await database.close()
    assert state.failure is not None
    assert state.failure.message


async def test_a_backend_is_synchronised_at_the_start_and_whenever_somebody_asks(settings: Settings) -> None:
    database = Database(settings.database_url)
    states, runs = SyncStates(database, utc_now), asyncio.Queue[str]()

    async def run_child(name: str) -> int:
        assert await states.claim(name, "child")
        await states.succeeded(name, (await states.read(name)).counts)
        runs.put_nowait(name)
        return 0

    schedule = SyncSchedule(Registry(settings, (), utc_now), states, run_child, utc_now)
    task = asyncio.create_task(schedule.run())
    try:
        assert await runs.get() == "policies"
        schedule.ask("policies")
        assert await runs.get() == "policies"
        assert runs.empty()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await database.close()


# ---- the page


@pytest.fixture
async def desk(tmp_path: Path, clients: Path) -> AsyncIterator[Desk]:
    broken = {"kind": "sql", "title": "Зламана", "options": {"adress": "nowhere"}}
    async with running_desk(tmp_path, sources={"policies": section(clients), "broken": broken}) as desk:
        yield desk


async def test_the_page_says_how_each_source_stands_and_what_to_mend(desk: Desk) -> None:
    async with signed_in(desk, "iryna") as supervisor:
        shown = (await supervisor.get("/backends")).text
        assert "Поліси" in shown
        assert "options.adress" in shown
        found = await supervisor.post("/backends/policies/check", headers={"HX-Request": "true"})
        assert "✓" in found.text
        missing = await supervisor.get("/backends/nobody")
        assert missing.status_code == 404


async def test_operators_neither_see_nor_start_synchronisations(desk: Desk) -> None:
    async with signed_in(desk) as operator:
        assert (await operator.get("/backends")).status_code == 403
        assert (await operator.post("/backends/policies/sync")).status_code == 403


async def test_the_card_shows_what_is_left_of_each_service(desk: Desk, tmp_path: Path) -> None:
    assert await child_process(desk.services.settings)("policies") == 0
    contact = (await desk.services.contacts.match("0671112233")).contact
    assert contact is not None
    async with signed_in(desk) as operator:
        card: httpx.Response = await operator.get(f"/contacts/{contact.id}")
    assert "Стаціонар" in card.text
    assert "49 000,5" in card.text.replace("\xa0", " ")
    assert "Поліси" in card.text


async def test_the_pop_up_is_the_record_in_its_source_or_the_sources_own_search(tmp_path: Path, clients: Path) -> None:
    pages = {"url_template": "https://crm.example/client/{id}", "caller_url": "https://crm.example/?phone={e164}"}
    project = ProjectView(id=1, number="077", name="КАСКО", crm_url="backend:policies", crm_open="window")
    async with (
        running_desk(tmp_path, sources={"policies": section(clients, pages)}) as desk,
        signed_in(desk) as operator,
        stream(desk, operator) as page,
    ):
        assert await child_process(desk.services.settings)("policies") == 0
        await desk.call_centre.ring(desk.operator.id, new_call("c-1", "+380671112233", project=project))
        known = await receive(page, "card", call_id="c-1")
        await desk.call_centre.ring(desk.operator.id, new_call("c-2", "+380509998877", project=project))
        unknown = await receive(page, "card", call_id="c-2")
    assert known["crm_url"] == "https://crm.example/client/1"
    assert unknown["crm_url"] == "https://crm.example/?phone=%2B380509998877"


# ---- results back into the source


async def test_results_of_requests_reach_the_source_once_and_wait_until_it_takes_them(
    tmp_path: Path, clients: Path
) -> None:
    keep = {"write_back": "INSERT INTO results VALUES (:record_key, :request_id, :state, :text)"}
    sources = {"policies": section(clients, keep, write_back=True)}
    async with running_desk(tmp_path, sources=sources) as desk:
        assert await child_process(desk.services.settings)("policies") == 0
        now = [utc_now()]
        states = SyncStates(desk.database, lambda: now[0])
        changes = RequestChanges(desk.database, lambda: now[0])
        registry = Registry(desk.services.settings, (), utc_now)
        key = RecordReader(desk.database).key
        write_back = WriteBack(registry.kept_informed(), changes, key, states, "test")
        [backend] = registry.kept_informed()
        await write_back.hand_over(backend)  # from here on
        inna = (await desk.services.contacts.match("0671112233")).contact
        assert inna is not None
        fields = RequestFields(text="Просить передзвонити")
        saved = await desk.services.casework.save_request(None, inna.id, fields, desk.operator)
        now[0] = saved.updated_at + SETTLING * 2
        with sqlite3.connect(clients) as connection:
            assert results(connection) == []
            with pytest.raises(BackendRefused, match="no such table"):
                await write_back.hand_over(backend)
            assert (await states.read(place_of("policies"))).failing
            async with signed_in(desk, "iryna") as supervisor:
                shown = (await supervisor.get("/backends/policies")).text
            assert "no such table" in shown
            assert "Check the query" in shown or "Перевірте" in shown
            [view] = await desk.services.backends.overview()
            assert view.results is not None
            assert view.results.failing
            connection.execute("CREATE TABLE results (record_key, request_id, state, text)")
        connection.close()
        again = RequestFields(text="Передзвонили", state=RequestState.DONE)
        changed = await desk.services.casework.save_request(
            None, inna.id, again, desk.operator, request_id=saved.id, version=saved.updated_at
        )
        now[0] = changed.updated_at + SETTLING * 2
        await write_back.hand_over(backend)
        await write_back.hand_over(backend)
        async with signed_in(desk, "iryna") as supervisor:
            assert "no such table" not in (await supervisor.get("/backends/policies")).text
        await registry.close()
    with sqlite3.connect(clients) as connection:
        assert results(connection) == [("1", saved.id, "done", "Передзвонили")]
    connection.close()


def results(connection: sqlite3.Connection) -> list[tuple[object, ...]]:
    there = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'results'").fetchone()
    return connection.execute("SELECT * FROM results").fetchall() if there else []


# ---- the demonstration


async def test_the_demonstrations_insurer_joins_the_clients_there_are(tmp_path: Path) -> None:
    await fill(tmp_path / "telemarket.db", utc_now())
    make_insurer(tmp_path / "insurer.db", utc_now().date())
    config = tmp_path / "telemarket.toml"
    config.write_text(to_toml({"": {"data_dir": str(tmp_path)}} | sections(tmp_path / "insurer.db")), encoding="utf-8")
    async with syncing(load_settings(config)) as (registry, runner):
        insurer = registry.source("insurer").backend
        assert insurer is not None
        counts = await runner.run(insurer)
    assert counts.joined > 50
    assert counts.new == counts.refused == 0
