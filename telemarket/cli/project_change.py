"""What the commands about projects share: the service over the configured database, and a change of one project."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from telemarket.calls.model import Project
from telemarket.calls.projects import ProjectService
from telemarket.calls.sound_use import sound_uses
from telemarket.cli.storage import open_database, update_telephones
from telemarket.core.clock import utc_now
from telemarket.core.database import Database
from telemarket.core.identity import IdentityService
from telemarket.core.settings import Settings
from telemarket.sounds.service import SoundService
from telemarket.sounds.speech import Speech

T = TypeVar("T")

LIVE = "A running daemon takes it over within ten seconds."


def with_projects(settings: Settings, act: Callable[[ProjectService], Awaitable[T]], *, dry_run: bool = False) -> T:
    """What `act` returns, given the projects of the configured database."""

    async def run() -> T:
        async with open_database(settings, dry_run=dry_run) as database:
            return await act(_projects(settings, database))

    return asyncio.run(run())


def change_project(
    settings: Settings, dry_run: bool, change: Callable[[ProjectService], Awaitable[Project]]
) -> Project:
    """Change a project; the telephones that follow from it are written too."""

    async def run() -> Project:
        async with open_database(settings, dry_run=dry_run) as database:
            project = await change(_projects(settings, database))
            if not dry_run:
                await update_telephones(settings, IdentityService(database, utc_now, settings.web.session_hours))
            return project

    return asyncio.run(run())


def _projects(settings: Settings, database: Database) -> ProjectService:
    speech = Speech(settings.sounds.speech_command)
    uses = partial(sound_uses, ProjectService(database))
    sounds = SoundService(database, settings.sounds_dir, utc_now, speech, uses)
    return ProjectService(database, utc_now, sounds.names)
