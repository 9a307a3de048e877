"""What became of calls, in the order in which they were placed.

Of calls placed together those that are answered are over first, and those that nobody answers last: as they come in,
the first half minute of a shift would be taken for a splendid hour and the next for a dreadful one.
"""

from collections.abc import Iterator
from typing import NamedTuple

_FORGOTTEN = 90.0
"""Seconds after which nobody waits for what becomes of a call."""


class Learned(NamedTuple):
    """A call that is over. `rang` is in seconds, `at` when it was over."""

    rang: float
    answered: bool
    at: float


class Cohorts:
    """Holds results back until all calls placed before have theirs."""

    def __init__(self) -> None:
        self._placed: dict[str, float] = {}  # by age
        self._over: dict[str, Learned] = {}

    def placed(self, call: str, now: float) -> None:
        """It rings."""
        self._placed[call] = now

    def withdraw(self, call: str) -> None:
        """It teaches nothing."""
        self._placed.pop(call, None)

    def over(self, call: str, answered: bool, now: float) -> Iterator[Learned]:
        """It was answered or not: what may be learned now, of any calls. Unknown calls are passed over."""
        placed = self._placed.get(call)
        if placed is not None:
            self._over[call] = Learned(now - placed, answered, now)
        while self._placed:
            eldest = next(iter(self._placed))
            if eldest not in self._over and now - self._placed[eldest] < _FORGOTTEN:
                return
            del self._placed[eldest]
            if eldest in self._over:
                yield self._over.pop(eldest)

    def __len__(self) -> int:
        return len(self._placed) - len(self._over)
