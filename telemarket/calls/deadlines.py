"""Named moments in the future, cheap to set, move and forget."""

import heapq
from collections.abc import Iterator


class Deadlines:
    """A heap of (moment, key); setting a key again moves it, clearing forgets it."""

    def __init__(self) -> None:
        self._moments: dict[tuple[str, str], float] = {}
        self._heap: list[tuple[float, tuple[str, str]]] = []

    def set(self, kind: str, subject: str, at: float) -> None:
        """Let (kind, subject) fall due at POSIX second `at`."""
        self._moments[kind, subject] = at
        heapq.heappush(self._heap, (at, (kind, subject)))

    def clear(self, kind: str, subject: str) -> None:
        """Forget (kind, subject); unknown ones are fine."""
        self._moments.pop((kind, subject), None)

    def is_set(self, kind: str, subject: str) -> bool:
        """Whether (kind, subject) is still to come."""
        return (kind, subject) in self._moments

    @property
    def next(self) -> float | None:
        """The earliest moment something falls due."""
        heap = self._heap
        while heap and self._moments.get(heap[0][1]) != heap[0][0]:
            heapq.heappop(heap)
        return heap[0][0] if heap else None

    def pop_due(self, now: float) -> Iterator[tuple[float, str, str]]:
        """Take out, in order, what is due at `now`; what is set meanwhile and already due comes too."""
        while (at := self.next) is not None and at <= now:
            _, (kind, subject) = heapq.heappop(self._heap)
            del self._moments[kind, subject]
            yield at, kind, subject
