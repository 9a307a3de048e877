"""The results of requests, handed to the backends that want to keep them.

Each backend follows the requests in the order in which they change, from a place of its own that is kept in the
database: while it is away or lets nobody in nothing is lost, and after a crash at most the last results are handed
over twice.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import msgspec
import structlog

from telemarket.backend import Backend, BackendUnavailable, Result, ResultRefused
from telemarket.contacts.sync.states import Counts, SyncStates
from telemarket.core.i18n import N_

log = structlog.get_logger(__name__)

PAUSE = 10.0
"""Seconds between looks for new results."""
LONGEST_PAUSE = 600.0
DEADLINE = 30.0
"""Seconds a backend may take to keep one result."""
BATCH = 100
_MOST_REFUSALS = 50


class Change(Protocol):
    """A request as it is now, whose it is, and its place among the changes."""

    @property
    def position(self) -> str: ...
    @property
    def contact_id(self) -> int: ...
    @property
    def result(self) -> Result: ...


class Changes(Protocol):
    """The requests in the order of their changes."""

    def now(self) -> str: ...
    async def since(self, position: str, limit: int) -> Sequence[Change]: ...


KeyOf = Callable[[str, int], Awaitable[str | None]]


def place_of(backend: str) -> str:
    """Under which name the place of a backend among the results is kept."""
    return f"{backend}:results"


class WriteBack:
    """Hands results to `backends`. `key_of` gives the key of a contact's record in a backend, None without one;
    `owner` names this process: of several daemons one sees to each backend. `run` is its task."""

    def __init__(
        self, backends: Sequence[Backend], changes: Changes, key_of: KeyOf, states: SyncStates, owner: str
    ) -> None:
        self._backends = backends
        self._changes = changes
        self._key_of = key_of
        self._states = states
        self._owner = owner

    async def run(self) -> None:
        """Hand results over until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for backend in self._backends:
                tasks.create_task(self._follow(backend))

    async def _follow(self, backend: Backend) -> None:
        failures = 0
        while True:
            asked_for = 0.0
            try:
                await self.hand_over(backend)
                failures = 0
            except Exception as error:
                failures += 1
                asked_for = (isinstance(error, BackendUnavailable) and error.retry_after) or 0.0
                log.warning("results wait for their backend", backend=backend.name, error=str(error))
            pause = min(LONGEST_PAUSE, max(asked_for, PAUSE * 2 ** min(failures, 10)))
            await asyncio.sleep(pause * random.uniform(1, 1.5))  # noqa: S311 - jitter

    async def hand_over(self, backend: Backend) -> None:
        """Hand over what there is; without anything new nothing is written.

        Raises what the backend raises when it takes no results now: the first of them waits with all later ones.
        """
        name = place_of(backend.name)
        if not await self._is_anything_new(name) or not await self._states.claim(name, self._owner):
            return
        counts = Counts()
        try:
            position = (await self._states.read(name)).cursor
            if not position:  # what was before it was switched on is none of its business
                await self._states.keep_cursor(name, self._changes.now())
            else:
                await self._hand_over_since(backend, position, counts)
        except Exception as error:
            await self._states.failed(name, error, counts)
            raise
        await self._states.succeeded(name, counts)

    async def _is_anything_new(self, name: str) -> bool:
        position = (await self._states.read(name)).cursor
        return not position or bool(await self._changes.since(position, 1))

    async def _hand_over_since(self, backend: Backend, position: str, counts: Counts) -> None:
        name = place_of(backend.name)
        while changes := await self._changes.since(position, BATCH):
            for change in changes:
                key = await self._key_of(backend.name, change.contact_id)
                if key is not None:
                    await self._keep(backend, msgspec.structs.replace(change.result, record_key=key), counts)
                position = change.position
                if key is not None or change is changes[-1]:
                    await self._states.keep_cursor(name, position)

    async def _keep(self, backend: Backend, result: Result, counts: Counts) -> None:
        """One result. Only one that the backend says it will never take is named and passed over."""
        counts.read += 1
        try:
            async with asyncio.timeout(DEADLINE):
                await backend.write_back(result)
        except ResultRefused as error:
            counts.refused += 1
            counts.refusals = [*counts.refusals, (str(result.request_id), error.message)][-_MOST_REFUSALS:]
            log.warning("backend refused a result", backend=backend.name, request=result.request_id, error=str(error))
        except TimeoutError as error:
            raise BackendUnavailable(
                N_("It did not keep a result within %(seconds)s s.", seconds=f"{DEADLINE:.0f}")
            ) from error
