"""Projects, their numbers and operators, on a real database."""

from typing import Any

import pytest
import sqlalchemy as sa

from telemarket.calls.projects import ProjectService
from telemarket.core.clock import utc_now
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput, NotFound
from telemarket.core.identity import IdentityService


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
