"""A database as a backend."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from itertools import groupby
from typing import Any

import msgspec

from telemarket.adapters.matching import last_digits
from telemarket.adapters.sql.check import Inspection
from telemarket.adapters.sql.connections import Database, Session
from telemarket.adapters.sql.mapping import Row, RowMapping, fill, service, text_of
from telemarket.adapters.sql.options import SqlOptions, parameters
from telemarket.adapters.sql.place import Place, is_ahead, read_place, write_place
from telemarket.backend import (
    Backend,
    BackendContext,
    BackendRefused,
    BackendUnavailable,
    Batch,
    Finding,
    Record,
    Result,
    Service,
)
from telemarket.core.i18n import N_
from telemarket.numbers import national_part

_LIVE_ROWS = 200


class SqlBackend(Backend):
    """Reads what queries give: everything each time, or what changed since the greatest value of a column."""

    def __init__(self, context: BackendContext, options: SqlOptions) -> None:
        self.name = context.name
        self.title = context.title
        self._clock = context.clock
        self._zone = context.zone
        self._options = options
        self._database = Database(options, context.data_dir)
        self._mapping = RowMapping(
            options.key, options.mapping, [each.columns for each in options.limits], options.url_template
        )
        self._mark = _mark(options)

    @property
    def abilities(self) -> frozenset[str]:
        """Look-up and write-back only where the configuration has a statement for them."""
        lacking = {"look_up": not self._options.look_up_query, "write_back": not self._options.write_back}
        return super().abilities - {name for name, absent in lacking.items() if absent}

    async def check(self) -> Sequence[Finding]:
        """Connection, each query, its columns, keys and telephones."""
        return await Inspection(self._options, self._database, self._mapping).findings()

    async def sync(self, cursor: str) -> AsyncIterator[Batch]:
        """All contacts, or with `changes_query` those that changed since."""
        place = self._usable(read_place(cursor))
        async with self._database.session() as session:
            now = self._clock().astimezone(self._zone)
            reading = _Reading(self._mapping, self._options.changed.lower(), place.value if place else None, now)
            statement, values = self._options.query, {}
            if place:
                # Deletions first: whoever was deleted and made again is there.
                async for batch in self._deleted(session, place):
                    yield batch
                statement, values = self._options.changes_query, {"cursor": place.value}
            async for rows in session.rows(statement, values):
                yield reading.batch(rows, snapshot=not place)
            yield reading.rest(snapshot=not place)
            if not place and not reading.named:
                raise self._nobody()
            yield await self._end(session, reading.newest, place)

    async def look_up(self, e164: str, digits: str) -> Sequence[Record]:
        """What `look_up_query` gives for the number; nothing is asked for an internal one."""
        if not e164 and not last_digits(e164, digits):
            return ()
        query = self._options.look_up_query
        known = _caller(e164, digits)
        async with self._database.session() as session:
            _, rows = await session.some(query, {name: known[name] for name in parameters(query)}, _LIVE_ROWS)
        return [self._mapping.record(group)[0] for key, group in _groups(rows, self._mapping) if key]

    async def write_back(self, result: Result) -> None:
        """Executes the statement `write_back`. A result may come twice: the statement has to bear that."""
        statement = self._options.write_back
        known = msgspec.structs.asdict(result)
        async with self._database.session(read_only=False) as session:
            await session.change(statement, {name: known[name] for name in parameters(statement)})

    def card_url(self, e164: str, digits: str) -> str:
        """`caller_url`, filled in."""
        return fill(self._options.caller_url, _caller(e164, digits))

    def _usable(self, place: Place | None) -> Place | None:
        """The place to go on from; None to read everything."""
        if place is None or not self._options.changes_query or place.configuration != self._mark:
            return None
        due = place.complete + timedelta(hours=self._options.complete_hours)
        return place if self._clock() < due else None

    async def _deleted(self, session: Session, place: Place) -> AsyncIterator[Batch]:
        if query := self._options.deleted_query:
            async for rows in session.rows(query, dict.fromkeys(parameters(query), place.value)):
                yield Batch(deleted=[key for row in rows if (key := text_of(next(iter(row.values()))))])

    async def _end(self, session: Session, newest: Any, place: Place | None) -> Batch:
        """The last batch: the services, and where the next synchronisation goes on."""
        services, refused = await self._services(session)
        cursor = ""
        if newest is not None:
            complete = place.complete if place else self._clock()
            try:
                cursor = write_place(newest, complete, self._mark)
            except TypeError as error:
                raise BackendRefused(
                    N_("The column %(column)s is no time, number or text.", column=self._options.changed),
                    remedy=N_("Name another column as changed, or leave changed and changes_query out."),
                ) from error
        return Batch(services=services, refused=refused, snapshot=place is None, cursor=cursor)

    async def _services(self, session: Session) -> tuple[list[Service], list[tuple[str, str]]]:
        services, refused = [], []
        if query := self._options.services_query:
            async for rows in session.rows(query, {}):
                for row in rows:
                    try:
                        services.append(service(row))
                    except ValueError as error:
                        refused.append((text_of(row.get("key")), error.args[0]))
        return services, refused

    def _nobody(self) -> BackendUnavailable:
        """A table without any row is more likely just being filled than an empty house: what was read before stays."""
        return BackendUnavailable(
            N_("The query gives no rows."), remedy=N_("Check the query; a table may just be being filled.")
        )


class _Reading:
    """Rows as they come, made into batches: rows of one key are one contact, also across two batches. `newest` is the
    greatest value of the column `changed`, times after `now` left aside."""

    def __init__(self, mapping: RowMapping, changed: str, newest: Any, now: datetime) -> None:
        self.newest = newest
        self.named = 0
        self._now = now
        self._mapping = mapping
        self._changed = changed
        self._open: list[Row] = []
        self._seen: set[str] = set()

    def batch(self, rows: Sequence[Row], *, snapshot: bool) -> Batch:
        """What is complete: the last key's rows may go on in the next rows."""
        groups = list(_groups([*self._open, *rows], self._mapping))
        self._open = groups[-1][1]
        return self._batch(groups[:-1], snapshot)

    def rest(self, *, snapshot: bool) -> Batch:
        """What was kept back of the last rows."""
        return self._batch(_groups(self._open, self._mapping), snapshot)

    def _batch(
        self, groups: "Iterator[tuple[str, list[Row]]] | Sequence[tuple[str, list[Row]]]", snapshot: bool
    ) -> Batch:
        records, refused = [], []
        for key, rows in groups:
            self._note_changes(rows)
            if reason := self._reason(key):
                refused.append((key, reason))
                continue
            self._seen.add(key)
            record, complaints = self._mapping.record(rows)
            records.append(record)
            refused.extend((key, complaint) for complaint in complaints)
        self.named += len(records)
        return Batch(records=records, refused=refused, snapshot=snapshot)

    def _reason(self, key: str) -> str:
        """Why rows with this key cannot be read; empty if they can."""
        if not key:
            return N_("The row has no key.")
        if key in self._seen:
            return N_("The rows of this key do not follow each other: order the query by its key.")
        return ""

    def _note_changes(self, rows: Sequence[Row]) -> None:
        values = [value for row in rows if (value := row.get(self._changed)) is not None]
        come = [value for value in values if not is_ahead(value, self._now)]
        self.newest = max(come if self.newest is None else [self.newest, *come], default=None)


def _groups(rows: Sequence[Row], mapping: RowMapping) -> Iterator[tuple[str, list[Row]]]:
    return ((key, list(group)) for key, group in groupby(rows, mapping.key))


def _caller(e164: str, digits: str) -> Mapping[str, str]:
    """The parameters of a look-up."""
    return {"e164": e164, "digits": digits, "national": national_part(e164) if e164 else digits}


def _mark(options: SqlOptions) -> str:
    """Changes with whatever decides which contacts are read, and how."""
    decisive = options.model_dump_json(
        include={"query", "changes_query", "changed", "key", "mapping", "limits", "url_template"}
    )
    return blake2b(decisive.encode(), digest_size=8).hexdigest()
