"""A ledger in a database, a folder Asterisk has written to, and a clock that stands still."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from telemarket.calls.projection import CallProjection
from telemarket.calls.recordings import raw_files, recording_path
from telemarket.calls.tables import projects
from telemarket.core.audit import AuditLog
from telemarket.core.bus import EventBus
from telemarket.core.database import Database
from telemarket.core.journal import Entry, JournalWriter
from telemarket.core.tables import users
from telemarket.recordings.keeper import RecordingKeeper
from telemarket.recordings.model import Recording
from telemarket.recordings.projection import RecordingProjection
from telemarket.recordings.service import RecordingService
from tests.sounds import put, tone

BEGAN = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ANI = "380672345678"


def second(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


class House:
    """The recordings of two projects: 1 keeps them for ever, 2 for 30 days."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.folder = folder
        self.now = second(600)
        self.bus = EventBus()
        dialect = "sqlite" if database.is_sqlite else "postgresql"
        self.journal = JournalWriter(database, CallProjection(dialect), RecordingProjection(dialect))
        audit = AuditLog(database, lambda: self.now)
        self.service = RecordingService(database, folder, audit, lambda: self.now)
        self.keeper = RecordingKeeper(database, folder, lambda: self.now, self.bus)

    async def prepare(self) -> None:
        async with self.database.write() as connection:
            for number, days in ((1, 0), (2, 30)):
                row = {"id": number, "number": f"07{number}", "name": f"Project {number}", "retention_days": days}
                await connection.execute(projects.insert().values(**row))
            person = {"password_hash": "", "role": "operator"}
            await connection.execute(users.insert().values(id=3, login="olena", name="Олена", **person))
        await self.journal.start()

    async def close(self) -> None:
        self.service.close()
        await self.journal.close()

    async def write(self, entries: Sequence[Entry]) -> None:
        """Have the engine's entries in the journal, and what follows from them in the tables."""
        for entry in entries:
            self.journal.append(entry)
            self.bus.publish(entry)
        await self.journal.flush()

    async def recording(self, call_id: str) -> Recording:
        return await self.service.ledger.require(call_id)

    def record(self, call_id: str, seconds: float, *, closed: bool = True, at: datetime = BEGAN) -> None:
        """Asterisk has written both sides of a conversation."""
        raw = raw_files(recording_path(call_id, at.timestamp()), stereo=True)
        put(self.folder / raw.customer, tone(seconds), closed=closed)
        put(self.folder / raw.operator, tone(seconds), closed=closed)

    async def rows(self, table: sa.Table) -> list[dict[str, Any]]:
        async with self.database.read() as connection:
            return [dict(row) for row in (await connection.execute(sa.select(table))).mappings()]


def a_call(
    call_id: str, talked: float = 60.0, *, project: int = 1, at: datetime = BEGAN, ani: str = ANI, by: str = "caller"
) -> list[Entry]:
    """The entries of a recorded call, answered when it arrived."""
    ended = at + timedelta(seconds=talked)
    started = {"file": recording_path(call_id, at.timestamp()), "channel": call_id, "stereo": True, "project": project}
    return [
        Entry(at, "call.arrived", {"project": project, "ani": ani, "caller_name": "", "dnis": "100"}, call_id),
        Entry(at, "recording.started", started, call_id, 3),
        Entry(at, "call.answered", {"leg": "x", "recording": started["file"]}, call_id, 3),
        Entry(ended, "call.ended", {"result": "answered", "by": by}, call_id, 3),
    ]
