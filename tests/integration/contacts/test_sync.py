"""Synchronising backends into contacts, on both databases: nothing lost, nothing doubled, people's own words kept."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa

from telemarket.backend import (
    Backend,
    BackendRefused,
    BackendUnavailable,
    Batch,
    CursorRefused,
    Limit,
    Record,
    Service,
)
from telemarket.contacts.locking import lock_merging
from telemarket.contacts.model import Contact, ContactFields
from telemarket.contacts.service import ContactService
from telemarket.contacts.sync.reading import RecordReader
from telemarket.contacts.sync.runner import AlreadyRunning, SyncRunner
from telemarket.contacts.sync.services import ServiceStore
from telemarket.contacts.sync.states import Counts, LostClaim, SyncStates
from telemarket.contacts.sync.store import RecordStore
from telemarket.contacts.tables import backend_services, contact_changes, contact_records, contacts
from telemarket.core.database import Database
from telemarket.numbers import NumberingPlan

PLAN = NumberingPlan(regions=("UA",), area_code="44")
START = datetime(2026, 11, 2, 9, tzinfo=UTC)
Step = Batch | Exception


class Script(Backend):
    """A backend that says what it is told to, and notes the cursors it is asked with."""

    def __init__(self, name: str = "onec", title: str = "1C") -> None:
        self.name = name
        self.title = title
        self.steps: list[Step] = []
        self.asked: list[str] = []

    async def sync(self, cursor: str) -> AsyncIterator[Batch]:
        self.asked.append(cursor)
        steps, self.steps = self.steps, []
        while steps:
            step = steps.pop(0)
            if isinstance(step, CursorRefused):
                self.steps = steps  # what is left is said when asked again
                raise step
            if isinstance(step, Exception):
                raise step
            yield step


class Rig:
    """Contacts, and what synchronises them."""

    def __init__(self, database: Database, trust: dict[str, int] | None = None) -> None:
        seconds = count()
        self.database = database
        self.clock = lambda: START + timedelta(seconds=next(seconds))
        self.contacts = ContactService(database, PLAN, self.clock)
        self.states = SyncStates(database, self.clock)
        self.store = RecordStore(database, PLAN, self.clock, trust or {})
        self.reader = RecordReader(database)
        self.onec = Script()

    async def sync(self, *steps: Step, backend: Script | None = None, accept_loss: bool = False) -> Counts:
        backend = backend or self.onec
        backend.steps = list(steps)
        services = ServiceStore(self.database, self.clock)
        runner = SyncRunner(self.store, services, self.states, "test", accept_loss=accept_loss)
        return await runner.run(backend)

    async def snapshot(self, *records: Record, backend: Script | None = None, **options: Any) -> Counts:
        return await self.sync(Batch(records=records, snapshot=True), backend=backend, **options)

    async def caller(self, number: str) -> Contact | None:
        return (await self.contacts.match(number)).contact

    async def everybody(self) -> list[str]:
        query = sa.select(contacts.c.name).where(contacts.c.archived_at.is_(None)).order_by(contacts.c.id)
        async with self.database.read() as connection:
            return list(await connection.scalars(query))


@pytest.fixture
def rig(database: Database) -> Rig:
    return Rig(database)


def person(key: str, name: str, phone: str, **values: Any) -> Record:
    return Record(key=key, name=name, phones=(("mobile", phone),), **values)


INNA = person("1", "Новоха Інна", "067 111 22 33")
PETRO = person("2", "Коваль Петро", "050 333 44 55")


async def test_a_synchronised_person_is_known_when_he_calls(rig: Rig) -> None:
    counts = await rig.snapshot(INNA, PETRO)
    assert (counts.read, counts.new, counts.unchanged) == (2, 2, 0)
    inna = await rig.caller("+380671112233")
    assert inna is not None
    assert inna.name == "Новоха Інна"
    assert [found.name for found in await rig.contacts.search("нов")] == ["Новоха Інна"]


async def test_what_has_not_changed_is_not_written(rig: Rig) -> None:
    await rig.snapshot(INNA, PETRO)
    before = await rig.caller("0671112233")
    counts = await rig.snapshot(INNA, PETRO)
    assert (counts.unchanged, counts.changed, counts.new) == (2, 0, 0)
    assert await rig.caller("0671112233") == before


async def test_a_changed_record_changes_the_contact_and_its_history_says_who(rig: Rig) -> None:
    await rig.snapshot(INNA)
    inna = await rig.caller("0671112233")
    await rig.snapshot(person("1", "Новоха-Коваль Інна", "067 111 22 34"))
    assert await rig.caller("0671112233") is None
    changed = await rig.caller("0671112234")
    assert changed is not None
    assert inna is not None
    assert (changed.id, changed.name) == (inna.id, "Новоха-Коваль Інна")
    async with rig.database.read() as connection:
        [told] = (await connection.execute(sa.select(contact_changes))).all()
    assert told.origin == "backend:onec"
    assert told.changes["name"] == ["Новоха Інна", "Новоха-Коваль Інна"]


async def test_who_is_gone_from_the_source_is_no_longer_matched_and_returns_as_himself(rig: Rig) -> None:
    await rig.snapshot(INNA, PETRO)
    petro = await rig.caller("0503334455")
    counts = await rig.snapshot(INNA)
    assert counts.gone == 1
    assert await rig.caller("0503334455") is None
    await rig.snapshot(INNA, PETRO)
    again = await rig.caller("0503334455")
    assert petro is not None
    assert again is not None
    assert again.id == petro.id


async def test_a_named_deletion_works_without_a_snapshot(rig: Rig) -> None:
    await rig.sync(Batch(records=(INNA, PETRO), cursor="a"))
    counts = await rig.sync(Batch(deleted=("2", "never heard of"), cursor="b"))
    assert counts.gone == 1
    assert await rig.everybody() == ["Новоха Інна"]
    assert rig.onec.asked == ["", "a"]


async def test_an_emptied_source_does_not_empty_the_contacts(rig: Rig) -> None:
    many = [person(str(n), f"Клієнт {n}", f"067 {n:07}") for n in range(1000, 1050)]
    await rig.snapshot(*many)
    with pytest.raises(BackendRefused, match="49"):
        await rig.snapshot(many[0])
    assert len(await rig.everybody()) == 50
    state = await rig.states.read("onec")
    assert state.failure is not None
    assert "--accept-loss" in state.failure.remedy
    assert (await rig.snapshot(many[0], accept_loss=True)).gone == 49
    assert len(await rig.everybody()) == 1


async def test_a_snapshot_broken_off_loses_and_doubles_nothing(rig: Rig) -> None:
    await rig.snapshot(INNA, PETRO)
    half = Batch(records=(person("3", "Третій", "063 000 00 03"),), snapshot=True, cursor="half")
    with pytest.raises(BackendUnavailable):
        await rig.sync(half, BackendUnavailable("It died."))
    assert await rig.everybody() == ["Новоха Інна", "Коваль Петро", "Третій"]
    state = await rig.states.read("onec")
    assert (state.cursor, state.failure and state.failure.message, state.running) == ("", "It died.", False)
    counts = await rig.snapshot(INNA, PETRO, person("3", "Третій", "063 000 00 03"))
    assert (counts.unchanged, counts.new, counts.gone) == (3, 0, 0)


async def test_an_increment_broken_off_goes_on_from_the_last_batch(rig: Rig) -> None:
    with pytest.raises(BackendUnavailable):
        await rig.sync(Batch(records=(INNA,), cursor="1"), BackendUnavailable("Away."))
    await rig.sync(Batch(records=(PETRO,), cursor="2"))
    assert rig.onec.asked == ["", "1"]
    assert await rig.everybody() == ["Новоха Інна", "Коваль Петро"]
    assert (await rig.states.read("onec")).cursor == "2"


async def test_a_refused_cursor_begins_anew(rig: Rig) -> None:
    await rig.sync(Batch(records=(INNA, PETRO), cursor="old"))
    counts = await rig.sync(CursorRefused("Gone."), Batch(records=(INNA,), snapshot=True, cursor="new"))
    assert rig.onec.asked == ["", "old", ""]
    assert (counts.unchanged, counts.gone) == (1, 1)
    assert (await rig.states.read("onec")).cursor == "new"


async def test_rubbish_costs_only_itself(rig: Rig) -> None:
    rubbish: Sequence[Any] = (42, Record(key=""), Record(key="7", name="x" * 5000, phones=(("fax", "немає"),)))
    counts = await rig.sync(Batch(records=(INNA, *rubbish), snapshot=True, refused=(("9", "half a row"),)))
    assert (counts.new, counts.refused) == (2, 3)
    assert ("9", "half a row") in counts.refusals
    assert (await rig.contacts.get(2)).name == "x" * 200


async def test_two_runs_at_once_do_not_meet(rig: Rig) -> None:
    assert await rig.states.claim("onec", "another process")
    with pytest.raises(AlreadyRunning):
        await rig.snapshot(INNA)
    assert (await rig.states.read("onec")).running


async def test_a_contact_we_have_is_joined_and_keeps_what_people_wrote(rig: Rig) -> None:
    fields = ContactFields(
        name="Новоха Інна", position="директор", phones=(("mobile", "0671112233"), ("home", "2910190"))
    )
    own = await rig.contacts.create(fields)
    counts = await rig.snapshot(
        person(
            "1",
            "НОВОХА Інна",
            "+380 67 111-22-33",
            position="бухгалтер",
            company="Здорово",
            attributes=(("Поліс", "42"),),
        )
    )
    assert (counts.joined, counts.new) == (1, 0)
    joined = await rig.contacts.get(own.id)
    assert (joined.name, joined.position, joined.company) == ("Новоха Інна", "директор", "Здорово")
    assert joined.attributes == {"Поліс": "42"}
    assert joined.origins == {"company": "onec", "attributes.Поліс": "onec"}
    assert [phone.origin for phone in joined.phones] == ["own", "own"]
    await rig.snapshot(backend=rig.onec, accept_loss=True)
    left = await rig.contacts.get(own.id)
    assert (left.company, left.attributes, left.archived_at) == ("", {}, None)


async def test_somebody_else_with_the_same_number_is_another_contact(rig: Rig) -> None:
    await rig.contacts.create(ContactFields(name="Новоха Степан", phones=(("mobile", "0671112233"),)))
    counts = await rig.snapshot(INNA)
    assert (counts.new, counts.joined) == (1, 0)
    assert len((await rig.contacts.match("0671112233")).candidates) == 2


async def test_an_unknown_caller_gets_his_name_when_a_source_knows_him(rig: Rig) -> None:
    unknown = await rig.contacts.ensure_for_caller("+380671112233", "")
    assert unknown is not None
    assert unknown.incomplete
    await rig.snapshot(INNA)
    known = await rig.contacts.get(unknown.id)
    assert (known.name, known.incomplete) == ("Новоха Інна", False)


async def test_of_two_sources_the_trusted_one_wins_field_by_field(database: Database) -> None:
    rig = Rig(database, {"own": 100, "onec": 50, "outlook": 150})
    outlook = Script("outlook", "Outlook")
    await rig.snapshot(
        person("o", "Новоха Інна", "0671112233", position="лікар", emails=("inna@example.com",)), backend=outlook
    )
    await rig.snapshot(person("1", "Новоха Інна", "0671112233", position="головний лікар"))
    [name] = await rig.everybody()
    contact = await rig.caller("0671112233")
    assert contact is not None
    assert (name, contact.position, contact.emails) == ("Новоха Інна", "головний лікар", ("inna@example.com",))
    assert contact.origins["position"] == "onec"
    assert contact.origins["emails.inna@example.com"] == "outlook"
    assert {stored.backend for stored in await rig.reader.of_contact(contact.id)} == {"onec", "outlook"}


async def test_what_an_operator_writes_stays_when_the_source_speaks_again(rig: Rig) -> None:
    await rig.snapshot(person("1", "Новоха Інна", "0671112233", position="лікар"))
    contact = await rig.caller("0671112233")
    assert contact is not None
    await rig.contacts.update(contact.id, ContactFields(position="завідувачка"), None)
    await rig.snapshot(person("1", "Новоха Інна", "0671112233", position="лікар", company="Клініка"))
    after = await rig.contacts.get(contact.id)
    assert (after.position, after.company) == ("завідувачка", "Клініка")


async def test_persons_belong_to_their_company_whichever_comes_first(rig: Rig) -> None:
    clinic = Record(key="c", kind="company", name="Клініка АОН", phones=(("main", "044 238 00 55"),))
    inna = person("1", "Новоха Інна", "0671112233", company_key="c")
    await rig.sync(Batch(records=(inna,), snapshot=True), Batch(records=(clinic,), snapshot=True))
    contact = await rig.caller("0671112233")
    company = await rig.caller("0442380055")
    assert contact is not None
    assert company is not None
    assert (contact.company_id, company.kind) == (company.id, "company")


async def test_limits_and_services_come_over(rig: Rig) -> None:
    limit = Limit(service="Стаціонар", amount=Decimal("49000.50"), of_amount=Decimal(50000), unit="UAH")
    await rig.sync(
        Batch(
            records=(person("1", "Новоха Інна", "0671112233", limits=(limit,)),),
            services=(
                Service(key="s1", name="Стаціонар", price=Decimal("120.50"), currency="UAH"),
                Service(key="s2", name="МРТ"),
            ),
            snapshot=True,
        )
    )
    contact = await rig.caller("0671112233")
    assert contact is not None
    [stored] = await rig.reader.of_contact(contact.id)
    assert stored.record.limits == (limit,)
    await rig.sync(Batch(records=(INNA,), services=(Service(key="s2", name="МРТ голови"),), snapshot=True))
    async with rig.database.read() as connection:
        rows = (await connection.execute(sa.select(backend_services).order_by("key"))).all()
    assert [(row.name, row.gone_at is None) for row in rows] == [("Стаціонар", False), ("МРТ голови", True)]


async def test_a_run_that_is_cancelled_says_so(rig: Rig) -> None:
    reached = asyncio.Event()

    class Hanging(Script):
        async def sync(self, cursor: str) -> AsyncIterator[Batch]:
            yield Batch(records=(INNA,), snapshot=True)
            reached.set()
            await asyncio.Event().wait()

    run = asyncio.create_task(rig.snapshot(backend=Hanging()))
    await reached.wait()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    state = await rig.states.read("onec")
    assert state.failure is not None
    assert (state.running, state.failure.retryable) == (False, True)
    assert await rig.everybody() == ["Новоха Інна"]


async def test_a_record_and_its_contact_are_never_apart(rig: Rig) -> None:
    await rig.snapshot(*(person(str(n), f"Клієнт {n}", f"067 {n:07}") for n in range(1200)))
    query = sa.select(sa.func.count()).select_from(
        contact_records.join(contacts, contacts.c.id == contact_records.c.contact_id)
    )
    async with rig.database.read() as connection:
        assert await connection.scalar(query) == 1200


async def test_whoever_comes_later_finds_his_company_and_his_staff(rig: Rig) -> None:
    inna = person("1", "Новоха Інна", "0671112233", company_key="c")
    with pytest.raises(BackendUnavailable):
        await rig.sync(Batch(records=(inna,), cursor="1"), BackendUnavailable("Away."))
    clinic = Record(key="c", kind="company", name="Клініка АОН", phones=(("main", "044 238 00 55"),))
    await rig.sync(Batch(records=(clinic,), cursor="2"))
    contact, company = await rig.caller("0671112233"), await rig.caller("0442380055")
    assert contact is not None
    assert company is not None
    assert contact.company_id == company.id


async def test_a_nameless_caller_from_a_switchboard_becomes_nobody_of_its_staff(rig: Rig) -> None:
    unknown = await rig.contacts.ensure_for_caller("+380442223344", "")
    staff = [
        Record(key=str(n), name=f"Співробітник {n}", phones=(("direct", f"044 222-33-44 дод. {n}"),))
        for n in (100, 101, 102)
    ]
    assert (await rig.snapshot(*staff)).joined == 0
    assert unknown is not None
    assert (await rig.contacts.get(unknown.id)).incomplete


async def test_a_nameless_caller_whose_number_two_have_becomes_neither(rig: Rig) -> None:
    await rig.contacts.ensure_for_caller("+380671112233", "")
    assert (await rig.snapshot(INNA, person("2", "Новоха Степан", "0671112233"))).joined == 0


async def test_deletions_by_name_do_not_empty_the_contacts_either(rig: Rig) -> None:
    many = [person(str(n), f"Клієнт {n}", f"067 {n:07}") for n in range(1000, 1050)]
    await rig.sync(Batch(records=many, cursor="a"))
    gone = Batch(deleted=[each.key for each in many], cursor="b")
    with pytest.raises(BackendRefused, match="50"):
        await rig.sync(gone)
    assert len(await rig.everybody()) == 50
    assert (await rig.sync(gone, accept_loss=True)).gone == 50


async def test_who_must_not_be_called_stays_so_when_his_source_forgets_him(rig: Rig) -> None:
    await rig.snapshot(INNA, PETRO)
    inna = await rig.caller("0671112233")
    assert inna is not None
    await rig.contacts.update(inna.id, ContactFields(do_not_call=True), None)
    await rig.snapshot(PETRO)
    again = await rig.contacts.ensure_for_caller("+380671112233", "")
    assert again is not None
    assert (again.id, again.name, again.do_not_call) == (inna.id, "Новоха Інна", True)


async def test_nobody_is_left_without_a_name_when_his_source_forgets_him(rig: Rig) -> None:
    await rig.snapshot(INNA, PETRO)
    inna = await rig.caller("0671112233")
    assert inna is not None
    await rig.contacts.update(inna.id, ContactFields(vip=True), None)
    await rig.snapshot(PETRO)
    assert await rig.everybody() == ["Коваль Петро"]
    assert (await rig.contacts.get(inna.id)).archived_at is not None


async def test_a_run_that_another_has_taken_over_ends(rig: Rig) -> None:
    await rig.sync(Batch(records=(INNA,), cursor="1"))

    class Slow(Script):
        async def sync(self, cursor: str) -> AsyncIterator[Batch]:
            yield Batch(records=(PETRO,), cursor="2")
            late = SyncStates(rig.database, lambda: rig.clock() + timedelta(hours=1))
            assert await late.claim("onec", "somebody else")
            yield Batch(records=(person("3", "Третій", "0630000003"),), cursor="3")

    with pytest.raises(LostClaim):
        await rig.sync(backend=Slow())
    state = await rig.states.read("onec")
    assert state.cursor == "2"
    assert state.failure is None


async def test_what_a_dead_process_left_is_told(rig: Rig) -> None:
    gone = await asyncio.create_subprocess_exec("true")
    await gone.wait()
    assert await rig.states.claim("onec", f"{socket.gethostname()}:{gone.pid}")
    fresh = SyncStates(rig.database, rig.clock)
    await fresh.bury("onec", "Its process ended unexpectedly.")
    state = await fresh.read("onec")
    assert state.failing
    assert state.failure is not None
    assert state.failure.message == "Its process ended unexpectedly."
    await rig.snapshot(INNA)


async def test_from_nothing_reads_everything_again(rig: Rig) -> None:
    await rig.sync(Batch(records=(INNA,), cursor="1"))
    rig.onec.steps = [Batch(records=(INNA,), snapshot=True, cursor="1")]
    runner = SyncRunner(rig.store, ServiceStore(rig.database, rig.clock), rig.states, "test")
    await runner.run(rig.onec, from_nothing=True)
    assert rig.onec.asked == ["", ""]


async def test_a_service_that_is_none_is_refused_and_a_long_one_is_cut(rig: Rig) -> None:
    services = (Service(key="1", name="х" * 1000), Service(key="", name="без ключа"), Service(key="3", name="\x00"))
    counts = await rig.sync(Batch(services=services, snapshot=True))
    assert (counts.services, counts.refused) == (3, 2)


async def test_whoever_merges_waits_for_whoever_merges(database: Database) -> None:
    """In PostgreSQL; SQLite has one writer anyway."""
    rig = Rig(database)
    await rig.snapshot(INNA, PETRO)
    inna = await rig.caller("0671112233")
    assert inna is not None
    update = rig.contacts.update(inna.id, ContactFields(position="директор"), None)
    sync = rig.snapshot(person("1", "Новоха Інна", "0671112233", company="Здорово"), PETRO)
    async with database.write() as connection:
        await lock_merging(connection)
        tasks = [asyncio.create_task(update), asyncio.create_task(sync)]
        if not database.is_sqlite:
            await until_waiting(database, len(tasks))
    await asyncio.gather(*tasks)
    after = await rig.contacts.get(inna.id)
    assert (after.position, after.company) == ("директор", "Здорово")


async def until_waiting(database: Database, many: int) -> None:
    """Until so many transactions wait for a lock of this database's."""
    query = sa.text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    waiting = 0
    while waiting < many:
        async with database.read() as connection:
            waiting = await connection.scalar(query) or 0
