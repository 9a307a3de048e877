"""Doubles on both databases: found, made one with all that belongs to them, and made two again."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.backend import Record
from telemarket.calls.of_contacts import CallsOfContacts
from telemarket.calls.tables import calls
from telemarket.casework.model import RequestFields
from telemarket.casework.of_contacts import RequestsOfContacts
from telemarket.casework.service import CaseworkService
from telemarket.casework.tables import requests
from telemarket.contacts.duplicates import Duplicates
from telemarket.contacts.history import ChangeReader
from telemarket.contacts.merges import Merges
from telemarket.contacts.model import OWN, Contact, ContactFields
from telemarket.contacts.service import ContactService
from telemarket.contacts.sync.store import RecordStore
from telemarket.contacts.tables import contact_categories, contact_keys, contact_records, match_choices, phones
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput, NotFound
from telemarket.core.roles import Role, User
from telemarket.core.tables import audit_log, users
from telemarket.numbers import NumberingPlan

PLAN = NumberingPlan()
START = datetime(2026, 11, 2, 9, tzinfo=UTC)


@pytest.fixture
def clock() -> Callable[[], datetime]:
    seconds = count()
    return lambda: START + timedelta(seconds=next(seconds))


@pytest.fixture
def service(database: Database, clock: Callable[[], datetime]) -> ContactService:
    return ContactService(database, PLAN, clock)


@pytest.fixture
def merges(database: Database, clock: Callable[[], datetime]) -> Merges:
    return Merges(database, PLAN, clock, {OWN: 0}, (CallsOfContacts(), RequestsOfContacts()))


async def add(service: ContactService, name: str, *numbers: str, **fields: Any) -> Contact:
    return await service.create(ContactFields(name=name, phones=tuple(("", each) for each in numbers), **fields))


async def ids_of(database: Database, column: sa.Column[Any]) -> list[Any]:
    async with database.read() as connection:
        return list(await connection.scalars(sa.select(column).order_by(column)))


async def state(database: Database, *contact_ids: int) -> list[Any]:
    """All that is derived from contacts, and what points to them."""

    async def of(connection: AsyncConnection, table: sa.Table, *names: str) -> list[Any]:
        columns = [table.c[name] for name in names]
        mine = table.c.contact_id.in_(contact_ids)
        return sorted(map(tuple, await connection.execute(sa.select(*columns).where(mine))))

    async with database.read() as connection:
        return [
            await of(connection, phones, "contact_id", "kind", "raw", "e164", "extension", "origin"),
            await of(connection, contact_categories, "contact_id", "category"),
            await of(connection, contact_keys, "contact_id", "key"),
            await of(connection, contact_records, "contact_id", "backend", "key"),
            await of(connection, match_choices, "contact_id", "digits"),
            await of(connection, calls, "contact_id", "id"),
            await of(connection, requests, "contact_id", "text"),
        ]


def timeless(contact: Contact) -> dict[str, Any]:
    return {name: getattr(contact, name) for name in contact.__struct_fields__ if name != "updated_at"}


async def belongings(database: Database, contact_id: int) -> None:
    """A call, a request and a remembered choice."""
    async with database.write() as connection:
        call = {"id": f"call-{contact_id}", "contact_id": contact_id, "arrived_at": START}
        await connection.execute(calls.insert().values(call))
        request = {"contact_id": contact_id, "text": "Передзвонити", "created_at": START, "updated_at": START}
        await connection.execute(requests.insert().values(request))
        choice = {"digits": f"38050000000{contact_id}", "contact_id": contact_id, "chosen_at": START}
        await connection.execute(match_choices.insert().values(choice))


async def pair(service: ContactService, database: Database) -> tuple[Contact, Contact]:
    kept = await add(
        service,
        "Іваненко Петро",
        "0671234567",
        company="Ромашка",
        emails=("p@example.com",),
        categories=("ДМС",),
        attributes={"Поліс": "1", "Ліміт": "100"},
    )
    gone = await add(
        service,
        "Іваненко П. С.",
        "067 123 45 67",
        "2380055 вн. 12",
        position="директор",
        emails=("P@EXAMPLE.COM", "second@example.com"),
        addresses=(("work", "Київ"),),
        categories=("КАСКО",),
        attributes={"Поліс": "2", "Агент": "Коваль"},
        vip=True,
        consent="refused",
    )
    for each in (kept, gone):
        await belongings(database, each.id)
    return kept, gone


async def test_two_become_one_with_all_that_is_theirs(
    service: ContactService, merges: Merges, database: Database
) -> None:
    kept, gone = await pair(service, database)
    preview = await merges.preview(kept.id, gone.id)
    assert [(choice.field, choice.takes) for choice in preview.choices] == [
        ("name", "kept"),
        ("attributes.Поліс", "kept"),
    ]

    await merges.merge(kept.id, gone.id, {"attributes.Поліс"}, None)

    one = await service.get(kept.id)
    assert (one.name, one.company, one.position, one.vip) == ("Іваненко Петро", "Ромашка", "директор", True)
    assert one.emails == ("p@example.com", "second@example.com")
    assert (one.addresses, one.categories) == ((("work", "Київ"),), ("ДМС", "КАСКО"))
    assert one.attributes == {"Поліс": "2", "Ліміт": "100", "Агент": "Коваль"}
    assert (one.consent, one.consent_at) == ("refused", gone.consent_at)
    assert [(phone.e164, phone.extension) for phone in one.phones] == [("+380671234567", ""), ("+380442380055", "12")]
    other = await service.get(gone.id)
    assert (other.merged_into, other.archived_at is not None) == (kept.id, True)
    for number in ("0671234567", "0442380055", f"050000000{gone.id}"):
        assert (await service.match(number)).contact == one
    assert await ids_of(database, calls.c.contact_id) == [kept.id, kept.id]
    assert await ids_of(database, requests.c.contact_id) == [kept.id, kept.id]
    assert "contact.merge" in await ids_of(database, audit_log.c.action)


async def test_an_undone_merge_leaves_no_trace(
    service: ContactService, merges: Merges, database: Database, clock: Callable[[], datetime]
) -> None:
    kept, gone = await pair(service, database)
    person = await add(service, "Коваль", company_id=None)
    company = await add(service, "Ромашка", kind="company")
    double = await add(service, "Ромашка", kind="company")
    await service.update(person.id, ContactFields(company_id=double.id), None)
    names = {"A": kept.name, "B": gone.name}
    in_crm = [Record(key=key, name=name, phones=(("", "0671234567"),)) for key, name in names.items()]
    taken = await RecordStore(database, PLAN, clock, {OWN: 0}).take_over("crm", in_crm)
    assert taken.joined == 2
    everybody = [each.id for each in (kept, gone, person, company, double)]
    before = [timeless(await service.get(key)) for key in everybody]
    derived = await state(database, *everybody)

    first = await merges.merge(kept.id, gone.id, {"name"}, None)
    second = await merges.merge(company.id, double.id, (), None)
    assert (await service.get(person.id)).company_id == company.id
    assert (await service.get(kept.id)).backend_keys.keys() == {"crm"}
    assert await state(database, *everybody) != derived
    await merges.undo(second, None)
    await merges.undo(first, None)

    assert [timeless(await service.get(key)) for key in everybody] == before
    assert await state(database, *everybody) == derived
    with pytest.raises(InvalidInput, match="already"):
        await merges.undo(first, None)
    assert [each.undone_at is not None for each in await merges.of_contact(gone.id)] == [True]


async def test_what_cannot_be_merged_is_refused_in_words(service: ContactService, merges: Merges) -> None:
    one, other, third = [await add(service, name) for name in ("Перший", "Другий", "Третій")]
    with pytest.raises(InvalidInput, match="itself"):
        await merges.merge(one.id, one.id, (), None)
    with pytest.raises(NotFound):
        await merges.preview(one.id, 999)
    first = await merges.merge(one.id, other.id, (), None)
    with pytest.raises(InvalidInput, match="gone already"):
        await merges.merge(third.id, other.id, (), None)
    await merges.merge(third.id, one.id, (), None)
    with pytest.raises(InvalidInput, match="itself gone"):
        await merges.undo(first, None)
    with pytest.raises(NotFound):
        await merges.undo(999, None)


async def test_doubles_are_found_by_number_mail_and_name(
    service: ContactService, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("telemarket.contacts.duplicates.EXAMINED", 2)  # a page is done before it has found anything
    duplicates = Duplicates(database)
    one = await add(service, "Іваненко Петро", "0671234567", "101", emails=("p@example.com",))
    same_mail = await add(service, "Зовсім Інший", emails=("P@Example.com",))
    same_name = await add(service, "петро іваненко")
    unnamed = await service.ensure_for_caller("0671234567", "")
    assert unnamed == one
    same_number = await add(service, "Ivanenko P.", "+380671234567")
    await add(service, "Дружина Олена", "0671234567")
    await add(service, "Колега", "101")
    found = await duplicates.of_contact(one)
    assert {double.contact.id: double.reasons for double in found} == {
        same_mail.id: ("mail",),
        same_name.id: ("name",),
        same_number.id: ("number",),
    }
    groups, after = set(), ""
    while True:
        page = await duplicates.groups(after)
        groups |= {tuple(each.id for each in group) for group in page.groups}
        after = page.after
        if not after:
            break
    assert groups == {(one.id, same_mail.id), (one.id, same_name.id), (one.id, same_number.id)}
    for wrong in ("somewhere~1", "key~x", f"key~{2**63}"):
        with pytest.raises(InvalidInput):
            await duplicates.groups(wrong)


async def test_who_changed_what_is_told_newest_first(service: ContactService, database: Database) -> None:
    contact = await add(service, "Іваненко", "0671234567", attributes={"Поліс": "1"})
    await service.update(contact.id, ContactFields(name="Іваненко", vip=True), None)
    await service.update(contact.id, ContactFields(attributes={"Поліс": "2"}, phones=(("mobile", "0500000001"),)), None)
    reader = ChangeReader(database)
    newest, oldest = await reader.of_contact(contact.id)
    assert oldest.changes == {"vip": (False, True)}
    assert newest.changes == {
        "attributes": ({"Поліс": "1"}, {"Поліс": "2"}),
        "phones": ([["mobile", "0671234567"]], [["mobile", "0500000001"]]),
    }
    assert (newest.origin, newest.by) == ("desk", "")
    assert await reader.of_contact(contact.id, before=newest.id) == [oldest]


async def test_who_was_made_of_a_number_is_incomplete_until_he_has_a_name(service: ContactService) -> None:
    contact = await service.ensure_for_caller("0671234567", "PETRO")
    assert contact is not None
    assert contact.incomplete
    assert (await service.update(contact.id, ContactFields(vip=True), None)).incomplete
    assert not (await service.update(contact.id, ContactFields(name="PETRO"), None)).incomplete


async def test_what_backends_say_of_both_goes_together_and_stays_theirs(
    service: ContactService, database: Database, clock: Callable[[], datetime]
) -> None:
    trust = {"crm": 1, "onec": 2, OWN: 100}
    merges = Merges(database, PLAN, clock, trust)
    store = RecordStore(database, PLAN, clock, trust)
    in_crm = Record(key="A", name="Іваненко Петро", phones=(("", "0671234567"),), attributes=(("Агент", "Коваль"),))
    in_onec = Record(key="7", name="Іваненко П. С.", phones=(("", "2380055"),), attributes=(("Поліс", "АА 7"),))
    await store.take_over("crm", [in_crm])
    await store.take_over("onec", [in_onec])
    kept, gone = [(await service.match(number)).contact for number in ("0671234567", "0442380055")]
    assert kept is not None
    assert gone is not None
    before = timeless(kept), timeless(gone)
    merge_id = await merges.merge(kept.id, gone.id, (), None)

    one = await service.get(kept.id)
    assert (one.name, one.attributes) == ("Іваненко Петро", {"Агент": "Коваль", "Поліс": "АА 7"})
    assert {phone.origin for phone in one.phones} == {"crm", "onec"}
    assert one.backend_keys == {"crm": "A", "onec": "7"}
    moved = msgspec.structs.replace(in_onec, phones=(("", "5361980"),))
    assert (await store.take_over("onec", [moved])).changed == 1
    assert [phone.raw for phone in (await service.get(kept.id)).phones] == ["0671234567", "5361980"]
    assert (await store.take_over("crm", [in_crm])).unchanged == 1

    await store.take_over("onec", [in_onec])
    await merges.undo(merge_id, None)
    assert (timeless(await service.get(kept.id)), timeless(await service.get(gone.id))) == before


async def test_a_form_that_was_open_during_a_merge_writes_to_who_is_left(
    service: ContactService, merges: Merges, database: Database, clock: Callable[[], datetime]
) -> None:
    kept, gone = await add(service, "Іваненко Петро"), await add(service, "Іваненко П.")
    author = await _operator(database)
    await merges.merge(kept.id, gone.id, (), None)
    written = await CaseworkService(database, clock).save_request(
        None, gone.id, RequestFields(text="Передзвонити"), author
    )
    assert written.contact_id == kept.id
    assert (await service.present(gone.id)).id == kept.id
    with pytest.raises(InvalidInput, match=f"Open the contact {kept.id}"):
        await service.update(gone.id, ContactFields(name="Іваненко П. С."), None)


async def _operator(database: Database) -> User:
    row = {"login": "olena", "name": "Олена", "password_hash": "", "role": "operator"}
    async with database.write() as connection:
        user_id = (await connection.execute(users.insert().values(row).returning(users.c.id))).scalar_one()
    return User(id=user_id, login="olena", name="Олена", role=Role.OPERATOR)


async def test_merges_of_one_contact_are_undone_from_the_last(service: ContactService, merges: Merges) -> None:
    kept, *others = [await add(service, "Іван", f"067000000{n}") for n in range(3)]
    first, second = [await merges.merge(kept.id, other.id, (), None) for other in others]
    with pytest.raises(InvalidInput, match="since then"):
        await merges.undo(first, None)
    await merges.undo(second, None)
    await merges.undo(first, None)
    for n, contact in enumerate((kept, *others)):
        match = (await service.match(f"067000000{n}")).contact
        assert match is not None
        assert match.id == contact.id


async def test_who_was_given_to_another_company_stays_there_when_a_merge_is_undone(
    service: ContactService, merges: Merges
) -> None:
    kept, gone, third = [await add(service, "Ромашка", kind="company") for _ in range(3)]
    person, colleague = [await add(service, name, company_id=gone.id) for name in ("Коваль", "Шевченко")]
    merge = await merges.merge(kept.id, gone.id, (), None)
    await service.update(person.id, ContactFields(company_id=third.id), None)
    await merges.undo(merge, None)
    assert [(await service.get(each.id)).company_id for each in (person, colleague)] == [third.id, gone.id]


@pytest.mark.parametrize("company_stays", [True, False])
async def test_a_person_made_one_with_his_company_does_not_belong_to_himself(
    service: ContactService, merges: Merges, company_stays: bool
) -> None:
    company = await add(service, "Ромашка", kind="company")
    person = await add(service, "Коваль", company_id=company.id)
    kept, gone = (company, person) if company_stays else (person, company)
    merge = await merges.merge(kept.id, gone.id, (), None)
    assert (await service.get(kept.id)).company_id is None
    await merges.undo(merge, None)
    assert (await service.get(person.id)).company_id == company.id
    assert (await service.get(company.id)).company_id is None
