"""Lines: how many calls each trunk can carry now, of all campaigns together, and trunks that rest because they fail."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from telemarket.dialer.model import Trunk

FAILURES_TO_REST = 3
"""Congested calls in a row after which a trunk rests."""

FIRST_REST, LONGEST_REST = 5.0, 60.0
"""Seconds a trunk rests; twice as long each time until it works again. After a rest one call tries it."""

_BURST_SECONDS = 1.0


@dataclass(slots=True)
class _Condition:
    allowance: float = 0.0  # calls that may be placed at once, gained with time
    gained_at: float | None = None
    failures: int = 0
    rests_until: float = 0.0
    trials: set[str] = field(default_factory=set)  # the calls that try it after a rest


class Trunks:
    """Knows what is on the lines. Times are POSIX seconds."""

    def __init__(self) -> None:
        self._calls: dict[str, str] = {}  # endpoint by call
        self._busy: Counter[str] = Counter()
        self._conditions: dict[str, _Condition] = {}

    # ---- what may be placed

    def choose(self, trunks: tuple[Trunk, ...], number: str, now: float) -> Trunk | None:
        """The first trunk for this number that has a line and may place a call now; None if there is none."""
        return next((trunk for trunk in trunks if fits(trunk, number) and self.free(trunk, now) >= 1), None)

    def free(self, trunk: Trunk, now: float) -> int:
        """Calls that may be placed on it now."""
        condition = self._condition(trunk, now)
        if now < condition.rests_until:
            return 0
        lines = max(0, trunk.lines - self._busy[trunk.endpoint])
        if condition.failures >= FAILURES_TO_REST:  # it has rested: one call tries whether it works again
            lines = min(lines, 1 - len(condition.trials))
        return min(lines, int(condition.allowance))

    def offer(self, trunks: tuple[Trunk, ...], now: float) -> "FreeLines":
        """The lines on which calls may be placed now."""
        return FreeLines(trunks, {trunk.endpoint: self.free(trunk, now) for trunk in trunks})

    def busy(self, trunks: tuple[Trunk, ...]) -> int:
        """Calls on these trunks now, of all campaigns."""
        return sum(self._busy[endpoint] for endpoint in {trunk.endpoint for trunk in trunks})

    def resting(self, trunks: tuple[Trunk, ...], now: float) -> bool:
        """Whether all of them rest because they fail."""
        return all(now < self._condition(trunk, now).rests_until for trunk in trunks)

    # ---- what becomes of it

    def placed(self, call: str, trunk: Trunk, now: float) -> None:
        """A call has a line."""
        condition = self._condition(trunk, now)
        condition.allowance -= 1.0
        self._calls[call] = trunk.endpoint
        self._busy[trunk.endpoint] += 1
        if condition.failures >= FAILURES_TO_REST:
            condition.trials.add(call)

    def taken_over(self, call: str, trunks: tuple[Trunk, ...], number: str, now: float) -> None:
        """A call of an earlier daemon has a line: whose is not written down, so that of the first trunk with room."""
        fitting = [trunk for trunk in trunks if fits(trunk, number)]
        if not fitting or call in self._calls:
            return
        roomy = (trunk for trunk in fitting if trunk.lines > self._busy[trunk.endpoint])
        trunk = next(roomy, fitting[0])
        self._condition(trunk, now)
        self._calls[call] = trunk.endpoint
        self._busy[trunk.endpoint] += 1

    def ended(self, call: str, *, congested: bool, now: float) -> bool:
        """Its line is free. `congested`: the trunk, or the network behind it, did not take the call.

        Returns whether the trunk fails: one call that is not taken may be the callee's network, several are not.
        """
        endpoint = self._calls.pop(call, None)
        if endpoint is None:
            return False
        self._busy[endpoint] -= 1
        condition = self._conditions[endpoint]
        condition.trials.discard(call)
        condition.failures = condition.failures + 1 if congested else 0
        fails = condition.failures >= FAILURES_TO_REST
        if fails:
            doublings = min(condition.failures - FAILURES_TO_REST, 10)
            condition.rests_until = now + min(LONGEST_REST, FIRST_REST * 2**doublings)
        return fails

    def _condition(self, trunk: Trunk, now: float) -> _Condition:
        condition = self._conditions.setdefault(trunk.endpoint, _Condition())
        most = max(1.0, trunk.per_second * _BURST_SECONDS)
        since = 0.0 if condition.gained_at is None else now - condition.gained_at
        gained = most if condition.gained_at is None else condition.allowance + since * trunk.per_second
        condition.allowance, condition.gained_at = min(most, gained), now
        return condition


class FreeLines:
    """Lines that are free at one moment, given away number by number."""

    def __init__(self, trunks: Sequence[Trunk], free: dict[str, int]) -> None:
        self._trunks = trunks
        self._free = free  # by endpoint
        self.lacking = False
        """Whether some number found none."""

    def take(self, number: str) -> bool:
        """Whether this number has one, which is taken then. A number no trunk is for is not kept waiting for one."""
        fitting = [trunk.endpoint for trunk in self._trunks if fits(trunk, number)]
        endpoint = next((endpoint for endpoint in fitting if self._free[endpoint] > 0), None)
        if endpoint is not None:
            self._free[endpoint] -= 1
        elif fitting:
            self.lacking = True
            return False
        return True


def fits(trunk: Trunk, number: str) -> bool:
    """Whether the trunk is for this number."""
    return not trunk.prefixes or number.startswith(trunk.prefixes)
