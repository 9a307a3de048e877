"""Importing calls from queue_log: into the journal, and so into the history, each once."""

from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo
from typing import Any

import msgspec
import sqlalchemy as sa

from telemarket.calls.projection import CallProjection
from telemarket.calls.tables import calls
from telemarket.contacts.service import ContactService
from telemarket.core.database import Database
from telemarket.core.journal import Entry, appended
from telemarket.following.directory import Directory
from telemarket.following.queue_log import BadLine, PastCall, QueueLog, parse_line

SOURCE = "queue_log"
BATCH = 1000  # calls written in one transaction
KEPT_BAD_LINES = 10_000
_SHOWN = 200  # characters of a bad line


class Rejected(msgspec.Struct, frozen=True):
    """A line that could not be used, and why."""

    file: str
    line: int
    reason: str
    text: str


class Outcome(msgspec.Struct, kw_only=True):
    """What came of an import. Of the bad lines the first ten thousand are kept; `bad` counts all."""

    lines: int = 0
    imported: int = 0
    known: int = 0
    unfinished: int = 0
    other_lines: int = 0
    bad: int = 0
    bad_lines: list[Rejected] = []


Source = tuple[str, int, str] | Rejected
"""A file's name, the number of a line in it, and the line; or what could not be read."""


class QueueLogImport:
    """Reads lines into `database`. A call that is known already, live or from an earlier import, stays as it is."""

    def __init__(
        self, database: Database, contacts: ContactService, directory: Directory, zone: tzinfo, now: datetime
    ) -> None:
        self._database = database
        self._contacts = contacts
        self._directory = directory
        self._zone = zone
        self._projection = CallProjection("sqlite" if database.is_sqlite else "postgresql")
        self._callers: dict[str, int | None] = {}
        self._log = QueueLog(now)
        self.outcome = Outcome(bad_lines=[])

    async def run(self, lines: Iterable[Source], *, dry_run: bool = False) -> Outcome:
        """Import everything; with `dry_run` only say what would be."""
        batch: dict[str, PastCall] = {}
        for call in self._complete(lines):
            if call.id in batch:
                self.outcome.known += 1
            batch.setdefault(call.id, call)
            if len(batch) == BATCH:
                await self._write(batch, dry_run=dry_run)
                batch = {}
        await self._write(batch, dry_run=dry_run)
        self.outcome.unfinished = self._log.unfinished
        self.outcome.other_lines = self._log.other_lines
        return self.outcome

    def _complete(self, lines: Iterable[Source]) -> Iterator[PastCall]:
        for source in lines:
            if isinstance(source, Rejected):
                self._reject(source)
                continue
            file, number, text = source
            self.outcome.lines += 1
            try:
                yield from self._log.feed(parse_line(text, self._zone))
            except BadLine as error:
                self._reject(Rejected(file, number, str(error), text[:_SHOWN].rstrip("\r\n")))
        yield from self._log.finish()

    def _reject(self, rejected: Rejected) -> None:
        self.outcome.bad += 1
        if len(self.outcome.bad_lines) < KEPT_BAD_LINES:
            self.outcome.bad_lines.append(rejected)

    async def _write(self, batch: dict[str, PastCall], *, dry_run: bool) -> None:
        stored = sa.select(calls.c.id, calls.c.ended_by, calls.c.ended_at).where(calls.c.id.in_(batch))
        async with self._database.read() as connection:
            known = {row.id: row for row in await connection.execute(stored)}
        entries: list[Entry] = []
        for call in batch.values():
            if dry_run:
                continue
            if call.id not in known:
                entries += self._entries(call, await self._caller(call.ani))
            elif known[call.id].ended_by == "unobserved" and known[call.id].ended_at != call.last_at:
                entries.append(Entry(call.last_at, "call.end_found", {"source": SOURCE}, call.id))
        self.outcome.known += len(known)
        self.outcome.imported += len(batch) - len(known)
        if entries:
            await self._database.apply([appended(entries), *self._projection(entries)])

    async def _caller(self, ani: str) -> int | None:
        if ani not in self._callers:
            contact = (await self._contacts.match(ani)).contact
            self._callers[ani] = contact.id if contact else None
        return self._callers[ani]

    def _entries(self, call: PastCall, contact_id: int | None) -> Iterator[Entry]:
        def entry(at: datetime, kind: str, user: int | None = None, /, **data: Any) -> Entry:
            return Entry(at, kind, {**data, "source": SOURCE}, call.id, user)

        project = self._directory.queues.get(call.queue)
        arrived = {"ani": call.ani, "caller_name": "", "dnis": call.dnis or call.queue, "queue": call.queue}
        yield entry(call.arrived_at, "call.arrived", project=project.id if project else None, **arrived)
        if contact_id is not None:
            yield entry(call.arrived_at, "call.contact", contact=contact_id)
        for at, agent in call.unanswered:
            yield entry(at, "call.withdrawn", self._directory.user_of(agent), why="no-answer")
        for at, agent in call.agents:
            yield entry(at, "call.answered", self._directory.user_of(agent), leg="", recording="")
        number = project.number if project else ""
        about = {"project": number, "ani": call.ani, "dnis": call.dnis or call.queue, "contact": contact_id}
        last = self._directory.user_of(call.agents[-1][1]) if call.agents else None
        yield entry(call.last_at, "call.ended", last, result=call.result, by=call.ended_by, **about)
