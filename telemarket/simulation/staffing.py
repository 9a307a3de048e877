"""How many operators it takes, by Erlang's formulas."""

from collections.abc import Iterator

import msgspec

from telemarket.simulation.day import Day
from telemarket.simulation.forecast import expected_queue, operators_for, service_level
from telemarket.simulation.habits import HALF_HOUR


class Staffing(msgspec.Struct, frozen=True, kw_only=True):
    """The least operators for a half-hour, and what callers get of them. Seconds, and shares from 0 to 1."""

    start: float  # seconds since the first half-hour began
    calls_per_hour: float
    operators: int | None  # None: no number reaches the aim; without operators nothing else is known
    service_level: float | None = None
    speed_of_answer: float | None = None
    waits: float | None = None
    abandons: float | None = None
    occupancy: float | None = None


def staffing_table(day: Day, aim: float) -> Iterator[Staffing]:
    """A row for each half-hour of the day, whatever operators it says."""
    for number, rate in enumerate(day.rates):
        start, operators = number * HALF_HOUR, operators_for(day, rate, aim) if rate else 0
        if not operators:
            yield Staffing(start=start, calls_per_hour=rate, operators=operators)
            continue
        expected = expected_queue(day, rate, operators)
        yield Staffing(
            start=start,
            calls_per_hour=rate,
            operators=operators,
            service_level=service_level(day, expected),
            speed_of_answer=expected.speed_of_answer + day.answer,
            waits=expected.waits,
            abandons=expected.abandons,
            occupancy=expected.occupancy,
        )
