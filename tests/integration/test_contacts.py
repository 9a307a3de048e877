"""Contacts on both databases: who is calling, and what is written about them."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa

from telemarket.contacts import queries
from telemarket.contacts.ladder import MAX_CANDIDATES
from telemarket.contacts.model import Contact, ContactFields, Match, MatchLevel
from telemarket.contacts.service import ContactService
from telemarket.contacts.tables import contacts as contacts_table
from telemarket.contacts.tables import phones as phones_table
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput, NotFound
from telemarket.core.prepared import PreparedRead
from telemarket.core.tables import audit_log, users
from telemarket.numbers import NumberingPlan

PLAN = NumberingPlan(regions=("UA",), area_code="44")
START = datetime(2026, 11, 2, 9, tzinfo=UTC)


@pytest.fixture
def service(database: Database) -> ContactService:
    seconds = count()
    return ContactService(database, PLAN, lambda: START + timedelta(seconds=next(seconds)))


@pytest.fixture
async def user_id(database: Database) -> int:
    row = {"login": "olena", "name": "Олена", "password_hash": "", "role": "operator"}
    async with database.write() as connection:
        return (await connection.execute(users.insert().values(row).returning(users.c.id))).scalar_one()


async def add(service: ContactService, name: str, *phones: str, kind: str = "", **fields: Any) -> Contact:
    written = tuple((kind, phone) for phone in phones)
    return await service.create(ContactFields(name=name, phones=written, **fields))


def names(match: Match) -> list[str]:
    return [candidate.contact.name for candidate in match.candidates]


@pytest.mark.parametrize(
    ("stored", "caller", "level"),
    [
        ("+380 67 123-45-67", "0671234567", MatchLevel.EXACT),
        ("8-067-123-45-67", "+380671234567", MatchLevel.EXACT),
        ("тел. 8(067)1234567 доб. 12", "380671234567", MatchLevel.EXACT),
        ("101", "101", MatchLevel.INTERNAL),
        ("495 123-45-67", "+74951234567", MatchLevel.NATIONAL),
        ("+7 495 123-45-67", "4951234567", MatchLevel.NATIONAL),
        ("291-01-90", "0442910190", MatchLevel.AREA_ASSUMED),
        ("+380442910190", "2910190", MatchLevel.AREA_ASSUMED),
        ("99 495 123-45-67", "+74951234567", MatchLevel.SUFFIX_9),
        ("291-01-90", "+380322910190", MatchLevel.SUFFIX_7),
    ],
)
async def test_the_ladder(service: ContactService, stored: str, caller: str, level: MatchLevel) -> None:
    contact = await add(service, "Іваненко", stored, vip=True)
    match = await service.match(caller)
    assert [(candidate.contact, candidate.level) for candidate in match.candidates] == [(contact, level)]
    assert match.contact == (contact if level <= MatchLevel.AREA_ASSUMED else None)


async def test_a_complete_number_that_differs_is_another_telephone(service: ContactService) -> None:
    await add(service, "Іваненко", "+380442910190")
    assert await service.match("+380672910190") == Match()


async def test_a_surer_rung_hides_the_ones_below(service: ContactService) -> None:
    await add(service, "Сусід", "99 067 123-45-67")
    exact = await add(service, "Іваненко", "0671234567")
    match = await service.match("+380671234567")
    assert (names(match), match.contact) == (["Іваненко"], exact)


async def test_doubles_give_a_choice_with_the_latest_first(service: ContactService) -> None:
    await add(service, "Перший", "0671234567")
    await add(service, "Другий", "067 123 45 67")
    match = await service.match("0671234567")
    assert (names(match), match.contact) == (["Другий", "Перший"], None)


async def test_ones_own_number_goes_before_the_companys(service: ContactService) -> None:
    await add(service, "Фірма", "0442910190", kind="main")
    await add(service, "Директор", "0442910190", kind="direct")
    match = await service.match("0442910190")
    assert names(match) == ["Директор", "Фірма"]
    assert match.contact == match.candidates[0].contact


async def test_the_trusted_backend_goes_first(service: ContactService, database: Database) -> None:
    imported = await add(service, "З довідника", "0671234567")
    async with database.write() as connection:
        moved = phones_table.update().where(phones_table.c.contact_id == imported.id)
        await connection.execute(moved.values(origin="onec"))
    own = await add(service, "Своя", "0671234567")
    assert (await service.match("0671234567")).contact == own
    trusting = ContactService(database, PLAN, lambda: START, trust={"onec": 50, "own": 100})
    found = (await trusting.match("0671234567")).contact
    assert found is not None
    assert found.name == "З довідника"


async def test_what_an_operator_chose_opens_next_time(service: ContactService, user_id: int) -> None:
    await add(service, "Перший", "0671234567")
    second = await add(service, "Другий", "0671234567")
    third = await add(service, "Зовсім інший", "0500000001")
    await service.remember_choice("067 123-45-67", third.id, user_id)
    match = await service.match("+380671234567")
    assert (match.contact, names(match)) == (third, ["Зовсім інший", "Другий", "Перший"])
    assert match.candidates[0].level == MatchLevel.CHOSEN
    await service.remember_choice("0671234567", second.id, user_id)
    assert (await service.match("0671234567")).contact == second
    with pytest.raises(NotFound):
        await service.remember_choice("0671234567", 999, user_id)


@pytest.mark.parametrize(
    ("ani", "anonymous"), [("", True), ("Anonymous", True), ("sales", False), ("9" * 10_000, False)]
)
async def test_no_number_matches_nobody(service: ContactService, ani: str, anonymous: bool) -> None:
    await add(service, "Іваненко", "0671234567")
    assert await service.match(ani) == Match(anonymous=anonymous)
    assert await service.ensure_for_caller(ani, "x") is None
    await service.remember_choice(ani, 999, None)


async def test_a_number_many_people_share_gives_a_bounded_choice(service: ContactService) -> None:
    for n in range(MAX_CANDIDATES + 3):
        await add(service, f"Абонент {n}", "0442910190")
    match = await service.match("0442910190")
    assert (len(match.candidates), match.contact) == (MAX_CANDIDATES, None)


async def test_a_match_searches_the_index_only(database: Database) -> None:
    numbers = [f"38067{n:07}" for n in range(1, 3001)]
    people = [{"id": n, "created_at": START, "updated_at": START} for n in range(1, 3001)]
    rows = [
        {"contact_id": n, "kind": "mobile", "raw": "", "digits": digits, "reversed": digits[::-1], "quality": 0}
        for n, digits in enumerate(numbers, 1)
    ]
    async with database.write() as connection:
        await connection.execute(contacts_table.insert(), people)
        await connection.execute(phones_table.insert(), rows)
        await connection.execute(sa.text("ANALYZE"))
    sql = PreparedRead(queries.MATCH, database._readers.dialect, database._reader).sql
    plan = await explain(database, sql)
    assert "ix_phones_reversed" in plan
    assert "SCAN phones" not in plan
    assert "Seq Scan on phones" not in plan


async def explain(database: Database, sql: str) -> str:
    async with database.read() as connection:
        if database.is_sqlite:
            rows = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", ("1",) * sql.count("?"))
            return "\n".join(row.detail for row in rows)
        await connection.exec_driver_sql(f"PREPARE matching AS {sql}")
        await connection.exec_driver_sql("SET plan_cache_mode = force_generic_plan")
        values = ", ".join("1" if kind else "'1'" for kind in numeric_parameters(sql))
        rows = await connection.exec_driver_sql(f"EXPLAIN EXECUTE matching ({values})")
        return "\n".join(row[0] for row in rows)


def numeric_parameters(sql: str) -> list[bool]:
    """For each numbered parameter, whether the statement casts it to an integer."""
    places = range(1, sql.count("$") + 1)
    return [f"${n}::SMALLINT" in sql or f"${n}::INTEGER" in sql for n in places if f"${n}:" in sql]


async def test_every_number_of_a_field_is_found(service: ContactService) -> None:
    contact = await add(service, "Фірма", "стац. 238 00 55-общий, 238 05 26, 238 05 25,536 19 80-на")
    assert [phone.e164 for phone in contact.phones] == [
        *("+380442380055", "+380442380526", "+380442380525", "+380445361980")
    ]
    for phone in contact.phones:
        assert (await service.match(phone.e164)).contact == contact


async def test_everything_written_is_read_back(service: ContactService) -> None:
    fields = ContactFields(
        name="Іваненко\x00 Петро",
        company="Ромашка, ТОВ",
        position="директор",
        emails=("p@example.com", "P@example.com ", "", "second@example.com"),
        addresses=(("postal", "а/с 1"), ("", "Київ"), ("home", " ")),
        region="Київська обл.",
        categories=("ДМС", " дмс", "КАСКО"),
        consent="given",
        do_not_call=True,
        site="https://example.com",
        source="реклама",
        vip=True,
        attributes={"поліс": "АА 123"},
        phones=(("mobile", "0671234567"), ("", "291-01-90 вн. 5")),
    )
    contact = await service.create(fields)
    assert contact == await service.get(contact.id)
    assert contact.name == "Іваненко Петро"
    assert (contact.vip, contact.attributes, contact.backend) == (True, {"поліс": "АА 123"}, "own")
    assert contact.emails == ("p@example.com", "second@example.com")
    assert contact.addresses == (("postal", "а/с 1"), ("other", "Київ"))
    assert (contact.categories, contact.consent, contact.do_not_call) == (("ДМС", "КАСКО"), "given", True)
    assert contact.consent_at == contact.created_at
    assert [(phone.kind, phone.extension) for phone in contact.phones] == [("mobile", ""), ("other", "5")]


async def test_a_change_touches_only_what_it_names(service: ContactService, database: Database, user_id: int) -> None:
    contact = await add(service, "Іваненко", "0671234567", company="Ромашка")
    renamed = await service.update(contact.id, ContactFields(name="Петренко"), user_id)
    assert (renamed.name, renamed.company, renamed.phones) == ("Петренко", "Ромашка", contact.phones)
    assert renamed.updated_at is not None
    assert contact.updated_at is not None
    assert renamed.updated_at > contact.updated_at
    moved = await service.update(contact.id, ContactFields(phones=(("", "0500000001"),)), user_id)
    assert (await service.match("0671234567")).candidates == ()
    assert (await service.match("0500000001")).contact == moved
    assert await service.search("іваненко") == []
    assert await service.search("петр ромаш") == [moved]
    async with database.read() as connection:
        entries = await connection.execute(sa.select(audit_log.c.user_id, audit_log.c.action, audit_log.c.subject))
    assert entries.all()[-1] == (user_id, "contact.change", f"contact {contact.id}")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        (ContactFields(name="x" * 201), "name"),
        (ContactFields(emails=("x" * 255,)), "emails"),
        (ContactFields(emails=("nobody",)), "emails"),
        (ContactFields(addresses=(("moon", "x"),)), "addresses"),
        (ContactFields(categories=tuple(map(str, range(51)))), "categories"),
        (ContactFields(kind="robot"), "kind"),
        (ContactFields(consent="perhaps"), "consent"),
        (ContactFields(company_id=999), "company_id"),
        (ContactFields(consultant_id=999), "consultant_id"),
        (ContactFields(phones=(("", "немає"),)), "phones"),
        (ContactFields(phones=(("pager", "0671234567"),)), "phones"),
        (ContactFields(attributes={str(n): "" for n in range(51)}), "attributes"),
    ],
)
async def test_what_cannot_be_kept_is_refused_by_name(
    service: ContactService, fields: ContactFields, field: str
) -> None:
    contact = await add(service, "Іваненко", "0671234567")
    for attempt in (service.create(fields), service.update(contact.id, fields, None)):
        with pytest.raises(InvalidInput) as refused:
            await attempt
        assert refused.value.field == field
    assert await service.get(contact.id) == contact


async def test_a_contact_that_is_not_there(service: ContactService) -> None:
    with pytest.raises(NotFound):
        await service.get(999)
    with pytest.raises(NotFound):
        await service.update(999, ContactFields(name="x"), None)


async def test_an_unknown_caller_gets_one_contact(service: ContactService, database_url: str) -> None:
    """Two calls at once, and a second process."""
    elsewhere = Database(database_url)
    try:
        second = ContactService(elsewhere, PLAN, lambda: START)
        calls = [each.ensure_for_caller("067 123-45-67", "PETRO") for each in (service, second) for _ in range(4)]
        made = await asyncio.gather(*calls)
    finally:
        await elsewhere.close()
    assert len({contact.id for contact in made if contact}) == 1
    match = await service.match("0671234567")
    assert (names(match), match.contact) == (["PETRO"], made[0])


async def test_a_known_caller_gets_no_second_contact(service: ContactService) -> None:
    contact = await add(service, "Іваненко", "0671234567")
    assert await service.ensure_for_caller("+380671234567", "PETRO") == contact


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("0671234567", ""),
        ("x" * 10_000, "x" * 200),
        ("a\r\n\x00b", "a b"),
        ("<script>${SHELL(id)}", "<script>${SHELL(id)}"),
    ],
)
async def test_a_callers_name_is_cleaned_not_refused(service: ContactService, said: str, kept: str) -> None:
    contact = await service.ensure_for_caller("0671234567", said)
    assert contact is not None
    assert contact.name == kept


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("іван", ["Іваненко Петро"]),
        ("ПЕТРО іван", ["Іваненко Петро"]),
        ("ромаш", ["Іваненко Петро", "Коваль Ганна"]),
        ("067 123", ["Іваненко Петро"]),
        ("+380 67 123-45-67", ["Іваненко Петро"]),
        ("0190", ["Коваль Ганна"]),
        ("291-01-90", ["Коваль Ганна"]),
        ("101", ["Коваль Ганна"]),
        ("іван ганна", []),
        ("1", []),
        ("%", []),
        ("", []),
        ("'; DROP TABLE contacts", []),
    ],
)
async def test_search(service: ContactService, text: str, found: list[str]) -> None:
    await add(service, "Іваненко Петро", "0671234567", company="ТОВ «Ромашка»")
    await add(service, "Коваль Ганна", "291-01-90", "101", company="ТОВ «Ромашка»")
    assert [contact.name for contact in await service.search(text)] == found


async def test_search_is_bounded(service: ContactService) -> None:
    for n in range(5):
        await add(service, f"Іваненко {n}", f"067123456{n}", f"050123456{n}")
    assert len(await service.search("іван", limit=3)) == 3
    assert len(await service.search("067123", limit=3)) == 3
