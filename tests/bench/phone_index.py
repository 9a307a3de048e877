"""A phone index of any size, filled in bulk: the same one every time."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa

from telemarket.contacts.fields import phone_row
from telemarket.contacts.tables import contacts, phones
from telemarket.core.bulk import insert_rows
from telemarket.core.database import Database
from telemarket.numbers import Number, Quality

PREFIXES = ("67", "50", "63", "95", "44", "44", "44", "32", "57")
NOW = datetime(2026, 11, 2, tzinfo=UTC)
CHUNK = 20_000

Row = dict[str, Any]


def number(e164: str, quality: Quality = Quality.VALID) -> Number:
    """A number already read, so that filling does not measure reading."""
    return Number(raw=e164, e164=e164, digits=e164[1:], national=e164[4:], quality=quality)


def phone_rows(count: int) -> Iterator[Row]:
    """One or two numbers a contact; one in twenty assumed local, one in a hundred shared with the contact before."""
    dice = random.Random(1)
    e164 = ""
    for contact_id in range(1, count + 1):
        for _ in range(dice.choice((1, 2))):
            if not e164 or dice.random() > 0.01:
                e164 = f"+380{dice.choice(PREFIXES)}{dice.randrange(2_000_000, 10_000_000)}"
            assumed = e164[4:6] == "44" and dice.random() < 0.15
            quality = Quality.AREA_ASSUMED if assumed else Quality.VALID
            yield {"contact_id": contact_id, **phone_row(number(e164, quality))}


def contact_rows(count: int) -> Iterator[Row]:
    """Contacts with the values a card usually shows."""
    for contact_id in range(1, count + 1):
        yield {
            "id": contact_id,
            "name": f"Абонент Номер {contact_id}",
            "company": f"ТОВ «Фірма {contact_id % 50_000}»",
            "emails": [f"client{contact_id}@example.com"],
            "attributes": {},
            "created_at": NOW,
            "updated_at": NOW,
        }


async def fill(database: Database, count: int) -> None:
    """Put `count` contacts into an empty database; indexes are built afterwards, which is several times faster."""
    indexes = sorted(phones.indexes, key=lambda index: str(index.name))
    async with database.write() as connection:
        for index in indexes:
            await connection.run_sync(index.drop)
    for table, rows in ((contacts, contact_rows(count)), (phones, phone_rows(count))):
        while chunk := list(islice(rows, CHUNK)):
            async with database.write() as connection:
                await insert_rows(connection, table, chunk)
    async with database.write() as connection:
        for index in indexes:
            await connection.run_sync(index.create)
        await connection.execute(sa.text("ANALYZE"))
