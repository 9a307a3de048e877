"""Contacts: who is calling, and everything that is written about them."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from msgspec import UNSET
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.contacts import queries
from telemarket.contacts.attributes import AttributeTypes, canonical
from telemarket.contacts.choices import choices, count_incomplete
from telemarket.contacts.fields import checked, phone_row, phone_rows
from telemarket.contacts.ladder import Hit, judge
from telemarket.contacts.model import OWN, Contact, ContactFields, Match
from telemarket.contacts.search import ContactFilter, ContactSearch, Found
from telemarket.contacts.sync.own import change_many
from telemarket.contacts.sync.reading import RecordReader, StoredRecord
from telemarket.contacts.tables import contacts, match_choices, phones
from telemarket.contacts.writing import Prepared, insert_many, read_phones
from telemarket.core.audit import AuditLog
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput, NotFound
from telemarket.core.i18n import N_
from telemarket.core.tables import users
from telemarket.core.text import clean_line
from telemarket.numbers import Number, NumberingPlan, Quality, is_anonymous, normalise

_SUFFIX = 7  # the shortest ending that counts as resembling
_SHORTEST_KEY = 4  # digits keyed in by a caller that are looked for among the values of contacts
_LONGEST_NAME = 200
_LOCK_TIMEOUT = "5s"
_DESK, _CALL = "desk", "call"  # what makes and changes contacts here
_WITH_NUMBER = (
    sa.select(sa.func.min(phones.c.contact_id))
    .join(contacts, contacts.c.id == phones.c.contact_id)
    .where(phones.c.reversed == sa.bindparam("reversed", type_=sa.String), contacts.c.archived_at.is_(None))
)


class ContactService:
    """Contacts in `database`, their numbers read by `plan`.

    `trust` orders the origins of values, lower first, what people wrote among them (`Registry.trust`). Every method
    raises DatabaseUnavailable or SQLAlchemy's errors when the database fails.
    """

    def __init__(
        self, database: Database, plan: NumberingPlan, clock: Clock, trust: Mapping[str, int] | None = None
    ) -> None:
        self._database = database
        self._plan = plan
        self._clock = clock
        self._trust = trust or {OWN: 0}
        self._order = sorted(self._trust, key=self._trust.__getitem__)
        self._records = RecordReader(database)
        self._search = ContactSearch(database, plan)
        self._audit = AuditLog(database, clock)
        self.attributes = AttributeTypes(database, clock)

    async def match(self, ani: str) -> Match:
        """Who may be calling from `ani`, as it arrived; one round trip to the database."""
        if is_anonymous(ani):
            return Match(anonymous=True)
        number = normalise(ani, self._plan)
        if number is None:
            return Match()
        rows = await self._database.fetch(queries.MATCH, _place_in_index(number))
        if not rows:
            return Match()
        hits = {Hit(*row[: queries.HIT_COLUMNS]) for row in rows}
        return judge(number, hits, queries.assemble(rows, queries.HIT_COLUMNS), self._order)

    async def find_keyed_in(self, digits: str) -> Contact | None:
        """The one contact with this contract or other number among its values, or with this telephone; None if
        nobody has it, or several have: a card opened by a number keyed in must be the right one."""
        if len(digits) >= _SHORTEST_KEY:
            found = queries.assemble(await self._database.fetch(queries.BY_WHOLE_WORD, {"word": digits, "limit": 2}))
            if found:
                return next(iter(found.values())) if len(found) == 1 else None
        return (await self.match(digits)).contact

    async def get(self, contact_id: int) -> Contact:
        """The contact; raises NotFound."""
        found = queries.assemble(await self._database.fetch(queries.BY_ID, {"contact_id": contact_id}))
        if contact_id not in found:
            raise NotFound(N_("There is no contact %(id)s.", id=contact_id))
        return found[contact_id]

    async def present(self, contact_id: int) -> Contact:
        """The contact, or the one it has become a part of since then; raises NotFound."""
        contact = await self.get(contact_id)
        while contact.merged_into is not None:
            contact = await self.get(contact.merged_into)
        return contact

    async def records(self, contact_id: int) -> Sequence[StoredRecord]:
        """What backends say of the contact."""
        return await self._records.of_contact(contact_id)

    async def search(self, text: str, limit: int = 20) -> list[Contact]:
        """Contacts found by the beginnings of words, or by a number or part of one; see `find`."""
        return list((await self.find(ContactFilter(text=text), limit)).contacts) if text.strip() else []

    async def find(self, wanted: ContactFilter, limit: int, after: int | None = None) -> Found:
        """See ContactSearch."""
        return await self._search.find(wanted, limit, after)

    async def attribute_kinds(self) -> dict[str, str]:
        """Of which kind each further value is that has one, by its name; of several projects' the first."""
        return {each.name: each.kind for each in reversed(await self.attributes.all())}

    async def choices(self) -> dict[str, tuple[str, ...]]:
        """Categories, regions and sources that contacts have."""
        return await choices(self._database)

    async def count_incomplete(self, most: int) -> int:
        """How many contacts somebody should complete; counts no further than `most`."""
        return await count_incomplete(self._database, most)

    async def create(self, fields: ContactFields, by: int | None = None) -> Contact:
        """A new contact, written by the user `by`; raises InvalidInput naming the field."""
        prepared = await self._prepared(fields)
        async with self._database.write() as connection:
            await _check_references(connection, prepared.values)
            contact_id = await self._insert(connection, prepared, _DESK, by)
            await self._audit.append_in(connection, by, "contact.create", f"contact {contact_id}")
        return await self.get(contact_id)

    async def update(self, contact_id: int, changes: ContactFields, by: int | None) -> Contact:
        """Write what is set in `changes`, by the user `by`; phones, if set, replace all there were.

        Raises InvalidInput naming the field, or where the contact has become a part of another; and NotFound.
        """
        prepared = await self._prepared(changes, contact_id)
        async with self._database.write() as connection:
            await _check_references(connection, prepared.values)
            await _check_changeable(connection, contact_id)
            how: dict[str, Any] = {"at": self._clock(), "origin": _DESK, "by": by}
            wanted = [(contact_id, prepared)]
            if await change_many(connection, wanted, plan=self._plan, trust=self._trust, **how):
                await self._audit.append_in(connection, by, "contact.change", f"contact {contact_id}")
        return await self.get(contact_id)

    async def ensure_for_caller(self, ani: str, name: str) -> Contact | None:
        """The contact with exactly the caller's number, made at once if there is none; None without a number.

        Two calls from one number at once, even in two processes, get one contact. `name` is what the network
        said; it is cut rather than refused.
        """
        number = self._number(ani)
        if number is None:
            return None
        async with self._database.write() as connection:
            await self._lock(connection, number.digits)
            contact_id = await connection.scalar(_WITH_NUMBER, {"reversed": number.reversed})
            if contact_id is None:
                called = clean_line(name[:_LONGEST_NAME], field="name", limit=_LONGEST_NAME)
                values = {"name": "" if normalise(called, self._plan) else called, "source": "call", "incomplete": True}
                contact_id = await self._insert(connection, Prepared(values, [phone_row(number)]), _CALL, None)
        return await self.get(contact_id)

    async def remember_choice(self, ani: str, contact_id: int, user_id: int | None) -> None:
        """Henceforth `ani` is `contact_id`, said the user; a caller without a number is not remembered.

        Raises NotFound.
        """
        number = self._number(ani)
        if number is None:
            return
        insert = sqlite.insert if self._database.is_sqlite else postgresql.insert
        row = {"contact_id": contact_id, "chosen_by": user_id, "chosen_at": self._clock()}
        statement = insert(match_choices).values(digits=number.digits, **row)
        statement = statement.on_conflict_do_update(index_elements=[match_choices.c.digits], set_=row)
        await self.get(contact_id)
        async with self._database.write() as connection:
            await connection.execute(statement)

    def _number(self, ani: str) -> Number | None:
        return None if is_anonymous(ani) else normalise(ani, self._plan)

    async def _lock(self, connection: AsyncConnection, digits: str) -> None:
        """Nobody else makes a contact for `digits` until this transaction ends; in SQLite nobody writes anyway."""
        if not self._database.is_sqlite:
            limited = sa.func.set_config("lock_timeout", _LOCK_TIMEOUT, True)
            locked = sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(digits, 0))
            await connection.execute(sa.select(limited, locked))

    async def _prepared(self, fields: ContactFields, contact_id: int | None = None) -> Prepared:
        rows = None
        if fields.phones is not UNSET:
            rows = phone_rows(fields.phones, self._plan, await self._phones(contact_id))
        values = checked(fields)
        if values.get("attributes"):
            values["attributes"] = canonical(values["attributes"], await self.attributes.all())
        return Prepared(values, rows)

    async def _phones(self, contact_id: int | None) -> list[dict[str, Any]]:
        """The rows of the phone index that the contact has."""
        if contact_id is None:
            return []
        async with self._database.read() as connection:
            return (await read_phones(connection, [contact_id])).get(contact_id, [])

    async def _insert(self, connection: AsyncConnection, prepared: Prepared, origin: str, by: int | None) -> int:
        [contact_id] = await insert_many(connection, [prepared], at=self._clock(), origin=origin, by=by)
        return contact_id


async def _check_changeable(connection: AsyncConnection, contact_id: int) -> None:
    found = (
        await connection.execute(sa.select(contacts.c.merged_into).where(contacts.c.id == contact_id))
    ).one_or_none()
    if found is None:
        raise NotFound(N_("There is no contact %(id)s.", id=contact_id))
    if found.merged_into is not None:
        raise InvalidInput(
            N_("This contact has become a part of another one."),
            field="contact_id",
            remedy=N_("Open the contact %(id)s and write it there.", id=found.merged_into),
        )


async def _check_references(connection: AsyncConnection, values: dict[str, Any]) -> None:
    """Raises InvalidInput where a company or a consultant is named that does not exist."""
    company_id, consultant_id = values.get("company_id"), values.get("consultant_id")
    is_company = sa.select(contacts.c.id).where(contacts.c.id == company_id, contacts.c.kind == "company")
    if company_id is not None and await connection.scalar(is_company) is None:
        raise InvalidInput(N_("There is no company %(id)s.", id=company_id), field="company_id")
    is_user = sa.select(users.c.id).where(users.c.id == consultant_id)
    if consultant_id is not None and await connection.scalar(is_user) is None:
        raise InvalidInput(N_("There is no user %(id)s.", id=consultant_id), field="consultant_id")


def _place_in_index(number: Number) -> dict[str, Any]:
    """Where the number stands among the reversed ones, and the stretch that ends in the same seven digits."""
    here = number.reversed
    low, high = (here[:_SUFFIX], queries.upper(here[:_SUFFIX])) if len(here) >= _SUFFIX else (here, here)
    least = Quality.AREA_ASSUMED if number.quality == Quality.VALID else Quality.VALID
    return {"digits": number.digits, "reversed": here, "low": low, "high": high, "least_quality": int(least)}
