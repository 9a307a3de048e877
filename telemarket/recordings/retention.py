"""Deleting recordings when their time has come, with proof; and keeping those a court may ask for."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
import structlog

from telemarket.calls.tables import projects
from telemarket.core.audit import AuditLog
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.errors import NotFound
from telemarket.core.i18n import N_
from telemarket.core.text import clean_line
from telemarket.recordings import audio
from telemarket.recordings.model import RecordingState
from telemarket.recordings.tables import recordings

log = structlog.get_logger(__name__)

BATCH = 50  # deleted in one transaction: others may write between two
_LONGEST_REASON = 200


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A recording whose time has come."""

    call_id: str
    file: str
    stereo: bool
    started_at: datetime
    project: str | None
    days: int | None  # None: it was of somebody whose data were erased

    @property
    def reason(self) -> str:
        """Why it is deleted, as the audit log keeps it."""
        if self.days is None:
            return "its contact's data were erased"
        return f"kept for {self.days} days by project {self.project}"


class Retention:
    """Holds, releases and deletes recordings; each act is in the audit log."""

    def __init__(self, database: Database, folder: Path, audit: AuditLog, clock: Clock) -> None:
        self._database = database
        self._folder = folder
        self._audit = audit
        self._clock = clock

    # ---- legal hold

    async def hold(self, call_id: str, reason: str, user_id: int | None, address: str = "") -> None:
        """Keep a recording until it is released, whatever its project says.

        Raises NotFound if there is none, or none any more; InvalidInput without a reason.
        """
        reason = clean_line(reason, field="reason", limit=_LONGEST_REASON, required=True)
        values = {"hold_reason": reason, "held_by": user_id, "held_at": self._clock()}
        await self._change(call_id, values, user_id, "recording.hold", f"{call_id}: {reason}", address)

    async def release(self, call_id: str, user_id: int | None, address: str = "") -> None:
        """End the hold: the recording's time is its project's again. Raises NotFound."""
        values = {"hold_reason": "", "held_by": None, "held_at": None}
        await self._change(call_id, values, user_id, "recording.release", call_id, address)

    async def _change(
        self, call_id: str, values: dict[str, Any], user_id: int | None, action: str, subject: str, address: str
    ) -> None:
        kept = recordings.c.state.not_in((RecordingState.DELETING, RecordingState.DELETED))
        this = (recordings.c.call_id == call_id, kept)
        async with self._database.write() as connection:
            done = await connection.execute(recordings.update().where(*this).values(**values))
            if not done.rowcount:
                raise NotFound(N_("There is no recording of this call."))
            await self._audit.append_in(connection, user_id, action, subject, address)

    # ---- deletion

    async def due(self, limit: int = BATCH, after: tuple[datetime, str] | None = None) -> list[Due]:
        """Recordings that are to be deleted now, oldest first, in the order of `(started_at, call_id)`."""
        async with self._database.read() as connection:
            found = [Due(**row._mapping) for row in await connection.execute(_left_over(limit, after))]
            for project in await connection.execute(_KEEPING):
                query = _due(project.id, self._clock() - timedelta(days=project.retention_days), limit, after)
                found += [
                    Due(**row._mapping, project=project.number, days=project.retention_days)
                    for row in await connection.execute(query)
                ]
        return sorted(found, key=lambda due: (due.started_at, due.call_id))[:limit]

    async def purge(self) -> int:
        """Delete what is due; returns how many. What cannot be deleted is logged, and tried again the next time."""
        deleted, after = 0, None
        while batch := await self.due(BATCH, after):
            after = (batch[-1].started_at, batch[-1].call_id)
            claimed = await self._claim(batch)
            gone = await asyncio.to_thread(self._remove_files, claimed)
            deleted += await self._prove(gone)
        return deleted

    async def _claim(self, batch: Sequence[Due]) -> list[Due]:
        """Those of the batch that nobody has put on hold just now: from here on nobody can.

        Files take their time, and no other writer waits for it. What has been claimed stays due until it is proven
        that its files are gone.
        """
        claimed: list[Due] = []
        async with self._database.write() as connection:
            for due in batch:
                this = (*_DELETABLE, recordings.c.call_id == due.call_id)
                values = {"state": RecordingState.DELETING, "deleted_after_days": due.days}
                if (await connection.execute(recordings.update().where(*this).values(**values))).rowcount:
                    claimed.append(due)
        return claimed

    def _remove_files(self, claimed: Sequence[Due]) -> list[Due]:
        gone: list[Due] = []
        for due in claimed:
            try:
                audio.delete(self._folder, due.file, stereo=due.stereo)
            except OSError as error:
                log.error("a recording cannot be deleted", call=due.call_id, file=due.file, error=str(error))
            else:
                gone.append(due)
        return gone

    async def _prove(self, gone: Sequence[Due]) -> int:
        """Write down that they are deleted; returns how many nobody else had written down."""
        proven = 0
        values = {"state": RecordingState.DELETED, "deleted_at": self._clock()}
        async with self._database.write() as connection:
            for due in gone:
                this = (recordings.c.call_id == due.call_id, recordings.c.state == RecordingState.DELETING)
                if (await connection.execute(recordings.update().where(*this).values(**values))).rowcount:
                    subject = f"{due.call_id}: {due.reason}"
                    await self._audit.append_in(connection, None, "recording.delete", subject)
                    proven += 1
        return proven


_KEEPING = sa.select(projects.c.id, projects.c.number, projects.c.retention_days).where(projects.c.retention_days > 0)
_DUE = sa.select(recordings.c.call_id, recordings.c.file, recordings.c.stereo, recordings.c.started_at)
_DELETABLE = (
    recordings.c.deleted_at.is_(None),
    recordings.c.held_at.is_(None),
    recordings.c.state != RecordingState.EXPECTED,
)


def _due(project_id: int, before: datetime, limit: int, after: tuple[datetime, str] | None) -> sa.Select[Any]:
    columns = recordings.c
    timely = (columns.project_id == project_id, columns.started_at < before)
    return _page(_DUE.where(*timely, *_DELETABLE, columns.state != RecordingState.DELETING), limit, after)


def _left_over(limit: int, after: tuple[datetime, str] | None) -> sa.Select[Any]:
    """What was claimed and not proven, whatever its project says now: part of it may be gone."""
    query = _DUE.add_columns(projects.c.number.label("project"), recordings.c.deleted_after_days.label("days"))
    query = query.outerjoin(projects, projects.c.id == recordings.c.project_id)
    return _page(query.where(recordings.c.state == RecordingState.DELETING), limit, after)


def _page(query: sa.Select[Any], limit: int, after: tuple[datetime, str] | None) -> sa.Select[Any]:
    columns = recordings.c
    if after is not None:
        later = sa.or_(columns.started_at > after[0], columns.call_id > after[1])
        query = query.where(columns.started_at >= after[0], later)
    return query.order_by(columns.started_at, columns.call_id).limit(limit)
