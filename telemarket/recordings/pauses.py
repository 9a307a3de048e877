"""An alarm when a recording has been paused for so long that it was probably forgotten."""

import asyncio

import msgspec
import sqlalchemy as sa
import structlog

from telemarket.core.bus import EventBus
from telemarket.core.database import Database
from telemarket.core.journal import Entry
from telemarket.core.tables import journal
from telemarket.recordings.model import RecordingState
from telemarket.recordings.tables import recordings

log = structlog.get_logger(__name__)

PAUSED = "recording.paused"
BY_RULE = "operator"
ENDINGS = frozenset({"recording.resumed", "recording.stopped", "call.ended"})


class PauseOverdue(msgspec.Struct, frozen=True):
    """Event on the bus: this operator's recording is paused for longer than it may be; `over` when that has ended."""

    call_id: str
    agent_id: int | None
    over: bool = False


class PauseWatch:
    """Follows the journal's entries; `overdue` holds the operator of each call whose pause lasts too long."""

    def __init__(self, bus: EventBus, longest: float) -> None:
        self._bus = bus
        self._longest = longest
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self.overdue: dict[str, int | None] = {}
        bus.subscribe(Entry, self._heard)

    def _heard(self, entry: Entry) -> None:
        call_id = entry.call_id
        if call_id is None:
            return
        if entry.kind == PAUSED and entry.data.get("by") == BY_RULE:
            return  # an operator who is never recorded: nobody forgot anything
        if entry.kind == PAUSED:
            self._end(call_id)
            loop = asyncio.get_running_loop()
            self._timers[call_id] = loop.call_later(self._longest, self._too_long, call_id, entry.agent_id)
        elif entry.kind in ENDINGS:
            self._end(call_id)

    async def take_up(self, database: Database) -> None:
        """Watch the pauses of recordings a daemon before this one left; each is given its whole time again."""
        living = sa.select(recordings.c.call_id).where(
            recordings.c.state == RecordingState.EXPECTED, recordings.c.ended_at.is_(None)
        )
        columns = journal.c
        query = (
            sa.select(columns.at, columns.kind, columns.data, columns.call_id, columns.agent_id)
            .where(columns.call_id.in_(living), columns.kind.in_((PAUSED, *ENDINGS)))
            .order_by(columns.id)
        )
        async with database.read() as connection:
            for row in await connection.execute(query):
                data = msgspec.json.decode(row.data)
                self._heard(Entry(row.at, row.kind, data, row.call_id, row.agent_id))

    def _too_long(self, call_id: str, agent_id: int | None) -> None:
        self._timers.pop(call_id, None)
        self.overdue[call_id] = agent_id
        log.critical("a recording is paused for too long", call=call_id, agent=agent_id, seconds=self._longest)
        self._bus.publish(PauseOverdue(call_id, agent_id))

    def _end(self, call_id: str) -> None:
        if timer := self._timers.pop(call_id, None):
            timer.cancel()
        if call_id in self.overdue:
            self._bus.publish(PauseOverdue(call_id, self.overdue.pop(call_id), over=True))

    def close(self) -> None:
        """Forget every pause."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
