"""Means with bounds."""

import random

import pytest

from telemarket.simulation.estimate import estimate, student_t


@pytest.mark.parametrize(
    ("freedom", "quantile"), [(1, 63.657), (2, 9.925), (3, 5.841), (4, 4.604), (9, 3.250), (10, 3.169), (30, 2.750)]
)
def test_quantiles_are_those_of_the_tables(freedom: int, quantile: float) -> None:
    assert student_t(0.995, freedom) == pytest.approx(quantile, abs=5e-4)


def test_an_interval_holds_the_truth_as_often_as_it_says() -> None:
    dice = random.Random(1)
    samples = [[dice.gauss(10, 3) for _ in range(5)] for _ in range(4000)]
    held = sum(estimate(sample, confidence=0.9).holds(10) for sample in samples) / len(samples)
    assert held == pytest.approx(0.9, abs=0.015)


def test_one_value_has_no_bounds() -> None:
    single = estimate([7.0])
    assert (single.mean, single.low, single.high) == (7.0, None, None)
    assert not single.holds(7.0)
