"""The arithmetic of benchmarks."""

import os

import pytest

from tests.bench.measures import Cpu, percentiles, rate


def test_percentiles_lie_within_what_was_measured() -> None:
    assert percentiles([float(value) for value in range(101)]) == {"p50": 50.0, "p95": 95.0, "p99": 99.0}
    assert percentiles([7.0, 7.0]) == {"p50": 7.0, "p95": 7.0, "p99": 7.0}


@pytest.mark.parametrize(
    ("moments", "expected"),
    [([], 0.0), ([5.0], 0.0), ([5.0, 5.0], 0.0), ([10.0, 11.0, 12.0], 1.0), ([12.0, 10.0, 10.5, 11.0, 11.5], 2.0)],
)
def test_rate_counts_the_intervals_whatever_the_order(moments: list[float], expected: float) -> None:
    assert rate(moments) == expected


def test_cpu_counts_from_the_moment_it_is_made() -> None:
    used = Cpu(os.getpid())
    while used.seconds < 0.05:
        sum(range(100_000))
    assert Cpu(os.getpid()).seconds < used.seconds
