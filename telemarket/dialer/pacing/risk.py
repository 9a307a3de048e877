"""The probability that a call placed now, once it is answered, finds nobody.

At each node of the answer time, callees who were answered before are held against operators who became free: it is
P(answered - freed >= spare), each callee and each operator being a Bernoulli variable with a probability of its own.
"""

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Protocol

from telemarket.dialer.pacing.answers import Row

MOST_EXACT = 20
"""Up to so many operators the distributions are convolved; beyond, three moments say the same."""

_NEVER = 1e-4
_LIKELY = 1e-6
_ROOT_OF_2 = math.sqrt(2.0)
_DENSITY = 1.0 / math.sqrt(2.0 * math.pi)


class Risk(Protocol):
    """What is foretold for the nodes of a call placed now."""

    def add(self, row: Row) -> None:
        """Another call rings."""

    def mean(self) -> float:
        """The probability, over all nodes."""


def foretell(spare: int, supply: Sequence[Row], demand: Sequence[Row], arrivals: Row) -> Risk:
    """`spare`: operators free now less callees waiting. `arrivals`: customers expected to call by each node."""
    kind = Exact if len(supply) + max(0, spare) <= MOST_EXACT else Approximate
    return kind(spare, supply, demand, arrivals)


class Exact:
    """By convolution."""

    def __init__(self, spare: int, supply: Sequence[Row], demand: Sequence[Row], arrivals: Row) -> None:
        self._spare = spare
        self._supply = [_convolved(column) for column in _columns(supply, arrivals)]
        self._demand = [
            _with_poisson(_convolved(column), mean)
            for column, mean in zip(_columns(demand, arrivals), arrivals, strict=True)
        ]

    def add(self, row: Row) -> None:
        """Another call rings."""
        self._demand = [_with_one(known, p) for known, p in zip(self._demand, row, strict=True)]

    def mean(self) -> float:
        """The probability, over all nodes."""
        return min(1.0, sum(map(self._nobody, self._supply, self._demand)) / len(self._demand))

    def _nobody(self, supply: list[float], demand: list[float]) -> float:
        """P(demand - supply >= spare)."""
        at_least, tail = [0.0] * len(demand), 0.0
        for i in range(len(demand) - 1, -1, -1):
            tail += demand[i]
            at_least[i] = tail
        needed = range(self._spare, len(demand))
        return sum([p * at_least[max(0, need)] for p, need in zip(supply, needed, strict=False)])


class Approximate:
    """By the refined normal approximation of sums of Bernoulli variables: mean, variance and skewness (A. Volkova,
    *A refinement of the central limit theorem for sums of independent random indicators*, 1996)."""

    def __init__(self, spare: int, supply: Sequence[Row], demand: Sequence[Row], arrivals: Row) -> None:
        self._spare = spare
        moments = []
        for freed, answered, mean in zip(_columns(supply, arrivals), _columns(demand, arrivals), arrivals, strict=True):
            mean_freed, spread_freed, skew_freed = _moments(freed)
            mean_answered, spread_answered, skew_answered = _moments(answered)
            moments.append(
                (
                    mean_answered + mean - mean_freed,
                    spread_answered + mean + spread_freed,
                    skew_answered + mean - skew_freed,
                )
            )
        self._moments = moments

    def add(self, row: Row) -> None:
        """Another call rings."""
        self._moments = [
            (mean + p, spread + p * (1.0 - p), skew + p * (1.0 - p) * (1.0 - 2.0 * p))
            for (mean, spread, skew), p in zip(self._moments, row, strict=True)
        ]

    def mean(self) -> float:
        """The probability, over all nodes."""
        return sum([self._nobody(*moments) for moments in self._moments]) / len(self._moments)

    def _nobody(self, mean: float, spread: float, skew: float) -> float:
        """P(demand - supply >= spare)."""
        if spread < _LIKELY:
            return float(mean >= self._spare - 0.5)
        deviation = math.sqrt(spread)
        x = (self._spare - 0.5 - mean) / deviation
        refined = skew / (6.0 * spread * deviation) * (1.0 - x * x) * _DENSITY * math.exp(-x * x / 2.0)
        return min(1.0, max(0.0, 0.5 * math.erfc(x / _ROOT_OF_2) - refined))


def _columns(rows: Sequence[Row], nodes: Row) -> Iterable[Row]:
    return zip(*rows, strict=True) if rows else [()] * len(nodes)


def _convolved(column: Iterable[float]) -> list[float]:
    known = [1.0]
    for p in column:
        if p > _NEVER:
            known = _with_one(known, p)
    return known


def _with_one(known: list[float], p: float) -> list[float]:
    q = 1.0 - p
    middle = [low * p + high * q for low, high in pairwise(known)]
    new = [known[0] * q, *middle, known[-1] * p]
    if new[-1] < _LIKELY:  # nothing to speak of is lost, and it stays short
        rest = new.pop()
        new[-1] += rest
    return new


def _with_poisson(known: list[float], mean: float) -> list[float]:
    if mean <= 0.0:
        return known
    pieces = max(8, math.ceil(8 * mean))
    for _ in range(pieces):
        known = _with_one(known, mean / pieces)
    return known


def _moments(column: Row) -> tuple[float, float, float]:
    """Sums of means, variances and third central moments."""
    first = sum(column)
    second = sum([p * p for p in column])
    third = sum([p * p * p for p in column])
    return first, first - second, first - 3.0 * second + 2.0 * third
