"""When each backend is synchronised: every so often, soon again after a failure, and when somebody asks."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from telemarket.adapters.child import SECTIONS
from telemarket.adapters.registry import Registry, Source
from telemarket.contacts.sync.states import State, SyncStates
from telemarket.core.children import Children
from telemarket.core.clock import Clock
from telemarket.core.settings import Settings

log = structlog.get_logger(__name__)

LONGEST_RUN = 6 * 3600.0
"""Seconds after which a run is ended, whatever it is doing."""
FIRST_RETRY = 30.0
_SLEEP = 3600.0

RunChild = Callable[[str], Awaitable[int]]


class SyncSchedule:
    """Synchronises the backends of `registry` in child processes. `run` is its task."""

    def __init__(self, registry: Registry, states: SyncStates, run_child: RunChild, clock: Clock) -> None:
        self._sources = {
            name: source
            for name, source in registry.sources.items()
            if source.backend is not None and "sync" in source.backend.abilities
        }
        self._states = states
        self._run_child = run_child
        self._clock = clock
        self._asked = {name: asyncio.Event() for name in self._sources}
        self._failures = dict.fromkeys(self._sources, 0)
        self.next_at: dict[str, datetime] = {}

    @property
    def names(self) -> frozenset[str]:
        """The backends that can be synchronised."""
        return frozenset(self._sources)

    def ask(self, name: str) -> None:
        """Have a backend synchronised now (or at once after the run under way)."""
        self._asked[name].set()

    async def run(self) -> None:
        """Keep every backend up to date until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for source in self._sources.values():
                tasks.create_task(self._keep_up(source))

    async def _keep_up(self, source: Source) -> None:
        asked = self._asked[source.name]
        while True:
            try:
                await self._wait(source, asked)
                asked.clear()
                self.next_at.pop(source.name, None)
                well = await self._run_child(source.name) == 0
                self._failures[source.name] = 0 if well else self._failures[source.name] + 1
                _tell(await self._states.read(source.name), well=well)
            except Exception as error:  # the database is away, no process can be started, it took too long
                log.warning("backend could not be synchronised", backend=source.name, error=repr(error))
                self._failures[source.name] += 1

    async def _wait(self, source: Source, asked: asyncio.Event) -> None:
        """Until the next run is due, or somebody asks for one."""
        due = self._due(source, await self._states.read(source.name))
        if due is not None:
            self.next_at[source.name] = due
        while (seconds := _SLEEP if due is None else (due - self._clock()).total_seconds()) > 0:
            try:
                async with asyncio.timeout(min(seconds, _SLEEP)):
                    await asked.wait()
                return
            except TimeoutError:
                continue

    def _due(self, source: Source, state: State) -> datetime | None:
        """When the next run is due; None: only on demand."""
        every, failures = source.settings.every, self._failures[source.name]
        if not every:
            return None
        if failures and (state.failure is None or state.failure.retryable):
            pause = min(every, FIRST_RETRY * 2 ** min(failures - 1, 20))
            return self._clock() + timedelta(seconds=pause * random.uniform(0.5, 1))  # noqa: S311 - jitter
        if failures:
            return self._clock() + timedelta(seconds=every)
        last = state.ended_at
        return self._clock() if last is None else last + timedelta(seconds=every)


def _tell(state: State, *, well: bool) -> None:
    counts, failure = state.counts, state.failure
    if well:
        log.info("backend synchronised", backend=state.name, read=counts.read, new=counts.new, changed=counts.changed)
    elif failure is not None:
        log.warning(
            "backend was not synchronised",
            backend=state.name,
            error=f"{failure.message} {failure.remedy}".strip(),
            error_id=failure.error_id,
        )


def child_process(settings: Settings) -> RunChild:
    """Runs `telemarket.adapters.child` for a backend; ends it when cancelled or after LONGEST_RUN seconds."""
    children = Children(settings, SECTIONS)

    async def run(name: str) -> int:
        status, _ = await children.run("telemarket.adapters.child", name, deadline=LONGEST_RUN)
        return status

    return run
