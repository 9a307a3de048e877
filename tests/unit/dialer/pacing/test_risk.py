"""The probability that somebody who answers finds nobody."""

import random

import pytest

from telemarket.dialer.pacing.risk import Approximate, Exact


def test_one_call_for_one_operator_who_may_be_free() -> None:
    risk = Exact(0, [(0.4,)], [], (0.0,))
    assert risk.mean() == pytest.approx(0.6)
    risk.add((0.5,))  # whoever answers first takes him
    assert risk.mean() == pytest.approx(1 - 0.4 * 0.5)


def test_a_customer_expected_counts_like_one_who_answers() -> None:
    assert Exact(1, [], [], (0.1,)).mean() == pytest.approx(0.095, abs=0.01)


@pytest.mark.parametrize("spare", [-2, 0, 1, 3])
def test_convolution_is_what_happens(spare: int) -> None:
    dice = random.Random(spare)
    supply = [(dice.random(),) for _ in range(6)]
    demand = [(dice.random() / 2,) for _ in range(12)]
    happened = 0
    for _ in range(20_000):
        freed = sum(dice.random() < p for (p,) in supply)
        happened += sum(dice.random() < p for (p,) in demand) - freed >= spare
    assert Exact(spare, supply, demand, (0.0,)).mean() == pytest.approx(happened / 20_000, abs=0.012)


@pytest.mark.parametrize("spare", [-3, 0, 4, 8])
def test_three_moments_say_the_same_for_many(spare: int) -> None:
    dice = random.Random(1)
    supply = [tuple(dice.random() / 4 for _ in range(6)) for _ in range(60)]
    demand = [tuple(dice.random() / 3 for _ in range(6)) for _ in range(50)]
    exact = Exact(spare, supply, demand, (0.0,) * 6).mean()
    assert Approximate(spare, supply, demand, (0.0,) * 6).mean() == pytest.approx(exact, abs=0.002)
