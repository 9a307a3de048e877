"""Callers nobody has talked with get exactly one request each, on a real database, however the daemon ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.calls.projection import CallProjection
from telemarket.calls.tables import projects
from telemarket.casework.changes import RequestChanges
from telemarket.casework.follow_ups import FollowUps
from telemarket.casework.model import Request, RequestFields, RequestState
from telemarket.casework.projection import FollowUpProjection
from telemarket.casework.service import CaseworkService
from telemarket.casework.tables import follow_ups, requests
from telemarket.contacts.model import ContactFields
from telemarket.contacts.service import ContactService
from telemarket.core.bus import EventBus
from telemarket.core.clock import utc_now
from telemarket.core.database import Database
from telemarket.core.i18n import translator
from telemarket.core.identity import IdentityService
from telemarket.core.journal import Entry, JournalWriter
from telemarket.numbers import NumberingPlan

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MESSAGE = "Голосове повідомлення, 0:23"


class House:
    """A journal that is written, and whoever makes requests of it: one after the other, as daemons are killed."""

    def __init__(self, database: Database) -> None:
        dialect = "sqlite" if database.is_sqlite else "postgresql"
        self.database = database
        self.bus = EventBus()
        self.contacts = ContactService(database, NumberingPlan(), utc_now)
        self.casework = CaseworkService(database, utc_now)
        self.journal = JournalWriter(database, CallProjection(dialect), FollowUpProjection(dialect))

    def follow_ups(self, contacts: ContactService | None = None) -> FollowUps:
        text = translator("uk", "Europe/Kyiv")
        return FollowUps(self.database, contacts or self.contacts, self.bus, utc_now, text, self.journal.flush)

    def tell(self, kind: str, call_id: str, after: float = 0, /, **data: Any) -> None:
        entry = Entry(NOON + timedelta(seconds=after), kind, data, call_id)
        self.journal.append(entry)
        self.bus.publish(entry)

    def arrive(self, call_id: str, ani: str = "+380671234567", **data: Any) -> None:
        self.tell("call.arrived", call_id, project=1, ani=ani, caller_name="", dnis="100", **data)

    def leave_message(self, call_id: str, ani: str = "+380671234567") -> None:
        self.speak(call_id, ani)
        self.tell("voicemail.taken", call_id, 30, file=f"2026/11/22/{call_id}.wav", seconds=23.4)
        self.tell("call.ended", call_id, 30, result="voicemail", by="caller")

    def speak(self, call_id: str, ani: str = "+380671234567") -> None:
        self.arrive(call_id, ani)
        self.tell("recording.started", call_id, 7, file=f"2026/11/22/{call_id}.wav", stereo=False, project=1)

    async def written(self) -> None:
        await self.journal.flush()

    async def requests(self) -> list[Request]:
        async with self.database.read() as connection:
            ids = (await connection.scalars(sa.select(requests.c.id).order_by(requests.c.id))).all()
        return [await self.casework.get_request(request_id) for request_id in ids]

    async def due(self) -> int:
        async with self.database.read() as connection:
            return await connection.scalar(sa.select(sa.func.count()).select_from(follow_ups)) or 0


@pytest.fixture
async def house(database: Database) -> AsyncIterator[House]:
    async with database.write() as connection:
        await connection.execute(projects.insert().values(id=1, number="077", name="КАСКО"))
    house = House(database)
    await house.journal.start()
    yield house
    await house.journal.close()


async def test_a_voice_message_becomes_a_request_of_nobody_with_the_callers_contact(house: House) -> None:
    house.leave_message("1.1")
    await house.written()
    await house.follow_ups().make_all()
    [request] = await house.requests()
    assert (request.call_id, request.project_id, request.fields.text) == ("1.1", 1, MESSAGE)
    assert (request.author_id, request.author, request.fields.state) == (None, "", RequestState.OPEN)
    assert request.contact_id is not None
    contact = await house.contacts.get(request.contact_id)
    assert [phone.e164 for phone in contact.phones] == ["+380671234567"]
    [entry] = await house.casework.history(contact.id)
    assert (entry.text, entry.author, entry.result) == (MESSAGE, "", "voicemail")
    assert entry.recording == "2026/11/22/1.1.wav"


async def test_a_known_caller_keeps_his_contact_and_a_withheld_number_needs_none(house: House) -> None:
    inna = await house.contacts.create(ContactFields(name="Інна", phones=(("mobile", "067 123 45 67"),)))
    house.leave_message("1.1", "0671234567")
    house.leave_message("1.2", "anonymous")
    house.leave_message("1.3", "")
    await house.written()
    await house.follow_ups().make_all()
    assert [request.contact_id for request in await house.requests()] == [inna.id, None, None]


@pytest.mark.parametrize(
    ("result", "attempts", "text"),
    [
        ("no-answer", 3, "Не додзвонилися за 3 спроби"),
        ("busy", 1, "Не додзвонилися за 1 спробу"),
        ("expired", 0, "Обіцяли передзвонити, але не передзвонили"),
    ],
)
async def test_a_callback_that_reached_nobody_becomes_a_request(
    house: House, result: str, attempts: int, text: str
) -> None:
    house.arrive("cb-1", direction="callback", since=NOON.timestamp())
    for attempt in range(1, attempts + 1):
        due = NOON.timestamp() + attempt
        house.tell("call.callback_attempt", "cb-1", attempt=attempt, outcome=result, due=due)
    house.tell("call.ended", "cb-1", 3600, result=result, by="telemarket")
    await house.written()
    await house.follow_ups().make_all()
    [request] = await house.requests()
    assert request.fields.text == text


async def test_what_was_said_counts_however_the_call_ended(house: House) -> None:
    house.speak("1.1")
    house.tell("call.ended", "1.1", 30, result="abandoned", by="caller")
    await house.written()
    await house.follow_ups().make_all()
    [request] = await house.requests()
    assert request.fields.text == "Голосове повідомлення"


@pytest.mark.parametrize(
    ("direction", "result"),
    [("inbound", "abandoned"), ("inbound", "answered"), ("outbound", "no-answer"), ("callback", "answered")],
)
async def test_other_calls_make_no_request(house: House, direction: str, result: str) -> None:
    house.arrive("1.1", direction=direction)
    house.tell("call.ended", "1.1", 30, result=result, by="caller")
    await house.written()
    await house.follow_ups().make_all()
    assert await house.requests() == []
    assert await house.due() == 0


async def test_what_a_killed_daemon_left_is_made_once_by_the_next(house: House) -> None:
    for number in range(120):  # more than one batch
        house.leave_message(f"1.{number}", f"+38067{number:07}")
    await house.written()  # killed before anything was made
    killed = asyncio.create_task(house.follow_ups().make_all())
    async with asyncio.timeout(20):
        while not await house.requests():
            await asyncio.sleep(0)
    killed.cancel()  # killed in between
    await asyncio.gather(killed, return_exceptions=True)
    first, second = house.follow_ups(), house.follow_ups()
    await asyncio.gather(first.make_all(), second.make_all())  # as if two ran
    made = await house.requests()
    assert sorted(request.call_id or "" for request in made) == sorted(f"1.{number}" for number in range(120))
    assert await house.due() == 0


async def test_entries_written_twice_make_nothing_more(house: House) -> None:
    for _ in range(2):
        house.leave_message("1.1")
        await house.written()
        await house.follow_ups().make_all()
    [request] = await house.requests()
    assert request.fields.text == MESSAGE
    assert await house.due() == 0


async def test_a_call_that_cannot_be_dealt_with_costs_the_others_nothing(house: House) -> None:
    class Refusing(ContactService):
        async def ensure_for_caller(self, ani: str, name: str) -> Any:
            if ani == "+380670000001":
                raise ConnectionError
            return await super().ensure_for_caller(ani, name)

    house.leave_message("1.1", "+380670000001")
    house.leave_message("1.2", "+380670000002")
    await house.written()
    await house.follow_ups(Refusing(house.database, NumberingPlan(), utc_now)).make_all()
    assert [request.call_id for request in await house.requests()] == ["1.2"]
    await house.follow_ups().make_all()
    assert {request.call_id for request in await house.requests()} == {"1.1", "1.2"}


async def test_what_could_not_be_made_is_tried_again_by_itself(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    class RefusingOnce(ContactService):
        refused = False

        async def ensure_for_caller(self, ani: str, name: str) -> Any:
            if not self.refused:
                self.refused = True
                raise ConnectionError
            return await super().ensure_for_caller(ani, name)

    monkeypatch.setattr("telemarket.casework.follow_ups.LOOK_ANYWAY", 0.01)
    contacts = RefusingOnce(house.database, NumberingPlan(), utc_now)
    running = asyncio.create_task(house.follow_ups(contacts).run())
    try:
        house.leave_message("1.1")
        async with asyncio.timeout(20):
            while not await house.requests():
                await asyncio.sleep(0)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert contacts.refused


async def test_what_an_operator_wrote_in_the_call_stays_and_is_open_again(house: House) -> None:
    olena = await IdentityService(house.database, utc_now, 12).create_user(
        "olena", "korova-na-lodu", name="Олена", role="operator", telephone="phone", endpoint="101"
    )
    contact = await house.contacts.create(ContactFields(name="Інна", phones=(("mobile", "0671234567"),)))
    house.arrive("1.1")
    await house.written()
    fields = RequestFields(text="Питає про поліс", state=RequestState.DONE)
    await house.casework.save_request("1.1", contact.id, fields, olena, project_id=1)
    house.leave_message("1.1")
    await house.written()
    await house.follow_ups().make_all()
    [request] = await house.requests()
    assert request.fields.text == f"Питає про поліс\n{MESSAGE}"
    assert (request.author, request.fields.state) == ("Олена", RequestState.OPEN)


async def test_a_message_left_while_it_runs_becomes_a_request_by_itself(house: House) -> None:
    running = asyncio.create_task(house.follow_ups().run())
    try:
        house.leave_message("1.1")
        async with asyncio.timeout(20):
            while not await house.requests():
                await asyncio.sleep(0)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_request_that_waited_for_the_database_comes_behind_what_was_read_meanwhile(house: House) -> None:
    now = [NOON]
    changes = RequestChanges(house.database, lambda: now[0])
    places = []

    class Busy(Database):
        @asynccontextmanager
        async def write(self) -> AsyncIterator[AsyncConnection]:
            now[0] += timedelta(minutes=1)
            places.append(changes.now())  # of somebody who follows the changes
            async with super().write() as connection:
                yield connection

    house.leave_message("1.1")
    await house.written()
    database = Busy(house.database.url)
    text = translator("uk", "Europe/Kyiv")
    try:
        follow_ups = FollowUps(database, house.contacts, house.bus, lambda: now[0], text, house.journal.flush)
        await follow_ups.make_all()
    finally:
        await database.close()
    [request] = await house.requests()
    now[0] += timedelta(minutes=1)
    assert [change.result.request_id for change in await changes.since(places[-1], 10)] == [request.id]
