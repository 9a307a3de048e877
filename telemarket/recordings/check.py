"""The daily check: is every recording there that should be?"""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa

from telemarket.calls.recordings import raw_files
from telemarket.calls.tables import calls, projects
from telemarket.core.database import Database
from telemarket.core.tables import users
from telemarket.recordings import audio
from telemarket.recordings.ledger import Ledger
from telemarket.recordings.model import Recording, RecordingFilter, RecordingState
from telemarket.recordings.tables import recordings

_PAGE = 200
_CALLS_OF_A_DAY = 100_000


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """A recording that is not as it should be. `what` is one of

    short, missing, unreadable: as it was found when the call was over;
    changed: the file is not the one that was measured;
    unfinished: Asterisk's files are still waiting to be made one, or have turned up late;
    unrecorded: a call was answered where calls are recorded, and no recording was begun.
    """

    call_id: str
    at: datetime
    project_id: int | None
    agent_id: int | None
    what: str
    file: str = ""
    expected_seconds: float | None = None
    seconds: float | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a check of one day found."""

    day: date
    checked: int
    gaps: tuple[Gap, ...]


class RecordingCheck:
    """Holds the ledger of a day against the files and the calls. Days are those of `zone`."""

    def __init__(self, database: Database, folder: Path, zone: str) -> None:
        self._database = database
        self._ledger = Ledger(database)
        self._folder = folder
        self._zone = ZoneInfo(zone)

    async def run(self, day: date, *, hashes: bool = False) -> Report:
        """Check the recordings begun on `day`; with `hashes` also that no byte of them has changed."""
        since, until = (datetime.combine(d, time(), self._zone) for d in (day, day + timedelta(days=1)))
        checked, gaps = 0, []
        async for recording in self._recordings(since, until):
            checked += 1
            if what := await self._wrong(recording, hashes):
                gaps.append(_gap(recording, what))
        gaps += await self._unrecorded(since, until)
        return Report(day=day, checked=checked, gaps=tuple(sorted(gaps, key=lambda gap: gap.at)))

    async def _recordings(self, since: datetime, until: datetime) -> AsyncIterator[Recording]:
        before = None
        while page := await self._ledger.find(RecordingFilter(since=since, until=until), before, _PAGE):
            for recording in page:
                yield recording
            before = page[-1].cursor

    async def _wrong(self, recording: Recording, hashes: bool) -> str:
        if recording.state is RecordingState.MISSING and await asyncio.to_thread(self._turned_up, recording):
            await self._expect_again(recording.call_id)
            return "unfinished"
        if recording.is_gap:
            return recording.state
        if recording.state is RecordingState.EXPECTED and recording.ended_at:
            return "unfinished"
        if recording.state is not RecordingState.SOUND:
            return ""
        return await asyncio.to_thread(_compare, self._folder / recording.file, recording, hashes)

    def _turned_up(self, recording: Recording) -> bool:
        """Whether a missing recording is there after all: its disk had been away."""
        names = (recording.file, *raw_files(recording.file, stereo=recording.stereo).names)
        return any((self._folder / name).exists() for name in names)

    async def _expect_again(self, call_id: str) -> None:
        this = (recordings.c.call_id == call_id, recordings.c.state == RecordingState.MISSING)
        async with self._database.write() as connection:
            await connection.execute(recordings.update().where(*this).values(state=RecordingState.EXPECTED))

    async def _unrecorded(self, since: datetime, until: datetime) -> list[Gap]:
        """Telemarket's own calls that were answered where calls are recorded, and are not in the ledger."""
        query = (
            sa.select(calls.c.id, calls.c.answered_at, calls.c.project_id, calls.c.agent_id)
            .join(projects, projects.c.id == calls.c.project_id)
            .outerjoin(users, users.c.id == calls.c.agent_id)
            .outerjoin(recordings, recordings.c.call_id == calls.c.id)
            .where(
                calls.c.arrived_at >= since,
                calls.c.arrived_at < until,
                calls.c.answered_at.is_not(None),
                calls.c.source == "",  # of others' calls there is no recording to be had
                recordings.c.call_id.is_(None),
                calls.c.recording == "",
                sa.case(
                    (users.c.record == "always", sa.true()),
                    (users.c.record == "never", sa.false()),
                    else_=projects.c.record,
                ),
            )
            .limit(_CALLS_OF_A_DAY)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return [
            Gap(call_id=row.id, at=row.answered_at, project_id=row.project_id, agent_id=row.agent_id, what="unrecorded")
            for row in rows
        ]


def _compare(path: Path, recording: Recording, hashes: bool) -> str:
    try:
        if path.stat().st_size != recording.size or (hashes and audio.hash_of(path) != recording.sha256):
            return "changed"
    except FileNotFoundError:
        return RecordingState.MISSING
    except OSError:
        return RecordingState.UNREADABLE
    return ""


def _gap(recording: Recording, what: str) -> Gap:
    return Gap(
        call_id=recording.call_id,
        at=recording.started_at,
        project_id=recording.project_id,
        agent_id=recording.agent_id,
        what=what,
        file=recording.file,
        expected_seconds=recording.expected_seconds,
        seconds=recording.seconds,
    )
