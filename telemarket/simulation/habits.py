"""What callers and operators are like: when they call, how long they wait and talk, whether and when they answer."""

import math
from collections.abc import Callable, Iterator, Sequence
from random import Random

import msgspec

HALF_HOUR = 1800.0

Duration = Callable[[Random], float]
"""Draws a number of seconds."""


def exponential(mean: float) -> Duration:
    """Exponentially distributed; a mean of 0 is always 0, an infinite one always infinite."""
    if mean == 0 or math.isinf(mean):
        return constant(mean)
    return lambda dice: dice.expovariate(1.0 / mean)


def uniform(least: float, most: float) -> Duration:
    """Evenly between two bounds."""
    return lambda dice: dice.uniform(least, most)


def constant(seconds: float) -> Duration:
    """Always the same."""
    return lambda _: seconds


AT_ONCE = constant(0.0)


class CallerHabits(msgspec.Struct, frozen=True, kw_only=True):
    """How callers behave, and outside numbers that are called."""

    patience: Duration  # until they have talked with somebody
    talk: Duration  # from the first time they are connected with somebody
    presses: float = 0.0  # the share of sounds on which they press a key
    machines: float = 0.0  # the share of those called that are machines
    detection: Duration = AT_ONCE  # from a lead's answer until it is known whether he is one


class OperatorHabits(msgspec.Struct, frozen=True, kw_only=True):
    """How operators behave, and others who are called. Shares are of the times a telephone rings, 0 to 1."""

    answer: Duration  # from the first ring
    declines: float = 0.0
    absent: float = 0.0  # nobody is there
    back: Duration | None = None  # until one who was paused for not answering presses Ready; None: he does not
    card: Duration = AT_ONCE  # until his browser says that it shows the card
    cards_unseen: float = 0.0  # the share of cards his browser says nothing of
    ends_call: float = 0.0  # the share of conversations the caller does not end


class Caller(msgspec.Struct, frozen=True):
    """One caller: when he calls what number, and what he is like. Seconds."""

    arrives_at: float
    dnis: str
    patience: float
    talk: float


def callers(rates: Sequence[float], start: float, dnis: str, habits: CallerHabits, dice: Random) -> Iterator[Caller]:
    """A Poisson process from `start` on whose rate, in calls an hour, is given for each half-hour.

    A caller's patience and talk are drawn with him: the same dice give the same callers whoever answers.
    """
    for number, calls_per_hour in enumerate(rates):
        at = start + number * HALF_HOUR
        end = at + HALF_HOUR
        while calls_per_hour > 0 and (at := at + dice.expovariate(calls_per_hour / 3600.0)) < end:
            yield Caller(at, dnis, habits.patience(dice), habits.talk(dice))
