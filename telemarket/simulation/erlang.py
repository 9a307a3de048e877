"""Queueing formulas of call centres, exact for any number of operators up to thousands.

Calls arrive as a Poisson process at `rate` a second and take an operator for `handling` seconds on average,
exponentially distributed; `load` = rate · handling is in erlangs. Callers are served in order of arrival.

- Erlang B and C: A. K. Erlang, 1917. B by its recursion, which is stable, C from B (R. B. Cooper, *Introduction to
  Queueing Theory*, 1981). Callers wait as long as it takes.
- Erlang A (Palm): callers also lose patience, after an exponentially distributed time. A. Mandelbaum and S. Zeltyn,
  *Service Engineering in Action: The Palm/Erlang-A Queue, with Applications to Call Centers*, 2007.

Only sums of positive terms and logarithms of products are used, so nothing overflows or cancels.
"""

import math
from collections.abc import Callable
from typing import Protocol, Self

import msgspec

MOST_OPERATORS = 100_000
"""More than this is not looked for."""

_NEGLIGIBLE = 1e-17
"""What adds nothing to a sum of 1."""


def erlang_b(servers: int, load: float) -> float:
    """The share of calls lost when none may wait. `load` in erlangs."""
    blocked = 1.0
    for server in range(1, servers + 1):
        blocked = load * blocked / (server + load * blocked)
    return blocked


def erlang_c(servers: int, load: float) -> float:
    """The share of calls that wait when all may wait; 1 if the load is too much. `load` in erlangs."""
    if load >= servers:
        return 1.0
    blocked = erlang_b(servers, load)
    return servers * blocked / (servers - load * (1.0 - blocked))


class Queue(Protocol):
    """What can be said of a queue in its steady state. Times in seconds, shares from 0 to 1."""

    @property
    def waits(self) -> float:
        """The share of callers who find every operator busy."""

    @property
    def abandons(self) -> float:
        """The share of callers who give up."""

    @property
    def speed_of_answer(self) -> float:
        """ASA: the mean wait of the callers who are answered."""

    @property
    def occupancy(self) -> float:
        """The share of their time operators spend on calls."""

    def service_level(self, within: float) -> float:
        """Answered within so many seconds / (offered less abandoned within them)."""


class ErlangC(msgspec.Struct, frozen=True):
    """Callers never give up. With no fewer erlangs than operators the queue grows for ever: waits are infinite."""

    rate: float
    handling: float
    operators: int

    @property
    def load(self) -> float:
        """Erlangs."""
        return self.rate * self.handling

    @property
    def waits(self) -> float:
        return erlang_c(self.operators, self.load)

    @property
    def abandons(self) -> float:
        return 0.0

    @property
    def speed_of_answer(self) -> float:
        spare = self.operators - self.load
        return self.waits * self.handling / spare if spare > 0 else math.inf

    @property
    def occupancy(self) -> float:
        return min(1.0, self.load / self.operators) if self.operators else 1.0

    def service_level(self, within: float) -> float:
        spare = self.operators - self.load
        if spare <= 0 or within < 0:
            return 0.0
        return 1.0 - self.waits * math.exp(-spare * within / self.handling)


class ErlangA(msgspec.Struct, frozen=True):
    """Callers give up after `patience` seconds on average, exponentially distributed.

    V is how long a caller with endless patience would wait. Given that he waits at all, V has the density
    g(t)/J(0), where g(t) = exp(rate · H(t) - t · operators/handling), H(t) = patience · (1 - exp(-t/patience)), and
    J(t) is the integral of g from t on. `_mass` gives J as Mandelbaum's and Zeltyn's A(x, y) = J · operators/handling.
    """

    rate: float
    handling: float
    operators: int
    patience: float

    @property
    def load(self) -> float:
        """Erlangs."""
        return self.rate * self.handling

    @property
    def waits(self) -> float:
        if self.operators == 0:
            return 1.0
        blocked = erlang_b(self.operators, self.load)
        # A·B / (1 - B + A·B), with A as its logarithm because it may be too large for a float.
        return _odds(math.log(blocked) + self._mass().log - _log1m(blocked)) if blocked > 0 else 0.0

    @property
    def abandons(self) -> float:
        return self.waits * self._abandons_if_waits

    @property
    def speed_of_answer(self) -> float:
        if self.operators == 0 or self.rate == 0:
            return 0.0
        served_a_second = self.operators / self.handling
        offered_wait = self._mass().mean * self.patience  # of V, given that he waits
        answered_wait = (served_a_second * offered_wait - 1.0) / self.rate
        return self.waits * max(0.0, answered_wait) / (1.0 - self.abandons)

    @property
    def occupancy(self) -> float:
        return self.load * (1.0 - self.abandons) / self.operators if self.operators else 1.0

    def service_level(self, within: float) -> float:
        if within < 0 or self.operators == 0:
            return 0.0
        if self.rate == 0:
            return 1.0
        waits, answered = self.waits, self._answered_if_waits(within)
        answered_within = 1.0 - waits + waits * answered
        still_there = math.exp(-within / self.patience) * self._still_waiting(within)
        abandoned_within = waits * max(0.0, 1.0 - answered - still_there)
        return min(1.0, answered_within / (1.0 - abandoned_within))

    @property
    def _abandons_if_waits(self) -> float:
        if self.operators == 0 or self.rate == 0:
            return 1.0
        inverse_rho = self.operators / self.load
        return 1.0 - inverse_rho * -math.expm1(-self._mass().log)

    def _answered_if_waits(self, within: float) -> float:
        """P(V <= within and V < patience | V > 0): rate·exp(-t/patience)·g = g' + g·operators/handling, integrated."""
        log_mass = self._mass().log
        risen = math.exp(self._log_g(within) - log_mass) - math.exp(-log_mass)
        return self.operators / self.load * max(0.0, risen + 1.0 - self._still_waiting(within))

    def _still_waiting(self, after: float) -> float:
        """P(V > after | V > 0)."""
        left = self._mass(self.rate * math.exp(-after / self.patience))
        return math.exp(self._log_g(after) + left.log - self._mass().log)

    def _log_g(self, after: float) -> float:
        held = -math.expm1(-after / self.patience) * self.patience
        return self.rate * held - after * self.operators / self.handling

    def _mass(self, rate: float | None = None) -> "_Mass":
        x = self.operators * self.patience / self.handling
        return _Mass.of(x, (self.rate if rate is None else rate) * self.patience)


class _Mass(msgspec.Struct, frozen=True):
    """A(x, y) = Σ y^j / ((x+1)…(x+j)), j from 0: `log` is its logarithm, `mean` that of V/patience.

    The mean weights Σ 1/(x+k), k from 0 to j, by the terms. Summed outwards from the greatest term.
    """

    log: float
    mean: float

    @classmethod
    def of(cls, x: float, y: float) -> Self:
        greatest = max(0, math.floor(y - x))
        total = 1.0  # in units of the greatest term
        age = ages = _digamma(x + greatest + 1.0) - _digamma(x)
        term, later, j = 1.0, age, greatest
        while term > total * _NEGLIGIBLE:
            j += 1
            term *= y / (x + j)
            later += 1.0 / (x + j)
            total += term
            ages += term * later
        term, earlier = 1.0, age
        for j in range(greatest, 0, -1):
            term *= (x + j) / y
            earlier -= 1.0 / (x + j)
            total += term
            ages += term * earlier
            if term < total * _NEGLIGIBLE:
                break
        height = greatest * math.log(y) - math.lgamma(x + greatest + 1.0) + math.lgamma(x + 1.0) if greatest else 0.0
        return cls(height + math.log(total), ages / total)


def _digamma(z: float) -> float:
    """The logarithmic derivative of the gamma function: its asymptotic series, reached by recurrence."""
    shift = 0.0
    while z < 10.0:
        shift -= 1.0 / z
        z += 1.0
    square = 1.0 / (z * z)
    return shift + math.log(z) - 0.5 / z - square * (1 / 12 - square * (1 / 120 - square * (1 / 252 - square / 240)))


def _log1m(share: float) -> float:
    return math.log1p(-share) if share < 1.0 else -math.inf


def _odds(log_odds: float) -> float:
    """The probability of these odds."""
    return 1.0 if log_odds > 700 else math.exp(log_odds) / (1.0 + math.exp(log_odds))


def queue(rate: float, handling: float, operators: int, patience: float | None) -> Queue:
    """Erlang A for callers with `patience`, Erlang C for those who never give up (None)."""
    if patience is None:
        return ErlangC(rate, handling, operators)
    return ErlangA(rate, handling, operators, patience)


def operators_needed(enough: Callable[[int], bool]) -> int | None:
    """The least number of operators that is `enough`, which more are too; None if MOST_OPERATORS are not."""
    most = 1
    while not enough(most):
        most *= 2
        if most > MOST_OPERATORS:
            return None
    least = most // 2  # not enough, or none at all
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (least, middle) if enough(middle) else (middle, most)
    return most
