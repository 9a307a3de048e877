"""One run of a scheduled profile: what is new in its source, imported; what became of it, noted."""

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
from telemarket.importing.store import ImportStore

log = structlog.get_logger(__name__)


async def run_profile(
    database: Database, settings: Settings, runner: ImportRunner, clock: Clock, profile_id: int
) -> Outcome:
    """Import what is new in the profile's source. Never raises for the source or its files: the outcome says it."""
    profiles = ProfileStore(database, clock)
    profile = await profiles.get(profile_id)
    outcome = profile.outcome
    try:
        source = _source(settings, profile)
        largest = settings.imports.largest_mb << 20
        now = clock().timestamp()
        async with fetched(profile.name, source, settings.data_dir.absolute(), outcome.marks, now, largest) as files:
            failure = ""
            for file in files:
                try:
                    import_id = await _import(database, runner, clock, profile, file)
                    outcome = msgspec.structs.replace(outcome, import_id=import_id)
                except InvalidInput as error:  # this file will be no better next time; another one may be
                    failure = N_("%(file)s: %(reason)s", file=file.title, reason=error.message)
                else:
                    put_away(file)
                outcome = msgspec.structs.replace(outcome, marks=file.marks)
                await profiles.note(profile, outcome)
        ended = {"failed_at": clock()} if failure else {"succeeded_at": clock()}
        outcome = msgspec.structs.replace(outcome, failure=failure, **ended)
    except TelemarketError as error:
        log.warning("a scheduled import failed", profile=profile.name, error=str(error), error_id=error.error_id)
        outcome = msgspec.structs.replace(outcome, failed_at=clock(), failure=error.message)
    await profiles.note(profile, outcome)
    return outcome


async def _import(database: Database, runner: ImportRunner, clock: Clock, profile: Profile, file: Fetched) -> int:
    store = ImportStore(database, clock)
    import_id = await store.add(file.title, None, mapping=profile.mapping, profile_id=profile.id)
    await store.begin(import_id)
    await runner.run(import_id, file.path)
    return import_id


def _source(settings: Settings, profile: Profile) -> ImportSource:
    name = profile.schedule.source if profile.schedule else ""
    if name not in settings.imports.sources:
        raise ConfigurationError(
            N_("The configuration has no source “%(name)s”.", name=name),
            remedy=f"Add a section [imports.sources.{name or 'NAME'}].",
        )
    return settings.imports.sources[name]
