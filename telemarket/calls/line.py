"""A queue's line: waiting calls in the order they are served."""

import bisect
from collections.abc import Iterator

from telemarket.calls.model import Call
from telemarket.calls.plan import Plan

Key = tuple[float, float, str]


class WaitingLine:
    """Calls by priority, each minute of waiting counted as the queue's plan says, then by arrival.

    Waiting raises everybody's priority alike, so the order is settled when a call joins.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._keys: list[Key] = []
        self._calls: list[Call] = []
        self._key_of: dict[str, Key] = {}
        self._longest: float | None = None  # asked for by every operator's page, found once
        self._longest_known = True

    def __len__(self) -> int:
        return len(self._calls)

    def __iter__(self) -> Iterator[Call]:
        return iter(self._calls)

    def __contains__(self, call: Call) -> bool:
        return call.id in self._key_of

    def add(self, call: Call) -> None:
        """Let a call join; it must not be in the line."""
        key = self._key(call)
        place = bisect.bisect(self._keys, key)
        self._keys.insert(place, key)
        self._calls.insert(place, call)
        self._key_of[call.id] = key
        self._longest_known = False

    def remove(self, call: Call) -> bool:
        """Take a call out; False if it was not in the line."""
        key = self._key_of.pop(call.id, None)
        if key is None:
            return False
        place = bisect.bisect_left(self._keys, key)
        del self._keys[place], self._calls[place]
        self._longest_known = False
        return True

    def place(self, call: Call) -> int:
        """Its place, 1 for the next; 0 if it is not in the line."""
        key = self._key_of.get(call.id)
        return 0 if key is None else bisect.bisect_left(self._keys, key) + 1

    def score(self, call: Call, now: float) -> float:
        """Its priority at this moment, comparable with those of other lines."""
        if call.at_head:
            return float("inf")
        return call.priority + self.plan.priority_per_minute * (now - call.arrived_at) / 60

    def longest_waiting_since(self) -> float | None:
        """When the one who has waited longest arrived."""
        if not self._longest_known:
            self._longest = min((call.arrived_at for call in self._calls), default=None)
            self._longest_known = True
        return self._longest

    def _key(self, call: Call) -> Key:
        if call.at_head:
            return (float("-inf"), call.arrived_at, call.id)
        return (self.plan.priority_per_minute * call.arrived_at / 60 - call.priority, call.arrived_at, call.id)
