"""`telemarket campaign do-not-call`: the lists of numbers that must not be called."""

import asyncio
import sys
from pathlib import Path

import click
import msgspec

from telemarket.cli.campaign_services import Services, with_services
from telemarket.cli.main import Context, pass_context
from telemarket.cli.storage import dry_run_option, json_option
from telemarket.core.errors import InvalidInput
from telemarket.dialer.blocking import Blocked, Imported
from telemarket.importing.cells import text_of
from telemarket.importing.tables import open_table

SOME_REFUSED = 3
"""Exit status when something was refused: the rest has been done."""
_project = click.option("--project", default="", metavar="NUMBER", help="Of this project only.  [default: of all]")


@click.group("do-not-call")
def command() -> None:
    """Manage the lists of numbers that must not be called, of all projects or of one."""


@command.command("add")
@click.argument("numbers", nargs=-1, required=True)
@_project
@click.option("--reason", default="", help="Why, for those who look at the list.")
@dry_run_option
@pass_context
def add(context: Context, /, numbers: tuple[str, ...], project: str, reason: str, dry_run: bool) -> None:
    """Let NUMBERS not be called any more."""

    async def work(services: Services) -> int:
        of = await services.project_id(project)
        added = [
            await services.do_not_call.add(each, project_id=of, source="command line", reason=reason, user=None)
            for each in numbers
        ]
        return sum(added)

    added = with_services(context.settings, work, dry_run=dry_run)
    click.echo(f"{'Would add' if dry_run else 'Added'} {added}; {len(numbers) - added} on the list already.")


@command.command("remove")
@click.argument("numbers", nargs=-1, required=True)
@_project
@dry_run_option
@pass_context
def remove(context: Context, /, numbers: tuple[str, ...], project: str, dry_run: bool) -> None:
    """Take NUMBERS from the list."""

    async def work(services: Services) -> int:
        of = await services.project_id(project)
        return sum([await services.do_not_call.remove(each, project_id=of, user=None) for each in numbers])

    removed = with_services(context.settings, work, dry_run=dry_run)
    click.echo(f"{'Would remove' if dry_run else 'Removed'} {removed}; {len(numbers) - removed} not on the list.")


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@_project
@click.option("--reason", default="", help="Why, for those who look at the list.")
@dry_run_option
@json_option
@pass_context
def import_numbers(context: Context, /, file: Path, project: str, reason: str, dry_run: bool, as_json: bool) -> None:
    """Put every number in FILE (a spreadsheet or a text, in any writing) on the list.

    The exit status is 3 if lines without a number were found; the others are on the list.
    """

    if not file.is_file():
        raise InvalidInput(f"{file}: there is no such file.", field="file")

    async def work(services: Services) -> Imported:
        lines = await asyncio.to_thread(_lines, file)
        of = await services.project_id(project)
        source = f"import: {file.name}"[:80]
        return await services.do_not_call.take(lines, project_id=of, source=source, reason=reason, user=None)

    done = with_services(context.settings, work, dry_run=dry_run, bulk=True)
    if as_json:
        click.echo(msgspec.json.encode(done, enc_hook=str).decode())
    else:
        for line, why in done.refused:
            click.echo(f"line {line}: {why}", err=True)
        verb = "Would add" if dry_run else "Added"
        click.echo(f"{verb} {done.added}; {done.known} on the list already, {done.refused_count} lines refused.")
    if done.refused_count:
        sys.exit(SOME_REFUSED)


@command.command("list")
@_project
@json_option
@pass_context
def show(context: Context, /, project: str, as_json: bool) -> None:
    """Show the numbers, those added last first."""

    async def work(services: Services) -> list[Blocked]:
        of = await services.project_id(project) if project else None
        return [each async for each in services.do_not_call.export(of)]

    found = with_services(context.settings, work)
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
    for each in () if as_json else found:
        whose = f"project {each.project_id}" if each.project_id else "all projects"
        click.echo(f"{each.number:<18} {each.added_at:%Y-%m-%d}  {whose}  {each.source}  {each.reason}".rstrip())


def _lines(file: Path) -> list[str]:
    """Every row of the file as one text, in its place: what is refused is told by its row."""
    table, _ = open_table(file)
    lines: list[str] = []
    for number, cells in table.rows():
        lines.extend([""] * (number - len(lines) - 1))
        lines.append("; ".join(filter(None, map(text_of, cells))))
    return lines
