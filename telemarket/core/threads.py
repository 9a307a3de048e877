"""Blocking code beside the event loop."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")

_END = object()


async def iterate(make: Callable[[], Iterator[T]], *, name: str) -> AsyncIterator[T]:
    """What the blocking iterator that `make` returns yields; it is made, run and closed in one thread of its own.

    One item at a time: the iterator rests while its consumer works. `name` is the thread's. Who gives up waiting for an
    item leaves at once; the iterator is closed when the call it hangs in returns.
    """
    loop = asyncio.get_running_loop()
    thread = ThreadPoolExecutor(1, thread_name_prefix=name)
    iterator: Iterator[T] | None = None
    resting = True

    async def in_thread(call: Callable[..., Any], *arguments: Any) -> Any:
        nonlocal resting
        resting = False
        try:
            result = await loop.run_in_executor(thread, call, *arguments)
        except Exception:
            resting = True
            raise
        resting = True
        return result

    try:
        iterator = await in_thread(make)
        while (item := await in_thread(next, iterator, _END)) is not _END:
            yield item
    finally:
        if close := getattr(iterator, "close", None):
            closing = loop.run_in_executor(thread, close)
            if resting:
                await closing
        thread.shutdown(wait=False)
