"""Records of a backend taken over into contacts, a few hundred in a transaction."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.backend import Record, Service
from telemarket.contacts.erased import ErasedKeys
from telemarket.contacts.sync.incoming import Incoming, prepared, take_in
from telemarket.contacts.sync.merging import Sourced, in_order_of_trust, merge
from telemarket.contacts.sync.rows import keep_own, said_of, write_records
from telemarket.contacts.tables import backend_services, contact_records, contacts, phones
from telemarket.contacts.words import words_of
from telemarket.contacts.writing import Prepared, archive_many, insert_many, revive_many, update_many
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.i18n import N_
from telemarket.numbers import NumberingPlan, extract

PORTION = 500
"""Records of one transaction: in SQLite nobody else writes meanwhile, the journal of calls neither."""


class Taken(msgspec.Struct, kw_only=True):
    """What became of records, counted."""

    new: int = 0
    joined: int = 0  # new records of contacts that were there already
    changed: int = 0
    unchanged: int = 0
    gone: int = 0
    refused: list[tuple[str, str]] = []  # (key, reason)
    companies_to_come: dict[int, str] = {}  # contact → key of his company, which is not known yet


class RecordStore:
    """Writes what backends say. `trust` orders origins, lower first; `plan` reads their telephones; `erased` knows whom
    nobody may bring back."""

    def __init__(
        self,
        database: Database,
        plan: NumberingPlan,
        clock: Clock,
        trust: Mapping[str, int],
        erased: ErasedKeys | None = None,
    ) -> None:
        self._erased = erased
        self._database = database
        self._plan = plan
        self._clock = clock
        self._trust = trust

    async def take_over(self, backend: str, records: Sequence[Record]) -> Taken:
        """Write what is new or changed of at most PORTION records, in one transaction."""
        incoming, refused = take_in(records)
        taken = Taken(refused=refused)
        async with self._database.write() as connection:
            known = await _known(connection, backend, incoming)
            fresh = await self._unerased(
                connection, backend, [each for key, each in incoming.items() if key not in known], refused
            )
            changed = {key: each for key, each in incoming.items() if key in known and _differs(known[key], each)}
            taken.unchanged = len(known) - len(changed)
            taken.changed = len(changed)
            joins = await self._joins(connection, backend, fresh)
            taken.joined = len(joins)
            taken.new = len(fresh) - len(joins)
            await keep_own(connection, set(joins.values()), self._clock())
            owners = {key: row.contact_id for key, row in known.items()} | joins
            owners |= await self._create(connection, backend, [e for e in fresh if e.record.key not in joins])
            await write_records(connection, backend, [*fresh, *changed.values()], owners, self._clock())
            returned = [known[key].contact_id for key in changed if known[key].gone_at is not None]
            await revive_many(connection, returned, at=self._clock(), origin=_origin(backend), by=None)
            await self._merge_again(connection, backend, {owners[key] for key in [*changed, *joins]})
            touched = [*fresh, *changed.values()]
            wanted = {owners[e.record.key]: e.record.company_key for e in touched if e.record.company_key}
            taken.companies_to_come = await self._link(connection, backend, wanted)
        return taken

    async def _unerased(
        self, connection: AsyncConnection, backend: str, fresh: list[Incoming], refused: list[tuple[str, str]]
    ) -> list[Incoming]:
        """Those that are not of people whose data were erased here; the others are refused."""
        if self._erased is None or not fresh:
            return fresh
        erased = await self._erased.among(connection, backend, [each.record for each in fresh])
        refused += [(key, N_("This person's data were erased here.")) for key in sorted(erased)]
        return [each for each in fresh if each.record.key not in erased]

    async def link(self, backend: str, wanted: Mapping[int, str]) -> None:
        """Link contacts to the companies they were waiting for, as far as these are known now."""
        async with self._database.write() as connection:
            await self._link(connection, backend, wanted)

    async def let_go(self, backend: str, keys: Sequence[str]) -> int:
        """The backend no longer has these, at most PORTION: their values go; returns how many there were.

        A contact nothing else is known of is put aside: it is no longer matched or found, and its history stays.
        """
        mine = sa.and_(
            contact_records.c.backend == backend,
            contact_records.c.key.in_(keys),
            contact_records.c.gone_at.is_(None),
        )
        async with self._database.write() as connection:
            ids = set(await connection.scalars(sa.select(contact_records.c.contact_id).where(mine)))
            done = await connection.execute(contact_records.update().where(mine).values(gone_at=self._clock()))
            left = contact_records.c.contact_id.in_(ids) & contact_records.c.gone_at.is_(None)
            living = set(await connection.scalars(sa.select(contact_records.c.contact_id).where(left)))
            await archive_many(connection, sorted(ids - living), at=self._clock(), origin=_origin(backend), by=None)
            await self._merge_again(connection, backend, living)
        return done.rowcount

    async def keys(self, backend: str, after: str, limit: int) -> Sequence[str]:
        """Keys of the records the backend has, in their order, beginning behind `after`."""
        query = sa.select(contact_records.c.key).where(
            contact_records.c.backend == backend, contact_records.c.key > after, contact_records.c.gone_at.is_(None)
        )
        async with self._database.read() as connection:
            return (await connection.scalars(query.order_by(contact_records.c.key).limit(limit))).all()

    async def count(self, backend: str) -> int:
        """How many records of the backend there are."""
        query = sa.select(sa.func.count()).where(
            contact_records.c.backend == backend, contact_records.c.gone_at.is_(None)
        )
        async with self._database.read() as connection:
            return (await connection.scalar(query)) or 0

    async def take_over_services(self, backend: str, services: Sequence[Service]) -> None:
        """Write the backend's services, at most PORTION."""
        insert = sqlite.insert if self._database.is_sqlite else postgresql.insert
        statement = insert(backend_services)
        columns = [name for name in Service.__struct_fields__ if name != "key"]
        statement = statement.on_conflict_do_update(
            index_elements=[backend_services.c.backend, backend_services.c.key],
            set_={name: statement.excluded[name] for name in columns} | {"gone_at": None},
        )
        rows = [{"backend": backend, **msgspec.structs.asdict(service)} for service in services]
        async with self._database.write() as connection:
            await connection.execute(statement, rows)

    async def let_services_go(self, backend: str, but: Iterable[str]) -> None:
        """The backend has only these services left."""
        mine = backend_services.c.backend == backend
        async with self._database.write() as connection:
            query = sa.select(backend_services.c.key).where(mine, backend_services.c.gone_at.is_(None))
            gone = set(await connection.scalars(query)) - set(but)
            if gone:
                statement = backend_services.update().where(mine, backend_services.c.key == sa.bindparam("gone"))
                await connection.execute(statement.values(gone_at=self._clock()), [{"gone": key} for key in gone])

    # ---- parts of taking over

    async def _joins(self, connection: AsyncConnection, backend: str, fresh: Sequence[Incoming]) -> dict[str, int]:
        """Contacts new records belong to: those with the same number and the same name, or with the same number
        and no name yet, that have no record of this backend. One contact takes one record."""
        by_number: dict[str, list[Incoming]] = {}
        for each in fresh:
            for _, text in each.record.phones:
                for number in extract(text, self._plan):
                    if number.e164:
                        by_number.setdefault(number.reversed, []).append(each)
        if not by_number:
            return {}
        mine = sa.exists().where(
            contact_records.c.contact_id == contacts.c.id,
            contact_records.c.backend == backend,
            contact_records.c.gone_at.is_(None),
        )
        query = (
            sa.select(phones.c.reversed, contacts.c.id, contacts.c.name, contacts.c.company)
            .join(contacts, contacts.c.id == phones.c.contact_id)
            .where(phones.c.reversed.in_(by_number), contacts.c.archived_at.is_(None), ~mine)
            .order_by(contacts.c.id)
        )
        joins: dict[str, int] = {}
        for row in await connection.execute(query):
            names = set(words_of(row.name or row.company))
            for each in by_number[row.reversed]:
                same = not names or names == set(words_of(each.record.name or each.record.company))
                if same and each.record.key not in joins and row.id not in joins.values():
                    joins[each.record.key] = row.id
        return joins

    async def _create(self, connection: AsyncConnection, backend: str, fresh: list[Incoming]) -> dict[str, int]:
        rows = [prepared(merge([Sourced(backend, each.record)]), self._plan) for each in fresh]
        ids = await insert_many(connection, rows, at=self._clock(), origin=_origin(backend), by=None)
        return {each.record.key: contact_id for each, contact_id in zip(fresh, ids, strict=True)}

    async def _merge_again(self, connection: AsyncConnection, backend: str, contact_ids: set[int]) -> None:
        said = await said_of(connection, contact_ids)
        changes = [
            (contact_id, prepared(merge(in_order_of_trust(records, self._trust)), self._plan))
            for contact_id, records in said.items()
        ]
        await update_many(connection, changes, at=self._clock(), origin=_origin(backend), by=None)

    async def _link(self, connection: AsyncConnection, backend: str, wanted: Mapping[int, str]) -> dict[int, str]:
        """Set the companies of contacts; returns those whose company is not known yet."""
        if not wanted:
            return {}
        query = sa.select(contact_records.c.key, contact_records.c.contact_id, contacts.c.name).join(
            contacts, contacts.c.id == contact_records.c.contact_id
        )
        mine = contact_records.c.backend == backend
        found: dict[str, Any] = {}
        keys = sorted(set(wanted.values()))
        for start in range(0, len(keys), PORTION):
            part = keys[start : start + PORTION]
            rows = await connection.execute(query.where(mine, contact_records.c.key.in_(part)))
            found |= {row.key: row for row in rows}
        changes = [
            (contact_id, Prepared(values={"company_id": found[key].contact_id}, phones=None))
            for contact_id, key in wanted.items()
            if key in found
        ]
        await update_many(connection, changes, at=self._clock(), origin=_origin(backend), by=None)
        return {contact_id: key for contact_id, key in wanted.items() if key not in found}


async def _known(connection: AsyncConnection, backend: str, keys: Iterable[str]) -> dict[str, Any]:
    columns = [contact_records.c[name] for name in ("key", "contact_id", "digest", "gone_at")]
    query = sa.select(*columns).where(contact_records.c.backend == backend, contact_records.c.key.in_(list(keys)))
    return {row.key: row for row in await connection.execute(query)}


def _differs(known: Any, incoming: Incoming) -> bool:
    return known.gone_at is not None or bytes(known.digest) != incoming.digest


def _origin(backend: str) -> str:
    return f"backend:{backend}"
