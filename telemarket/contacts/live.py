"""The second try: backends asked live while the local index has answered already.

Each backend has a deadline of its own and a circuit breaker; what it finds comes as it comes, without those whose
data were erased. A backend that hangs, raises or answers rubbish costs nobody else anything.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import msgspec
import structlog

from telemarket.backend import Backend, Record
from telemarket.contacts.records import cleaned
from telemarket.core.errors import TelemarketError
from telemarket.core.i18n import N_
from telemarket.numbers import Number

log = structlog.get_logger(__name__)

MAX_FOUND = 20  # contacts taken from one backend

Erased = Callable[[str, Sequence[Record]], Awaitable[set[str]]]
"""The keys of those of a backend's records that are of people whose data were erased here."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What one backend said. `failure` says in words (marked for translation) why it said nothing."""

    backend: str
    title: str
    found: tuple[Record, ...] = ()
    failure: str = ""


class Breaker:
    """Pauses a backend after `failures` failures in a row, for `pause` seconds and up to half as long again.

    After the pause one question is let through; it decides whether the backend is asked again. `time` is a
    monotonic clock in seconds.
    """

    def __init__(self, failures: int, pause: float, time: Callable[[], float]) -> None:
        self._limit = failures
        self._pause = pause
        self._time = time
        self._failures = 0
        self._closed_until = 0.0
        self.reason = ""
        """Why the backend failed when last asked; empty if it did not."""

    def lets_through(self) -> bool:
        """Whether the backend may be asked now; asking for the one question after a pause uses it up."""
        if self._failures < self._limit:
            return True
        if self._time() < self._closed_until:
            return False
        self._shut()
        return True

    def succeeded(self) -> None:
        """The backend answered in time."""
        self._failures = 0
        self.reason = ""

    def failed(self, reason: str) -> None:
        """The backend did not."""
        self._failures += 1
        self.reason = reason
        if self._failures >= self._limit:
            self._shut()

    def _shut(self) -> None:
        self._closed_until = self._time() + self._pause * random.uniform(1, 1.5)  # noqa: S311 - jitter


class LiveLookup:
    """Asks `backends`, each for at most `deadline` seconds. Made inside a running event loop."""

    def __init__(
        self,
        backends: Sequence[Backend],
        erased: Erased | None = None,
        *,
        deadline: float = 1.0,
        failures: int = 3,
        pause: float = 30.0,
    ) -> None:
        self._erased = erased
        time = asyncio.get_running_loop().time
        self._backends = [(backend, Breaker(failures, pause, time)) for backend in backends]
        self._deadline = deadline
        self._running: set[asyncio.Task[Any]] = set()

    async def ask(self, number: Number) -> AsyncIterator[Answer]:
        """One answer for each backend, the quickest first; done by the deadline. Never raises."""
        waiting = {self._start(backend, breaker, number) for backend, breaker in self._backends}
        try:
            while waiting:
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    yield task.result()
        finally:
            for task in waiting:
                task.cancel()

    @property
    def failures(self) -> dict[str, str]:
        """Why backends failed when last asked, by name; only those that did."""
        return {backend.name: breaker.reason for backend, breaker in self._backends if breaker.reason}

    def close(self) -> None:
        """Cancel the questions still under way."""
        for task in self._running:
            task.cancel()

    def _start(self, backend: Backend, breaker: Breaker, number: Number) -> asyncio.Task[Answer]:
        task = asyncio.create_task(self._ask(backend, breaker, number), name=f"look-up in {backend.name}")
        self._keep(task)
        return task

    def _keep(self, task: asyncio.Task[Any]) -> None:
        self._running.add(task)
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # seen: nobody else looks at a question given up

    async def _ask(self, backend: Backend, breaker: Breaker, number: Number) -> Answer:
        if not breaker.lets_through():
            return _silent(backend, N_("Paused after repeated failures."))
        question = asyncio.ensure_future(self._question(backend, number))
        self._keep(question)
        try:
            # Waiting from outside: a backend that ignores its cancellation must not hold the card up.
            await asyncio.wait((question,), timeout=self._deadline)
        finally:
            question.cancel()
        if not question.done():
            breaker.failed(N_("No answer within %(seconds)s s.", seconds=self._deadline))
            log.warning("backend too slow", backend=backend.name, deadline=self._deadline)
            return _silent(backend, breaker.reason)
        error = asyncio.CancelledError() if question.cancelled() else question.exception()
        if error is not None:
            breaker.failed(N_("Failed: %(reason)s.", reason=_said(error)))
            log.warning("backend failed", backend=backend.name, error=type(error).__name__)
            return _silent(backend, breaker.reason)
        breaker.succeeded()
        return Answer(backend=backend.name, title=backend.title, found=question.result())

    async def _question(self, backend: Backend, number: Number) -> tuple[Record, ...]:
        found = await backend.look_up(number.e164, number.digits)
        records = [cleaned(each) for each in found[:MAX_FOUND]]
        erased = await self._erased(backend.name, records) if self._erased and records else set()
        return tuple(each for each in records if each.key not in erased)


def _said(error: BaseException) -> str:
    """In words, if they are ours: another program's may quote the address asked, with the caller's number in it."""
    return str(error) if isinstance(error, TelemarketError) else type(error).__name__


def _silent(backend: Backend, failure: str) -> Answer:
    return Answer(backend=backend.name, title=backend.title, failure=failure)
