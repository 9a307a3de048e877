"""Which scheduled profiles are due, looked after as long as the daemon runs."""

import asyncio
import random

import structlog

from telemarket.core.i18n import N_
from telemarket.importing.processes import LONG, ImportProcesses
from telemarket.importing.profiles import Profile, ProfileStore

log = structlog.get_logger(__name__)

_LOOK_EVERY = 10.0  # seconds


class ImportSchedule:
    """Runs due profiles, one after the other, each in a process of its own. `run` is its task."""

    def __init__(self, profiles: ProfileStore, processes: ImportProcesses) -> None:
        self._profiles = profiles
        self._processes = processes

    async def run(self) -> None:
        """Keep the schedules until cancelled."""
        while True:
            try:
                for profile in await self._profiles.due():
                    await self.run_one(profile)
            except Exception as error:  # the database is away: look again
                log.warning("scheduled imports could not be looked at", error=str(error))
            await asyncio.sleep(_LOOK_EVERY * random.uniform(0.8, 1.2))  # noqa: S311 - jitter

    async def run_one(self, profile: Profile) -> None:
        """Run the due profile, unless another process has taken this turn."""
        if not await self._profiles.take_turn(profile):
            return
        try:
            await self._processes.run("profile", profile.id, deadline=LONG)
        except Exception as error:
            log.error("a scheduled import died", profile=profile.name, error=str(error))
            await self._profiles.failed(
                profile.id, getattr(error, "message", "") or N_("Something went wrong on the server.")
            )
