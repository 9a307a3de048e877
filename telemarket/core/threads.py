"""Blocking code beside the event loop."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

_END = object()


async def iterate(make: Callable[[], Iterator[T]], *, name: str) -> AsyncIterator[T]:
    """What the blocking iterator that `make` returns yields; it is made, run and closed in one thread of its own.

    One item at a time: the iterator rests while its consumer works. `name` is the thread's.
    """
    loop = asyncio.get_running_loop()
    thread = ThreadPoolExecutor(1, thread_name_prefix=name)
    try:
        iterator = await loop.run_in_executor(thread, make)
        try:
            while (item := await loop.run_in_executor(thread, next, iterator, _END)) is not _END:
                yield item  # type: ignore[misc]
        finally:
            if close := getattr(iterator, "close", None):
                await loop.run_in_executor(thread, close)
    finally:
        thread.shutdown(wait=False, cancel_futures=True)
