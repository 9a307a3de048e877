"""What the commands about campaigns share: the services over the configured database."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

import msgspec

from telemarket.calls.outbound import OutboundRules
from telemarket.calls.projects import ProjectService
from telemarket.calls.sound_use import sound_uses
from telemarket.cli.storage import open_database
from telemarket.core.clock import utc_now
from telemarket.core.database import Database
from telemarket.core.settings import Settings
from telemarket.dialer.blocking import ALL_PROJECTS, DoNotCall
from telemarket.dialer.campaigns import CampaignService
from telemarket.dialer.leads import Leads
from telemarket.numbers import NumberingPlan
from telemarket.sounds.service import SoundService
from telemarket.sounds.speech import Speech

T = TypeVar("T")


class Services(msgspec.Struct, frozen=True, kw_only=True):
    """What a command may work with."""

    database: Database
    plan: NumberingPlan
    projects: ProjectService
    campaigns: CampaignService
    leads: Leads
    do_not_call: DoNotCall

    async def project_id(self, number: str) -> int:
        """The id of the project with this number, that of all of them for none. Raises NotFound."""
        return (await self.projects.project(number)).id if number else ALL_PROJECTS


def with_services(
    settings: Settings, work: Callable[[Services], Awaitable[T]], *, dry_run: bool = False, bulk: bool = False
) -> T:
    """What `work` returns; with `dry_run` what it writes is checked and taken back. `bulk`: it writes much."""

    async def run() -> T:
        async with open_database(settings, dry_run=dry_run, bulk=bulk) as database:
            return await work(_services(settings, database))

    return asyncio.run(run())


def _services(settings: Settings, database: Database) -> Services:
    plan = NumberingPlan(regions=tuple(settings.numbers.regions), area_code=settings.numbers.area_code)
    rules = OutboundRules(
        plan=plan,
        allowed_prefixes=tuple(settings.outbound.allowed_prefixes),
        refused_prefixes=tuple(settings.outbound.refused_prefixes),
    )
    uses = partial(sound_uses, ProjectService(database))
    speech = Speech(settings.sounds.speech_command)
    sounds = SoundService(database, settings.sounds_dir, utc_now, speech, uses)
    return Services(
        database=database,
        plan=plan,
        projects=ProjectService(database, utc_now, sounds.names),
        campaigns=CampaignService(database, utc_now, sounds.names),
        leads=Leads(database, utc_now, plan, settings.timezone, rules),
        do_not_call=DoNotCall(database, utc_now, plan),
    )
