"""`telemarket import`: contacts out of spreadsheets and text files."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from telemarket.cli.main import Context, pass_context
from telemarket.cli.storage import json_option, open_database
from telemarket.contacts.sync.merging import trust_of
from telemarket.core.clock import utc_now
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput
from telemarket.core.i18n import translator
from telemarket.core.settings import Settings
from telemarket.importing.model import ATTRIBUTE, ATTRIBUTE_KINDS, HEADER_WITHIN, Column, Counts, Mapping, checked
from telemarket.importing.profiles import Profile, ProfileStore
from telemarket.importing.refused import Refused, write_refused
from telemarket.importing.running import ImportRunner, Progress
from telemarket.importing.sample import Sample, take_sample
from telemarket.importing.store import Import, ImportStore
from telemarket.importing.undoing import undo
from telemarket.numbers import NumberingPlan

T = TypeVar("T")

SOME_REFUSED = 3
"""Exit status when rows were refused: the others have been imported."""
_SHOWN = 12  # refused rows


class _Group(click.Group):
    """A first word that is no subcommand is a file: `telemarket import FILE` is `telemarket import file FILE`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        return super().resolve_command(ctx, args if args[0] in self.commands else ["file", *args])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0].startswith("-") and args[0] not in ctx.help_option_names:
            args = ["file", *args]
        return super().parse_args(ctx, args)


@click.group("import", cls=_Group)
def command() -> None:
    """Import contacts from a spreadsheet (xlsx, xls, ods) or a text file (CSV of any encoding).

    `telemarket import FILE` imports FILE; see `telemarket import file --help` for its options.
    """


@command.command("file")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--profile", "profile_name", metavar="NAME", help="What the columns mean, as this profile says.")
@click.option("--save", "saved_name", metavar="NAME", help="Keep what the columns mean as this profile.")
@click.option("--map", "mapped", multiple=True, metavar="HEADING=MEANING", help="What a column means. Repeatable.")
@click.option("--key", "keys", multiple=True, metavar="KEY", help="phone, email, name+company or attribute:NAME.")
@click.option("--empty", type=click.Choice(["leave", "clear"]), help="What empty cells do to known contacts.")
@click.option("--add/--no-add", default=None, help="Whether unknown contacts are added.")
@click.option("--update/--no-update", default=None, help="Whether known contacts are changed.")
@click.option("--region", metavar="CODE", help="ISO 3166 region in which numbers are read.")
@click.option("--sheet", default="", help="Sheet to read.  [default: the first with anything in it]")
@click.option("--header", type=click.IntRange(0, HEADER_WITHIN), metavar="N",
              help="Row of the headings; 0: there are none.  [default: found by itself]")  # fmt: skip
@click.option("--refused", "refused_file", type=click.Path(path_type=Path, dir_okay=False), metavar="OUT.xlsx",
              help="Write refused rows, with the reasons, here.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Read and check every row, change nothing.")
@json_option
@pass_context
def import_file(
    context: Context, /, file: Path, refused_file: Path | None, dry_run: bool, as_json: bool, **told: Any
) -> None:
    """Import FILE. Without --profile its columns are recognised; --map corrects single ones.

    MEANING is one of name, surname, first_name, patronymic, phone[:mobile|direct|main|home|fax], email, company,
    position, address[:legal|postal|home|work], site, region, category, source, consultant, vip, do_not_call, consent,
    attribute:NAME[:number|money|date|flag], or nothing: not imported.

    The exit status is 3 if rows were refused; the others are imported.
    """
    _check(file)
    work = _rehearse if dry_run else _carry_out
    import_id, counts, refused = _run(context.settings, lambda database: work(context.settings, database, file, told))
    if refused_file:
        write_refused(refused_file, refused, translator("en", context.settings.timezone))
    if as_json:
        rows = [{"row": row, "reason": str(reason), "cells": cells} for row, cells, reason in refused]
        click.echo(msgspec.json.encode({"import": import_id, "counts": counts, "refused": rows}))
    else:
        _report(import_id, counts, refused, refused_file)
    if refused:
        sys.exit(SOME_REFUSED)


@command.command("columns")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--sheet", default="", help="Sheet to read.  [default: the first with anything in it]")
@click.option("--header", type=click.IntRange(0, HEADER_WITHIN), metavar="N",
              help="Row of the headings; 0: there are none.  [default: found by itself]")  # fmt: skip
@json_option
@pass_context
def columns(context: Context, file: Path, sheet: str, header: int | None, as_json: bool) -> None:
    """Show what the columns of FILE are taken for, and how surely."""
    _check(file)
    sample = take_sample(file, sheet).with_header(header)
    recognition = sample.recognise(_plan(context.settings))
    if as_json:
        about = {"sheets": sample.sheets, "encoding": sample.encoding, "header": recognition.header}
        click.echo(msgspec.json.encode({**about, "columns": recognition.columns}))
        return
    for each in recognition.columns:
        meaning = each.column.target or "(not imported)"
        click.echo(
            f"{each.confidence:>4.0%}  {each.column.heading[:32]:<32}  {meaning:<32}  {', '.join(each.examples)[:48]}"
        )


@command.command("list")
@json_option
@pass_context
def show(context: Context, as_json: bool) -> None:
    """Show the last imports."""
    imports = _run(context.settings, lambda database: ImportStore(database, utc_now).recent())
    if as_json:
        click.echo(msgspec.json.encode(imports))
    for each in () if as_json else imports:
        click.echo(
            f"{each.id:>5}  {each.started_at:%Y-%m-%d %H:%M}  {each.state:<9} {_counted(each.counts)}  {each.title}"
        )


@command.command("undo")
@click.argument("import_id", metavar="ID", type=int)
@pass_context
def undo_import(context: Context, import_id: int) -> None:
    """Undo import ID: its new contacts vanish, changed ones get back what they had.

    Contacts that have been used or changed since stay as they are now; their number is told.
    """

    async def work(database: Database) -> tuple[Import, int]:
        store = ImportStore(database, utc_now)
        await store.get(import_id)
        await store.begin_undo(import_id)
        await undo(database, _plan(context.settings), trust_of(context.settings), utc_now, import_id)
        return await store.get(import_id), len(await store.refused(import_id, "kept"))

    found, kept = _run(context.settings, work)
    click.echo(f"Undone: import {found.id} of {found.title}. {kept} rows stay, used or changed since.")


@command.command("profiles")
@json_option
@pass_context
def profiles(context: Context, as_json: bool) -> None:
    """Show the profiles, their schedules, last success and last failure."""
    found = _run(context.settings, lambda database: ProfileStore(database, utc_now).all())
    if as_json:
        click.echo(msgspec.json.encode(found))
    for each in () if as_json else found:
        click.echo(_described(each))


# ---- what an import is told


def _check(file: Path) -> None:
    if not file.is_file():
        raise InvalidInput(f"{file}: there is no such file.", field="file")


def _mapping(sample: Sample, profile: Mapping | None, plan: NumberingPlan, told: dict[str, Any]) -> Mapping:
    sample = sample.told(profile) if profile else sample
    sample = sample.with_header(told["header"])
    mapping = profile or sample.recognise(plan).mapping(sample.sheet)
    meanings = {column.heading: column for column in map(_column, told["mapped"])}
    if unknown := meanings.keys() - set(sample.headings()):
        raise InvalidInput(f"The file has no column {', '.join(sorted(unknown))}.", field="map")
    given = {column.heading: column for column in mapping.columns}
    chosen = given | meanings
    changes = {name: told[name] for name in ("empty", "add", "update", "region", "header") if told[name] is not None}
    if told["keys"]:
        changes["keys"] = told["keys"]
    return checked(msgspec.structs.replace(mapping, columns=tuple(chosen.values()), **changes))


def _column(text: str) -> Column:
    heading, equals, target = text.rpartition("=")
    if not equals:
        raise InvalidInput(f"{text}: give a column as HEADING=MEANING.", field="map")
    name, _, kind = target.rpartition(":")
    if target.startswith(ATTRIBUTE) and kind in ATTRIBUTE_KINDS and name != ATTRIBUTE.rstrip(":"):
        return Column(heading=heading, target=name, kind=kind)
    return Column(heading=heading, target=target)


async def _prepare(
    settings: Settings, database: Database, file: Path, told: dict[str, Any]
) -> tuple[Mapping, Profile | None]:
    profiles = ProfileStore(database, utc_now)
    profile = await profiles.named(told["profile_name"]) if told["profile_name"] else None
    sheet = told["sheet"] or (profile.mapping.sheet if profile else "")
    mapping = _mapping(take_sample(file, sheet), profile.mapping if profile else None, _plan(settings), told)
    return msgspec.structs.replace(mapping, sheet=sheet or mapping.sheet), profile


async def _carry_out(
    settings: Settings, database: Database, file: Path, told: dict[str, Any]
) -> tuple[int | None, Counts, list[Refused]]:
    mapping, profile = await _prepare(settings, database, file, told)
    if told["saved_name"]:
        profile = await ProfileStore(database, utc_now).save(told["saved_name"], mapping)
    store = ImportStore(database, utc_now)
    import_id = await store.begin_new(file.name, None, mapping, profile.id if profile else None)
    with _progress() as advance:
        runner = ImportRunner(database, _plan(settings), trust_of(settings), utc_now)
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, runner.stop)
        counts = await runner.run(import_id, file, advance)
    return import_id, counts, await store.refused(import_id)


async def _rehearse(
    settings: Settings, database: Database, file: Path, told: dict[str, Any]
) -> tuple[int | None, Counts, list[Refused]]:
    mapping, _ = await _prepare(settings, database, file, told)
    with _progress() as advance:
        counts, refused = await ImportRunner(database, _plan(settings), trust_of(settings), utc_now).rehearse(
            mapping, file, advance
        )
    return None, counts, refused


# ---- what is shown


class _Bar:
    """A bar on a terminal that advances to the row reached."""

    def __init__(self) -> None:
        self._bar = click.progressbar(length=1, label="Importing", file=sys.stderr, hidden=not sys.stderr.isatty())

    def __enter__(self) -> Progress:
        self._bar.__enter__()
        return self._show

    def __exit__(self, *_: object) -> None:
        self._bar.render_finish()

    def _show(self, counts: Counts) -> None:
        self._bar.length = max(counts.total, counts.row, 1)
        self._bar.update(counts.row - self._bar.pos)


_progress = _Bar


def _report(import_id: int | None, counts: Counts, refused: list[Refused], file: Path | None) -> None:
    for row, _, reason in refused[:_SHOWN]:
        click.echo(f"row {row}: {reason}", err=True)
    if len(refused) > _SHOWN:
        click.echo(f"… and {len(refused) - _SHOWN} more; --refused OUT.xlsx writes them all.", err=True)
    click.echo(f"{'Would import' if import_id is None else f'Import {import_id}'}: {_counted(counts)}.")
    if file:
        click.echo(f"Refused rows are in {file}.")


def _counted(counts: Counts) -> str:
    return f"{counts.new} new, {counts.updated} updated, {counts.unchanged} unchanged, {counts.refused} refused"


def _described(profile: Profile) -> str:
    schedule = profile.schedule
    runs = f"every {schedule.every} s from {schedule.source}" if schedule else "by hand"
    outcome = profile.outcome
    success = f"last success {outcome.succeeded_at:%Y-%m-%d %H:%M}" if outcome.succeeded_at else "not yet run"
    failure = f"; failed: {outcome.failure}" if outcome.failure else ""
    return (
        f"{profile.name}: {len(profile.mapping.columns)} columns, {runs}{f', {success}' if schedule else ''}{failure}"
    )


def _plan(settings: Settings) -> NumberingPlan:
    return NumberingPlan(regions=tuple(settings.numbers.regions), area_code=settings.numbers.area_code)


def _run(settings: Settings, work: Callable[[Database], Awaitable[T]]) -> T:
    async def run() -> T:
        async with open_database(settings, bulk=True) as database:
            return await work(database)

    return asyncio.run(run())
