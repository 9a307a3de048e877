"""A database of the version before goes on with everything that stood in it."""

from datetime import UTC, datetime

import msgspec
import sqlalchemy as sa
from alembic import command

from telemarket.backend import Record
from telemarket.contacts.keys import mail_key, name_key
from telemarket.contacts.service import ContactService
from telemarket.contacts.tables import contact_keys, contact_records, contact_words
from telemarket.core import migrate
from telemarket.core.database import Database
from telemarket.numbers import NumberingPlan

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)

_old = sa.table(
    "contacts",
    *(sa.column(name) for name in ("id", "name", "company", "email", "address", "postal_address", "vip")),
    *(sa.column(name) for name in ("backend", "backend_key")),
    sa.column("attributes", sa.JSON),
    *(sa.column(name, sa.DateTime(timezone=True)) for name in ("created_at", "updated_at")),
)
_old_phones = sa.table(
    "phones",
    *(sa.column(name) for name in ("contact_id", "kind", "raw", "e164", "digits", "reversed", "extension", "quality")),
)
_old_requests = sa.table(
    "requests",
    sa.column("contact_id"),
    sa.column("text"),
    *(sa.column(name, sa.DateTime(timezone=True)) for name in ("created_at", "updated_at")),
)
_CONTACTS = [
    {
        "id": 1,
        "name": "Іваненко Петро",
        "company": "Ромашка",
        "email": "p@example.com",
        "address": "Київ",
        "postal_address": "а/с 1",
        "vip": True,
        "backend": "own",
        "backend_key": "",
        "attributes": {"Поліс": "АА-7/2026"},
    },
    {
        "id": 2,
        "name": "Коваль",
        "company": "",
        "email": "",
        "address": "Львів",
        "postal_address": "",
        "vip": False,
        "backend": "onec",
        "backend_key": "    1X   ",
        "attributes": {"Ліміт": "100"},
    },
]


async def _make_0002(database: Database) -> None:
    def upgrade(connection: sa.Connection) -> None:
        config = migrate._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")

    async with database.restructure() as connection:
        await connection.run_sync(upgrade)
    stamps = {"created_at": AT, "updated_at": AT}
    async with database.write() as connection:
        await connection.execute(_old.insert(), [{**row, **stamps} for row in _CONTACTS])
        numbers = [
            {"contact_id": 1, "raw": "0671234567", "e164": "+380671234567", "digits": "380671234567"},
            {"contact_id": 2, "raw": "2380055", "e164": "+380442380055", "digits": "380442380055"},
        ]
        rest = {"kind": "mobile", "extension": "", "quality": 0}
        rows = [{**row, **rest, "reversed": str(row["digits"])[::-1]} for row in numbers]
        await connection.execute(_old_phones.insert(), rows)
        words = [{"word": word, "contact_id": 1} for word in ("іваненко", "петро", "ромашка", "аа", "7", "2026")]
        await connection.execute(contact_words.insert(), words)
        await connection.execute(_old_requests.insert(), [{"contact_id": 2, "text": "Передзвонити", **stamps}])


async def test_contacts_and_all_that_refers_to_them_are_kept(database_url: str) -> None:
    database = Database(database_url)
    try:
        await _make_0002(database)
        await migrate.upgrade(database)
        service = ContactService(database, NumberingPlan(), lambda: AT, trust={"own": 100, "onec": 100})
        first, second = await service.get(1), await service.get(2)
        assert (first.emails, first.addresses) == (("p@example.com",), (("work", "Київ"), ("postal", "а/с 1")))
        assert (first.vip, first.attributes, first.origins, first.backend_keys) == (
            True,
            {"Поліс": "АА-7/2026"},
            {},
            {},
        )
        assert second.addresses == (("work", "Львів"),)
        assert second.backend_keys == {"onec": "    1X   "}
        assert second.origins == {"name": "onec", "attributes.Ліміт": "onec", "addresses.Львів": "onec"}
        assert [phone.origin for contact in (first, second) for phone in contact.phones] == ["own", "onec"]
        assert (await service.match("0671234567")).contact == first
        async with database.read() as connection:
            requests = await connection.execute(sa.text("SELECT contact_id FROM requests"))
            assert requests.scalars().all() == [2]
            record = (await connection.execute(sa.select(contact_records))).one()
            keys = await connection.execute(sa.select(contact_keys.c.key, contact_keys.c.contact_id))
            assert set(keys.all()) == {
                (mail_key("P@EXAMPLE.COM"), 1),
                (name_key("петро іваненко", "Ромашка"), 1),
            }
            words = await connection.execute(sa.select(contact_words.c.word, contact_words.c.contact_id))
            assert set(words.all()) == {("аа72026", 1), ("7", 1), ("2026", 1), ("100", 2)}
        said = msgspec.json.decode(record.data, type=Record)
        assert (said.key, said.name, said.phones) == ("    1X   ", "Коваль", (("mobile", "2380055"),))
        assert said.attributes == (("Ліміт", "100"),)
    finally:
        await database.close()
