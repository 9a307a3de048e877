"""Deleting recordings when their time has come, with proof; and keeping those a court may ask for."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

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
    project: str
    days: int

    @property
    def reason(self) -> str:
        """Why it is deleted, as the audit log keeps it."""
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
        this = (recordings.c.call_id == call_id, recordings.c.deleted_at.is_(None))
        async with self._database.write() as connection:
            done = await connection.execute(recordings.update().where(*this).values(**values))
            if not done.rowcount:
                raise NotFound(N_("There is no recording of this call."))
            await self._audit.append_in(connection, user_id, action, subject, address)

    # ---- deletion

    async def due(self, limit: int = BATCH, after: tuple[datetime, str] | None = None) -> list[Due]:
        """Recordings that are to be deleted now, oldest first, in the order of `(started_at, call_id)`."""
        async with self._database.read() as connection:
            found: list[Due] = []
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
            async with self._database.write() as connection:
                for due in batch:
                    deleted += await self._delete(connection, due)
        return deleted

    async def _delete(self, connection: AsyncConnection, due: Due) -> bool:
        """Delete one, unless it has been put on hold just now.

        The file goes before the transaction is committed: should that fail, the row is taken up the next time; the
        other way round a file could outlive the proof that it was deleted.
        """
        now = self._clock()
        update = recordings.update().where(*_deletable(), recordings.c.call_id == due.call_id)
        values = {"state": RecordingState.DELETED, "deleted_at": now, "deleted_after_days": due.days}
        try:
            async with connection.begin_nested():
                if not (await connection.execute(update.values(**values))).rowcount:
                    return False
                await asyncio.to_thread(audio.delete, self._folder, due.file, stereo=due.stereo)
                subject = f"{due.call_id}: {due.reason}"
                await self._audit.append_in(connection, None, "recording.delete", subject)
        except OSError as error:
            log.error("a recording cannot be deleted", call=due.call_id, file=due.file, error=str(error))
            return False
        return True


_KEEPING = sa.select(projects.c.id, projects.c.number, projects.c.retention_days).where(projects.c.retention_days > 0)


def _deletable() -> tuple[sa.ColumnElement[bool], ...]:
    return (
        recordings.c.deleted_at.is_(None),
        recordings.c.held_at.is_(None),
        recordings.c.state != RecordingState.EXPECTED,
    )


def _due(project_id: int, before: datetime, limit: int, after: tuple[datetime, str] | None) -> sa.Select[Any]:
    columns = recordings.c
    query = sa.select(columns.call_id, columns.file, columns.stereo, columns.started_at).where(
        columns.project_id == project_id, columns.started_at < before, *_deletable()
    )
    if after is not None:
        later = sa.or_(columns.started_at > after[0], columns.call_id > after[1])
        query = query.where(columns.started_at >= after[0], later)
    return query.order_by(columns.started_at, columns.call_id).limit(limit)
