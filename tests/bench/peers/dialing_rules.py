"""How others pace calls, as far as their documentation and sources tell: rules to hold the controller against.

They are told the same things at the same moments, and place calls in the same simulated world.
"""

from collections import deque
from collections.abc import Iterator
from itertools import product

import msgspec

from telemarket.dialer.pacing import DAY, Orders, Outcome, Phase, Picture


class Dial(msgspec.Struct):
    """So many calls now."""

    dial: int


class _Rule:
    """Counts what such a rule looks at: the day's abandoned of its live calls."""

    def __init__(self) -> None:
        self._day = -1
        self._live = self._dropped = 0

    def decide(self, picture: Picture, orders: Orders = Orders()) -> Dial:  # noqa: B008
        if (day := int(picture.now // DAY)) != self._day:
            self._day, self._live, self._dropped = day, 0, 0
        return Dial(max(0, min(picture.lines, self.place(picture))))

    def place(self, picture: Picture) -> int:
        raise NotImplementedError

    @property
    def dropped(self) -> float:
        return self._dropped / self._live if self._live else 0.0

    def dialed(self, call: str, now: float) -> None: ...
    def answered(self, call: str, now: float) -> None: ...
    def ended(self, call: str, now: float, outcome: Outcome) -> None: ...
    def handled(self, operator: int, talk_seconds: float, wrap_seconds: float) -> None: ...

    def connected(self, call: str, now: float) -> None:
        self._live += 1

    def abandoned(self, call: str, now: float) -> None:
        self._live += 1
        self._dropped += 1


class VicidialParameters(msgspec.Struct, frozen=True, kw_only=True):
    """What an administrator of VICIdial can turn."""

    most_level: float = 3.0
    average: bool = False
    """Over the limit the level is halved, instead of put to 1."""


class Vicidial(_Rule):
    """One dial level: every 15 s `level *= 1 + (ready - waiting) / operators`; lines are level times
    operators who are ready or talk, filled up every 2.5 s; over the limit, after 50 calls, the level falls."""

    def __init__(self, limit: float, parameters: VicidialParameters) -> None:
        super().__init__()
        self._limit, self._parameters = limit, parameters
        self._level = 1.0
        self._adapted_at = self._placed_at = 0.0

    def place(self, picture: Picture) -> int:
        ready = sum(seat.phase is Phase.FREE for seat in picture.seats)
        talking = sum(seat.phase is Phase.TALKING for seat in picture.seats)
        if picture.now - self._adapted_at >= 15.0:
            self._adapted_at = picture.now
            self._adapt(ready - picture.waiting, max(1, len(picture.seats)))
        if picture.now - self._placed_at < 2.5:
            return 0
        self._placed_at = picture.now
        return int(self._level * (ready + talking)) - talking - len(picture.ringing) - picture.waiting

    def _adapt(self, difference: int, operators: int) -> None:
        most = self._parameters.most_level
        if self._live >= 50 and self.dropped > self._limit:
            self._level = max(1.0, self._level / 2.0) if self._parameters.average else 1.0
            return
        self._level = min(most, max(1.0, self._level * (1.0 + difference / operators)))


class Webitel(_Rule):
    """Each free operator gets attempts / answers of the last hour, recomputed every 30 s, times
    (limit - dropped) in percent x a load factor of 10 %; over the limit one call each."""

    def __init__(self, limit: float) -> None:
        super().__init__()
        self._limit = limit
        self._computed_at = 0.0
        self._over = 1.0
        self._attempts: deque[float] = deque()
        self._answers: deque[float] = deque()

    def dialed(self, call: str, now: float) -> None:
        self._attempts.append(now)

    def answered(self, call: str, now: float) -> None:
        self._answers.append(now)

    def place(self, picture: Picture) -> int:
        if picture.now - self._computed_at >= 30.0:
            self._computed_at = picture.now
            self._compute(picture.now)
        free = sum(seat.phase is Phase.FREE for seat in picture.seats) - picture.waiting
        return int(free * self._over) - len(picture.ringing)

    def _compute(self, now: float) -> None:
        for moments in (self._attempts, self._answers):
            while moments and moments[0] < now - 3600.0:
                moments.popleft()
        factor = min(1.0, max(0.0, 100.0 * (self._limit - self.dropped) * 10.0 / 100.0))
        ratio = len(self._attempts) / len(self._answers) if self._answers else 1.0
        self._over = max(1.0, ratio * factor)


def vicidial_choices() -> Iterator[VicidialParameters]:
    """What is tried to find the best for a setting."""
    for most_level, average in product((1.2, 1.5, 2.0, 2.6, 3.4), (True, False)):
        yield VicidialParameters(most_level=most_level, average=average)
