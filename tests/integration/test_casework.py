"""Requests, lists and the history of a contact, on a real database."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest

from telemarket.calls.tables import calls, projects
from telemarket.casework.model import ChoiceList, ChoiceRefused, RequestConflict, RequestFields, RequestState
from telemarket.casework.service import CaseworkService
from telemarket.contacts.tables import contacts
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput, NotFound
from telemarket.core.roles import Role, User
from telemarket.core.tables import users

NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)
INNA, TUNISIAN = 1, 2
KASKO, LIFE = 1, 2


class Watch:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
async def database(database: Database) -> Database:
    async with database.write() as connection:
        for contact_id, name in ((INNA, "Новоха Інна Іванівна"), (TUNISIAN, "Achraf Tunisian")):
            values = {"id": contact_id, "name": name, "created_at": NOON, "updated_at": NOON}
            await connection.execute(contacts.insert().values(**values))
        for project_id, number, name in ((KASKO, "077", "КАСКО"), (LIFE, "078", "Життя")):
            await connection.execute(projects.insert().values(id=project_id, number=number, name=name))
    return database


@pytest.fixture
def casework(database: Database, watch: Watch) -> CaseworkService:
    return CaseworkService(database, watch)


async def store_user(database: Database, login: str, name: str, role: Role) -> User:
    user = User(id=1 if role is Role.OPERATOR else 2, login=login, name=name, role=role)
    row = {**msgspec.structs.asdict(user), "password_hash": ""}
    async with database.write() as connection:
        await connection.execute(users.insert().values(**row))
    return user


@pytest.fixture
async def koval(database: Database) -> User:
    return await store_user(database, "koval", "Коваль", Role.OPERATOR)


@pytest.fixture
async def petrenko(database: Database) -> User:
    return await store_user(database, "petrenko", "Петренко", Role.SENIOR)


async def store_call(database: Database, call_id: str, at: datetime, **values: Any) -> None:
    row = {"id": call_id, "contact_id": INNA, "project_id": KASKO, "arrived_at": at, **values}
    async with database.write() as connection:
        await connection.execute(calls.insert().values(**row))


async def test_a_request_stands_in_the_history_by_whom_and_when(
    casework: CaseworkService, database: Database, koval: User, petrenko: User
) -> None:
    topic = await casework.lists.add(ChoiceList.TOPIC, "Госпіталізація")
    action = await casework.lists.add(ChoiceList.ACTION, "Замовити медикаменти")
    answered, ended = NOON + timedelta(seconds=9), NOON + timedelta(seconds=201)
    await store_call(
        database,
        "1.1",
        NOON,
        agent_id=koval.id,
        ani="+380671234567",
        answered_at=answered,
        ended_at=ended,
        result="answered",
        recording="2026/1.1.wav",
    )
    deadline = datetime(2026, 11, 12, 10, tzinfo=timezone(timedelta(hours=2)))
    fields = RequestFields(
        text="госпіталізація погоджена",
        topic_id=topic.id,
        action_id=action.id,
        state=RequestState.WAITING,
        deadline=deadline,
        consultant_id=petrenko.id,
    )
    saved = await casework.save_request("1.1", INNA, fields, koval, project_id=KASKO)
    (entry,) = await casework.history(INNA)
    assert (entry.at, entry.call_id, entry.request_id) == (NOON, "1.1", saved.id)
    assert (entry.project, entry.project_number, entry.operator, entry.ani) == (
        "КАСКО",
        "077",
        "Коваль",
        "+380671234567",
    )
    assert (entry.result, entry.recording) == ("answered", "2026/1.1.wav")
    assert (entry.waiting_seconds, entry.talking_seconds) == (9, 192)
    assert (entry.text, entry.topic, entry.action, entry.category) == (
        "госпіталізація погоджена",
        "Госпіталізація",
        "Замовити медикаменти",
        "",
    )
    assert (entry.state, entry.deadline, entry.consultant, entry.author) == ("waiting", deadline, "Петренко", "Коваль")
    assert entry.updated_at == NOON


async def test_the_call_of_somebody_who_is_no_contact_has_its_note(
    casework: CaseworkService, database: Database, koval: User
) -> None:
    await store_call(database, "1.1", NOON, contact_id=None)
    first = await casework.save_request("1.1", None, RequestFields(text="a"), koval, project_id=KASKO)
    found = await casework.request_of_call("1.1")
    assert found is not None
    assert (found.fields.text, found.contact_id) == ("a", None)
    second = await casework.save_request("1.1", INNA, RequestFields(text="b"), koval, version=first.updated_at)
    third = await casework.save_request("1.1", None, RequestFields(text="c"), koval, version=second.updated_at)
    assert (third.id, third.fields.text, third.contact_id) == (first.id, "c", INNA)


async def test_a_request_saved_before_its_call_is_stored_appears_once(
    casework: CaseworkService, database: Database, koval: User
) -> None:
    await casework.save_request("1.1", INNA, RequestFields(text="a"), koval, project_id=KASKO)
    assert [(e.call_id, e.text, e.project) for e in await casework.history(INNA)] == [("1.1", "a", "КАСКО")]
    await store_call(database, "1.1", NOON - timedelta(seconds=5))
    assert [(e.call_id, e.text) for e in await casework.history(INNA)] == [("1.1", "a")]


async def test_a_request_about_somebody_else_stands_in_his_history(
    casework: CaseworkService, database: Database, koval: User
) -> None:
    await store_call(database, "1.1", NOON)
    await casework.save_request("1.1", TUNISIAN, RequestFields(text="about him"), koval)
    assert [e.text for e in await casework.history(INNA)] == [""]
    assert [(e.text, e.call_id) for e in await casework.history(TUNISIAN)] == [("about him", "1.1")]


async def test_history_pages_meet_without_gap_or_overlap(
    casework: CaseworkService, database: Database, koval: User, watch: Watch
) -> None:
    for number in range(12):
        at = NOON - timedelta(minutes=number // 3)  # three at every moment
        await store_call(database, f"1.{number}", at)
        watch.now = at
        await casework.save_request(None, INNA, RequestFields(text=f"note {number}"), koval)
    whole = await casework.history(INNA, limit=100)
    assert len(whole) == 24
    assert [e.at for e in whole] == sorted((e.at for e in whole), reverse=True)
    pages, before = [], None
    while page := await casework.history(INNA, before, limit=5):
        pages.extend(page)
        before = page[-1].cursor
    assert pages == whole


@pytest.mark.parametrize("cursor", ["", "yesterday", "~", "2026-13-01~c1"])
async def test_a_cursor_that_is_none_is_refused(casework: CaseworkService, cursor: str) -> None:
    with pytest.raises(InvalidInput):
        await casework.history(INNA, cursor)


async def test_a_call_has_one_request_which_can_be_changed(
    casework: CaseworkService, koval: User, petrenko: User, watch: Watch
) -> None:
    first = await casework.save_request("1.1", INNA, RequestFields(text="a"), koval)
    watch.now += timedelta(minutes=1)
    second = await casework.save_request(
        "1.1", INNA, RequestFields(text="a, then b"), petrenko, version=first.updated_at
    )
    assert (second.id, second.author, second.created_at) == (first.id, "Коваль", NOON)
    assert second.updated_at == watch.now
    assert await casework.get_request(first.id) == second
    assert await casework.request_of_call("1.1") == second


async def test_saving_twice_is_saving_once(casework: CaseworkService, koval: User) -> None:
    first = await casework.save_request("1.1", INNA, RequestFields(text="a"), koval)
    again = await casework.save_request("1.1", INNA, RequestFields(text="a"), koval)
    assert again == first
    assert len(await casework.history(INNA)) == 1


async def test_a_note_is_never_overwritten_unseen(casework: CaseworkService, koval: User, petrenko: User) -> None:
    first = await casework.save_request("1.1", INNA, RequestFields(text="a"), koval)
    # The clock stands still: versions differ all the same.
    theirs = await casework.save_request("1.1", INNA, RequestFields(text="b"), petrenko, version=first.updated_at)
    with pytest.raises(RequestConflict) as conflict:
        await casework.save_request("1.1", INNA, RequestFields(text="c"), koval, version=first.updated_at)
    assert conflict.value.current == theirs
    mine = await casework.save_request(
        "1.1", INNA, RequestFields(text="b, c"), koval, version=conflict.value.current.updated_at
    )
    assert mine.fields.text == "b, c"


async def test_two_pages_that_save_at_once_get_one_request_and_one_conflict(
    casework: CaseworkService, koval: User, petrenko: User
) -> None:
    outcomes = await asyncio.gather(
        casework.save_request("1.1", INNA, RequestFields(text="a"), koval),
        casework.save_request("1.1", INNA, RequestFields(text="b"), petrenko),
        return_exceptions=True,
    )
    (conflict,) = [outcome for outcome in outcomes if isinstance(outcome, RequestConflict)]
    (saved,) = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
    assert conflict.current == saved


async def test_the_contact_of_a_request_can_be_corrected(casework: CaseworkService, koval: User) -> None:
    first = await casework.save_request("1.1", INNA, RequestFields(text="a"), koval)
    await casework.save_request("1.1", TUNISIAN, RequestFields(text="a"), koval, version=first.updated_at)
    assert await casework.history(INNA) == []
    assert [e.text for e in await casework.history(TUNISIAN)] == ["a"]


async def test_a_request_without_a_call_is_changed_by_its_number(casework: CaseworkService, koval: User) -> None:
    first = await casework.save_request(None, INNA, RequestFields(text="a"), koval)
    other = await casework.save_request(None, INNA, RequestFields(text="b"), koval)
    assert other.id != first.id
    changed = await casework.save_request(
        None, INNA, RequestFields(text="c"), koval, request_id=first.id, version=first.updated_at
    )
    assert changed.id == first.id
    with pytest.raises(NotFound):
        await casework.save_request(None, INNA, RequestFields(), koval, request_id=9999)


async def test_what_is_typed_is_cleaned_and_kept_whole(casework: CaseworkService, koval: User) -> None:
    text = "<script>alert('1')</script>\r\n${SHELL(id)}\x00\x1b[2J " + "я" * 9000
    saved = await casework.save_request("1.1", INNA, RequestFields(text=text), koval)
    assert saved.fields.text == "<script>alert('1')</script>\n${SHELL(id)}[2J " + "я" * 9000
    assert (await casework.get_request(saved.id)).fields.text == saved.fields.text


async def test_refusals_name_the_field_and_store_nothing(casework: CaseworkService, koval: User) -> None:
    topic = await casework.lists.add(ChoiceList.TOPIC, "КАСКО")
    elsewhere = await casework.lists.add(ChoiceList.CATEGORY, "Скарга", project_id=LIFE)
    refused = [
        (RequestFields(text="я" * 10_001), "text"),
        (RequestFields(deadline=datetime(2026, 11, 12, 10)), "deadline"),
        (RequestFields(category_id=topic.id), "category_id"),
        (RequestFields(category_id=elsewhere.id), "category_id"),
        (RequestFields(topic_id=9999), "topic_id"),
        (RequestFields(consultant_id=9999), "consultant_id"),
    ]
    for fields, field in refused:
        with pytest.raises(InvalidInput) as error:
            await casework.save_request("1.1", INNA, fields, koval, project_id=KASKO)
        assert error.value.field == field
    with pytest.raises(NotFound):
        await casework.save_request("1.1", 9999, RequestFields(), koval)
    assert await casework.history(INNA) == []


async def test_what_was_chosen_stays_when_it_is_offered_no_more(casework: CaseworkService, koval: User) -> None:
    topic = await casework.lists.add(ChoiceList.TOPIC, "КАСКО")
    fields = RequestFields(text="a", topic_id=topic.id)
    first = await casework.save_request("1.1", INNA, fields, koval)
    await casework.lists.withdraw(topic.id)
    assert (await casework.choices(KASKO))[ChoiceList.TOPIC] == ()
    changed = msgspec.structs.replace(fields, text="b")
    await casework.save_request("1.1", INNA, changed, koval, version=first.updated_at)
    assert (await casework.history(INNA))[0].topic == "КАСКО"
    with pytest.raises(ChoiceRefused):
        await casework.save_request("1.2", INNA, fields, koval)


async def test_lists_offer_a_projects_own_entries_and_everybodys(casework: CaseworkService) -> None:
    lists = casework.lists
    await lists.add(ChoiceList.TOPIC, "Інше", position=9)
    await lists.add(ChoiceList.TOPIC, "ОСЦПВ", project_id=KASKO)
    await lists.add(ChoiceList.TOPIC, "Страхування життя", project_id=LIFE)
    await lists.add(ChoiceList.PAUSE, "Обід")

    async def names(project_id: int | None, name: ChoiceList) -> list[str]:
        return [choice.name for choice in (await casework.choices(project_id))[name]]

    assert await names(KASKO, ChoiceList.TOPIC) == ["ОСЦПВ", "Інше"]
    assert await names(LIFE, ChoiceList.TOPIC) == ["Страхування життя", "Інше"]
    assert await names(None, ChoiceList.TOPIC) == ["Інше"]
    assert await names(KASKO, ChoiceList.PAUSE) == ["Обід"]
    with pytest.raises(InvalidInput, match="Обід"):
        await lists.add(ChoiceList.PAUSE, " Обід ")
