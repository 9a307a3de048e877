"""Slowing down whoever keeps failing: in memory, bounded."""

from collections import OrderedDict
from datetime import datetime, timedelta

import msgspec

from telemarket.core.clock import Clock


class _Failures(msgspec.Struct):
    count: int
    last: datetime


class Throttle:
    """After `free` failures of one key, each further try waits twice as long as the one before, up to a minute.

    A quarter of an hour without a failure forgets the key; so does `succeeded`. At most `capacity` keys are
    remembered, the ones that failed last.
    """

    LONGEST = timedelta(minutes=1)
    FORGET_AFTER = timedelta(minutes=15)

    def __init__(self, clock: Clock, *, free: int, capacity: int = 10_000) -> None:
        self._clock = clock
        self._free = free
        self._capacity = capacity
        self._failures: OrderedDict[str, _Failures] = OrderedDict()

    def wait(self, key: str) -> timedelta:
        """How long `key` has to wait before its next try; zero if it need not."""
        failures = self._failures.get(key)
        if failures is None or failures.count < self._free:
            return timedelta(0)
        pause = min(timedelta(seconds=2 ** min(failures.count - self._free, 16)), self.LONGEST)
        return max(failures.last + pause - self._clock(), timedelta(0))

    def failed(self, key: str) -> None:
        """Count a failure. Called before a slow check, so that tries side by side count too."""
        now = self._clock()
        failures = self._failures.pop(key, None)
        if failures is None or now - failures.last > self.FORGET_AFTER:
            failures = _Failures(0, now)
        self._failures[key] = _Failures(failures.count + 1, now)
        if len(self._failures) > self._capacity:
            self._failures.popitem(last=False)

    def succeeded(self, key: str) -> None:
        """Forget the failures of `key`."""
        self._failures.pop(key, None)
