"""What callees and operators of a campaign are like."""

import math

import msgspec

from telemarket.simulation.habits import Duration, constant, uniform


def lognormal(mean: float, variation: float) -> Duration:
    """Lognormally distributed, by its mean and its coefficient of variation (deviation / mean)."""
    variance = math.log(1.0 + variation * variation)
    location, scale = math.log(mean) - variance / 2.0, math.sqrt(variance)
    return lambda dice: dice.lognormvariate(location, scale)


def delayed_gamma(least: float, shape: float, mean: float, most: float) -> Duration:
    """`least` + a gamma distribution of this mean, at most `most`."""
    return lambda dice: min(most, least + dice.gammavariate(shape, mean / shape))


class Callees(msgspec.Struct, frozen=True, kw_only=True):
    """How those who are called behave. Shares are of all calls placed, 0 to 1; durations in seconds."""

    answer_rate: float = 0.3
    """The share answered by people."""
    hourly: tuple[float, ...] = ()
    """The same for each hour, as far as it goes."""
    answers_after: Duration = delayed_gamma(3.0, 3.0, 8.0, 25.0)
    refused: float = 0.3
    """Of the calls that nobody answers, the share that fails or is busy; the others ring out."""
    refused_after: Duration = uniform(2.0, 6.0)
    rings_out_after: float = 25.0
    swing: tuple[float, float] | None = None
    """Each hour the answer rate is multiplied by a number drawn between these."""
    machines: float = 0.0
    """The share answered by machines."""
    trunk_delay: Duration = constant(0.0)
    """Between placing a call and its first ring."""


class Detector(msgspec.Struct, frozen=True, kw_only=True):
    """How machines are told from people. The verdict is there `takes` seconds after the answer."""

    takes: float = 0.0
    people_lost: float = 0.0
    """The share of people taken for machines, and hung up on: they count as abandoned."""
    machines_passed: float = 0.0
    """The share of machines taken for people."""
    machine_talk: Duration = uniform(4.0, 12.0)
    """Until an operator who hears a machine hangs up."""


class Operators(msgspec.Struct, frozen=True, kw_only=True):
    """How operators work."""

    count: int
    talk: Duration = lognormal(120.0, 1.0)
    wrapup: Duration = lognormal(20.0, 0.5)
    pauses: float = 0.0
    """The share of calls after which an operator takes a pause; he asks for it during the call."""
    pause: Duration = lognormal(300.0, 0.7)
    incoming: float = 0.0
    """Customers an hour who call by themselves and take the next operator; they wait as long as it takes."""
