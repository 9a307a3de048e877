"""A campaign in virtual time, with the pacing of real campaigns."""

import math
from random import Random

import pytest

from telemarket.dialer.pacing import DAY, Controller, Limits, Mode, Settings
from telemarket.simulation.dialing.figures import DayFigures, bounds, total
from telemarket.simulation.dialing.people import Callees, Detector, Operators
from telemarket.simulation.dialing.world import Scenario, Shift, simulate
from telemarket.simulation.habits import Duration, exponential


def run(
    operators: Operators,
    mode: Mode = Mode.PREDICTIVE,
    target: float = 0.03,
    days: int = 2,
    callees: Callees = Callees(),  # noqa: B008
    detector: Detector = Detector(),  # noqa: B008
) -> list[DayFigures]:
    limits = Limits(target=target, window_seconds=DAY)
    scenario = Scenario(operators=operators, callees=callees, detector=detector, shift=Shift(hours=2.0))
    return simulate(scenario, Controller(limits, Settings(mode=mode)), days, "test")[1:]


def test_the_limit_holds_each_day_and_operators_wait_less() -> None:
    predictive = run(Operators(count=5))
    progressive = run(Operators(count=5), Mode.PROGRESSIVE)
    assert all(day.abandon <= 0.03 for day in predictive)
    assert total(progressive).abandoned == 0
    assert total(predictive).utilisation > total(progressive).utilisation + 0.02


def test_progressive_is_as_the_closed_formula_says() -> None:
    handling, answer, failure, rate = 140.0, 11.0, 0.3 * 4.0 + 0.7 * 25.0, 0.3
    expected = handling / (handling + answer + (1 / rate - 1) * failure)
    days = run(Operators(count=12), Mode.PROGRESSIVE, days=5)
    assert total(days).utilisation == pytest.approx(expected, abs=0.03)


def bimodal(dice: Random) -> float:
    return dice.uniform(10, 30) if dice.random() < 0.5 else dice.uniform(200, 260)


@pytest.mark.parametrize("talk", [exponential(120.0), bimodal])
def test_talks_of_other_kinds_are_learned(talk: Duration) -> None:
    days = run(Operators(count=8, talk=talk))
    assert all(day.abandon <= 0.03 for day in days)
    assert total(days).utilisation > 0.7


def test_pauses_and_swinging_rates_do_not_break_the_limit() -> None:
    days = run(Operators(count=6, pauses=0.1), callees=Callees(swing=(0.5, 1.3)))
    assert all(day.abandon <= 0.03 for day in days)


def test_people_taken_for_machines_count_as_abandoned() -> None:
    detector = Detector(takes=1.0, people_lost=0.2)
    days = run(Operators(count=4), Mode.PROGRESSIVE, callees=Callees(machines=0.2), detector=detector)
    assert total(days).abandon == pytest.approx(0.2, abs=0.07)


def test_the_seed_decides() -> None:
    assert run(Operators(count=3)) == run(Operators(count=3))


def test_the_interval_of_a_share() -> None:
    low, high = bounds(3, 100)
    assert (low, high) == pytest.approx((0.01026, 0.08452), abs=1e-5)
    assert bounds(0, 0) == (0.0, 1.0)
    assert math.isclose(bounds(0, 10)[0], 0.0, abs_tol=1e-12)
