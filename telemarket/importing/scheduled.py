"""One run of a scheduled profile: what is new in its source, imported; what became of it, noted."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
import structlog

from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.errors import ConfigurationError, InvalidInput, TelemarketError
from telemarket.core.i18n import N_
from telemarket.core.settings import ImportSource, Settings
from telemarket.importing.profiles import Outcome, Profile, ProfileStore
from telemarket.importing.running import ImportRunner
from telemarket.importing.sources import Fetched, fetched, put_away
from telemarket.importing.store import INTERRUPTED, ImportStore

log = structlog.get_logger(__name__)


async def run_profile(
    database: Database, settings: Settings, runner: ImportRunner, clock: Clock, profile_id: int
) -> Outcome:
    """Import what is new in the profile's source. Never raises for the source or its files: the outcome says it."""
    turn = _Turn(database, runner, clock, await ProfileStore(database, clock).get(profile_id))
    profile, marks = turn.profile, turn.outcome.marks
    try:
        source = _source(settings, profile)
        largest = settings.imports.largest_mb << 20
        now = clock().timestamp()
        async with fetched(profile.name, source, settings.data_dir.absolute(), marks, now, largest) as files:
            await turn.take(files)
    except TelemarketError as error:
        log.warning("a scheduled import failed", profile=profile.name, error=str(error), error_id=error.error_id)
        await turn.note(failed_at=clock(), failure=error.message)
    return turn.outcome


class _Turn:
    """One run of a profile over the files that are new."""

    def __init__(self, database: Database, runner: ImportRunner, clock: Clock, profile: Profile) -> None:
        self.profile = profile
        self.outcome = profile.outcome
        self._runner = runner
        self._clock = clock
        self._imports = ImportStore(database, clock)
        self._profiles = ProfileStore(database, clock)

    async def note(self, **changed: Any) -> None:
        """Remember this of the outcome."""
        self.outcome = msgspec.structs.replace(self.outcome, **changed)
        await self._profiles.note(self.profile, self.outcome)

    async def take(self, files: Sequence[Fetched]) -> None:
        """Import the files, in order, up to one that is not read to its end: the next turn goes on with that."""
        failure = ""
        for file in files:
            try:
                complete = await self._import(file)
            except InvalidInput as error:  # this file will be no better next time; another one may be
                failure = _told(file, error.message)
                await self.note(marks=file.marks, begun={})
                continue
            except OSError as error:
                failure, complete = _told(file, error.strerror or "?"), False
            if not complete:
                failure = failure or _told(file, INTERRUPTED)
                break
            # Before it is put away: what cannot be put away must not be imported again.
            await self.note(marks=file.marks, begun={})
            try:
                await asyncio.to_thread(put_away, file)
            except OSError as error:
                failure = _told(file, error.strerror or "?")
        if failure:
            await self.note(failed_at=self._clock(), failure=failure, of_file=True)
        elif files or not self.outcome.of_file:
            await self.note(succeeded_at=self._clock(), failure="", of_file=False)

    async def _import(self, file: Fetched) -> bool:
        """Import the file; False if somebody had it stop before its end. Raises what the runner does, and OSError."""
        import_id = await self._cut_short(file)
        if import_id is None:
            profile = self.profile
            import_id = await self._imports.begin_new(file.title, None, profile.mapping, profile.id)
        await self.note(import_id=import_id, begun=file.marks)
        await self._runner.run(import_id, file.path)
        return (await self._imports.get(import_id)).state == "done"

    async def _cut_short(self, file: Fetched) -> int | None:
        """The import of this very file that was begun but did not reach its end, now gone on with; None if none was."""
        import_id = self.outcome.import_id
        if import_id is None or not file.marks or file.marks != self.outcome.begun:
            return None
        found = await self._imports.get(import_id)
        if found.state not in ("stopped", "failed") or found.mapping != self.profile.mapping:
            return None
        await self._imports.begin(import_id)
        return import_id


def _told(file: Fetched, reason: str) -> str:
    return N_("%(file)s: %(reason)s", file=file.title, reason=reason)


def _source(settings: Settings, profile: Profile) -> ImportSource:
    name = profile.schedule.source if profile.schedule else ""
    if name not in settings.imports.sources:
        raise ConfigurationError(
            N_("The configuration has no source “%(name)s”.", name=name),
            remedy=f"Add a section [imports.sources.{name or 'NAME'}].",
        )
    return settings.imports.sources[name]
