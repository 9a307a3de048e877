"""Repeated failures have to wait, longer and longer, but never for ever."""

from datetime import UTC, datetime, timedelta

from telemarket.core.throttle import Throttle

NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)


class Watch:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def seconds(throttle: Throttle, key: str = "anna") -> float:
    return throttle.wait(key).total_seconds()


def test_the_first_failures_cost_nothing_and_the_next_ones_double() -> None:
    throttle = Throttle(Watch(), free=3)
    waits = []
    for _ in range(12):
        throttle.failed("anna")
        waits.append(seconds(throttle))
    assert waits == [0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]


def test_waiting_long_enough_opens_the_door_again() -> None:
    watch = Watch()
    throttle = Throttle(watch, free=1)
    throttle.failed("anna")
    assert seconds(throttle) == 1
    watch.now += timedelta(seconds=1)
    assert seconds(throttle) == 0


def test_success_and_time_forget_failures() -> None:
    watch = Watch()
    throttle = Throttle(watch, free=2)
    throttle.failed("anna")
    throttle.succeeded("anna")
    throttle.failed("anna")
    assert seconds(throttle) == 0
    watch.now += timedelta(minutes=16)
    throttle.failed("anna")
    assert seconds(throttle) == 0


def test_one_key_does_not_slow_another() -> None:
    throttle = Throttle(Watch(), free=1)
    throttle.failed("anna")
    assert seconds(throttle, "petro") == 0


def test_memory_is_bounded_and_the_latest_are_kept() -> None:
    throttle = Throttle(Watch(), free=1, capacity=10)
    for number in range(1000):
        throttle.failed(str(number))
    assert seconds(throttle, "0") == 0
    assert seconds(throttle, "999") == 1
