"""Records of a backend taken over into contacts, a few hundred in a transaction."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.backend import Record
from telemarket.contacts.erased import ErasedKeys
from telemarket.contacts.locking import lock_merging
from telemarket.contacts.sync.incoming import Incoming, prepared, put_together, take_in
from telemarket.contacts.sync.joining import find_owners
from telemarket.contacts.sync.merging import Sourced, merge, only_empty_words
from telemarket.contacts.sync.rows import keep_own, said_of, write_records
from telemarket.contacts.tables import contact_records, contacts
from telemarket.contacts.writing import Prepared, archive_many, insert_many, revive_many, update_many
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.i18n import N_
from telemarket.numbers import NumberingPlan

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
            await lock_merging(connection)
            known = await _known(connection, backend, incoming)
            differing = [e for key, e in incoming.items() if key not in known or _differs(known[key], e)]
            taken.unchanged = len(incoming) - len(differing)
            differing = await self._unerased(connection, backend, differing, refused)
            fresh = [each for each in differing if each.record.key not in known]
            changed = {each.record.key: each for each in differing if each.record.key in known}
            taken.changed = len(changed)
            joins = await find_owners(connection, self._plan, backend, fresh)
            taken.joined = len(joins)
            taken.new = len(fresh) - len(joins)
            await keep_own(connection, set(joins.values()), self._clock())
            owners = {key: row.contact_id for key, row in known.items()} | joins
            owners |= await self._create(connection, backend, [e for e in fresh if e.record.key not in joins])
            await write_records(connection, backend, [*fresh, *changed.values()], owners, self._clock())
            returned = [known[key].contact_id for key in changed if known[key].gone_at is not None]
            await revive_many(connection, returned, at=self._clock(), origin=_origin(backend), by=None)
            await self._merge_again(connection, backend, {owners[key] for key in [*changed, *joins]})
            found = await _known(connection, backend, {each.record.company_key for each in differing})
            companies = {
                owners[each.record.key]: found[each.record.company_key].contact_id
                for each in differing
                if each.record.company_key in found
            }
            await self._set_companies(connection, backend, companies)
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

    async def link_companies(self, backend: str) -> None:
        """Link everybody who has no company yet to the one his record names, as far as that is known by now."""
        after: int | None = 0
        while after is not None:
            async with self._database.write() as connection:
                await lock_merging(connection)
                rows = (await connection.execute(_unlinked(backend, after))).all()
                await self._set_companies(connection, backend, {row.contact_id: row.company_id for row in rows})
            after = rows[-1].contact_id if len(rows) == PORTION else None

    async def let_go(self, backend: str, keys: Sequence[str]) -> int:
        """The backend no longer has these, at most PORTION: their values go; returns how many there were.

        A contact nothing else is known of is put aside: it is no longer matched or found, and its history stays. One
        that must not be called keeps what was known of him, so that he still is not.
        """
        mine = sa.and_(
            contact_records.c.backend == backend,
            contact_records.c.key.in_(keys),
            contact_records.c.gone_at.is_(None),
        )
        async with self._database.write() as connection:
            await lock_merging(connection)
            ids = set(await connection.scalars(sa.select(contact_records.c.contact_id).where(mine)))
            done = await connection.execute(contact_records.update().where(mine).values(gone_at=self._clock()))
            said = await said_of(connection, ids)
            left = {key for key, records in said.items() if not only_empty_words(records)}
            kept = await _who_must_not_be_called(connection, ids - left)
            aside = sorted(ids - left - kept)
            await archive_many(connection, aside, at=self._clock(), origin=_origin(backend), by=None)
            await self._merge_again(connection, backend, left)
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

    # ---- parts of taking over

    async def _create(self, connection: AsyncConnection, backend: str, fresh: list[Incoming]) -> dict[str, int]:
        rows = [prepared(merge([Sourced(backend, each.record)]), self._plan) for each in fresh]
        ids = await insert_many(connection, rows, at=self._clock(), origin=_origin(backend), by=None)
        return {each.record.key: contact_id for each, contact_id in zip(fresh, ids, strict=True)}

    async def _merge_again(self, connection: AsyncConnection, backend: str, contact_ids: set[int]) -> None:
        said = await said_of(connection, contact_ids)
        changes = [(key, put_together(records, self._trust, self._plan)) for key, records in said.items()]
        await update_many(connection, changes, at=self._clock(), origin=_origin(backend), by=None)

    async def _set_companies(self, connection: AsyncConnection, backend: str, companies: Mapping[int, int]) -> None:
        changes = [
            (contact_id, Prepared(values={"company_id": company_id}, phones=None))
            for contact_id, company_id in companies.items()
            if contact_id != company_id
        ]
        await update_many(connection, changes, at=self._clock(), origin=_origin(backend), by=None)


async def _known(connection: AsyncConnection, backend: str, keys: Iterable[str]) -> dict[str, Any]:
    columns = [contact_records.c[name] for name in ("key", "contact_id", "digest", "gone_at")]
    query = sa.select(*columns).where(contact_records.c.backend == backend, contact_records.c.key.in_(list(keys)))
    return {row.key: row for row in await connection.execute(query)}


def _differs(known: Any, incoming: Incoming) -> bool:
    return known.gone_at is not None or bytes(known.digest) != incoming.digest


def _origin(backend: str) -> str:
    return f"backend:{backend}"


async def _who_must_not_be_called(connection: AsyncConnection, ids: Iterable[int]) -> set[int]:
    refused = contacts.c.do_not_call | (contacts.c.consent == "refused")
    return set(await connection.scalars(sa.select(contacts.c.id).where(contacts.c.id.in_(tuple(ids)), refused)))


def _unlinked(backend: str, after: int) -> sa.Select[Any]:
    person, company = contact_records.alias("person"), contact_records.alias("company")
    return (
        sa.select(person.c.contact_id, sa.func.min(company.c.contact_id).label("company_id"))
        .join(company, (company.c.backend == person.c.backend) & (company.c.key == person.c.company_key))
        .join(contacts, contacts.c.id == person.c.contact_id)
        .where(
            person.c.backend == backend,
            person.c.company_key != "",
            person.c.contact_id > after,
            person.c.gone_at.is_(None),
            company.c.gone_at.is_(None),
            contacts.c.company_id.is_(None),
            company.c.contact_id != person.c.contact_id,
        )
        .group_by(person.c.contact_id)
        .order_by(person.c.contact_id)
        .limit(PORTION)
    )
