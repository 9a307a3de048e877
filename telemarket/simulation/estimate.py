"""A mean with its confidence interval, from independent replications."""

import math
from collections.abc import Sequence
from statistics import fmean, stdev

import msgspec

CONFIDENCE = 0.99


class Estimate(msgspec.Struct, frozen=True):
    """A mean and the bounds it lies between with the confidence asked for; without bounds from one value alone."""

    mean: float
    low: float | None = None
    high: float | None = None

    def holds(self, value: float) -> bool:
        """Whether `value` lies between the bounds, that is does not contradict what was measured."""
        return self.low is not None and self.high is not None and self.low <= value <= self.high


def estimate(values: Sequence[float], confidence: float = CONFIDENCE) -> Estimate:
    """By Student's t, which takes independent values whose mean is about normal."""
    mean = fmean(values)
    if len(values) < 2:
        return Estimate(mean)
    half = student_t((1.0 + confidence) / 2.0, len(values) - 1) * stdev(values) / math.sqrt(len(values))
    return Estimate(mean, mean - half, mean + half)


def student_t(probability: float, freedom: int) -> float:
    """The quantile of Student's t for a `probability` of a half or more, by bisection of its distribution."""
    low, high = 0.0, 1.0
    while _below(high, freedom) < probability:
        high *= 2.0
    for _ in range(60):
        middle = (low + high) / 2.0
        low, high = (middle, high) if _below(middle, freedom) < probability else (low, middle)
    return high


def _below(t: float, freedom: int) -> float:
    """P(T <= t) for t >= 0, in closed form: M. Abramowitz and I. Stegun, *Handbook of Mathematical Functions*,
    26.7.3 and 26.7.4."""
    angle = math.atan(t / math.sqrt(freedom))
    square = math.cos(angle) ** 2
    odd = freedom % 2
    term = total = math.cos(angle) if odd else 1.0
    for k in range(2 + odd, freedom - 1, 2):
        term *= square * (k - 1) / k
        total += term
    within = math.sin(angle) * total
    if odd:
        within = 2.0 / math.pi * (angle + (within if freedom > 1 else 0.0))
    return (1.0 + within) / 2.0
