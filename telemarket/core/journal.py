"""The call journal's one writer: entries are committed in groups, together with what is derived from them.

Nobody waits for the disk: `append` returns at once, and an entry is on disk at most about 50 ms later. While the
database is away entries wait in memory and are written, in order, when it is back.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
import structlog

from telemarket.core.database import Change, Database
from telemarket.core.tables import journal

log = structlog.get_logger(__name__)

GROUP_SECONDS = 0.04
RETRY_SECONDS = (0.1, 0.5, 1.0, 2.0, 5.0)
LARGEST_GROUP = 2000
CAPACITY = 500_000
"""Entries kept in memory while the database is away: some hours of a large centre."""


class Entry(msgspec.Struct, frozen=True):
    """One fact. `at` is aware UTC; `data` is JSON-able."""

    at: datetime
    kind: str
    data: dict[str, Any]
    call_id: str | None = None
    agent_id: int | None = None


Projection = Callable[[Sequence[Entry]], list[Change]]
"""Turns a group of entries into changes of derived tables, which are made in the same transaction.

Making them twice must do no harm.
"""

_INSERT = sa.insert(journal)
_encode = msgspec.json.Encoder().encode


class JournalWriter:
    """Appends entries to the journal, with what each room's projection derives from them.

    Start with `start`, end with `close`, which writes what is left.
    """

    def __init__(self, database: Database, *projections: Projection) -> None:
        self._database = database
        self._projections = projections
        self._pending: list[Entry] = []
        self._wake = asyncio.Event()
        self._written = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None
        self._closing = False
        self.behind_since: float | None = None

    @property
    def backlog(self) -> int:
        """Entries not yet on disk."""
        return len(self._pending)

    def append(self, entry: Entry) -> None:
        """Have `entry` written soon. Never blocks; beyond CAPACITY the entry is dropped and that is logged."""
        if len(self._pending) >= CAPACITY:
            log.critical("journal entry dropped: the database has been away too long", kind=entry.kind)
            return
        self._pending.append(entry)
        self._wake.set()

    async def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.create_task(self._run(), name="journal-writer")

    async def flush(self) -> None:
        """Wait until everything appended so far is on disk."""
        async with self._written:
            await self._written.wait_for(lambda: not self._pending)

    async def close(self, timeout: float = 10.0) -> None:
        """Write what is left, for at most `timeout` seconds, and stop."""
        if self._task is None:
            return
        self._closing = True
        self._wake.set()
        try:
            async with asyncio.timeout(timeout):
                await self._task
        except TimeoutError:
            log.critical("journal closed with entries unwritten", entries=len(self._pending))
        self._task = None

    async def _run(self) -> None:
        attempt = 0
        while not (self._closing and not self._pending):
            await self._wake.wait()
            if not self._closing:
                await asyncio.sleep(GROUP_SECONDS)
            self._wake.clear()
            try:
                while self._pending:
                    await self._write_group()
                attempt, self.behind_since = 0, None
            except Exception as error:  # the database's trouble passes, and the entries are kept
                self.behind_since = self.behind_since or asyncio.get_running_loop().time()
                log.error("journal cannot be written, trying again", error=str(error), entries=len(self._pending))
                await asyncio.sleep(RETRY_SECONDS[min(attempt, len(RETRY_SECONDS) - 1)])
                attempt += 1
                self._wake.set()

    async def _write_group(self) -> None:
        group = self._pending[:LARGEST_GROUP]
        try:
            await self._write(group)
        except Exception as error:
            if not _is_refusal(error):
                raise
            await self._write_singly(group)
        del self._pending[: len(group)]
        async with self._written:
            self._written.notify_all()

    async def _write_singly(self, group: Sequence[Entry]) -> None:
        """Something in this group can never be written: find it, so that it costs the others nothing."""
        for entry in group:
            try:
                await self._write([entry])
            except Exception as error:
                if not _is_refusal(error):
                    raise
                log.critical("journal entry dropped: the database refuses it", kind=entry.kind, error=str(error))

    async def _write(self, group: Sequence[Entry]) -> None:
        derived = (change for projection in self._projections for change in projection(group))
        await self._database.apply([appended(group), *derived])


def appended(entries: Sequence[Entry]) -> Change:
    """The change that appends entries to the journal, for who writes them himself, such as an import of the past."""
    rows = [
        {
            "at": entry.at,
            "kind": entry.kind,
            "call_id": entry.call_id,
            "agent_id": entry.agent_id,
            "data": _encode(entry.data),
        }
        for entry in entries
    ]
    return _INSERT, rows


def _is_refusal(error: Exception) -> bool:
    """Whether trying again cannot help: a value the database does not take (SQLSTATE classes 22 and 23), or one
    the projection does not understand."""
    if isinstance(error, sa.exc.DBAPIError):
        state = getattr(error.orig, "sqlstate", None) or ""
        return isinstance(error, sa.exc.DataError | sa.exc.IntegrityError) or state[:2] in ("22", "23")
    return isinstance(error, KeyError | TypeError | ValueError)
