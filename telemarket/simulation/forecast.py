"""What Erlang's formulas expect of a simulated day, beside what the simulation measured."""

from collections.abc import Callable, Sequence

import msgspec

from telemarket.simulation.day import Day
from telemarket.simulation.erlang import Queue, operators_needed, queue
from telemarket.simulation.estimate import Estimate, estimate
from telemarket.simulation.figures import Figures, total


class Measure(msgspec.Struct, frozen=True):
    """One figure: as simulated, and as the formula expects it; None where it has nothing to say."""

    name: str
    unit: str  # "share" (0 to 1) or "seconds"
    simulated: Estimate
    expected: float | None


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Simulated days against a formula."""

    model: str  # "Erlang C" or "Erlang A"
    replications: int
    measures: dict[str, Measure]  # waits, abandons, speed_of_answer, service_level, occupancy
    differs: tuple[str, ...]  # in what the day is not as the formula supposes
    overloaded: bool  # more work arrives at some time than operators can do, and nobody gives up
    needed: int | None  # operators for the aim at the busiest half-hour, by the formula


def compare(day: Day, days: Sequence[Sequence[Figures]], aim: float) -> Comparison:
    """Hold replications of a day against Erlang A if callers have limited patience, else Erlang C.

    Each half-hour is taken to be in its steady state, and the day as their mean, weighted by calls.
    """
    wholes = [total(half_hours) for half_hours in days]
    overloaded = day.patience is None and any(_load(day, rate) >= day.operators for rate in day.rates)
    queues = [expected_queue(day, rate, day.operators) for rate in day.rates]
    answered = [rate * (1.0 - each.abandons) for rate, each in zip(day.rates, queues, strict=True)]

    def measure(name: str, unit: str, key: str, expect: Callable[[Queue], float], weights: Sequence[float]) -> Measure:
        values = [value for whole in wholes if (value := getattr(whole, key)) is not None]
        expected = None if overloaded else _mean([expect(each) for each in queues], weights)
        return Measure(name, unit, estimate(values or [0.0]), expected)

    return Comparison(
        model="Erlang C" if day.patience is None else "Erlang A",
        replications=len(days),
        measures={
            "waits": measure("find every operator busy", "share", "waits", lambda each: each.waits, day.rates),
            "abandons": measure("give up", "share", "abandons", lambda each: each.abandons, day.rates),
            "speed_of_answer": measure(
                "average speed of answer",
                "seconds",
                "speed_of_answer",
                lambda each: each.speed_of_answer + day.answer,
                answered,
            ),
            "service_level": measure(
                f"answered within {day.within:g} s",
                "share",
                "service_level",
                lambda each: service_level(day, each),
                day.rates,
            ),
            "occupancy": measure(
                "occupancy", "share", "occupancy", lambda each: each.occupancy, [1.0] * len(day.rates)
            ),
        },
        differs=tuple(_differences(day)),
        overloaded=overloaded,
        needed=operators_for(day, max(day.rates), aim),
    )


def _mean(values: Sequence[float], weights: Sequence[float]) -> float:
    return sum(value * weight for value, weight in zip(values, weights, strict=True) if weight) / sum(weights)


def operators_for(day: Day, rate: float, aim: float) -> int | None:
    """Operators for a service level of `aim` at `rate` calls an hour, by the formula; None if no number will do."""
    return operators_needed(lambda operators: service_level(day, expected_queue(day, rate, operators)) >= aim)


def service_level(day: Day, expected: Queue) -> float:
    """What the formula expects: picking up takes its part of the threshold."""
    return expected.service_level(day.within - day.answer)


def expected_queue(day: Day, rate: float, operators: int) -> Queue:
    """The formula that fits the day, at `rate` calls an hour."""
    return queue(rate / 3600.0, day.handling, operators, day.patience)


def _load(day: Day, rate: float) -> float:
    return rate / 3600.0 * day.handling


def _differences(day: Day) -> list[str]:
    differences = []
    if day.answer or day.wrap_up:
        differences.append("picking up and wrapping up take always the same time, which makes waits shorter")
    if day.unanswered:
        differences.append("operators do not answer every call")
    if len(set(day.rates)) > 1:
        differences.append("the load changes, and a queue takes time to follow")
    return differences
