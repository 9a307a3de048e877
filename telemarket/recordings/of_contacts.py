"""Recordings as part of a person's data: handed out with the rest of it, and erased with it unless they are held."""

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.calls.tables import calls
from telemarket.core.i18n import N_
from telemarket.core.personal import Part, Person
from telemarket.recordings.model import RecordingState
from telemarket.recordings.retention import Retention
from telemarket.recordings.tables import recordings

_TOLD = ("call_id", "started_at", "ended_at", "state", "seconds", "file")
_GONE = (RecordingState.DELETING, RecordingState.DELETED)


class RecordingsOfContacts:
    """The recordings of contacts' calls, below `folder`."""

    name = "recordings"

    def __init__(self, folder: Path, retention: Retention) -> None:
        self._folder = folder
        self._retention = retention

    async def collect(self, connection: AsyncConnection, person: Person) -> Part:
        """The list, and the files that are there."""
        query = sa.select(*(recordings.c[name] for name in _TOLD)).where(_of(person), recordings.c.state.not_in(_GONE))
        found = [dict(zip(_TOLD, row, strict=True)) for row in await connection.execute(query)]
        files = [(Path(row["file"]).name, self._folder / row["file"]) for row in found]
        return Part(rows=found, files=[(name, file) for name, file in files if file.is_file()])

    async def objections(self, connection: AsyncConnection, person: Person) -> list[str]:
        """What is held stays, and what is being recorded cannot be erased yet."""
        columns = (recordings.c.call_id, recordings.c.hold_reason, recordings.c.held_at, recordings.c.state)
        found = await connection.execute(sa.select(*columns).where(_of(person), recordings.c.state.not_in(_GONE)))
        objections: list[str] = []
        for row in found:
            if row.held_at is not None:
                objections.append(
                    N_("The recording %(call)s is on legal hold: %(reason)s.", call=row.call_id, reason=row.hold_reason)
                )
            elif row.state == RecordingState.EXPECTED:
                objections.append(N_("The call %(call)s is still being recorded.", call=row.call_id))
        return objections

    async def erase(self, connection: AsyncConnection, person: Person) -> int:
        """From here on nobody can listen to them; the files go in `finish`, or with the daily deletion."""
        claimed = recordings.update().where(_of(person), recordings.c.state.not_in(_GONE))
        done = await connection.execute(claimed.values(state=RecordingState.DELETING, deleted_after_days=None))
        await connection.execute(recordings.update().where(_of(person)).values(number_end=""))
        return done.rowcount

    async def finish(self) -> None:
        """Remove the files, and prove it."""
        await self._retention.purge()


def _of(person: Person) -> sa.ColumnElement[bool]:
    mine = sa.select(calls.c.id).where(calls.c.contact_id.in_(person.contact_ids))
    return recordings.c.call_id.in_(mine)
