"""A supervisor configures a project: every form is kept as filled in, told what is wrong, and loses nothing."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import httpx
import msgspec
import pytest

from telemarket.calls.model import Project
from telemarket.calls.plan import Hours, NodeKind, Opening, Overflow, OverflowWhen, Plan, SkillNeed, Strategy
from telemarket.core.errors import InvalidInput
from telemarket.desk.project_forms.sections import SECTIONS
from tests.desk import INNA, Desk, running_desk, signed_in
from tests.forms import form_fields

FRAGMENT = {"HX-Request": "true"}


@dataclass
class Supervisor:
    """Someone who configures project 077."""

    desk: Desk
    client: httpx.AsyncClient

    async def get(self, path: str) -> str:
        answer = await self.client.get(f"/projects{path}", headers=FRAGMENT)
        assert answer.status_code == 200, answer.text
        return unescape(answer.text)

    async def open(self, section: str) -> dict[str, str]:
        """The fields of a form as they stand."""
        answer = await self.client.get(f"/projects/077/{section}", headers=FRAGMENT)
        return form_fields(answer.text, "plan-form")

    async def send(self, section: str, fields: dict[str, str], do: str = "save") -> str:
        answer = await self.client.post(f"/projects/077/{section}", data={**fields, "do": do}, headers=FRAGMENT)
        assert answer.status_code == 200, answer.text
        return answer.text

    async def project(self) -> Project:
        return await self.desk.services.projects.project("077")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with running_desk(tmp_path) as running:
        yield running


@pytest.fixture
async def supervisor(desk: Desk) -> AsyncIterator[Supervisor]:
    async with signed_in(desk, "iryna") as client:
        yield Supervisor(desk, client)


def saved(html: str) -> bool:
    return 'role="status"><span' in html


async def test_operators_do_not_configure(desk: Desk) -> None:
    async with signed_in(desk, "olena") as operator:
        for path in ("", "/077", "/077/hours", "/077/operators", "/077/outlook", "/-/openings"):
            assert (await operator.get(f"/projects{path}")).status_code == 403
        for path in ("", "/077/hours", "/077/operators", "/077/active"):
            assert (await operator.post(f"/projects{path}")).status_code == 403
        assert "/projects" not in (await operator.get("/")).text


async def test_a_project_is_added_and_stands_in_the_list(supervisor: Supervisor) -> None:
    answer = await supervisor.client.post("/projects", data={"number": "079", "name": "ДМС"}, headers=FRAGMENT)
    assert answer.headers["hx-redirect"] == "/projects/079"
    assert "ДМС" in await supervisor.get("")
    refused = await supervisor.client.post("/projects", data={"number": "079", "name": "Ще"}, headers=FRAGMENT)
    assert (refused.status_code, refused.json()["field"]) == (422, "number")


@pytest.mark.parametrize("section", SECTIONS)
async def test_a_form_saved_as_it_stands_changes_nothing(supervisor: Supervisor, section: str) -> None:
    projects = supervisor.desk.services.projects
    await projects.add("078", name="ДМС")
    plan = Plan(
        skills=(SkillNeed(skill="english", level=60),),
        hours=Hours(week=((Opening(since="22:00", until="06:00"),),) * 7, days={"2026-12-25": ()}),
        sticky_seconds=7.5,
        overflow=(Overflow(when=OverflowWhen.WAITED, after=90, to="queue:078"),),
    )
    before = await projects.update(
        "077", plan=plan, dnis=["100", "200"], crm_url="https://crm.example/", crm_open="frame"
    )
    assert saved(await supervisor.send(section, await supervisor.open(section)))
    assert await supervisor.project() == before


async def test_hours_as_people_write_them(supervisor: Supervisor) -> None:
    fields = await supervisor.open("hours")
    del fields["plan.hours.always"]
    fields |= {"plan.hours.week[0]": "9-13 14:00–18", "plan.hours.timezone": "Europe/Warsaw"}
    html = await supervisor.send("hours", fields, "copy-monday")
    assert not saved(html)
    html = await supervisor.send("hours", form_fields(html, "plan-form"), "add:plan.hours.days")
    fields = form_fields(html, "plan-form")
    fields |= {"plan.hours.days[0].date": "2026-12-25", "plan.hours.paste": "31.12.2026 9-13\n# свята\n2027-01-01\n"}
    html = await supervisor.send("hours", fields, "paste-days")
    assert saved(await supervisor.send("hours", form_fields(html, "plan-form")))
    morning, afternoon = Opening(since="09:00", until="13:00"), Opening(since="14:00", until="18:00")
    assert (await supervisor.project()).plan.hours == Hours(
        timezone="Europe/Warsaw",
        week=(*[(morning, afternoon)] * 5, (), ()),
        days={"2026-12-25": (), "2026-12-31": (morning,), "2027-01-01": ()},
    )


async def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(supervisor: Supervisor) -> None:
    fields = await supervisor.open("hours")
    del fields["plan.hours.always"]
    fields |= {"plan.hours.week[0]": "з ранку до ночі", "plan.hours.week[1]": "9-25", "plan.hours.timezone": "Mars"}
    html = await supervisor.send("hours", fields)
    assert not saved(html)
    again = form_fields(html, "plan-form")
    assert {name: again[name] for name in fields if name in again} == fields
    assert html.count('class="plan-problem"') == 1
    assert (await supervisor.project()).plan == Plan()
    fields |= {"plan.hours.week[0]": ""}
    html = await supervisor.send("hours", fields)
    assert html.count('aria-invalid="true"') == 2  # Tuesday and the zone
    fields |= {"plan.hours.week[1]": "9-18", "plan.hours.timezone": ""}
    assert saved(await supervisor.send("hours", fields))


async def test_a_menu_is_built_step_by_step(supervisor: Supervisor) -> None:
    html = await supervisor.send("menu", await supervisor.open("menu"), "add:plan.menu")
    html = await supervisor.send("menu", form_fields(html, "plan-form"), "add:plan.menu[0].choices")
    html = await supervisor.send("menu", form_fields(html, "plan-form"), "add:plan.menu")
    fields = form_fields(html, "plan-form")
    assert fields["plan.menu[0].name"] == "start"
    fields |= {
        "plan.menu[0].sound": "please-wait",
        "plan.menu[0].choices[1].to.kind": "node",
        "plan.menu[0].choices[1].to.value": "contract",
        "plan.menu[1].name": "contract",
        "plan.menu[1].kind": "ask",
        "plan.menu[1].look_up": "on",
        "plan.menu[1].otherwise.kind": "operator",
        "plan.menu[1].otherwise.value": "nobody",
    }
    html = await supervisor.send("menu", fields)
    assert not saved(html)
    assert "nobody" in html
    fields["plan.menu[1].otherwise.value"] = "taras"
    html = await supervisor.send("menu", fields)
    assert saved(html)
    menu = (await supervisor.project()).plan.menu
    assert (menu["start"].choices, menu["contract"].kind) == ({"1": "", "2": "node:contract"}, NodeKind.ASK)
    assert (menu["contract"].look_up, menu["contract"].otherwise) == (True, "operator:taras")
    html = await supervisor.send("menu", form_fields(html, "plan-form"), "remove:plan.menu[0].choices[1]")
    assert saved(await supervisor.send("menu", form_fields(html, "plan-form")))
    assert (await supervisor.project()).plan.menu["start"].choices == {"1": ""}


async def test_skills_and_overflow_grow_line_by_line(supervisor: Supervisor) -> None:
    await supervisor.desk.services.projects.add("078", name="ДМС")
    html = await supervisor.send("routing", await supervisor.open("routing"), "add:plan.skills")
    html = await supervisor.send("routing", form_fields(html, "plan-form"), "add:plan.skills[0].relax")
    fields = form_fields(html, "plan-form")
    fields |= {"plan.strategy": "skill-level", "plan.skills[0].skill": "English", "plan.skills[0].level": "60"}
    fields |= {"plan.skills[0].relax[0].after": "50", "plan.skills[0].relax[0].level": "40"}
    assert saved(await supervisor.send("routing", fields))
    html = await supervisor.send("overflow", await supervisor.open("overflow"), "add:plan.overflow")
    fields = {**form_fields(html, "plan-form"), "plan.overflow[0].to.value": "078", "plan.overflow[0].after": "1,5"}
    assert saved(await supervisor.send("overflow", fields))
    plan = (await supervisor.project()).plan
    assert plan.strategy is Strategy.SKILL_LEVEL
    assert [plan.skills[0].level_after(waited) for waited in (0, 50)] == [60, 40]
    assert plan.overflow == (Overflow(when=OverflowWhen.WAITED, after=1.5, to="queue:078"),)


async def test_two_supervisors_at_one_form_lose_nothing(supervisor: Supervisor) -> None:
    mine, theirs = await supervisor.open("after"), await supervisor.open("after")
    other = await supervisor.open("recording")
    assert saved(await supervisor.send("after", {**theirs, "wrapup_seconds": "45"}))
    html = await supervisor.send("after", {**mine, "plan.max_paused": "3"})
    assert not saved(html)
    assert "Ірина Бондар" in html
    again = form_fields(html, "plan-form")
    assert (again["plan.max_paused"], again["wrapup_seconds"]) == ("3", mine["wrapup_seconds"])
    assert (await supervisor.project()).wrapup_seconds == 45
    assert saved(
        await supervisor.send("recording", {**other, "retention_days": "90"})
    )  # another form is in nobody's way
    assert saved(await supervisor.send("after", again))
    project = await supervisor.project()
    assert (project.wrapup_seconds, project.plan.max_paused, project.retention_days) == (30, 3, 90)


async def test_operators_with_their_order_and_skills(supervisor: Supervisor) -> None:
    fields = await supervisor.open("operators")
    row = {fields[name]: name.removesuffix(".login") for name in fields if name.endswith(".login")}
    fields |= {f"{row['olena']}.serves": "on", f"{row['olena']}.rank": "2"}
    fields |= {f"{row['olena']}.skills": "English 80; каско=100", f"{row['taras']}.skills": "польська дуже добре"}
    html = await supervisor.send("operators", fields)
    assert not saved(html)
    assert "польська дуже добре" in html
    html = await supervisor.send("operators", {**fields, f"{row['taras']}.skills": ""})
    assert saved(html)
    olena, services = supervisor.desk.operator, supervisor.desk.services
    assert (await supervisor.project()).ranks == {olena.id: 2}
    assert await services.projects.skills.of_everybody() == {olena.id: {"english": 80, "каско": 100}}
    late = await supervisor.send("operators", fields)
    assert "Ірина Бондар" in late


async def test_the_overview_tells_what_happens_and_who_changed_what(supervisor: Supervisor) -> None:
    projects = supervisor.desk.services.projects
    monday = (Opening(since="09:00", until="18:00"),)
    hours = Hours(week=(monday, *[()] * 6), days={"2026-12-28": ()})
    overflow = (Overflow(when=OverflowWhen.CLOSED, to="voicemail"), Overflow(when=OverflowWhen.FULL, to="hangup"))
    plan = Plan(hours=hours, overflow=overflow, greeting="please-wait")
    await projects.update("077", plan=plan, by=supervisor.desk.senior.id)
    html = await supervisor.get("/077")
    assert "Ірина Бондар" in html
    assert html.count('href="/projects/077/overflow"') == 2  # the tab, and a warning
    steps = [
        (await supervisor.get(f"/077/outlook?at={at}&from={INNA.replace('+', '%2B')}")).count("<li>")
        for at in ("2026-12-21T10:00", "2026-12-28T10:00", "2026-12-21T18:00")
    ]
    assert steps[0] > steps[1] == steps[2] == 2
    assert "Новоха" in await supervisor.get("/077/outlook?from=%2B380672345678")
    answer = await supervisor.client.get("/projects/077/outlook?at=never", headers=FRAGMENT)
    assert (answer.status_code, answer.json()["field"]) == (422, "at")


async def test_a_project_stops_taking_calls(supervisor: Supervisor) -> None:
    await supervisor.client.post("/projects/077/active", data={"active": "0"}, headers=FRAGMENT)
    assert await supervisor.desk.services.projects.load_all() == []
    await supervisor.client.post("/projects/077/active", data={"active": "1"}, headers=FRAGMENT)
    assert len(await supervisor.desk.services.projects.load_all()) == 1


async def test_hostile_forms_harm_nothing(supervisor: Supervisor) -> None:
    hostile = "<script>alert(1)</script>\"'{{7*7}}"
    html = await supervisor.send("menu", {"plan.menu[0].name": hostile, "plan.menu[0].sound": hostile, "seen": "x"})
    assert "<script>alert" not in html
    for name in ("plan", "plan.menu", "plan.menu[0]", "plan.menu[999999].name", "plan.menu[5].name", "[0]", "a[b]", ""):
        await supervisor.send("menu", {name: "x", "plan.menu[0].name": "start"})
    for do in ("add:plan", "add:", "remove:plan.menu", "remove:", "add:plan.skills", "nothing", "paste-days"):
        await supervisor.send("hours", {"plan.hours.week[0]": "9-18"}, do)
        await supervisor.send("basics", {"name": "x"}, do)
    assert (await supervisor.project()).plan == Plan()
    assert (await supervisor.client.get("/projects/077/nothing")).status_code == 404
    assert (await supervisor.client.get("/projects/none/hours")).status_code == 404


async def test_an_error_of_another_form_is_told_too(supervisor: Supervisor) -> None:
    projects = supervisor.desk.services.projects
    await projects.update("077", crm_url="https://crm.example/", crm_open="window")
    fields = {**await supervisor.open("crm"), "crm_url": "javascript:alert(1)"}
    html = await supervisor.send("crm", fields)
    assert not saved(html)
    assert 'aria-invalid="true"' in html
    with pytest.raises(InvalidInput):
        await projects.update("077", plan=msgspec.structs.replace(Plan(), greeting="nothing"))
