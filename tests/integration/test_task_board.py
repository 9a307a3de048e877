"""The task board on a real database: what it finds, in which order, and who may take what over."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from telemarket.calls.tables import calls, projects
from telemarket.casework.model import RequestConflict, RequestState
from telemarket.casework.service import CaseworkService
from telemarket.casework.tables import requests
from telemarket.casework.task_board import Task, TaskBoard, TaskFilter
from telemarket.contacts.model import ContactFields
from telemarket.contacts.service import ContactService
from telemarket.core.clock import utc_now
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput, NotFound
from telemarket.core.identity import IdentityService
from telemarket.core.roles import User
from telemarket.numbers import NumberingPlan

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
KASKO, LIFE = 1, 2


@pytest.fixture
async def board(database: Database) -> TaskBoard:
    async with database.write() as connection:
        for project_id, number, name in ((KASKO, "077", "КАСКО"), (LIFE, "078", "Життя")):
            await connection.execute(projects.insert().values(id=project_id, number=number, name=name))
    return TaskBoard(database)


@pytest.fixture
async def olena(database: Database) -> User:
    return await person(database, "olena")


@pytest.fixture
async def taras(database: Database) -> User:
    return await person(database, "taras")


async def person(database: Database, login: str) -> User:
    fields: dict[str, Any] = {"name": login.title(), "role": "operator", "telephone": "phone", "endpoint": login}
    return await IdentityService(database, utc_now, 12).create_user(login, "korova-na-lodu", **fields)


async def store(database: Database, *rows: dict[str, Any]) -> None:
    """Requests, the first the oldest."""
    async with database.write() as connection:
        for number, row in enumerate(rows):
            at = NOON + timedelta(minutes=number)
            values = {"text": f"r{number}", "created_at": at, "updated_at": at, **row}
            await connection.execute(requests.insert().values(**values))


def texts(tasks: Sequence[Task]) -> list[str]:
    return [task.text for task in tasks]


async def test_what_is_not_done_comes_newest_first(board: TaskBoard, database: Database) -> None:
    await store(database, {"state": "open"}, {"state": "done"}, {"state": "waiting"}, {"state": "open"})
    assert texts(await board.find(TaskFilter())) == ["r3", "r2", "r0"]
    assert texts(await board.find(TaskFilter(state="waiting"))) == ["r2"]
    assert texts(await board.find(TaskFilter(state="done"))) == ["r1"]


async def test_each_filter_finds_its_own(board: TaskBoard, database: Database, olena: User) -> None:
    await store(
        database,
        {"project_id": KASKO, "consultant_id": olena.id},
        {"project_id": LIFE, "origin": "voicemail"},
        {"project_id": LIFE, "deadline": NOON - timedelta(hours=1)},
        {"project_id": KASKO, "deadline": NOON - timedelta(hours=2), "origin": "callback"},
        {"project_id": KASKO, "deadline": NOON - timedelta(hours=2), "state": "done"},
        {"project_id": KASKO, "deadline": NOON + timedelta(hours=2)},
    )
    assert texts(await board.find(TaskFilter(consultant_id=olena.id))) == ["r0"]
    assert texts(await board.find(TaskFilter(project_id=LIFE))) == ["r2", "r1"]
    assert texts(await board.find(TaskFilter(origin="voicemail"))) == ["r1"]
    assert texts(await board.find(TaskFilter(origin="callback", project_id=LIFE))) == []
    assert texts(await board.find(TaskFilter(overdue_at=NOON))) == ["r2", "r3"]  # the latest deadline first
    assert texts(await board.find(TaskFilter(overdue_at=NOON, project_id=KASKO))) == ["r3"]


async def test_pages_follow_one_another_without_gap_or_double(board: TaskBoard, database: Database) -> None:
    same = {"created_at": NOON, "deadline": NOON - timedelta(hours=1)}  # what is of one moment too
    await store(database, *({**same, "text": f"r{number}"} for number in range(7)), {}, {})
    for wanted in (TaskFilter(), TaskFilter(overdue_at=NOON)):
        everything = await board.find(wanted)
        found: list[Task] = []
        while page := await board.find(wanted, _position(found, wanted), limit=2):
            found += page
        assert texts(found) == texts(everything)
        assert len({task.id for task in found}) == len(found)


def _position(found: list[Task], wanted: TaskFilter) -> str | None:
    if not found:
        return None
    return found[-1].position_by_deadline if wanted.overdue_at else found[-1].position


async def test_what_is_new_since_is_found(board: TaskBoard, database: Database) -> None:
    await store(database, {}, {})
    [newest, _] = await board.find(TaskFilter())
    assert await board.find(TaskFilter(), after=newest.position) == []
    await store(database, {"text": "later", "created_at": NOON + timedelta(hours=1)})
    assert texts(await board.find(TaskFilter(), after=newest.position)) == ["later"]


async def test_a_task_says_who_it_is_about_and_how_to_call_him(
    board: TaskBoard, database: Database, olena: User
) -> None:
    contacts = ContactService(database, NumberingPlan(), utc_now)
    inna = await contacts.create(ContactFields(name="Інна", company="СК", phones=(("mobile", "0671234567"),)))
    call = {"id": "1.1", "ani": "+380441112233", "arrived_at": NOON, "recording": "1.wav"}
    async with database.write() as connection:
        await connection.execute(calls.insert().values(**call))
    await store(
        database,
        {"contact_id": inna.id, "author_id": olena.id, "project_id": KASKO},
        {"contact_id": inna.id, "call_id": "1.1", "origin": "voicemail"},
        {"call_id": "1.2"},
    )
    withheld, left, written = await board.find(TaskFilter())
    assert (written.contact, written.company, written.number) == ("Інна", "СК", "+380671234567")
    assert (written.author, written.project, written.recorded) == ("Olena", "КАСКО", False)
    assert (left.number, left.recorded, left.author) == ("+380441112233", True, "")
    assert (withheld.contact_id, withheld.number) == (None, "")


async def test_two_who_take_the_same_over_are_not_both_told_yes(
    board: TaskBoard, database: Database, olena: User, taras: User
) -> None:
    await store(database, {})
    [task] = await board.find(TaskFilter())
    casework = CaseworkService(database, utc_now)
    taken = await casework.amend_request(task.id, olena, task.updated_at, consultant_id=olena.id)
    assert taken.fields.consultant_id == olena.id
    with pytest.raises(RequestConflict) as conflict:
        await casework.amend_request(task.id, taras, task.updated_at, consultant_id=taras.id)
    assert conflict.value.current.fields.consultant_id == olena.id
    done = await casework.amend_request(task.id, taras, taken.updated_at, state=RequestState.DONE)
    assert (done.fields.state, done.fields.consultant_id) == (RequestState.DONE, olena.id)
    async with database.read() as connection:
        query = sa.text("select user_id, action from audit_log where action = 'request.change' order by id")
        assert [tuple(row) for row in await connection.execute(query)] == [
            (olena.id, "request.change"),
            (taras.id, "request.change"),
        ]


async def test_what_makes_no_sense_is_refused(board: TaskBoard, database: Database, olena: User) -> None:
    with pytest.raises(InvalidInput):
        await board.find(TaskFilter(state="lost"))
    for position in ("x", "2026-11-22~x"):
        with pytest.raises(InvalidInput):
            await board.find(TaskFilter(), position)
    with pytest.raises(NotFound):
        await board.get(1)
    with pytest.raises(NotFound):
        await CaseworkService(database, utc_now).amend_request(1, olena, NOON, state=RequestState.DONE)
