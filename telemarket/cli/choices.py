"""`telemarket choices`: the lists operators pick from."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click
import msgspec

from telemarket.calls.projects import ProjectService
from telemarket.casework.model import ChoiceList
from telemarket.casework.service import CaseworkService
from telemarket.cli.main import Context, pass_context
from telemarket.cli.storage import dry_run_option, json_option, open_database
from telemarket.core.clock import utc_now
from telemarket.core.database import Database

T = TypeVar("T")

_LISTS = click.Choice([entry.value for entry in ChoiceList])


@click.group("choices")
def command() -> None:
    """Manage the lists operators pick from.

    Lists are topic, category, action (the next action), source, and pause (its reasons). A running daemon takes
    changes over within half a minute.
    """


@command.command("add")
@click.argument("list_name", metavar="LIST", type=_LISTS)
@click.argument("name")
@click.option("--project", metavar="NUMBER", help="Offer it in this project only.")
@click.option("--position", type=int, default=0, show_default=True, help="Place in the list; equal ones by name.")
@dry_run_option
@pass_context
def add(context: Context, /, list_name: str, name: str, project: str | None, position: int, dry_run: bool) -> None:
    """Add the entry NAME to LIST."""

    async def work(database: Database) -> int:
        project_id = (await ProjectService(database).project(project)).id if project else None
        lists = CaseworkService(database, utc_now).lists
        return (await lists.add(ChoiceList(list_name), name, project_id=project_id, position=position)).id

    entry_id = _run(context, work, dry_run=dry_run)
    click.echo(f"Would add “{name}” to {list_name}." if dry_run else f"Added “{name}” to {list_name} as {entry_id}.")


@command.command("withdraw")
@click.argument("entry_id", metavar="ID", type=int)
@dry_run_option
@pass_context
def withdraw(context: Context, /, entry_id: int, dry_run: bool) -> None:
    """Offer the entry ID no more; where it was chosen it stays."""

    async def work(database: Database) -> None:
        await CaseworkService(database, utc_now).lists.withdraw(entry_id)

    _run(context, work, dry_run=dry_run)
    click.echo(f"{'Would withdraw' if dry_run else 'Withdrew'} {entry_id}.")


@command.command("list")
@json_option
@pass_context
def show(context: Context, /, as_json: bool) -> None:
    """Show every list."""
    entries = _run(context, lambda database: CaseworkService(database, utc_now).lists.all())
    if as_json:
        click.echo(msgspec.json.encode(entries).decode())
    for entry in () if as_json else entries:
        click.echo(f"{entry.id:>5}  {entry.list:<9} {entry.name}")


def _run(context: Context, work: Callable[[Database], Awaitable[T]], *, dry_run: bool = False) -> T:
    async def run() -> T:
        async with open_database(context.settings, dry_run=dry_run) as database:
            return await work(database)

    return asyncio.run(run())
