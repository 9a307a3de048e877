"""`telemarket recordings`: are they all there, which are kept, and which go."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

import click
import msgspec

from telemarket.calls.projects import ProjectService
from telemarket.cli.main import Context, pass_context
from telemarket.cli.storage import dry_run_option, json_option, open_database
from telemarket.core.audit import AuditLog
from telemarket.core.clock import utc_now
from telemarket.core.database import Database
from telemarket.core.i18n import duration
from telemarket.core.settings import Settings
from telemarket.recordings.check import RecordingCheck, Report
from telemarket.recordings.ledger import Ledger
from telemarket.recordings.model import Recording, RecordingFilter, RecordingState
from telemarket.recordings.retention import Due, Retention

T = TypeVar("T")

_STATES = click.Choice([*(state.value for state in RecordingState), "gaps", "held"])
_day = click.DateTime(["%Y-%m-%d"])
_LONGEST_LIST = 10_000


@click.group("recordings")
def command() -> None:
    """Check, list, hold and delete recordings."""


@command.command("check")
@click.option("--day", type=_day, help="The day to check, YYYY-MM-DD. Default: yesterday.")
@click.option("--hash", "hashes", is_flag=True, help="Read every file and see that no byte has changed.")
@json_option
@pass_context
def check(context: Context, day: datetime | None, hashes: bool, as_json: bool) -> None:
    """Name the recordings of a day that are missing, too short, unreadable or changed.

    The status is 1 if there are any.
    """
    settings = context.settings
    zone = ZoneInfo(settings.timezone)
    wanted = day.date() if day else utc_now().astimezone(zone).date() - timedelta(days=1)

    async def work(database: Database) -> Report:
        return await RecordingCheck(database, settings.recordings_dir, settings.timezone).run(wanted, hashes=hashes)

    report = _run(settings, work)
    if as_json:
        click.echo(msgspec.json.encode(report).decode())
    else:
        for gap in report.gaps:
            lengths = f"{_length(gap.seconds)} of {_length(gap.expected_seconds)}" if gap.seconds is not None else ""
            click.echo(f"{_when(gap.at, zone)}  {gap.what:<10} {gap.call_id:<24} {lengths:<16} {gap.file}".rstrip())
        click.echo(f"{report.day}: {report.checked} recordings, {len(report.gaps)} gaps.")
    if report.gaps:
        sys.exit(1)


@command.command("list")
@click.option("--day", type=_day, help="Only this day, YYYY-MM-DD.")
@click.option("--project", metavar="NUMBER", help="Only this project.")
@click.option("--state", type=_STATES, help="Only these.")
@click.option("--number", default="", help="Only of the customer with this number, however written.")
@click.option("--limit", type=click.IntRange(1, _LONGEST_LIST), default=50, show_default=True)
@json_option
@pass_context
def show(
    context: Context,
    day: datetime | None,
    project: str | None,
    state: str | None,
    number: str,
    limit: int,
    as_json: bool,
) -> None:
    """Show recordings, newest first."""
    zone = ZoneInfo(context.settings.timezone)
    since = datetime.combine(day.date(), time(), zone) if day else None

    async def work(database: Database) -> list[Recording]:
        wanted = RecordingFilter(
            project_id=(await ProjectService(database).project(project)).id if project else None,
            state=state or "",
            number=number,
            since=since,
            until=since + timedelta(days=1) if since else None,
        )
        return await _find(Ledger(database), wanted, limit)

    found = _run(context.settings, work)
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
        return
    for each in found:
        held = f"  held: {each.hold_reason}" if each.hold_reason else ""
        about = f"{each.state:<10} {_length(each.seconds):>8}  {each.project:<20} {each.operator:<20} {each.call_id}"
        click.echo(f"{_when(each.started_at, zone)}  {about}{held}")


@command.command("hold")
@click.argument("call_id", metavar="CALL")
@click.option("--reason", required=True, help="Why it must not be deleted: shown, and kept in the audit log.")
@dry_run_option
@pass_context
def hold(context: Context, call_id: str, reason: str, dry_run: bool) -> None:
    """Keep the recording of CALL, whatever its project's retention says."""
    _run(context.settings, lambda d: _retention(context.settings, d).hold(call_id, reason, None), dry_run=dry_run)
    click.echo(f"{'Would hold' if dry_run else 'Held'} {call_id}.")


@command.command("release")
@click.argument("call_id", metavar="CALL")
@dry_run_option
@pass_context
def release(context: Context, call_id: str, dry_run: bool) -> None:
    """End the hold of the recording of CALL."""
    _run(context.settings, lambda d: _retention(context.settings, d).release(call_id, None), dry_run=dry_run)
    click.echo(f"{'Would release' if dry_run else 'Released'} {call_id}.")


@command.command("purge")
@dry_run_option
@pass_context
def purge(context: Context, dry_run: bool) -> None:
    """Delete the recordings their projects keep no longer, as the daemon does once a day.

    A recording on hold stays. Of a deleted one the ledger keeps its length, its hash, when it went and why.
    """
    settings = context.settings
    if not dry_run:
        click.echo(f"Deleted {_run(settings, lambda database: _retention(settings, database).purge())} recordings.")
        return

    async def work(database: Database) -> list[Due]:
        return await _retention(settings, database).due(_LONGEST_LIST)

    found = _run(settings, work)
    for due in found:
        click.echo(f"{due.started_at:%Y-%m-%d}  {due.call_id:<24} {due.file}  {due.reason}")
    click.echo(f"Would delete {len(found)} recordings.")


async def _find(ledger: Ledger, wanted: RecordingFilter, limit: int) -> list[Recording]:
    found: list[Recording] = []
    before = None
    while page := await ledger.find(wanted, before, limit - len(found)):
        found += page
        if len(found) >= limit:
            break
        before = page[-1].cursor
    return found


def _retention(settings: Settings, database: Database) -> Retention:
    return Retention(database, settings.recordings_dir, AuditLog(database, utc_now), utc_now)


def _run(settings: Settings, work: Callable[[Database], Awaitable[T]], *, dry_run: bool = False) -> T:
    async def run() -> T:
        async with open_database(settings, dry_run=dry_run) as database:
            return await work(database)

    return asyncio.run(run())


def _when(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def _length(seconds: float | None) -> str:
    return duration(seconds) if seconds is not None else "?"
