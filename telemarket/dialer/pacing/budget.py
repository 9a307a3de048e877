"""The calls that may be abandoned: how many of the window's are left, and how much risk follows from that.

The threshold is a product. Its base learns, slowly, which risk brings about the target: it rises with each call that
is connected and falls with each that is abandoned, so that it stands still where the share is as aimed at. The
leeway brings the window's own count home: 1 with a margin left, less when it is used up, more when much is left. The
margin grows as the root of what may be abandoned, as its chance deviations do.
"""

import math
from collections import deque

import msgspec

from telemarket.dialer.pacing.model import Denominator, Limits, Spent

_SLICES = 96
_FIRST = 0.7
"""The base to begin with, as a part of the target."""
_QUICK = 1.5
"""At the beginning the base learns as if so many calls had been abandoned."""
_SLOWEST = 1 / 30
"""How much of the base changes with an abandoned call, when it is well known."""
_LEAST, _MOST = 0.05, 20.0
"""Bounds of the base, as parts of the target."""
_MOST_RISK = 0.7
_MARGIN = 0.7
"""In standard deviations."""
_LEAST_LEEWAY, _MOST_LEEWAY = 0.1, 1.5
_UPPER = 1.645
"""Of the normal distribution: one-sided 95 %."""


class Slice(msgspec.Struct, array_like=True):
    """A part of the window."""

    start: float
    counted: float = 0.0
    abandoned: float = 0.0


class BudgetState(msgspec.Struct):
    """What was abandoned of how many, and which risk brings about the target."""

    slices: list[Slice]
    base: float  # as a part of the target
    calls: float


class Budget:
    """Counts by slices of the window, as many as 96, and steers."""

    def __init__(self, limits: Limits, state: BudgetState) -> None:
        self._limits = limits
        self._slices = deque(state.slices)
        self._base = math.log(state.base)
        self._calls = state.calls
        self._counted = sum(each.counted for each in self._slices)
        self._abandoned = sum(each.abandoned for each in self._slices)
        self._used = 0.0  # the leeway decisions were made with, as far as it was steered
        self._coming = (0.0, 0.0)

    # ---- what happens

    def live(self, abandoned: bool, now: float) -> None:
        """A callee who wanted an operator was connected, or abandoned."""
        self._count(1.0, float(abandoned), now)
        if self._used > 0.0:
            target = self._limits.target
            speed = max(_SLOWEST, 1.0 / (_QUICK + target * self._calls))
            self._base += speed * (target * self._used - abandoned)
            self._base = min(math.log(_MOST), max(math.log(_LEAST), self._base))
            self._calls += 1.0

    def machine(self, now: float) -> None:
        """The detector's verdict was a machine; it may have been a person."""
        lost = self._limits.lost_humans
        self._count(1.0 if self._limits.denominator is Denominator.ANSWERED else lost, lost, now)

    # ---- what follows

    def threshold(self, now: float, slow: float) -> float:
        """The risk to accept now, aiming at this part of the target; 0: none."""
        self.forget(now)
        target = self._limits.target
        if target <= 0.0 or slow <= 0.0 or self._abandoned + 1.0 > target * (self._counted + 1.0):
            self._used = 0.0
            return 0.0
        self._used = self._leeway() * min(1.0, slow)
        return min(_MOST_RISK, math.exp(self._base) * target * self._used)

    def foresee(self, answers: float, risk: float) -> None:
        """So many of the calls that ring are expected to be answered, each abandoned with this probability."""
        self._coming = answers, answers * risk

    def spent(self) -> Spent:
        """What the window holds."""
        answers, lost = self._coming
        worst = self._abandoned + lost + _UPPER * math.sqrt(lost)
        counted = self._counted + answers
        return Spent(self._abandoned, self._counted, min(1.0, worst / counted) if counted else 0.0)

    def forget(self, now: float) -> None:
        """What is older than the window counts no more."""
        while self._slices and self._slices[0].start <= now - self._limits.window_seconds:
            gone = self._slices.popleft()
            self._counted -= gone.counted
            self._abandoned -= gone.abandoned

    def to_state(self) -> BudgetState:
        """What has been counted and learned."""
        return BudgetState(list(self._slices), math.exp(self._base), self._calls)

    def _leeway(self) -> float:
        allowed = self._limits.target * self._counted
        margin = 1.0 + _MARGIN * math.sqrt(allowed)
        return min(_MOST_LEEWAY, max(_LEAST_LEEWAY, (allowed - self._abandoned) / margin))

    def _count(self, counted: float, abandoned: float, now: float) -> None:
        width = self._limits.window_seconds / _SLICES
        start = now // width * width
        if not self._slices or self._slices[-1].start < start:
            self._slices.append(Slice(start))
        last = self._slices[-1]
        last.counted += counted
        last.abandoned += abandoned
        self._counted += counted
        self._abandoned += abandoned
        self.forget(now)


def unspent() -> BudgetState:
    """Before the first call."""
    return BudgetState([], _FIRST, 0.0)
