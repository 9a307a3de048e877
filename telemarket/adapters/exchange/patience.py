"""Waiting as long as a busy server asks for, within bounds."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from telemarket.backend import BackendUnavailable

T = TypeVar("T")

LONGEST = 120.0
"""Seconds spent waiting for one answer, all pauses together."""
_TRIES = 5


class Patience:
    """Asks again where a server is busy, in one synchronisation.

    From the first answer on: breaking off would throw away what was read. A server that is busy at once, asks for
    more than `LONGEST`, or gives no time, is left to the next synchronisation.
    """

    def __init__(self) -> None:
        self._answered = False

    async def ask(self, question: Callable[[], Awaitable[T]]) -> T:
        """What `question` returns in the end; raises what it raises."""
        waited = 0.0
        for _ in range(_TRIES if self._answered else 0):
            try:
                return await question()
            except BackendUnavailable as error:
                if error.retry_after is None or waited + error.retry_after > LONGEST:
                    raise
                pause = error.retry_after * random.uniform(1, 1.2)  # noqa: S311 - jitter
            waited += pause
            await asyncio.sleep(pause)
        answer = await question()
        self._answered = True
        return answer
