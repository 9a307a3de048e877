"""Blocking iterators beside the event loop."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from telemarket.core.threads import iterate


async def test_items_come_one_at_a_time_and_the_iterator_is_closed() -> None:
    closed = threading.Event()

    def numbers() -> Iterator[int]:
        try:
            yield from range(3)
        finally:
            closed.set()

    assert [number async for number in iterate(numbers, name="numbers")] == [0, 1, 2]
    assert closed.is_set()


async def test_who_gives_up_early_closes_it() -> None:
    closed = threading.Event()

    def numbers() -> Iterator[int]:
        try:
            yield from range(3)
        finally:
            closed.set()

    found = iterate(numbers, name="numbers")
    assert await anext(found) == 0
    await found.aclose()  # type: ignore[attr-defined]
    assert closed.is_set()


async def test_a_call_that_hangs_keeps_nobody() -> None:
    released, closed = threading.Event(), threading.Event()

    def hanging() -> Iterator[int]:
        try:
            released.wait()
            yield 1
        finally:
            closed.set()

    found = iterate(hanging, name="hanging")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await anext(found)
    assert not closed.is_set()
    released.set()
    assert await asyncio.to_thread(closed.wait, 5)


async def test_its_error_reaches_whoever_asks() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise OSError("the share is away")

    found = iterate(broken, name="broken")
    assert await anext(found) == 1
    with pytest.raises(OSError, match="share"):
        await anext(found)
