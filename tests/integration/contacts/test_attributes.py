"""Types of further values on both databases."""

from datetime import UTC, datetime

import msgspec
import pytest

from telemarket.contacts.attributes import AttributeType, AttributeTypes
from telemarket.contacts.full_text import index_portion
from telemarket.contacts.model import ContactFields
from telemarket.contacts.service import ContactService
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput, NotFound
from telemarket.numbers import NumberingPlan

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
LIMIT = AttributeType(id=0, name="Ліміт", kind="money")


@pytest.fixture
def types(database: Database) -> AttributeTypes:
    return AttributeTypes(database, lambda: AT)


@pytest.fixture
def service(database: Database) -> ContactService:
    return ContactService(database, NumberingPlan(), lambda: AT)


async def test_what_is_written_must_suit_its_type(types: AttributeTypes, service: ContactService) -> None:
    before = await service.create(ContactFields(name="Іваненко", attributes={"Ліміт": "багато"}))
    await types.define(LIMIT, None)
    assert (await service.get(before.id)).attributes == {"Ліміт": "багато"}
    contact = await service.create(ContactFields(attributes={"Ліміт": "50 000 грн", "Агент": "Коваль", "Порожнє": " "}))
    assert contact.attributes == {"Ліміт": "50000.00", "Агент": "Коваль"}
    with pytest.raises(InvalidInput, match="Ліміт: “багато”") as refused:
        await service.update(contact.id, ContactFields(attributes={"Ліміт": "багато"}), None)
    assert refused.value.field == "attributes"


async def test_types_are_defined_changed_and_removed(types: AttributeTypes) -> None:
    limit = await types.define(LIMIT, None)
    with pytest.raises(InvalidInput, match="already"):
        await types.define(LIMIT, None)
    program = AttributeType(id=0, name=" Програма ", kind="choice", choices=("Стандарт", "", "Преміум", "Стандарт"))
    kept = await types.define(program, None)
    assert (kept.name, kept.choices) == ("Програма", ("Стандарт", "Преміум"))
    await types.define(msgspec.structs.replace(limit, position=5, kind="number"), None)
    assert [(each.name, each.kind) for each in await types.all()] == [("Програма", "choice"), ("Ліміт", "number")]
    await types.remove(limit.id, None)
    assert await types.offered(None) == (kept,)
    for attempt in (types.remove(limit.id, None), types.define(limit, None)):
        with pytest.raises(NotFound):
            await attempt


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (AttributeType(id=0, name=" "), "name"),
        (AttributeType(id=0, name="Вік", kind="age"), "kind"),
        (AttributeType(id=0, name="Програма", kind="choice"), "choices"),
        (AttributeType(id=0, name="Програма", kind="choice", choices=tuple(map(str, range(201)))), "choices"),
    ],
)
async def test_a_type_that_makes_no_sense_is_refused(types: AttributeTypes, wrong: AttributeType, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await types.define(wrong, None)
    assert refused.value.field == field


async def test_a_value_that_is_not_searched_finds_nobody(
    types: AttributeTypes, service: ContactService, database: Database
) -> None:
    contact = await service.create(ContactFields(name="Іваненко", attributes={"Діагноз": "астма"}))
    assert await service.search("астма") == [contact]
    hidden = await types.define(AttributeType(id=0, name="Діагноз", searched=False), None)
    while await index_portion(database):
        pass
    assert await service.search("астма") == []
    await types.remove(hidden.id, None)
    while await index_portion(database):
        pass
    assert await service.search("астма") == [contact]
