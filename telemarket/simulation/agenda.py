"""Virtual time: what is going to happen, in order. Nobody waits for it."""

import heapq
from collections.abc import Callable
from itertools import count

Action = Callable[[], None]


class Agenda:
    """A heap of (moment, action); actions of one moment are done in the order they were put down."""

    def __init__(self, now: float) -> None:
        self.now = now
        self._heap: list[tuple[float, int, Action]] = []
        self._order = count()

    def later(self, delay: float, action: Action) -> None:
        """Do `action` in `delay` seconds."""
        heapq.heappush(self._heap, (self.now + delay, next(self._order), action))

    @property
    def next(self) -> float | None:
        """When something is to be done."""
        return self._heap[0][0] if self._heap else None

    def step(self) -> None:
        """Go to the next moment and do what is to be done."""
        at, _, action = heapq.heappop(self._heap)
        self.now = max(self.now, at)
        action()
