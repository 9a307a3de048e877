"""Keeping the full text of contacts what their rows say.

A few contacts are taken over within the transaction that writes them. Many at once, as an import or a
synchronisation writes them, would spend most of their time here: they are put down as due, and `Indexer` follows.
"""

import asyncio
import random
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.contacts.tables import attribute_types, contact_search, contact_search_due, contacts
from telemarket.contacts.terms import terms_of
from telemarket.core.bulk import insert_rows
from telemarket.core.database import Database

log = structlog.get_logger(__name__)

AT_ONCE = 100
"""Contacts whose full text is written together with them."""
PORTION = 500  # contacts in one transaction of the indexer: less than a tenth of a second
_LOOK = 1.0  # seconds between looks for contacts that are due
_LONGEST_PAUSE = 60.0

_READ = ("id", "archived_at", *("name", "company", "position", "site", "region", "emails", "addresses", "attributes"))
_READ_MARKS = ("kind", "source", "categories", "consultant_id", "company_id", "do_not_call", "incomplete")
_COLUMNS = [contacts.c[name] for name in (*_READ, *_READ_MARKS)]

Values = Mapping[str, Any]
Kept = tuple[int, Values | None, Values | None]


async def keep_found(connection: AsyncConnection, rows: Sequence[Kept]) -> None:
    """For each contact its id, its values before (None: it is new or was archived) and after (None: archived)."""
    if len(rows) > AT_ONCE:
        await insert_rows(connection, contact_search_due, list(_ranges(row[0] for row in rows)))
        return
    hidden = await _hidden(connection)
    entries = [
        {"contact_id": contact_id, "terms": terms_of(after or before or {}, archived=after is None, hidden=hidden)}
        for contact_id, before, after in rows
    ]
    await _write(connection, entries)


async def all_due(connection: AsyncConnection) -> None:
    """Every contact is to be looked at again: another attribute is found by, or no longer."""
    first_and_last = sa.select(sa.func.min(contacts.c.id), sa.func.max(contacts.c.id)).having(sa.func.count() > 0)
    await connection.execute(contact_search_due.insert().from_select(["first_id", "last_id"], first_and_last))


async def _hidden(connection: AsyncConnection) -> frozenset[str]:
    """Attributes nobody is found by."""
    return frozenset(await connection.scalars(sa.select(attribute_types.c.name).where(~attribute_types.c.searched)))


def _ranges(ids: Iterable[int]) -> Iterator[dict[str, int]]:
    """Contacts made together have ids in a row."""
    first = last = None
    for each in sorted(ids):
        if first is None or last is None:
            first = each
        elif each != last + 1:
            yield {"first_id": first, "last_id": last}
            first = each
        last = each
    if first is not None and last is not None:
        yield {"first_id": first, "last_id": last}


async def index_portion(database: Database) -> int:
    """Bring some of what is due up to date; returns how many contacts that may be, 0 when nothing is due."""
    async with database.write() as connection:
        due = contact_search_due
        first = sa.select(due).order_by(due.c.id).limit(1).with_for_update(skip_locked=True)
        range_ = (await connection.execute(first)).one_or_none()
        if range_ is None:
            return 0
        last = min(range_.last_id, range_.first_id + PORTION - 1)
        within = contacts.c.id.between(range_.first_id, last)
        query = sa.select(*_COLUMNS).where(within).with_for_update()
        rows = [dict(row) for row in (await connection.execute(query)).mappings()]
        await _write(connection, await asyncio.to_thread(_entries, rows, await _hidden(connection)))
        same = due.c.id == range_.id
        if last == range_.last_id:
            await connection.execute(due.delete().where(same))
        else:
            await connection.execute(due.update().where(same).values(first_id=last + 1))
    return int(last - range_.first_id + 1)


def _entries(rows: Iterable[Values], hidden: frozenset[str]) -> list[dict[str, Any]]:
    return [
        {"contact_id": row["id"], "terms": terms_of(row, archived=row["archived_at"] is not None, hidden=hidden)}
        for row in rows
    ]


async def _write(connection: AsyncConnection, entries: list[dict[str, Any]]) -> None:
    if entries:
        insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        statement = insert(contact_search)
        await connection.execute(
            statement.on_conflict_do_update(
                index_elements=[contact_search.c.contact_id],
                set_={"terms": statement.excluded.terms},
                where=contact_search.c.terms != statement.excluded.terms,
            ),
            entries,
        )


class Indexer:
    """Follows what is due, half of the time at most: whoever else writes is not kept waiting. `run` it as a task."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self) -> None:
        """Until cancelled. While the database fails, tries again ever more rarely, up to once a minute."""
        pause = _LOOK
        while True:
            started = time.monotonic()
            try:
                done = await index_portion(self._database)
            except Exception as error:  # whatever it is: the search falls behind, and nothing else
                pause = min(pause * 2, _LONGEST_PAUSE) * random.uniform(0.8, 1.2)  # noqa: S311 - jitter
                log.warning("search index falls behind", error=repr(error), pause=round(pause, 1))
                await asyncio.sleep(pause)
            else:
                pause = _LOOK
                await asyncio.sleep(time.monotonic() - started if done else _LOOK)
