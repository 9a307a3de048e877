"""How often customers call themselves: they go before a campaign's callees, and take its operators."""

from collections import defaultdict, deque
from collections.abc import Iterable

from telemarket.calls.views import Direction
from telemarket.core.journal import Entry

WINDOW_SECONDS = 900.0


class Arrivals:
    """Follows the "call.arrived" entries."""

    def __init__(self) -> None:
        self._at: dict[int, deque[float]] = defaultdict(deque)

    def take(self, entry: Entry) -> None:
        """Somebody has called, or was called."""
        project = entry.data.get("project")
        if project is not None and entry.data.get("direction", Direction.INBOUND) == Direction.INBOUND:
            at = entry.at.timestamp()
            self._forget(self._at[project], at)
            self._at[project].append(at)

    def rate(self, projects: Iterable[int], now: float) -> float:
        """Customers a second who call these projects, over the last quarter of an hour."""
        calls = 0
        for project in projects:
            at = self._at.get(project, deque())
            self._forget(at, now)
            calls += len(at)
        return calls / WINDOW_SECONDS

    def _forget(self, at: deque[float], now: float) -> None:
        while at and at[0] < now - WINDOW_SECONDS:
            at.popleft()
