"""Imports and their profiles as the database keeps them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.contacts.tables import import_rows, imports
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.errors import NotFound
from telemarket.core.i18n import N_, from_stored, to_stored
from telemarket.core.tables import users
from telemarket.importing.errors import ImportBusy
from telemarket.importing.model import Counts, Mapping, as_json

log = structlog.get_logger(__name__)

SILENT = timedelta(seconds=60)
"""After so long without a sign of life an import counts as interrupted."""
BEAT = 15.0
"""Seconds between two signs of life of an import that writes nothing."""
RUNNING = ("running", "stopping")
WORKING = (*RUNNING, "undoing")
_LONGEST_TITLE = 300
INTERRUPTED = N_("It was interrupted. What had been imported stays; go on with it, or undo it.")


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """One import. `state`: waiting, running, stopping, stopped, done, failed, undoing or undone.

    `failure` says what went wrong (marked for translation); `author` is who began it, empty for a schedule.
    """

    id: int
    title: str
    state: str
    mapping: Mapping | None
    counts: Counts
    started_at: datetime
    ended_at: datetime | None
    profile_id: int | None = None
    by: int | None = None
    author: str = ""
    failure: str = ""

    @property
    def works(self) -> bool:
        """Whether somebody is at it."""
        return self.state in WORKING

    @property
    def share(self) -> float:
        """How much of it is done, 0 to 1, as far as can be known."""
        return min(1.0, self.counts.row / self.counts.total) if self.counts.total else 0.0


class ImportStore:
    """Reads and writes the table of imports. Methods raise NotFound for an import that is not there."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self._clock = clock

    async def add(
        self, title: str, by: int | None, *, mapping: Mapping | None = None, profile_id: int | None = None
    ) -> int:
        """A new import that waits to be started."""
        now = self._clock()
        row = {
            "title": title[:_LONGEST_TITLE],
            "by": by,
            "mapping": as_json(mapping) if mapping else {},
            "profile_id": profile_id,
            "state": "waiting",
            "started_at": now,
            "alive_at": now,
        }
        async with self.database.write() as connection:
            return int((await connection.execute(imports.insert().values(row).returning(imports.c.id))).scalar_one())

    async def get(self, import_id: int) -> Import:
        """The import."""
        found = await self._find(imports.c.id == import_id, limit=1)
        if not found:
            raise NotFound(N_("There is no import %(id)s.", id=import_id))
        return found[0]

    async def recent(self, limit: int = 50) -> list[Import]:
        """Imports, newest first."""
        return await self._find(sa.true(), limit=limit)

    async def _find(self, condition: sa.ColumnElement[bool], *, limit: int) -> list[Import]:
        statement = (
            sa.select(imports, users.c.name.label("author"))
            .select_from(imports.outerjoin(users, users.c.id == imports.c.by))
            .where(condition)
            .order_by(imports.c.id.desc())
            .limit(limit)
        )
        async with self.database.read() as connection:
            rows = (await connection.execute(statement)).mappings()
            return [_import(row, self._clock()) for row in rows]

    async def choose(self, import_id: int, mapping: Mapping, profile_id: int | None = None) -> None:
        """Keep what a waiting import is told."""
        values = {"mapping": as_json(mapping), "profile_id": profile_id}
        await self._change(import_id, ("waiting",), values)

    async def begin(self, import_id: int) -> None:
        """From now on somebody carries the import out; raises ImportBusy if it or another is being worked at."""
        await self._begin(import_id, ("waiting", "stopped", "failed"), "running")

    async def begin_new(self, title: str, by: int | None, mapping: Mapping, profile_id: int | None) -> int:
        """A new import that somebody carries out from now on; raises ImportBusy, leaving nothing."""
        import_id = await self.add(title, by, mapping=mapping, profile_id=profile_id)
        try:
            await self.begin(import_id)
        except ImportBusy:
            await self.remove(import_id)
            raise
        return import_id

    async def begin_undo(self, import_id: int) -> None:
        """From now on somebody undoes the import; raises ImportBusy if it or another is being worked at."""
        await self._begin(import_id, ("done", "stopped", "failed"), "undoing")

    async def _begin(self, import_id: int, of: Sequence[str], state: str) -> None:
        now = self._clock()
        other = imports.alias("other")
        busy = sa.exists().where(other.c.id != import_id, other.c.state.in_(WORKING), other.c.alive_at > now - SILENT)
        stale = sa.and_(imports.c.state.in_(WORKING), imports.c.alive_at <= now - SILENT)
        allowed = sa.and_(sa.or_(imports.c.state.in_(of), stale), ~busy)
        statement = (
            imports.update()
            .where(imports.c.id == import_id, allowed)
            .values(state=state, alive_at=now, ended_at=None, failure="")
        )
        async with self.database.write() as connection:
            if (await connection.execute(statement)).rowcount == 0:
                raise ImportBusy(
                    N_("Import %(id)s cannot be begun now.", id=import_id),
                    remedy=N_("Only one import runs at a time: wait for the other, or stop it."),
                )

    async def live(self, connection: AsyncConnection, import_id: int, counts: Counts) -> bool:
        """Note how far it is, with the batch it belongs to. False if somebody wants it to stop, or took it over."""
        statement = (
            imports.update()
            .where(imports.c.id == import_id)
            .values(counts=as_json(counts), alive_at=self._clock())
            .returning(imports.c.state)
        )
        state: str = (await connection.execute(statement)).scalar_one()
        return state == "running"

    async def beat(self, connection: AsyncConnection, import_id: int) -> None:
        """Somebody is still at it."""
        await connection.execute(imports.update().where(imports.c.id == import_id).values(alive_at=self._clock()))

    @asynccontextmanager
    async def alive(self, import_id: int) -> AsyncIterator[None]:
        """Signs of life as long as the block lasts, however long a file is read in it."""
        beats = asyncio.create_task(self._beats(import_id))
        try:
            yield
        finally:
            beats.cancel()
            await asyncio.wait((beats,))

    async def _beats(self, import_id: int) -> None:
        while True:
            await asyncio.sleep(BEAT)
            try:
                async with self.database.write() as connection:
                    await self.beat(connection, import_id)
            except sa.exc.SQLAlchemyError as error:  # the work itself will tell, if it lasts
                log.warning("an import could not give a sign of life", import_id=import_id, error=str(error))

    async def end(self, import_id: int, state: str, failure: str = "", *, of: Sequence[str] = WORKING) -> None:
        """It is over, well or not; nothing happens if somebody has brought it into a state that is none `of` these."""
        values = {
            "state": state,
            "ended_at": self._clock(),
            "failure": msgspec.json.encode(to_stored(failure)).decode() if failure else "",
        }
        async with self.database.write() as connection:
            mine = sa.and_(imports.c.id == import_id, imports.c.state.in_(of))
            await connection.execute(imports.update().where(mine).values(values))

    async def forget_refused(self, before: datetime) -> None:
        """Delete the rows that imports begun earlier refused; how many they were stays."""
        earlier = sa.select(imports.c.id).where(imports.c.started_at < before)
        refused = sa.and_(import_rows.c.action == "refused", import_rows.c.import_id.in_(earlier))
        async with self.database.write() as connection:
            await connection.execute(import_rows.delete().where(refused))

    async def stop(self, import_id: int) -> None:
        """Have a running import stop after the batch it is at."""
        await self._change(import_id, ("running",), {"state": "stopping"})

    async def remove(self, import_id: int) -> None:
        """Forget an import that was never begun."""
        async with self.database.write() as connection:
            await connection.execute(imports.delete().where(imports.c.id == import_id, imports.c.state == "waiting"))

    async def _change(self, import_id: int, states: Sequence[str], values: dict[str, Any]) -> None:
        async with self.database.write() as connection:
            changed = imports.update().where(imports.c.id == import_id, imports.c.state.in_(states)).values(values)
            if (await connection.execute(changed)).rowcount == 0:
                raise ImportBusy(N_("The import has gone on meanwhile."), remedy=N_("Look at it anew."))

    async def refused(
        self, import_id: int, action: str = "refused", *, limit: int | None = None
    ) -> list[tuple[int, dict[str, str], str]]:
        """The refused rows, or those whose effect an undoing `kept`: number, cells by heading, and why (marked)."""
        statement = (
            sa.select(import_rows.c.row, import_rows.c.data)
            .where(import_rows.c.import_id == import_id, import_rows.c.action == action)
            .order_by(import_rows.c.row)
            .limit(limit)
        )
        async with self.database.read() as connection:
            rows = (await connection.execute(statement)).all()
        kept = [(number, msgspec.json.decode(data)) for number, data in rows]
        return [(number, data["cells"], from_stored(data["reason"])) for number, data in kept]


def _import(row: Any, now: datetime) -> Import:
    state, failure = row["state"], from_stored(msgspec.json.decode(row["failure"])) if row["failure"] else ""
    if state in WORKING and row["alive_at"] <= now - SILENT:  # its process is dead
        state, failure = "failed", INTERRUPTED
    return Import(
        id=row["id"],
        title=row["title"],
        state=state,
        mapping=msgspec.convert(row["mapping"], Mapping) if row["mapping"] else None,
        counts=msgspec.convert(row["counts"], Counts),
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        profile_id=row["profile_id"],
        by=row["by"],
        author=row["author"] or "",
        failure=failure,
    )
