"""When each backend is synchronised: every so often, soon again after a failure, and when somebody asks."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from telemarket.adapters.child import BUSY, SECTIONS
from telemarket.adapters.registry import Registry, Source
from telemarket.contacts.sync.states import State, SyncStates
from telemarket.core.children import Children
from telemarket.core.clock import Clock
from telemarket.core.i18n import N_
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
                await self._synchronise(source.name)
            except Exception as error:  # the database is away, no process can be started, it took too long
                log.warning("backend could not be synchronised", backend=source.name, error=repr(error))
                self._failures[source.name] += 1
                await asyncio.sleep(self._pause(source))

    async def _synchronise(self, name: str) -> None:
        status = await self._run_child(name)
        if status == BUSY:  # whoever is at it sees to it
            await asyncio.sleep(FIRST_RETRY)
            return
        if status:
            await self._states.bury(name, N_("Its process ended unexpectedly (status %(status)s).", status=status))
        self._failures[name] = self._failures[name] + 1 if status else 0
        _tell(await self._states.read(name), well=not status)

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
        every, failure = timedelta(seconds=source.settings.every), state.failure
        if not every:
            return None
        if state.ended_at is None:
            return self._clock() + timedelta(seconds=self._pause(source) if self._failures[source.name] else 0)
        if not state.failing or failure is None or not failure.retryable:
            return state.ended_at + every
        pause = timedelta(seconds=max(self._pause(source), failure.retry_after or 0))
        return state.ended_at + min(pause, max(every, timedelta(seconds=failure.retry_after or 0)))

    def _pause(self, source: Source) -> float:
        """Seconds until another attempt, the longer the more have failed."""
        failures = min(max(self._failures[source.name], 1), 20)
        pause: float = min(max(source.settings.every, FIRST_RETRY), FIRST_RETRY * 2.0 ** (failures - 1))
        return pause * random.uniform(0.5, 1)  # noqa: S311 - jitter


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
