"""Writing many contacts at once on both databases, and what is derived from them."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.contacts import queries
from telemarket.contacts.fields import phone_rows
from telemarket.contacts.keys import keys_of
from telemarket.contacts.merges import Merges
from telemarket.contacts.model import OWN, ContactFields
from telemarket.contacts.service import ContactService
from telemarket.contacts.tables import (
    contact_categories,
    contact_changes,
    contact_keys,
    contact_search,
    contact_words,
    contacts,
    phones,
)
from telemarket.contacts.terms import terms_of
from telemarket.contacts.words import attribute_words
from telemarket.contacts.writing import Prepared, archive_many, insert_many, revive_many, update_many
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput
from telemarket.core.migrate import upgrade
from telemarket.numbers import NumberingPlan

PLAN = NumberingPlan()
AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
HOW: dict[str, Any] = {"at": AT, "origin": "import:1", "by": None}


def rows(*numbers: str) -> list[dict[str, Any]]:
    return phone_rows(tuple(("", number) for number in numbers), PLAN)


async def test_many_are_written_in_order_and_changed_as_far_as_they_differ(database: Database) -> None:
    given = [
        Prepared({"name": f"Абонент {n}", "attributes": {"Поліс": str(n)}}, rows(f"067{n:07}")) for n in range(300)
    ]
    async with database.write() as connection:
        ids = await insert_many(connection, given, **HOW)
    found = await queries.by_ids(database, ids)
    assert [found[key].name for key in ids] == [f"Абонент {n}" for n in range(300)]
    assert [found[key].phones[0].e164 for key in ids] == [f"+38067{n:07}" for n in range(300)]

    changes = [(key, Prepared({"name": f"Абонент {n}", "vip": n % 3 == 0})) for n, key in enumerate(ids)]
    async with database.write() as connection:
        changed = await update_many(connection, [*changes, (10**6, Prepared({"name": "нікого"}))], **HOW)
        assert await update_many(connection, changes, **HOW) == []
    assert [change.contact_id for change in changed] == ids[::3]
    assert {tuple(change.before.values.items()) for change in changed} == {(("vip", False),)}
    async with database.write() as connection:
        undone = await update_many(connection, [(change.contact_id, change.before) for change in changed], **HOW)
    assert len(undone) == 100
    after = await queries.by_ids(database, ids)
    assert [each.vip for each in after.values()] == [False] * 300


async def test_a_telephone_that_stays_keeps_its_origin_and_a_changed_value_becomes_ours(database: Database) -> None:
    origins = {"name": "crm", "attributes.Поліс": "crm", "attributes.Ліміт": "crm", "emails.a@b.c": "crm"}
    attributes = {"Поліс": "1", "Ліміт": "2"}
    values = {"name": "Іваненко", "attributes": attributes, "emails": ["a@b.c"], "origins": origins}
    told = [{**row, "origin": "crm"} for row in rows("0671234567")]
    async with database.write() as connection:
        [contact_id] = await insert_many(connection, [Prepared(values, told)], **HOW)
        change = {"attributes": attributes | {"Ліміт": "3"}, "emails": ["a@b.c", "d@e.f"]}
        await update_many(connection, [(contact_id, Prepared(change, rows("067 123 45 67", "0500000001")))], **HOW)
    contact = (await queries.by_ids(database, [contact_id]))[contact_id]
    assert contact.origins == {"name": "crm", "attributes.Поліс": "crm", "emails.a@b.c": "crm"}
    assert [(phone.raw, phone.origin) for phone in contact.phones] == [("067 123 45 67", "crm"), ("0500000001", "own")]


async def test_who_is_named_twice_is_changed_once(database: Database) -> None:
    async with database.write() as connection:
        [contact_id] = await insert_many(connection, [Prepared({"name": "Іваненко"})], **HOW)
        twice = [(contact_id, Prepared({"name": "Петренко", "vip": True})), (contact_id, Prepared({"name": "Коваль"}))]
        [change] = await update_many(connection, twice, **HOW)
        assert change.before.values == {"name": "Іваненко", "vip": False}
        [entry] = await connection.scalars(sa.select(contact_changes.c.changes))
    assert entry == {"name": ["Іваненко", "Коваль"], "vip": [False, True]}


async def test_archived_contacts_come_back_as_they_were(database: Database) -> None:
    given = [
        Prepared({"name": name, "categories": ["ДМС"]}, rows("0671234567")) for name in ("Іваненко П.", "Коваль Г.")
    ]
    async with database.write() as connection:
        ids = await insert_many(connection, given, **HOW)
        before = await derived(connection)
        assert await archive_many(connection, ids[:1], **HOW) == ids[:1]
        assert await archive_many(connection, ids, **HOW) == ids[1:]
        assert await derived(connection) == {}
        await update_many(connection, [(ids[0], Prepared({"categories": ["КАСКО"]}))], **HOW)
        await update_many(connection, [(ids[0], Prepared({"categories": ["ДМС"]}))], **HOW)
        assert await derived(connection) == {}
        assert await revive_many(connection, ids, **HOW) == ids
        assert await revive_many(connection, ids, **HOW) == []
        assert await derived(connection) == before


async def derived(connection: AsyncConnection) -> dict[int, set[tuple[str, Any]]]:
    """What each contact is found by."""
    found: dict[int, set[tuple[str, Any]]] = {}
    for table, column in ((contact_words, "word"), (contact_keys, "key"), (contact_categories, "category")):
        for contact_id, entry in await connection.execute(sa.select(table.c.contact_id, table.c[column])):
            found.setdefault(contact_id, set()).add((column, entry))
    return found


NAMES = st.sampled_from(["", "Іваненко Петро", "Коваль Ганна", "Іваненко"])
NUMBERS = st.lists(st.sampled_from(["0671234567", "0500000001", "2380055 вн. 7"]), max_size=3, unique=True)
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "name": NAMES,
        "company": NAMES,
        "emails": st.lists(st.sampled_from(["a@b.c", "D@e.f"]), unique=True),
        "categories": st.lists(st.sampled_from(["ДМС", "КАСКО"]), unique=True),
        "attributes": st.dictionaries(st.sampled_from(["Поліс", "Ліміт"]), st.sampled_from(["1", "АА 7"])),
    },
)
PLACE = st.integers(0, 2)
STEP = st.one_of(
    st.tuples(st.just("update"), PLACE, VALUES, st.none() | NUMBERS),
    st.tuples(st.just("merge"), PLACE, PLACE, st.sets(st.sampled_from(["name", "company", "attributes.Поліс"]))),
    st.tuples(st.just("undo"), st.integers(1, 4)),
    st.tuples(st.sampled_from(["archive", "revive"]), PLACE),
)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("writing") / "telemarket.db"

    async def prepare() -> None:
        database = Database(f"sqlite+aiosqlite:///{path}")
        await upgrade(database)
        await database.close()

    asyncio.run(prepare())
    return f"sqlite+aiosqlite:///{path}"


@given(steps=st.lists(STEP, max_size=12))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_done_with_contacts_they_are_found_by_what_they_are(url: str, steps: list[Any]) -> None:
    asyncio.run(_try(url, steps))


async def _try(url: str, steps: list[Any]) -> None:
    database = Database(url)
    merges = Merges(database, PLAN, lambda: AT, {OWN: 0})
    try:
        async with database.write() as connection:
            await connection.execute(contacts.delete())
            ids = await insert_many(
                connection, [Prepared({"name": f"Перший {n}"}, rows("0671234567")) for n in "абв"], **HOW
            )
        for step in steps:
            try:
                await _do(database, merges, ids, step)
            except (InvalidInput, LookupError):
                continue
        async with database.read() as connection:
            await _check(connection)
    finally:
        await database.close()


async def _do(database: Database, merges: Merges, ids: list[int], step: Any) -> None:
    match step:
        case ("update", place, values, numbers):
            async with database.write() as connection:
                await update_many(
                    connection, [(ids[place], Prepared(values, None if numbers is None else rows(*numbers)))], **HOW
                )
        case ("merge", kept, gone, taken):
            await merges.merge(ids[kept], ids[gone], taken, None)
        case ("undo", number):
            made = [merge.id for key in ids for merge in await merges.of_contact(key)]
            await merges.undo(sorted(set(made))[number - 1], None)
        case ("archive", place):
            async with database.write() as connection:
                await archive_many(connection, [ids[place]], **HOW)
        case ("revive", place):
            async with database.write() as connection:
                await revive_many(connection, [ids[place]], **HOW)


async def _check(connection: AsyncConnection) -> None:
    found = await derived(connection)
    terms = {row.contact_id: row.terms for row in await connection.execute(sa.select(contact_search))}
    for row in (await connection.execute(sa.select(contacts))).mappings():
        expected = {
            *(("word", word) for word in attribute_words(row)),
            *(("key", key) for key in keys_of(row)),
            *(("category", category) for category in row["categories"]),
        }
        archived = row["archived_at"] is not None
        assert found.get(row["id"], set()) == (set() if archived else expected)
        assert terms[row["id"]] == terms_of(row, archived=archived)
        numbers = await connection.execute(sa.select(phones).where(phones.c.contact_id == row["id"]))
        digits = [(number.digits, number.extension) for number in numbers]
        assert len(digits) == len(set(digits))


async def test_an_id_somebody_had_is_nobody_elses(database: Database) -> None:
    given = [Prepared({"name": "Перший"}), Prepared({"name": "Другий"})]
    async with database.write() as connection:
        ids = await insert_many(connection, given, **HOW)
        await connection.execute(contacts.delete().where(contacts.c.id.in_(ids)))
    async with database.write() as connection:
        assert min(await insert_many(connection, given, **HOW)) > max(ids)


async def test_a_number_read_by_another_countrys_plan_outlasts_an_edit(database: Database) -> None:
    abroad = phone_rows((("mobile", "601 234 567"),), NumberingPlan(regions=("PL",)))
    assert [row["e164"] for row in abroad] == ["+48601234567"]
    async with database.write() as connection:
        [contact_id] = await insert_many(connection, [Prepared({"name": "Ковальський"}, abroad)], **HOW)
    service = ContactService(database, PLAN, lambda: AT)
    written = ContactFields(name="Ковальський Ян", phones=(("mobile", abroad[0]["raw"]), ("", "0671234567")))
    changed = await service.update(contact_id, written, None)
    assert [phone.e164 for phone in changed.phones] == ["+48601234567", "+380671234567"]
