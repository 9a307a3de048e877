"""The day's figures of each project, kept in memory from the journal's entries and read from `calls` at the start.

A call offered is one that somebody made to a project: calls of operators and callbacks are not. It counts for the
day it arrived and, with all its figures, for the project it was last sent to. Its wait ends with its first answer or,
unanswered, when the caller gives up. Calls in the PBX's own queues count while they are followed; what is imported
afterwards belongs to the reports.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa

from telemarket.calls.tables import calls
from telemarket.calls.views import Direction
from telemarket.core.bus import EventBus
from telemarket.core.clock import Clock
from telemarket.core.database import Database, UtcDateTime
from telemarket.core.journal import Entry

LOAD_DEADLINE = 60.0
_SECOND = timedelta(seconds=1)
_ABANDONED = "abandoned"
_SOURCES = ("", "app_queue")

_SINCE = sa.select(
    calls.c.id, calls.c.project_id, calls.c.arrived_at, calls.c.answered_at, calls.c.ended_at, calls.c.result
).where(
    calls.c.arrived_at >= sa.bindparam("since", type_=UtcDateTime()),
    calls.c.direction == Direction.INBOUND.value,
    calls.c.project_id.is_not(None),
    sa.or_(*(calls.c.source == source for source in _SOURCES)),
)


class DayFigures(msgspec.Struct, frozen=True, kw_only=True):
    """A project's day so far. "Within" is within the threshold given; `total_wait` is of the answered calls."""

    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    answered_within: int = 0
    abandoned_within: int = 0
    total_wait: timedelta = timedelta()

    @property
    def service_level(self) -> float | None:
        """Answered within / (offered - abandoned within), 0 to 1; None while there is nothing to divide by."""
        counted = self.offered - self.abandoned_within
        return self.answered_within / counted if counted else None

    @property
    def abandon_rate(self) -> float | None:
        """Abandoned after the threshold / offered, 0 to 1; None without calls."""
        return (self.abandoned - self.abandoned_within) / self.offered if self.offered else None

    @property
    def average_speed_of_answer(self) -> float | None:
        """Seconds an answered call had waited; None without one."""
        return self.total_wait.total_seconds() / self.answered if self.answered else None


@dataclass
class _Project:
    """What is counted. Waits are in whole seconds, rounded up: any threshold may be asked for later."""

    offered: int = 0
    answered: Counter[int] = field(default_factory=Counter)
    abandoned: Counter[int] = field(default_factory=Counter)
    total_wait: timedelta = timedelta()

    def count_answer(self, wait: timedelta, times: int = 1) -> None:
        self.answered[_seconds(wait)] += times
        self.total_wait += times * wait


@dataclass
class _Living:
    project_id: int
    arrived_at: datetime
    wait: timedelta | None = None  # for the first answer


class Today:
    """The figures since midnight of `zone`. Follows `bus` from its making; `load` once before calls are taken."""

    def __init__(self, database: Database, bus: EventBus, zone: ZoneInfo, clock: Clock) -> None:
        self._database = database
        self._zone = zone
        self._clock = clock
        self._begin(clock())
        bus.subscribe(Entry, self._take)

    async def load(self) -> None:
        """Count what has happened today before this process began. Raises DatabaseUnavailable."""
        self._begin(self._clock())
        rows = await self._database.fetch(_SINCE, {"since": self._since}, deadline=LOAD_DEADLINE)
        for call_id, project_id, arrived_at, answered_at, ended_at, result in rows:
            self._arrived(call_id, project_id, arrived_at)
            if answered_at is not None:
                self._answered(call_id, answered_at)
            if ended_at is not None:
                self._ended(call_id, ended_at, result)

    def of(self, project_id: int, answer_within: int) -> DayFigures:
        """The project's figures; `answer_within` is the threshold in seconds."""
        self._turn_day(self._clock())
        counted = self._projects.get(project_id)
        if counted is None:
            return DayFigures()
        return DayFigures(
            offered=counted.offered,
            answered=counted.answered.total(),
            abandoned=counted.abandoned.total(),
            answered_within=_within(counted.answered.items(), answer_within),
            abandoned_within=_within(counted.abandoned.items(), answer_within),
            total_wait=counted.total_wait,
        )

    # ---- inside

    def _take(self, entry: Entry) -> None:
        self._turn_day(entry.at)
        if entry.call_id is None:
            return
        match entry.kind:
            case "call.arrived":
                if entry.data["project"] is not None and entry.at >= self._since and _is_offered(entry):
                    self._arrived(entry.call_id, entry.data["project"], entry.at)
            case "call.project":
                self._sent_on(entry.call_id, entry.data["project"])
            case "call.answered":
                self._answered(entry.call_id, entry.at)
            case "call.ended":
                self._ended(entry.call_id, entry.at, entry.data["result"])

    def _arrived(self, call_id: str, project_id: int, at: datetime) -> None:
        if call_id not in self._living:
            self._living[call_id] = _Living(project_id, at)
            self._projects[project_id].offered += 1

    def _sent_on(self, call_id: str, project_id: int) -> None:
        call = self._living.get(call_id)
        if call is not None:
            before, after = self._projects[call.project_id], self._projects[project_id]
            before.offered, after.offered = before.offered - 1, after.offered + 1
            if call.wait is not None:
                before.count_answer(call.wait, -1)
                after.count_answer(call.wait)
            call.project_id = project_id

    def _answered(self, call_id: str, at: datetime) -> None:
        call = self._living.get(call_id)
        if call is not None and call.wait is None:
            call.wait = at - call.arrived_at
            self._projects[call.project_id].count_answer(call.wait)

    def _ended(self, call_id: str, at: datetime, result: str) -> None:
        call = self._living.pop(call_id, None)
        if call is not None and call.wait is None and result == _ABANDONED:
            self._projects[call.project_id].abandoned[_seconds(at - call.arrived_at)] += 1

    def _turn_day(self, at: datetime) -> None:
        if at >= self._until:
            self._begin(at)

    def _begin(self, at: datetime) -> None:
        """Begin the day of `at` with nothing: calls that arrived before belong to the day before."""
        day = at.astimezone(self._zone).date()
        self._since = datetime.combine(day, time(), self._zone)
        self._until = datetime.combine(day + timedelta(days=1), time(), self._zone)
        self._projects: defaultdict[int, _Project] = defaultdict(_Project)
        self._living: dict[str, _Living] = {}


def _is_offered(entry: Entry) -> bool:
    inbound = entry.data.get("direction", Direction.INBOUND) == Direction.INBOUND
    return inbound and entry.data.get("source", "") in _SOURCES


def _seconds(wait: timedelta) -> int:
    return -(-wait // _SECOND)


def _within(waits: Iterable[tuple[int, int]], answer_within: int) -> int:
    return sum(count for wait, count in waits if wait <= answer_within)
