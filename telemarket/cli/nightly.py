"""`telemarket nightly`: do now what the daemon does every night."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click
import msgspec

from telemarket.adapters.syncing import opened
from telemarket.calls.outbound import OutboundRules
from telemarket.casework.tasks import RequestTasks
from telemarket.cli.main import Context, pass_context
from telemarket.cli.storage import dry_run_option, json_option, open_database
from telemarket.contacts.service import ContactService
from telemarket.core.clock import utc_now
from telemarket.core.errors import TelemarketError
from telemarket.core.settings import Settings
from telemarket.dialer.leads import Leads
from telemarket.dialer.night_room import NightRoom
from telemarket.dialer.nightly import Job
from telemarket.messaging.outbox import Outbox
from telemarket.numbers import NumberingPlan, normalise

T = TypeVar("T")

_WORDS = {
    Job.RULES: "{} leads added by rules",
    Job.NUMBERS: "{} leads may be called again, their numbers having been brought up to date",
    Job.PROMISES: "{} promised payments decided",
    Job.TASKS: "{} tasks of operators written for the day",
    Job.TOMORROW: "{} tasks of operators written for the day after",
}


class NightFailed(TelemarketError):
    """Some of the night's work could not be done."""

    error_id = "night-failed"
    retryable = True


@click.group("nightly")
def command() -> None:
    """Do now what the daemon does every night: rules, dead numbers, promised payments, operators' tasks of the day.

    Say that a number is not dead after all.
    """


@command.command("run")
@dry_run_option
@json_option
@pass_context
def run(context: Context, dry_run: bool, as_json: bool) -> None:
    """Do what is due and has not been done. Beside a running daemon nothing is done twice.

    With --dry-run each job is tried by itself: the tasks know nothing of leads that rules would have added.
    """
    found = asyncio.run(_in_room(context.settings, dry_run, lambda room: room.nightly.look()))
    if as_json:
        click.echo(msgspec.json.encode({job.value: count for job, count in found.items()}).decode())
    else:
        for job, count in found.items():
            if count is not None:
                click.echo(_WORDS[job].format(count))
    if failed := [job.value for job, count in found.items() if count is None]:
        raise NightFailed(f"It failed: {', '.join(failed)}.", remedy="The log says why. Run it again.")


@command.command("revive")
@click.argument("number")
@dry_run_option
@pass_context
def revive(context: Context, number: str, dry_run: bool) -> None:
    """Say that NUMBER, which is held to be dead, is good: it is called again."""
    read = normalise(number, _plan(context.settings))
    if read is None or not read.e164:
        raise click.BadParameter("This is no complete telephone number.", param_hint="NUMBER")
    e164 = read.e164
    woken = asyncio.run(_in_room(context.settings, dry_run, lambda room: room.renewal.revive(e164, None)))
    click.echo(f"{e164} is good; {woken} leads may be called again.")


def _plan(settings: Settings) -> NumberingPlan:
    return NumberingPlan(regions=tuple(settings.numbers.regions), area_code=settings.numbers.area_code)


async def _in_room(settings: Settings, dry_run: bool, work: Callable[[NightRoom], Awaitable[T]]) -> T:
    plan, outbound = _plan(settings), settings.outbound
    rules = OutboundRules(
        plan=plan,
        allowed_prefixes=tuple(outbound.allowed_prefixes),
        refused_prefixes=tuple(outbound.refused_prefixes),
    )
    async with open_database(settings, dry_run=dry_run) as database, opened(settings) as backends:
        room = NightRoom(
            settings,
            database,
            utc_now,
            ContactService(database, plan, utc_now, backends.trust()),
            rules,
            backends.live(),
            Leads(database, utc_now, plan, settings.timezone, rules),
            RequestTasks(utc_now),
            Outbox(database, utc_now),
        )
        try:
            return await work(room)
        finally:
            room.close()
