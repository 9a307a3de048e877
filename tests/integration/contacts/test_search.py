"""Finding contacts, on both databases."""

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from msgspec import structs

from telemarket.contacts import full_text
from telemarket.contacts.attributes import AttributeType
from telemarket.contacts.choices import _INCOMPLETE
from telemarket.contacts.fields import phone_rows
from telemarket.contacts.full_text import index_portion
from telemarket.contacts.model import ContactFields
from telemarket.contacts.search import MOST_FOUND, ContactFilter, Found, _walk
from telemarket.contacts.service import ContactService
from telemarket.contacts.tables import contact_search, contacts
from telemarket.contacts.writing import MOST, Prepared, archive_many, insert_many, revive_many
from telemarket.core.database import Database
from telemarket.core.prepared import Statement
from telemarket.core.tables import users
from telemarket.numbers import NumberingPlan

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
PLAN = NumberingPlan(regions=("UA",), area_code="44")


@pytest.fixture
def service(database: Database) -> ContactService:
    return ContactService(database, PLAN, lambda: NOW)


async def add(service: ContactService, name: str, *phones: str, **fields: Any) -> int:
    written = tuple(("", phone) for phone in phones)
    return (await service.create(ContactFields(name=name, phones=written, **fields))).id


async def found(service: ContactService, text: str = "", **narrowed: Any) -> list[str]:
    answer = await service.find(ContactFilter(text=text, **narrowed), 50)
    return [contact.name for contact in answer.contacts]


@pytest.mark.parametrize(
    "text",
    [
        "шевч",
        "ШЕВЧЕНКО іван",
        "ів шев",
        "Shevchenko",
        "schewtsch",
        "itdxtyrj",
        "ромаш",
        "romashka",
        "бухг",
        "i.shev@romashka.example",
        "франка 12",
        "1100039",
        "11000",
        "АА-123456",
        "аа123456",
        "+380 67 123-45-67",
        "067 123",
        "067",
        "45-67",
        "4567",
    ],
)
async def test_anything_written_about_a_contact_finds_him(service: ContactService, text: str) -> None:
    await add(service, "Коваль Дмитро", "+380501110022", company="ТОВ «Дуб»", attributes={"Поліс": "2200"})
    await add(
        service,
        "Шевченко Іван Петрович",
        "+380671234567",
        company="ТОВ «Ромашка»",
        position="бухгалтер",
        emails=("i.shev@romashka.example",),
        addresses=(("work", "Київ, вул. Франка, 12"),),
        attributes={"Поліс": "1100039", "Договір": "АА-123456"},
    )
    assert await found(service, text) == ["Шевченко Іван Петрович"]


async def test_the_wrong_layout_is_said_to_be_wrong(service: ContactService) -> None:
    await add(service, "Шевченко")
    assert (await service.find(ContactFilter(text="itdx"), 50)).instead == "шевч"
    assert (await service.find(ContactFilter(text="шевч"), 50)).instead == ""


async def test_whole_words_stand_before_beginnings_and_all_in_the_order_of_the_alphabet(
    service: ContactService,
) -> None:
    for name in ("Ковальчук Юрій", "Коваль Ганна", "Ковальська Єва", "Коваль Ївга", "Коваль Іван", "Коваль Андрій"):
        await add(service, name)
    expected = ["Коваль Андрій", "Коваль Ганна", "Коваль Іван", "Коваль Ївга", "Ковальська Єва", "Ковальчук Юрій"]
    assert await found(service, "коваль") == expected


async def test_nothing_but_signs_finds_nobody(service: ContactService) -> None:
    await add(service, "Шевченко", region="Київ")
    for text in ("«»", "'", "ь", "*", '"', "шевченко OR", "()"):
        assert await found(service, text, region="Київ") == [], text


async def test_what_narrows_the_search(service: ContactService, database: Database) -> None:
    async with database.write() as connection:
        row = {"login": "olena", "name": "Олена", "password_hash": "", "role": "operator"}
        olena = (await connection.execute(users.insert().values(row).returning(users.c.id))).scalar_one()
    await add(service, "Іванов", "0671112233")
    await add(
        service,
        "Іванюк",
        "0671112244",
        kind="company",
        region="Львів",
        source="Виставка",
        categories=("ДМС", "КАСКО"),
        consultant_id=olena,
        do_not_call=True,
        attributes={"Програма": "Преміум"},
    )
    filters: dict[str, Any] = {
        "kind": "company",
        "region": "Львів",
        "source": "Виставка",
        "category": "КАСКО",
        "consultant_id": olena,
        "do_not_call": True,
        "attribute": ("Програма", "Преміум"),
    }
    for name, value in filters.items():
        for text in ("", "іван", "067"):
            assert await found(service, text, **{name: value}) == ["Іванюк"], (text, name)
    assert await found(service, "", **filters) == await found(service, "іван", **filters) == ["Іванюк"]
    assert await found(service, "петр", **filters) == []


async def test_incomplete_ones_are_found_by_their_mark_until_somebody_completes_them(service: ContactService) -> None:
    caller = await service.ensure_for_caller("0671234567", "")
    assert caller is not None
    assert await found(service, "", incomplete=True) == await found(service, "067", incomplete=True) == [""]
    await service.update(caller.id, ContactFields(name="Новенко"), None)
    assert await found(service, "", incomplete=True) == await found(service, "067", incomplete=True) == []
    assert await found(service, "нов") == ["Новенко"]


async def test_the_archived_are_found_only_if_asked_for(service: ContactService, database: Database) -> None:
    await add(service, "Живенко", "0671112233")
    gone = await add(service, "Архівенко", "0671112244")
    async with database.write() as connection:
        await archive_many(connection, [gone], at=NOW, origin="desk", by=None)
    for text in ("", "067", "енко", "арх"):
        assert "Архівенко" not in await found(service, text)
    for text in ("", "067", "арх"):
        assert await found(service, text, archived=True) == ["Архівенко"]
    async with database.write() as connection:
        await revive_many(connection, [gone], at=NOW, origin="desk", by=None)
    assert await found(service, "арх") == ["Архівенко"]


async def test_what_was_changed_is_found_by_the_new_words_only(service: ContactService) -> None:
    contact_id = await add(service, "Петренко", attributes={"Поліс": "1100039"})
    await service.update(contact_id, ContactFields(name="Коваль", attributes={"Поліс": "2200048"}), None)
    assert await found(service, "коваль") == await found(service, "2200048") == ["Коваль"]
    assert await found(service, "петренко") == await found(service, "1100039") == []


async def test_a_deleted_contact_leaves_nothing_behind(service: ContactService, database: Database) -> None:
    contact_id = await add(service, "Петренко")
    async with database.write() as connection:
        await connection.execute(contacts.delete().where(contacts.c.id == contact_id))
        assert await connection.scalar(sa.select(sa.func.count()).select_from(contact_search)) == 0
    assert await found(service, "петренко") == []


async def test_an_attribute_may_be_kept_out_of_the_search(service: ContactService, database: Database) -> None:
    await add(service, "Петренко", attributes={"Діагноз": "мігрень"})
    assert await found(service, "мігр") == ["Петренко"]
    secret = await service.attributes.define(AttributeType(id=0, name="Діагноз", searched=False), None)
    while await index_portion(database):
        pass
    await add(service, "Коваль", attributes={"Діагноз": "мігрень"})
    assert await found(service, "мігр") == await found(service, "", attribute=("Діагноз", "мігрень")) == []
    await service.attributes.define(structs.replace(secret, searched=True), None)
    while await index_portion(database):
        pass
    assert await found(service, "мігр") == ["Коваль", "Петренко"]


def many(count: int) -> list[Prepared]:
    return [Prepared({"name": f"Петренко {number:05}", "region": "Київ"}) for number in range(count)]


async def written(database: Database, rows: list[Prepared]) -> list[int]:
    async with database.write() as connection:
        return await insert_many(connection, rows, at=NOW, origin="import:1", by=None)


async def test_many_at_once_are_found_when_the_indexer_has_followed(
    service: ContactService, database: Database
) -> None:
    ids = await written(database, many(full_text.AT_ONCE + 200))
    assert await found(service, "петренко") == []
    await add(service, "Петренко Тим часом")
    assert await found(service, "петренко") == ["Петренко Тим часом"]
    portions = 0
    while await index_portion(database):
        portions += 1
    assert portions == 1
    assert (await service.find(ContactFilter(text="петренко"), 10)).count == min(MOST_FOUND, len(ids) + 1)


async def pages(service: ContactService, wanted: ContactFilter) -> list[Found]:
    seen = [await service.find(wanted, 200)]
    while seen[-1].after is not None:
        seen.append(await service.find(wanted, 200, seen[-1].after))
    return seen


async def test_pages_follow_one_another_without_gaps(service: ContactService, database: Database) -> None:
    ids = await written(database, many(MOST_FOUND + 150))
    while await index_portion(database):
        pass
    newest = [contact.id for page in await pages(service, ContactFilter(region="Київ")) for contact in page.contacts]
    assert newest == sorted(ids, reverse=True)
    by_text = await pages(service, ContactFilter(text="петр", region="Київ"))
    listed = [contact.name for page in by_text for contact in page.contacts]
    assert len(listed) == len(set(listed)) == by_text[0].count == MOST_FOUND
    assert listed == sorted(listed)
    assert len(ids) < MOST


@pytest.mark.parametrize("trait", ["incomplete", "do_not_call", "company", "archived"])
async def test_the_few_with_a_trait_are_listed_without_looking_at_the_others(database: Database, trait: str) -> None:
    rows = [{"id": n, "created_at": NOW, "updated_at": NOW} for n in range(1, 3001)]
    async with database.write() as connection:
        await connection.execute(contacts.insert(), rows)
        await connection.execute(sa.text("ANALYZE"))
    narrowed: dict[str, Any] = {"kind": "company"} if trait == "company" else {trait: True}
    statement, _ = _walk(ContactFilter(**narrowed), 51)
    statements = [statement, _INCOMPLETE] if trait == "incomplete" else [statement]
    for each in statements:
        assert f"ix_contacts_{trait}" in await explained(database, each)


async def explained(database: Database, statement: Statement) -> str:
    how = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
    async with database.read() as connection:
        values = dict.fromkeys(statement.compile().params, 2**31 - 1)
        sql = statement.params(values).compile(connection.sync_engine, compile_kwargs={"literal_binds": True})
        return "\n".join(str(row) for row in await connection.exec_driver_sql(f"{how} {sql}"))


async def test_a_number_is_found_beside_many_archived_ones_that_begin_so(
    service: ContactService, database: Database
) -> None:
    many = [
        Prepared({"name": f"Давній {n}"}, phone_rows((("", f"067111{n:04}"),), PLAN)) for n in range(MOST_FOUND + 10)
    ]
    async with database.write() as connection:
        ids = await insert_many(connection, many, at=NOW, origin="import:1", by=None)
        await archive_many(connection, ids, at=NOW, origin="import:1", by=None)
    await add(service, "Коваль", "0671119999")
    assert await found(service, "067111") == ["Коваль"]
