"""The backends as supervisors see them: how each stands, whether it is well, synchronise it now."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec

from telemarket.adapters.registry import Registry, Source
from telemarket.adapters.schedule import SyncSchedule
from telemarket.adapters.write_back import place_of
from telemarket.backend import BackendKind, Finding
from telemarket.contacts.sync.states import State, SyncStates
from telemarket.core.errors import TelemarketError
from telemarket.core.i18n import N_


class BackendView(msgspec.Struct, frozen=True, kw_only=True):
    """One backend and how its synchronisation stands. `problem` says why it is left out; `next_at` is when it is
    synchronised by itself, where that is known; `live_failure` says why it did not answer at the last call; `results`
    is how the results of requests get there, None where it is handed none."""

    name: str
    title: str
    kind: str
    problem: str
    abilities: Sequence[str]
    every: float
    live: bool
    priority: int
    state: State
    next_at: datetime | None = None
    live_failure: str = ""
    results: State | None = None


class BackendService:
    """What pages and commands ask of the backends.

    Without a `schedule` nothing runs by itself; `live_failures` tells which backends failed when last asked live.
    """

    def __init__(
        self,
        registry: Registry,
        states: SyncStates,
        schedule: SyncSchedule | None = None,
        live_failures: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self._registry = registry
        self._states = states
        self._schedule = schedule
        self._live_failures = live_failures

    async def overview(self) -> list[BackendView]:
        """Every configured backend, in the order of the configuration."""
        states = await self._states.all()
        return [self._view(source, states) for source in self._registry.sources.values()]

    async def view(self, name: str) -> BackendView:
        """One of them; raises NotFound."""
        return self._view(self._registry.source(name), await self._states.all())

    def ask(self, name: str) -> None:
        """Have it synchronised now; nothing happens for one that cannot be. Raises NotFound."""
        self._registry.source(name)
        if self._schedule is not None and name in self._schedule.names:
            self._schedule.ask(name)

    async def check(self, name: str) -> Sequence[Finding]:
        """Try the backend out; never fails: what goes wrong is a finding. Raises NotFound."""
        return await check_source(self._registry.source(name))

    def _view(self, source: Source, states: Mapping[str, State]) -> BackendView:
        settings, place = source.settings, place_of(source.name)
        abilities = source.backend.abilities if source.backend else frozenset()
        informed = settings.write_back and "write_back" in abilities
        return BackendView(
            name=source.name,
            title=source.title,
            kind=settings.kind,
            problem=source.problem,
            abilities=sorted(abilities),
            every=settings.every,
            live=settings.live,
            priority=settings.priority,
            state=states.get(source.name, State(name=source.name)),
            next_at=self._schedule.next_at.get(source.name) if self._schedule else None,
            live_failure=self._live_failures().get(source.name, ""),
            results=states.get(place, State(name=place)) if informed else None,
        )


async def check_source(source: Source) -> Sequence[Finding]:
    """What is well with one backend and what is not; a check that fails itself is a finding too."""
    if source.backend is None:
        return [Finding(what=source.problem, well=False, remedy=N_("Mend [backends.%(name)s].", name=source.name))]
    try:
        async with asyncio.timeout(BackendKind.DEADLINE):
            found = await source.backend.check()
    except TimeoutError:
        return [Finding(what=N_("No answer within %(seconds)s s.", seconds=BackendKind.DEADLINE), well=False)]
    except TelemarketError as error:
        return [Finding(what=error.message, well=False, remedy=error.remedy)]
    except Exception as error:
        remedy = N_("This is a fault of this kind of backend.")
        return [Finding(what=f"{type(error).__name__}: {error}", well=False, remedy=remedy)]
    return found or [Finding(what=N_("There is nothing to check."), well=True)]
