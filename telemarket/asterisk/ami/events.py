"""AMI's events on their way to one reader, who may be slower than the PBX for a while."""

import asyncio
from collections import Counter, deque

import msgspec
import structlog

log = structlog.get_logger(__name__)

CAPACITY = 20_000
"""Events kept for a slow reader: some minutes of a large PBX."""


class Event(msgspec.Struct, frozen=True):
    """What happened. A header that is absent is empty; of a header that came twice the first value counts."""

    name: str
    headers: dict[str, str]

    def __getitem__(self, header: str) -> str:
        return self.headers.get(header, "")


class Interrupted(msgspec.Struct, frozen=True):
    """Events are missing here: the connection is new, or the reader was too slow. Ask the PBX how things are."""


class EventStream:
    """A bounded queue of the events of `classes`, as manager.conf calls them ("call,agent").

    One that overflows is emptied: with events missing in the middle the rest would only mislead. What was dropped is
    counted in `dropped`, by name.
    """

    def __init__(self, classes: str, capacity: int = CAPACITY) -> None:
        self.classes = classes
        self.dropped: Counter[str] = Counter()
        self._capacity = capacity
        self._waiting: deque[Event | Interrupted] = deque()
        self._there = asyncio.Event()

    @property
    def backlog(self) -> int:
        """Events not yet taken."""
        return len(self._waiting)

    def put(self, event: Event) -> None:
        """Queue `event`; never waits."""
        if len(self._waiting) >= self._capacity:
            self._overflow()
        self._waiting.append(event)
        self._there.set()

    def interrupt(self) -> None:
        """Say that events may have been missed after those queued so far."""
        self._waiting.append(Interrupted())
        self._there.set()

    async def get(self) -> Event | Interrupted:
        """The next event, once there is one."""
        while not self._waiting:  # between waking up and running, `take` may have been quicker
            self._there.clear()
            await self._there.wait()
        return self._waiting.popleft()

    def take(self) -> list[Event | Interrupted]:
        """Everything that is queued now."""
        taken = list(self._waiting)
        self._waiting.clear()
        return taken

    def _overflow(self) -> None:
        names = Counter(event.name for event in self._waiting if isinstance(event, Event))
        log.error("AMI events dropped: their reader is too slow", events=dict(names.most_common(10)))
        self.dropped.update(names)
        self._waiting.clear()
        self.interrupt()
