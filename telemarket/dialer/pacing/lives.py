"""How long something lasts that has lasted for a while: talk and wrap-up, from what has been seen."""

import math
from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Sequence

_MOST = 2000
_STORED = 200
_TAIL = 25
"""So many samples must have lasted longer for their shares to be believed; beyond, the rate of the last ones holds."""
_BELIEVED = 10
"""Samples that the first belief is worth."""


class Lifetimes:
    """The last durations seen, in seconds, and what they say of one that goes on."""

    def __init__(self, samples: Sequence[float]) -> None:
        self._recent = deque(samples, maxlen=_MOST)
        self._sorted = sorted(samples)
        self._sum = sum(samples)

    def learn(self, seconds: float) -> None:
        """Something has lasted so long."""
        if len(self._recent) == _MOST:
            oldest = self._recent[0]
            del self._sorted[bisect_left(self._sorted, oldest)]
            self._sum -= oldest
        self._recent.append(seconds)
        insort(self._sorted, seconds)
        self._sum += seconds

    @property
    def mean(self) -> float:
        """Seconds."""
        return self._sum / len(self._recent)

    def ends_by(self, elapsed: float, within: float) -> float:
        """P(it ends in the next `within` seconds | it has lasted `elapsed`)."""
        first = bisect_right(self._sorted, elapsed)
        lasted = len(self._sorted) - first
        if lasted < _TAIL:
            return 1.0 - math.exp(-within * self._tail_rate())
        return (bisect_right(self._sorted, elapsed + within) - first) / lasted

    def rests(self, elapsed: float, within: float) -> tuple[Sequence[float], float]:
        """How much longer those samples lasted that ended in the next `within` seconds, and the probability of each,
        given that it has lasted `elapsed`."""
        first = bisect_right(self._sorted, elapsed)
        lasted = len(self._sorted) - first
        if lasted < _TAIL:
            return self._tail_rests(within)
        ended = self._sorted[first : bisect_right(self._sorted, elapsed + within)]
        return [each - elapsed for each in ended], 1.0 / lasted

    def to_samples(self) -> list[float]:
        """As few samples as say about the same."""
        step = max(1, len(self._sorted) // _STORED)
        return self._sorted[step // 2 :: step]

    def _tail_rests(self, within: float) -> tuple[Sequence[float], float]:
        rate = self._tail_rate()
        pieces = max(1, round(100 * (1.0 - math.exp(-rate * within))))
        share = (1.0 - math.exp(-rate * within)) / pieces
        return [-math.log(1.0 - share * (i + 0.5)) / rate for i in range(pieces)], share

    def _tail_rate(self) -> float:
        """Ends a second among what has lasted longest."""
        last = self._sorted[-2 * _TAIL :]
        rest = sum(last) - last[0] * len(last)
        return len(last) / rest if rest > 0 else 1.0


def believed(mean: float) -> list[float]:
    """A few samples of an exponential distribution, soon outweighed."""
    return [-mean * math.log(1.0 - (i + 0.5) / _BELIEVED) for i in range(_BELIEVED)]
