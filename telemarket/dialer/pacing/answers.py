"""When a call is answered, if it is: from the times seen so far, and from how long it has rung already."""

from itertools import pairwise

import msgspec

from telemarket.dialer.pacing.model import Settings
from telemarket.dialer.pacing.rates import AnswerRate, RateState

_BIN = 0.5
_BINS = 180
_NODES = 6
_MEMORY = 3000.0
"""Calls after which a time seen has lost all but 1/e of its weight."""
_MOST_WEIGHT = 1e6
_BELIEVED_CALLS = 10.0
_REFRESH = 1.02
"""The tables are made anew when the answer probability has changed by so much."""
_EVERY = 100
_GONE = 0.002
"""A call of which it was less likely than this that it rings for so long is taken to be over."""

Row = tuple[float, ...]
"""A probability for each node."""


class AnswersState(msgspec.Struct):
    """What has been learned of answers; weights by half-seconds since dialing."""

    rate: RateState
    answered: list[float]
    ended: list[float]


class Answers:
    """Learns from calls that are over, and foretells those that ring. Call `refresh` before reading.

    `nodes` are the moments, in seconds after now, at which a call placed now is answered: one is as likely as another.
    """

    def __init__(self, state: AnswersState) -> None:
        self._rate = AnswerRate.restored(state.rate)
        self._answered, self._ended = list(state.answered), list(state.ended)
        self._weight, self._learned = 1.0, 0
        self._stale = True
        self._answered_by: list[float] = []
        self._ended_by: list[float] = []
        self._rows: dict[int, Row] = {}
        self.probability = self._rate.value
        self.nodes: Row = ()

    def learn(self, seconds: float, answered: bool, now: float) -> None:
        """A call was answered, or ended without, so many seconds after it was placed."""
        self._rate.learn(answered, now)
        # Newer times weigh more, instead of older ones less: nothing else has to be touched.
        self._weight *= 1.0 + 1.0 / _MEMORY
        (self._answered if answered else self._ended)[_bin(seconds)] += self._weight
        self._learned += 1
        if self._weight > _MOST_WEIGHT:
            self._level()
        self._stale = self._stale or self._learned < _EVERY or self._learned % _EVERY == 0

    def known(self, now: float) -> bool:
        """Whether enough has been seen of how many answer now."""
        return self._rate.known(now)

    def refresh(self) -> None:
        """Take in what was learned since, if it is much."""
        rate = self._rate.value
        if self._stale:
            self._answered_by, self._ended_by = _cumulated(self._answered), _cumulated(self._ended)
            self.nodes = tuple([_quantile(self._answered_by, (k + 0.5) / _NODES) for k in range(_NODES)])
        elif 1.0 / _REFRESH < rate / self.probability < _REFRESH:
            return
        self._stale = False
        self.probability = rate
        self._rows.clear()

    def row(self, age: float) -> Row:
        """P(a call that has rung for `age` seconds is answered by) each node."""
        key = int(age / _BIN + 0.5)
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = self._row(key * _BIN)
        return row

    @property
    def mean(self) -> float:
        """Seconds until an answer."""
        return sum(self.nodes) / len(self.nodes)

    def to_state(self) -> AnswersState:
        """What has been learned."""
        self._level()
        return AnswersState(self._rate.to_state(), self._answered, self._ended)

    def _row(self, age: float) -> Row:
        rate, before = self.probability, _at(self._answered_by, age)
        still_rings = 1.0 - rate * before - (1.0 - rate) * _at(self._ended_by, age)
        if still_rings < _GONE:
            return (0.0,) * _NODES
        by = self._answered_by
        return tuple([min(1.0, rate * (_at(by, age + node) - before) / still_rings) for node in self.nodes])

    def _level(self) -> None:
        self._answered = [each / self._weight for each in self._answered]
        self._ended = [each / self._weight for each in self._ended]
        self._weight = 1.0


def unlearned(settings: Settings) -> AnswersState:
    """What is believed before anything has been seen: answers all through the first half of the ringing."""
    answered, ended = [0.0] * _BINS, [0.0] * _BINS
    first, last = _bin(3.0), max(_bin(3.0) + 1, _bin(0.7 * settings.ring_seconds))
    for i in range(first, last):
        answered[i] = _BELIEVED_CALLS / (last - first)
    ended[_bin(settings.ring_seconds)] = _BELIEVED_CALLS
    return AnswersState(AnswerRate(settings.answer_probability).to_state(), answered, ended)


def _bin(seconds: float) -> int:
    return min(_BINS - 1, max(0, int(seconds / _BIN)))


def _cumulated(weights: list[float]) -> list[float]:
    """Shares by the end of each bin; the first is 0."""
    whole, so_far, shares = sum(weights), 0.0, [0.0]
    for weight in weights:
        so_far += weight
        shares.append(so_far / whole)
    return shares


def _at(shares: list[float], seconds: float) -> float:
    place = seconds / _BIN
    low = int(place)
    if low >= _BINS:
        return 1.0
    return shares[low] + (place - low) * (shares[low + 1] - shares[low])


def _quantile(shares: list[float], share: float) -> float:
    for i, (low, high) in enumerate(pairwise(shares)):
        if high >= share:
            return _BIN * (i + (share - low) / (high - low))
    return _BIN * _BINS
