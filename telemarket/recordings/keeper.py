"""Finishing recordings when their calls are over: off the call path, one after the other, nothing lost on the way.

The ledger itself is the list of what is to be done, so a daemon that starts takes up what another left.
"""

import asyncio
import errno
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
import structlog

from telemarket.core.bus import EventBus
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.journal import Entry
from telemarket.core.tables import journal
from telemarket.recordings import audio
from telemarket.recordings.marks import MARKED, marks_of
from telemarket.recordings.model import GAPS, Mark, RecordingState
from telemarket.recordings.projection import ENDINGS
from telemarket.recordings.tables import recordings

log = structlog.get_logger(__name__)

SETTLE = timedelta(seconds=10)
"""After this long Asterisk will not close a file any more."""
LOOK_AGAIN = 1.0  # seconds, while files are being closed
LOOK_ANYWAY = 60.0
BATCH = 50
DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})
"""Nothing at all can be finished."""
DISK_TROUBLE = DISK_FULL | {errno.ENOTDIR}
"""It says nothing about the file: it is looked at again."""
TOLERANCE = 3.0
"""Seconds a recording may be shorter than its conversation, or a twentieth of it: starting takes a moment."""

_this = recordings.c.call_id == sa.bindparam("call")
_due = (
    sa.select(recordings)
    .where(recordings.c.state == RecordingState.EXPECTED, recordings.c.ended_at.is_not(None))
    .order_by(recordings.c.started_at, recordings.c.call_id)
)


class RecordingKeeper:
    """Turns what Asterisk wrote into finished, measured recordings. `run` is its task."""

    def __init__(self, database: Database, folder: Path, clock: Clock, bus: EventBus) -> None:
        self._database = database
        self._folder = folder
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="recordings")
        self._wake = asyncio.Event()
        self._wake.set()
        self.gaps = 0
        """Recordings found wanting since the start."""
        bus.subscribe(Entry, self._heard)

    def _heard(self, entry: Entry) -> None:
        if entry.kind in ENDINGS:
            self._wake.set()

    async def run(self) -> None:
        """Finish recordings as their calls end, until cancelled."""
        try:
            while True:
                try:
                    async with asyncio.timeout(LOOK_ANYWAY):
                        await self._wake.wait()
                except TimeoutError:
                    pass
                self._wake.clear()
                await asyncio.sleep(LOOK_AGAIN)
                try:
                    settled = await self.finish_all()
                except Exception as error:  # the database is away, the disk is full: nothing is forgotten meanwhile
                    log.error("recordings could not be finished", error=str(error))
                    await asyncio.sleep(LOOK_ANYWAY)
                    settled = False
                if not settled:
                    self._wake.set()
        finally:
            self._thread.shutdown(wait=False, cancel_futures=True)

    async def finish_all(self) -> bool:
        """Finish what can be; whether nothing is left that should be looked at again soon.

        Any other failure leaves one recording for later, and the others are finished. Raises OSError when the disk
        takes nothing: then nothing can be finished, and all of it stays as it is.
        """
        settled = True
        after: tuple[datetime, str] | None = None
        while True:
            batch = await self._batch(after)
            for row in batch:
                settled = await self._attempt(row) and settled
            if len(batch) < BATCH:
                return settled
            after = (batch[-1].started_at, batch[-1].call_id)

    async def _batch(self, after: tuple[datetime, str] | None) -> Sequence[sa.Row[*tuple[Any, ...]]]:
        query = _due
        if after is not None:
            later = sa.or_(recordings.c.started_at > after[0], recordings.c.call_id > after[1])
            query = _due.where(recordings.c.started_at >= after[0], later)
        async with self._database.read() as connection:
            return (await connection.execute(query.limit(BATCH))).all()

    async def _attempt(self, row: sa.Row[*tuple[Any, ...]]) -> bool:
        try:
            return await self._finish(row)
        except Exception as error:
            if isinstance(error, OSError) and error.errno in DISK_FULL:
                raise
            log.error("a recording could not be finished", call=row.call_id, file=row.file, error=str(error))
            return True  # there is no hurry: it would fail again

    async def _finish(self, row: sa.Row[*tuple[Any, ...]]) -> bool:
        """Finish one; False if its file is not closed yet."""
        expected, marks = await self._read_journal(row.call_id, row.started_at, row.ended_at)
        patient = self._clock() - row.ended_at < SETTLE
        changes: dict[str, Any] = {"expected_seconds": expected, "marks": msgspec.json.encode(marks)}
        try:
            made = await self._in_thread(row.file, row.stereo, patient)
        except audio.StillOpen:
            return False
        except FileNotFoundError:
            if patient:
                return False
            state = RecordingState.MISSING
        except (OSError, audio.UnreadableSound) as error:
            if isinstance(error, OSError) and error.errno in DISK_TROUBLE:
                raise
            log.error("a recording cannot be read", call=row.call_id, file=row.file, error=str(error))
            state = RecordingState.UNREADABLE
        else:
            changes |= made._asdict()
            lacking = changes.pop("one_sided") or is_short(made.seconds, expected)
            state = RecordingState.SHORT if lacking else RecordingState.SOUND
        await self._write(row.call_id, {**changes, "state": state})
        if state in GAPS:
            self.gaps += 1
            log.error("a recording is not as it should be", call=row.call_id, file=row.file, state=state)
        return True

    async def _in_thread(self, file: str, stereo: bool, patient: bool) -> audio.Finished:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._thread, lambda: audio.finish(self._folder, file, stereo=stereo, patient=patient)
        )

    async def _read_journal(self, call_id: str, started: datetime, ended: datetime) -> tuple[float | None, list[Mark]]:
        """How long the recording should be, None if nobody saw its end; and what happened in it."""
        query = (
            sa.select(journal.c.at, journal.c.kind, journal.c.agent_id, journal.c.data)
            .where(journal.c.call_id == call_id, journal.c.kind.in_((*MARKED, "call.ended", "call.end_found")))
            .order_by(journal.c.id)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        entries = [Entry(row.at, row.kind, msgspec.json.decode(row.data), call_id, row.agent_id) for row in rows]
        kinds = {entry.kind for entry in entries}
        unseen = any(entry.kind == "call.ended" and entry.data.get("by") == "unobserved" for entry in entries)
        expected = None if unseen and "call.end_found" not in kinds else (ended - started).total_seconds()
        return expected, marks_of(entries, started, ended)

    async def _write(self, call_id: str, values: dict[str, Any]) -> None:
        async with self._database.write() as connection:
            await connection.execute(recordings.update().where(_this).values(**values), {"call": call_id})


def is_short(seconds: float, expected: float | None) -> bool:
    """Whether a recording of `seconds` lacks part of a conversation of `expected` seconds."""
    return expected is not None and seconds < expected - max(TOLERANCE, expected / 20)
