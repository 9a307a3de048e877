"""`telemarket queue-log`: the history app_queue has written itself."""

import asyncio
import gzip
import os
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
import msgspec

from telemarket.calls.projects import ProjectService
from telemarket.cli.main import Context, pass_context
from telemarket.cli.storage import dry_run_option, json_option, open_database
from telemarket.contacts.service import ContactService
from telemarket.core.clock import utc_now
from telemarket.core.errors import InvalidInput
from telemarket.core.identity import IdentityService
from telemarket.core.settings import Settings
from telemarket.following.directory import load_directory
from telemarket.following.past import Outcome, QueueLogImport, Rejected, Source
from telemarket.following.queue_log import LONGEST_LINE
from telemarket.numbers.model import NumberingPlan

_SHOWN = 20  # bad lines
_LONGEST = 4 * LONGEST_LINE + 2  # bytes of UTF-8, with the line's end
_ADVANCE_EVERY = 1000  # lines


@click.group("queue-log")
def command() -> None:
    """Take over the history that app_queue has written itself."""


@command.command("import")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--timezone", help="Of times written as dates.  [default: the configured time zone]")
@dry_run_option
@json_option
@pass_context
def import_(context: Context, files: tuple[Path, ...], timezone: str | None, dry_run: bool, as_json: bool) -> None:
    """Import calls from queue_log files, oldest first; those that end in .gz are unpacked.

    A call that is known already, followed live or imported before, stays as it is: the same file may be imported
    again. Lines that cannot be used are handed back with the reason; they cost the others nothing.
    """
    _check(files)
    zone = _zone(timezone or context.settings.timezone)
    hidden = as_json or not sys.stderr.isatty()
    with ExitStack() as opened:
        size = sum(path.stat().st_size for path in files)
        bar = opened.enter_context(click.progressbar(length=size, label="Reading", file=sys.stderr, hidden=hidden))
        lines = _read(files, opened, bar.update)
        outcome = asyncio.run(_import(context.settings, lines, zone, dry_run))
    if as_json:
        click.echo(msgspec.json.encode(outcome))
    else:
        _report(outcome, dry_run)


def _check(files: tuple[Path, ...]) -> None:
    for path in files:
        if not (path.is_file() and os.access(path, os.R_OK)):
            raise InvalidInput(f"{path}: there is no such file, or it may not be read.", field="files")


def _read(files: tuple[Path, ...], opened: ExitStack, advance: Callable[[int], None]) -> Iterator[Source]:
    for path in files:
        raw = opened.enter_context(path.open("rb"))
        stream = opened.enter_context(gzip.GzipFile(fileobj=raw)) if path.suffix == ".gz" else raw
        reached = number = 0
        try:
            for number, line in enumerate(_lines(cast(BinaryIO, stream)), 1):
                if line.strip():
                    yield path.name, number, line.decode("utf-8", "replace")
                if number % _ADVANCE_EVERY == 0:
                    advance(raw.tell() - reached)
                    reached = raw.tell()
        except (EOFError, OSError, zlib.error) as error:  # damaged, or still being written
            yield Rejected(path.name, number + 1, f"the file cannot be read beyond here: {error}", "")
        advance(path.stat().st_size - reached)


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """Every line; of one too long to be any only the beginning."""
    while line := stream.readline(_LONGEST):
        yield line
        while len(line) == _LONGEST and not line.endswith(b"\n"):
            line = stream.readline(_LONGEST)


async def _import(settings: Settings, lines: Iterator[Source], zone: ZoneInfo, dry_run: bool) -> Outcome:
    plan = NumberingPlan(regions=tuple(settings.numbers.regions), area_code=settings.numbers.area_code)
    async with open_database(settings) as database:
        identity = IdentityService(database, utc_now, settings.web.session_hours)
        directory = await load_directory(settings.following, ProjectService(database), identity)
        work = QueueLogImport(database, ContactService(database, plan, utc_now), directory, zone, utc_now())
        return await work.run(lines, dry_run=dry_run)


def _report(outcome: Outcome, dry_run: bool) -> None:
    for bad in outcome.bad_lines[:_SHOWN]:
        click.echo(f"{bad.file}:{bad.line}: {bad.reason}: {bad.text}", err=True)
    if outcome.bad > _SHOWN:
        click.echo(f"… and {outcome.bad - _SHOWN} more; --json has them.", err=True)
    click.echo(
        f"{'Would import' if dry_run else 'Imported'} {outcome.imported} calls; {outcome.known} were known already, "
        f"{outcome.unfinished} are not over yet. Of {outcome.lines} lines {outcome.other_lines} tell of no call, "
        f"{outcome.bad} could not be used."
    )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InvalidInput(f"There is no time zone {name!r}.", field="timezone", remedy="E.g. Europe/Kyiv.") from error
