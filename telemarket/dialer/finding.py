"""Contacts a rule is about, found among millions.

The full text keeps a mark for every value a contact has, so that a day is found as quickly as a name, and a window of
dates as its days. Whom it finds is read in portions and compared with the rule itself. A rule of nothing the full text
knows, as "the debt is above 0", walks through all contacts in the order of their ids.
"""

import asyncio
from array import array
from collections.abc import AsyncIterator
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.contacts.tables import attribute_types, contact_search, contact_search_due, contacts
from telemarket.core.database import Database
from telemarket.dialer.ports import Tasks
from telemarket.dialer.rule_matching import matches, search_of
from telemarket.dialer.rule_model import Rule, Sample
from telemarket.dialer.tables import leads

Row = dict[str, Any]
PORTION = 500  # contacts read at once
_READ = ("id", "kind", "name", "company", "region", "source", "categories", "consultant_id", "attributes")
_CONTACTS = sa.select(*(contacts.c[name] for name in _READ)).where(
    contacts.c.archived_at.is_(None), ~contacts.c.do_not_call
)
_WANTED = sa.bindparam("wanted", type_=sa.String)
_index = sa.table("contact_index", sa.column("rowid", sa.Integer), sa.column("contact_index", sa.String))
_IN_SQLITE = sa.select(_index.c.rowid).where(_index.c.contact_index.op("MATCH")(_WANTED))
_indexed = sa.func.contact_index_terms(contact_search.c.terms)
_IN_POSTGRESQL = sa.select(contact_search.c.contact_id).where(_indexed.op("@@")(sa.cast(_WANTED, postgresql.TSQUERY)))


class Finder:
    """Finds contacts; `zone` is the house's, `tasks` knows of requests."""

    def __init__(self, database: Database, zone: tzinfo, tasks: Tasks) -> None:
        self._database = database
        self._zone = zone
        self._tasks = tasks

    async def find(self, rule: Rule, day: date, campaign_id: int | None = None) -> AsyncIterator[list[Sample]]:
        """Whom the rule is about in the night of `day`, portion by portion in the order of ids; of a campaign's rule
        without those who were its leads lately. A portion may be empty."""
        async for rows in self._candidates(rule, day):
            fitting = await asyncio.to_thread(_fitting, rule, rows, day)
            if fitting and campaign_id is not None:
                fitting = await self._without_recent(fitting, rule, campaign_id, day)
            yield [_sample(row, rule.told) for row in fitting]

    async def _candidates(self, rule: Rule, day: date) -> AsyncIterator[list[Row]]:
        found = [ids for ids in (await self._asking(rule, day), await self._sought(rule, day)) if ids is not None]
        if not found:
            async for rows in self._everybody():
                yield rows
            return
        wanted = sorted(set(found[0]).intersection(*found[1:]))
        for start in range(0, len(wanted), PORTION):
            query = _CONTACTS.where(contacts.c.id.in_(wanted[start : start + PORTION])).order_by(contacts.c.id)
            async with self._database.read() as connection:
                rows = await _rows(connection, query)
            yield rows

    async def _everybody(self) -> AsyncIterator[list[Row]]:
        after = 0
        while True:
            query = _CONTACTS.where(contacts.c.id > after).order_by(contacts.c.id).limit(PORTION)
            async with self._database.read() as connection:
                rows = await _rows(connection, query)
            if not rows:
                return
            yield rows
            after = rows[-1]["id"]

    async def _sought(self, rule: Rule, day: date) -> "array[int] | None":
        """Whom the search finds, and those it has not been told of yet; None: it cannot help."""
        async with self._database.read() as connection:
            types = (await connection.execute(sa.select(attribute_types).order_by(attribute_types.c.id))).all()
            kinds = {each.name: each.kind for each in types}
            hidden = frozenset(each.name for each in types if not each.searched)
            sqlite = self._database.is_sqlite
            wanted = search_of(rule, day, kinds, hidden, sqlite=sqlite)
            if not wanted:
                return None
            statement = (_IN_SQLITE if sqlite else _IN_POSTGRESQL).params(wanted=wanted)
            return await _ids(connection, statement, _NOT_INDEXED)

    async def _asking(self, rule: Rule, day: date) -> set[int] | None:
        """Contacts with an unfinished request, if the rule is about them."""
        if rule.unfinished is None:
            return None
        begin = datetime.combine(day, time(), self._zone)
        before, after = begin - timedelta(days=rule.unfinished.older_than - 1), 0
        found: set[int] = set()
        while True:
            async with self._database.read() as connection:
                ids = await self._tasks.asking(connection, rule.unfinished.topic_id, before, after, 10 * PORTION)
            if not ids:
                return found
            found.update(ids)
            after = ids[-1]

    async def _without_recent(self, rows: list[Row], rule: Rule, campaign_id: int, day: date) -> list[Row]:
        since = datetime.combine(day, time(), self._zone) - timedelta(days=rule.again_after)
        query = sa.select(leads.c.contact_id).where(
            leads.c.contact_id.in_([row["id"] for row in rows]),
            leads.c.campaign_id == campaign_id,
            leads.c.added_at > since,
        )
        async with self._database.read() as connection:
            recent = set(await connection.scalars(query))
        return [row for row in rows if row["id"] not in recent]


_NOT_INDEXED = sa.select(contacts.c.id).join(
    contact_search_due, contacts.c.id.between(contact_search_due.c.first_id, contact_search_due.c.last_id)
)


async def _ids(connection: AsyncConnection, *statements: sa.Select[Any]) -> "array[int]":
    """Millions of ids, eight bytes each."""
    found = array("q")
    for statement in statements:
        result = await connection.stream_scalars(statement)
        async for portion in result.partitions(10 * PORTION):
            found.extend(portion)
    return found


async def _rows(connection: AsyncConnection, query: sa.Select[Any]) -> list[Row]:
    return [dict(row) for row in (await connection.execute(query)).mappings()]


def _fitting(rule: Rule, rows: list[Row], day: date) -> list[Row]:
    return [row for row in rows if matches(rule, row, day)]


def _sample(row: Row, told: tuple[str, ...]) -> Sample:
    values = {name: row["attributes"][name] for name in told if row["attributes"].get(name)}
    return Sample(contact_id=row["id"], name=row["name"] or row["company"], values=values)
