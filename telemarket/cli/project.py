"""`telemarket project`: the queues of the call centre."""

from collections.abc import Callable
from typing import Any

import click
import msgspec

from telemarket.calls.model import Project
from telemarket.calls.recordings import FORMATS
from telemarket.cli import project_plan
from telemarket.cli.main import Context, pass_context
from telemarket.cli.project_change import LIVE, change_project, with_projects
from telemarket.cli.storage import dry_run_option, json_option


@click.group("project")
def command() -> None:
    """Manage projects, their numbers, operators and plans."""


for _further in project_plan.COMMANDS:
    command.add_command(_further)


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
    project = change_project(context.settings, dry_run, lambda s: s.add(number, name=name, **values))
    click.echo(f"{'Would add' if dry_run else 'Added'} {_described(project)}. {LIVE}")


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
    project = change_project(context.settings, dry_run, lambda s: s.update(number, **values))
    click.echo(f"{'Would change' if dry_run else 'Changed'} {_described(project)}. {LIVE}")


@command.command("operators")
@click.argument("number")
@click.option("--add", "added", multiple=True, metavar="LOGIN", help="Let this person serve it. Repeatable.")
@click.option("--remove", "removed", multiple=True, metavar="LOGIN", help="No longer. Repeatable.")
@dry_run_option
@pass_context
def operators(context: Context, number: str, added: tuple[str, ...], removed: tuple[str, ...], dry_run: bool) -> None:
    """Change who serves project NUMBER."""
    project = change_project(context.settings, dry_run, lambda s: s.change_operators(number, add=added, remove=removed))
    verb = "would be" if dry_run else "is"
    click.echo(f"Project {number} {verb} served by {len(project.operator_ids)}. {LIVE}")


@command.command("list")
@json_option
@pass_context
def list_projects(context: Context, as_json: bool) -> None:
    """Show the active projects."""
    projects = with_projects(context.settings, lambda service: service.load_all())
    if as_json:
        click.echo(msgspec.json.encode(projects))
        return
    if not projects:
        click.echo("No projects yet. Add one: telemarket project add NUMBER NAME --dnis NUMBER")
    for project in projects:
        click.echo(f"{_described(project)}, operators: {len(project.operator_ids)}")


def _given(fields: dict[str, Any]) -> Any:
    given = {name: value for name, value in fields.items() if value not in (None, ())}
    if given.get("crm_open") == "no":
        given["crm_open"] = ""
    return given


def _described(project: Project) -> str:
    return f"{project.number} {project.name} [{', '.join(project.dnis) or 'no numbers'}]"
