"""Recordings for those who listen: the ledger, the waveform, and who listened."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import sqlalchemy as sa

from telemarket.core.audit import AuditLog
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.errors import NotFound
from telemarket.core.i18n import N_
from telemarket.core.tables import audit_log, users
from telemarket.recordings import audio
from telemarket.recordings.ledger import Ledger
from telemarket.recordings.retention import Retention

_ONE_SITTING = timedelta(minutes=10)  # a player asks for a recording in parts
_ENTRIES = 2000


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """Something somebody did with a recording: an action of the audit log."""

    at: datetime
    who: str  # empty: Telemarket itself
    action: str
    about: str = ""


class RecordingService:
    """What pages need of recordings. `folder` is the recordings folder as the daemon sees it."""

    def __init__(self, database: Database, folder: Path, audit: AuditLog, clock: Clock) -> None:
        self.ledger = Ledger(database)
        self.retention = Retention(database, folder, audit, clock)
        self._database = database
        self._folder = folder
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="waveforms")

    def close(self) -> None:
        """Draw no more waveforms."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def path(self, file: str) -> Path:
        """The file of a recording; raises NotFound unless it exists inside the folder. Looks at the disk."""
        root = self._folder.resolve()
        path = (root / file).resolve()
        if not file or not path.is_relative_to(root) or not path.is_file():
            raise NotFound(N_("There is no recording of this call."))
        return path

    async def waveform(self, file: str) -> list[bytes]:
        """The peaks of each channel (see `audio.peaks`); none if it is no sound we know. Raises NotFound."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, lambda: audio.peaks(self.path(file)))
        except audio.UnreadableSound:
            return []

    async def accesses(self, call_id: str) -> list[Access]:
        """Who listened to a recording, took it away, held, released or deleted it; latest first.

        The many requests of one person's sitting are one access.
        """
        subject = audit_log.c.subject
        query = (
            sa.select(audit_log.c.at, audit_log.c.action, subject, users.c.name)
            .outerjoin(users, users.c.id == audit_log.c.user_id)
            .where(
                sa.or_(subject == call_id, sa.and_(subject >= f"{call_id}: ", subject < f"{call_id}:!")),
                audit_log.c.action.startswith("recording.", autoescape=True),
            )
            .order_by(audit_log.c.id.desc())
            .limit(_ENTRIES)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        start = len(call_id) + 2
        return _sittings(
            [Access(at=row.at, who=row.name or "", action=row.action, about=row.subject[start:]) for row in rows]
        )


def _sittings(latest_first: Sequence[Access]) -> list[Access]:
    kept: list[Access] = []
    for access in reversed(latest_first):
        same = next((k for k in reversed(kept) if (k.who, k.action) == (access.who, access.action)), None)
        if access.about or same is None or access.at - same.at > _ONE_SITTING:
            kept.append(access)
    return kept[::-1]
