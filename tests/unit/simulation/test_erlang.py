"""Erlang's formulas against known values, against each other, and against slower ways to the same figures."""

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemarket.simulation.erlang import ErlangA, ErlangC, erlang_b, erlang_c, operators_needed

loads = st.floats(0.01, 60.0)
servers = st.integers(1, 60)
patience = st.floats(5.0, 2000.0)
HANDLING = 180.0


def test_hundred_calls_in_half_an_hour_need_fourteen_operators() -> None:
    def queue(operators: int) -> ErlangC:
        return ErlangC(rate=100 / 1800, handling=180, operators=operators)

    needed = operators_needed(lambda operators: queue(operators).service_level(20) >= 0.8)
    assert needed == 14
    assert queue(14).service_level(20) == pytest.approx(0.88835, abs=5e-6)
    assert queue(14).occupancy == pytest.approx(0.714, abs=5e-4)
    assert queue(14).waits == pytest.approx(0.1741, abs=5e-5)


@given(servers, loads)
def test_erlang_b_is_the_share_of_the_last_of_truncated_poisson_probabilities(servers: int, load: float) -> None:
    weights = [math.exp(k * math.log(load) - math.lgamma(k + 1)) for k in range(servers + 1)]
    assert erlang_b(servers, load) == pytest.approx(weights[-1] / sum(weights), rel=1e-9)


@given(servers, loads)
def test_who_may_wait_finds_more_busy_than_who_may_not(servers: int, load: float) -> None:
    assert 0.0 <= erlang_b(servers, load) <= erlang_c(servers, load) <= 1.0
    assert erlang_c(servers + 1, load) <= erlang_c(servers, load)


def test_too_much_work_for_patient_callers_has_no_steady_state() -> None:
    queue = ErlangC(rate=1.0, handling=10.0, operators=10)
    assert (queue.waits, queue.service_level(20), queue.occupancy) == (1.0, 0.0, 1.0)
    assert math.isinf(queue.speed_of_answer)


@given(servers, loads, patience)
def test_erlang_a_is_the_steady_state_of_its_birth_and_death_process(
    servers: int, load: float, patience: float
) -> None:
    queue = ErlangA(load / HANDLING, HANDLING, servers, patience)
    states = _steady_state(load / HANDLING, servers, patience)
    waiting = sum((k - servers) * share for k, share in enumerate(states) if k > servers)
    busy = sum(min(k, servers) * share for k, share in enumerate(states))
    assert queue.waits == pytest.approx(sum(states[servers:]), rel=1e-6, abs=1e-12)
    assert queue.abandons == pytest.approx(waiting / patience / queue.rate, rel=1e-6, abs=1e-12)
    assert queue.occupancy == pytest.approx(busy / servers, rel=1e-6)


def _steady_state(rate: float, servers: int, patience: float) -> list[float]:
    logs = [0.0]
    while len(logs) <= servers or logs[-1] > max(logs) - 40:
        k = len(logs)
        leaves = min(k, servers) / HANDLING + max(0, k - servers) / patience
        logs.append(logs[-1] + math.log(rate / leaves))
    weights = [math.exp(log - max(logs)) for log in logs]
    return [weight / sum(weights) for weight in weights]


@given(servers, loads, patience, st.floats(0.0, 120.0))
def test_erlang_a_gives_the_waits_its_density_has(servers: int, load: float, patience: float, within: float) -> None:
    queue = ErlangA(load / HANDLING, HANDLING, servers, patience)

    def log_density(t: float) -> float:  # of the wait of somebody with endless patience, up to a factor
        return queue.rate * patience * -math.expm1(-t / patience) - t * servers / HANDLING

    def density(t: float) -> float:
        return math.exp(log_density(t) - peak)

    def stays(t: float) -> float:
        return math.exp(-t / patience)

    end = patience * max(0.0, math.log(load / servers))
    peak = log_density(end)
    while log_density(end) > peak - 40:
        end += HANDLING / servers
    whole = _integral(density, end)
    gives_up = min(end, 60 * patience)  # by then everybody has; steps that fit the short-tempered
    answered = _integral(lambda t: density(t) * stays(t), gives_up) / whole
    waited = _integral(lambda t: density(t) * stays(t) * t, gives_up) / whole
    in_time = _integral(lambda t: density(t) * stays(t), within) / whole
    later = 1.0 - _integral(density, within) / whole
    gone = queue.waits * (1.0 - in_time - stays(within) * later)
    level = (1.0 - queue.waits + queue.waits * in_time) / (1.0 - gone)
    assert 1.0 - queue.abandons == pytest.approx(1.0 - queue.waits + queue.waits * answered, abs=1e-6)
    assert queue.speed_of_answer == pytest.approx(queue.waits * waited / (1.0 - queue.abandons), rel=1e-5, abs=1e-6)
    assert queue.service_level(within) == pytest.approx(level, abs=1e-6)


def _integral(of: Callable[[float], float], end: float, steps: int = 4000) -> float:
    """By Simpson's rule."""
    if end == 0:
        return 0.0
    width = end / steps
    inner = sum((4 if k % 2 else 2) * of(k * width) for k in range(1, steps))
    return (of(0.0) + inner + of(end)) * width / 3


@given(servers, st.floats(0.05, 0.95))
def test_with_endless_patience_erlang_a_is_erlang_c(servers: int, busy: float) -> None:
    patient, endless = ErlangA(busy * servers / 60, 60, servers, 1e8), ErlangC(busy * servers / 60, 60, servers)
    assert patient.waits == pytest.approx(endless.waits, rel=1e-3, abs=1e-9)
    assert patient.speed_of_answer == pytest.approx(endless.speed_of_answer, rel=1e-3, abs=1e-6)
    assert patient.service_level(20) == pytest.approx(endless.service_level(20), abs=1e-4)


@pytest.mark.parametrize("busy", [0.001, 0.5, 0.99, 1.0, 1.01, 3.0, 100.0])
@pytest.mark.parametrize("patience", [1.0, 120.0, 86400.0])
def test_nothing_overflows_with_five_thousand_operators(busy: float, patience: float) -> None:
    queue = ErlangA(busy * 5000 / 180, 180, 5000, patience)
    shares = (queue.waits, queue.abandons, queue.occupancy, queue.service_level(20))
    assert all(-1e-9 <= share <= 1.0 + 1e-9 for share in shares)
    assert queue.speed_of_answer >= 0.0
    assert queue.abandons >= 1.0 - 1.0 / busy - 1e-9  # what is more than everybody can do is given up


@given(st.floats(1.0, 5000.0), st.floats(0.5, 0.99))
def test_the_operators_found_are_the_least(calls_per_hour: float, aim: float) -> None:
    def enough(operators: int) -> bool:
        return ErlangC(calls_per_hour / 3600, 120, operators).service_level(20) >= aim

    needed = operators_needed(enough)
    assert needed is not None
    assert enough(needed)
    assert needed == 1 or not enough(needed - 1)


def test_an_aim_nobody_reaches_needs_no_operators() -> None:
    assert operators_needed(lambda _: False) is None
