"""`telemarket project`: the queues of the call centre."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import click
import msgspec

from telemarket.calls.model import Project
from telemarket.calls.projects import ProjectService
from telemarket.calls.recordings import FORMATS
from telemarket.cli.main import Context, pass_context
from telemarket.cli.storage import dry_run_option, json_option, open_database, update_telephones
from telemarket.core.clock import utc_now
from telemarket.core.identity import IdentityService
from telemarket.core.settings import Settings

_LIVE = "A running daemon takes it over within ten seconds."


@click.group("project")
def command() -> None:
    """Manage projects, their numbers and operators."""


def _fields(function: Callable[..., None]) -> Callable[..., None]:
    """The options that describe a project; what is not given is left as it is."""
    for option in (
        click.option("--dnis", multiple=True, help="A number that leads here, as the PBX sends it. Repeatable."),
        click.option("--music-class", help="Class of musiconhold.conf for those who wait."),
        click.option("--ring-seconds", type=int, help="How long an operator's telephone rings."),
        click.option("--wrapup-seconds", type=int, help="Time to finish the card after a call."),
        click.option("--record/--no-record", default=None, help="Record the conversations."),
        click.option("--recording-format", type=click.Choice(list(FORMATS)), help="How recordings are kept."),
        click.option("--stereo/--mono", "recording_stereo", default=None, help="Record caller and operator apart."),
        click.option("--retention-days", type=int, help="Delete recordings after so many days; 0: never."),
        click.option("--crm-url", help="Address of an outside CRM's page: a template over call, project, contact."),
        click.option("--crm-open", type=click.Choice(["window", "frame", "no"]), help="Where to open it."),
        click.option("--card/--no-card", "show_card", default=None, help="Show Telemarket's own card."),
    ):
        function = option(function)
    return function


@command.command("add")
@click.argument("number")
@click.argument("name")
@_fields
@dry_run_option
@pass_context
def add(context: Context, /, number: str, name: str, dry_run: bool, **fields: Any) -> None:
    """Add the project NUMBER called NAME."""
    values = _given(fields)
    project = _change(context.settings, dry_run, lambda s: s.add(number, name=name, **values))
    click.echo(f"{'Would add' if dry_run else 'Added'} {_described(project)}. {_LIVE}")


@command.command("set")
@click.argument("number")
@click.option("--name", help="As people call it.")
@click.option("--active/--inactive", default=None, help="Whether it takes calls.")
@_fields
@dry_run_option
@pass_context
def set_fields(context: Context, /, number: str, dry_run: bool, **fields: Any) -> None:
    """Change what is given of project NUMBER; --dnis replaces all its numbers."""
    values = _given(fields)
    project = _change(context.settings, dry_run, lambda s: s.update(number, **values))
    click.echo(f"{'Would change' if dry_run else 'Changed'} {_described(project)}. {_LIVE}")


@command.command("operators")
@click.argument("number")
@click.option("--add", "added", multiple=True, metavar="LOGIN", help="Let this person serve it. Repeatable.")
@click.option("--remove", "removed", multiple=True, metavar="LOGIN", help="No longer. Repeatable.")
@dry_run_option
@pass_context
def operators(context: Context, number: str, added: tuple[str, ...], removed: tuple[str, ...], dry_run: bool) -> None:
    """Change who serves project NUMBER."""
    project = _change(context.settings, dry_run, lambda s: s.change_operators(number, add=added, remove=removed))
    verb = "would be" if dry_run else "is"
    click.echo(f"Project {number} {verb} served by {len(project.operator_ids)}. {_LIVE}")


@command.command("list")
@json_option
@pass_context
def list_projects(context: Context, as_json: bool) -> None:
    """Show the active projects."""

    async def run() -> list[Project]:
        async with open_database(context.settings) as database:
            return await ProjectService(database).load_all()

    projects = asyncio.run(run())
    if as_json:
        click.echo(msgspec.json.encode(projects))
        return
    if not projects:
        click.echo("No projects yet. Add one: telemarket project add NUMBER NAME --dnis NUMBER")
    for project in projects:
        click.echo(f"{_described(project)}, operators: {len(project.operator_ids)}")


def _change(settings: Settings, dry_run: bool, change: Callable[[ProjectService], Awaitable[Project]]) -> Project:
    async def run() -> Project:
        async with open_database(settings, dry_run=dry_run) as database:
            project = await change(ProjectService(database))
            if not dry_run:
                await update_telephones(settings, IdentityService(database, utc_now, settings.web.session_hours))
            return project

    return asyncio.run(run())


def _given(fields: dict[str, Any]) -> Any:
    given = {name: value for name, value in fields.items() if value not in (None, ())}
    if given.get("crm_open") == "no":
        given["crm_open"] = ""
    return given


def _described(project: Project) -> str:
    return f"{project.number} {project.name} [{', '.join(project.dnis) or 'no numbers'}]"
