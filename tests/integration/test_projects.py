"""Projects, their numbers and operators, on a real database."""

from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from telemarket.calls.model import OperatorProfile
from telemarket.calls.plan import Hours, Node, NodeKind, Opening, Overflow, OverflowWhen, Plan, SkillNeed, Strategy
from telemarket.calls.projects import ProjectService
from telemarket.calls.skills import SkillService
from telemarket.calls.store import CallStore
from telemarket.calls.tables import projects as project_table
from telemarket.core.clock import utc_now
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput, NotFound
from telemarket.core.identity import IdentityService
from telemarket.core.tables import audit_log


@pytest.fixture
def projects(database: Database) -> ProjectService:
    return ProjectService(database)


async def test_a_project_is_added_changed_and_served(projects: ProjectService, database: Database) -> None:
    identity = IdentityService(database, utc_now, 12)
    people = [
        await identity.create_user(login, "correct horse", name=login, role="operator") for login in ("anna", "petro")
    ]
    added = await projects.add("077", name="КАСКО", dnis=["0443334455", "+380443334455"], wrapup_seconds=60)
    assert (added.number, added.name, added.wrapup_seconds, added.ring_seconds) == ("077", "КАСКО", 60, 20)
    assert set(added.dnis) == {"0443334455", "+380443334455"}
    await projects.change_operators("077", add=["anna", "petro", "anna"])
    await projects.change_operators("077", add=["anna"])
    await projects.update("077", name="Страхування КАСКО", dnis=["0443334456"])
    (project,) = await projects.load_all()
    assert (project.name, project.dnis) == ("Страхування КАСКО", ("0443334456",))
    assert project.operator_ids == {user.id for user in people}
    await identity.deactivate_user(people[1].id)
    assert (await projects.project("077")).operator_ids == {people[0].id}
    await projects.change_operators("077", remove=["anna"])
    assert (await projects.project("077")).operator_ids == frozenset()


async def test_an_inactive_project_takes_no_calls(projects: ProjectService) -> None:
    await projects.add("077", name="КАСКО", dnis=["100"])
    await projects.update("077", active=False)
    assert await projects.load_all() == []
    await projects.update("077", active=True)
    assert [p.number for p in await projects.load_all()] == ["077"]


@pytest.mark.parametrize(
    ("number", "fields", "field"),
    [
        ("0 7", {}, "number"),
        ("001", {}, "number"),
        ("077", {"name": ""}, "name"),
        ("077", {"dnis": ["100"]}, "dnis"),
        ("077", {"dnis": ["1; drop"]}, "dnis"),
        ("077", {"ring_seconds": 0}, "ring_seconds"),
        ("077", {"wrapup_seconds": 10**9}, "wrapup_seconds"),
        ("077", {"music_class": "a,b"}, "music_class"),
        ("077", {"crm_open": "window"}, "crm_url"),
        ("077", {"crm_url": "javascript:1", "crm_open": "window"}, "crm_url"),
        ("077", {"crm_url": "https://crm.example/", "crm_open": "tab"}, "crm_open"),
    ],
)
async def test_a_project_that_cannot_be_added(
    projects: ProjectService, number: str, fields: dict[str, Any], field: str
) -> None:
    await projects.add("001", name="Перший", dnis=["100"])
    with pytest.raises(InvalidInput) as refused:
        await projects.add(number, **{"name": "КАСКО", **fields})
    assert refused.value.field == field
    assert [p.number for p in await projects.load_all()] == ["001"]


async def test_what_is_not_there_is_named(projects: ProjectService) -> None:
    with pytest.raises(NotFound, match="077"):
        await projects.update("077", name="X")
    await projects.add("077", name="КАСКО")
    with pytest.raises(NotFound, match="nobody"):
        await projects.change_operators("077", add=["nobody"])


PLAN = Plan(
    language="en",
    strategy=Strategy.SKILL_LEVEL,
    skills=(SkillNeed(skill="english", level=60),),
    hours=Hours(
        timezone="Europe/Warsaw", week=((Opening(since="09:00", until="18:00"),),) * 7, days={"2026-12-25": ()}
    ),
    menu={"start": Node(kind=NodeKind.MENU, sound="welcome", choices={"1": "", "2": "queue:078"})},
    overflow=(Overflow(when=OverflowWhen.WAITED, after=60, to="operator:anna"),),
)


@pytest.fixture
async def anna(database: Database) -> int:
    identity = IdentityService(database, utc_now, 12)
    return (await identity.create_user("anna", "correct horse", name="Анна", role="operator", endpoint="anna")).id


async def test_a_plan_comes_back_as_it_was_kept(projects: ProjectService, anna: int) -> None:
    await projects.add("078", name="ДМС")
    await projects.add("077", name="КАСКО", plan=PLAN, recording_format="ulaw", retention_days=90)
    kept = await projects.project("077")
    assert (kept.plan, kept.recording_format, kept.retention_days) == (PLAN, "ulaw", 90)
    assert (await projects.project("078")).plan == Plan()


async def test_a_plan_refers_only_to_what_is_there(database: Database, anna: int) -> None:
    async def sound_names() -> frozenset[str]:
        return frozenset({"welcome"})

    projects = ProjectService(database, sound_names=sound_names)
    await projects.add("077", name="КАСКО")
    with pytest.raises(InvalidInput, match="078") as refused:
        await projects.update("077", plan=PLAN)
    assert refused.value.field == "plan.menu.start.choices.2"
    await projects.add("078", name="ДМС")
    await projects.update("077", plan=PLAN)
    with pytest.raises(InvalidInput) as refused:
        await projects.update("077", plan=msgspec.structs.replace(PLAN, greeting="good-day"))
    assert refused.value.field == "plan.greeting"
    assert (await projects.project("077")).plan == PLAN


async def test_what_went_missing_elsewhere_does_not_stop_a_change(
    projects: ProjectService, database: Database, anna: int
) -> None:
    await projects.add("078", name="ДМС")
    await projects.add("077", name="КАСКО", plan=PLAN)
    await IdentityService(database, utc_now, 12).deactivate_user(anna)
    louder = msgspec.structs.replace(PLAN, strategy=Strategy.RING_ALL)
    assert (await projects.update("077", plan=louder)).plan == louder
    further = msgspec.structs.replace(PLAN, overflow=(*PLAN.overflow, Overflow(when=OverflowWhen.FULL, to="hangup")))
    with pytest.raises(InvalidInput, match="anna") as refused:
        await projects.update("077", plan=further)
    assert refused.value.field == "plan.overflow[0].to"


async def test_an_unreadable_plan_stops_no_project(projects: ProjectService, database: Database) -> None:
    await projects.add("077", name="КАСКО")
    async with database.write() as connection:
        await connection.execute(project_table.update().values(plan='{"strategy": "by-horoscope"}'))
    assert [project.plan for project in await projects.load_all()] == [Plan()]


async def test_operators_serve_their_queues_in_the_order_said(projects: ProjectService, anna: int) -> None:
    await projects.add("077", name="КАСКО")
    with pytest.raises(NotFound, match="anna"):
        await projects.change_operators("077", ranks={"anna": 1})
    await projects.change_operators("077", add=["anna"], ranks={"anna": 3})
    assert (await projects.project("077")).ranks == {anna: 3}
    await projects.change_operators("077", add=["anna"])
    assert (await projects.project("077")).ranks == {anna: 3}
    with pytest.raises(InvalidInput):
        await projects.change_operators("077", ranks={"anna": -1})


async def test_the_engine_is_told_what_operators_are_good_at(
    projects: ProjectService, database: Database, anna: int
) -> None:
    skills = SkillService(database)
    assert await skills.change("anna", {"English": 80, "каско": 100, "polish": 5}) == {
        "english": 80,
        "polish": 5,
        "каско": 100,
    }
    assert await skills.change("anna", {"polish": 0}) == {"english": 80, "каско": 100}
    assert await skills.of_everybody() == {anna: {"english": 80, "каско": 100}}
    (profile,) = (await CallStore(database, projects).configuration()).operators
    assert profile == OperatorProfile(
        id=anna, endpoint="PJSIP/anna", login="anna", skills={"english": 80, "каско": 100}
    )
    for wrong in ({"english": 101}, {"two words": 1}, {"": 1}):
        with pytest.raises(InvalidInput):
            await skills.change("anna", wrong)
    with pytest.raises(NotFound, match="nobody"):
        await skills.change("nobody", {"english": 1})


async def test_who_changed_what_stands_in_the_audit_log(
    projects: ProjectService, database: Database, anna: int
) -> None:
    await projects.add("077", name="КАСКО", by=anna)
    await projects.update("077", wrapup_seconds=5, plan=Plan(strategy=Strategy.RING_ALL), by=anna)
    await projects.update("077", wrapup_seconds=5)  # changes nothing
    await projects.change_operators("077", add=["anna"])
    async with database.read() as connection:
        entries = await connection.execute(
            sa.select(audit_log.c.user_id, audit_log.c.action, audit_log.c.subject).order_by(audit_log.c.id)
        )
    assert [tuple(entry) for entry in entries if entry.action.startswith("project.")] == [
        (anna, "project.add", "077: КАСКО"),
        (anna, "project.change", "077: wrapup_seconds, plan.strategy"),
        (None, "project.operators", "077: +anna"),
    ]


async def test_all_projects_are_read_in_as_many_queries_as_one(projects: ProjectService, database: Database) -> None:
    statements: list[str] = []
    engine = database._readers.sync_engine
    sa.event.listen(engine, "before_cursor_execute", lambda _c, _cur, statement, *_: statements.append(statement))
    await projects.add("001", name="Перший", dnis=["100"])
    await projects.load_all()
    statements.clear()
    await projects.load_all()
    for_one = len(statements)
    for number in range(10):
        await projects.add(f"1{number}", name="Ще", dnis=[f"1{number}"])
    statements.clear()
    assert len(await projects.load_all()) == 11
    assert len(statements) == for_one
