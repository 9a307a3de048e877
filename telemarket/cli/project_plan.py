"""The commands of `telemarket project` about its plan: the whole of it, holidays, operators' skills and order."""

import tomllib
from pathlib import Path

import click
import msgspec

from telemarket.calls.hours_text import read_days
from telemarket.calls.model import Project
from telemarket.calls.plan import Plan
from telemarket.calls.plan_rules import find_problems
from telemarket.calls.plan_text import convert, encode_plan
from telemarket.calls.project_fields import ProjectFields
from telemarket.calls.projects import ProjectService
from telemarket.cli.main import Context, pass_context
from telemarket.cli.project_change import LIVE, change_project, with_projects
from telemarket.cli.storage import dry_run_option, json_option
from telemarket.core.errors import InvalidInput

_FILE = click.Path(dir_okay=False, allow_dash=True, path_type=Path)
_LONGEST_FILE = 1_000_000  # characters


@click.command("show")
@click.argument("number")
@json_option
@pass_context
def show(context: Context, number: str, as_json: bool) -> None:
    """Show project NUMBER: its fields, its plan, and what is doubtful about it."""

    async def read(service: ProjectService) -> tuple[Project, list[str]]:
        project = await service.project(number)
        problems = find_problems(project.plan, await service.surroundings(number))
        return project, [f"{problem.field}: {problem.message}" for problem in problems]

    project, problems = with_projects(context.settings, read)
    if as_json:
        click.echo(msgspec.json.encode(project))
        return
    for name, value in msgspec.to_builtins(project).items():
        if name != "plan":
            click.echo(f"{name}: {value}")
    click.echo("plan: " + msgspec.json.format(encode_plan(project.plan)))
    for problem in problems:
        click.echo(f"Doubtful: {problem}", err=True)


@click.command("plan")
@click.argument("number")
@click.option("--export", "target", type=_FILE, help="Write it to this file as JSON; - to print.")
@click.option("--import", "source", type=_FILE, help="Take it from this file, JSON or TOML; - to read.")
@dry_run_option
@pass_context
def plan(context: Context, number: str, target: Path | None, source: Path | None, dry_run: bool) -> None:
    """Carry the whole plan of project NUMBER to a file, or take it from one.

    What a file leaves out is as in a new project.
    """
    if target is not None and source is None:
        project = with_projects(context.settings, lambda service: service.project(number))
        with click.open_file(str(target), "w", encoding="utf-8") as file:
            click.echo(msgspec.json.format(encode_plan(project.plan)), file=file)
        return
    if source is None or target is not None:
        raise click.UsageError("Give either --export or --import.")
    wanted = _read_plan(_read(source), toml=source.suffix == ".toml")
    change_project(context.settings, dry_run, lambda service: service.update(number, plan=wanted))
    click.echo(f"{'The plan can be taken' if dry_run else 'Took the plan'} of project {number}. {LIVE}")


@click.command("holidays")
@click.argument("number")
@click.argument("file", type=_FILE)
@click.option("--replace", is_flag=True, help="Forget the days that are there already.")
@dry_run_option
@pass_context
def holidays(context: Context, number: str, file: Path, replace: bool, dry_run: bool) -> None:
    """Give project NUMBER the days in FILE (- to read), one a line: a date, then its hours, none for a holiday.

    For example "2026-12-25", or "31.12.2026 9-13".
    """
    days = read_days(_read(file), field="file")

    def change(project: Project) -> ProjectFields:
        hours = project.plan.hours
        all_days = days if replace else {**hours.days, **days}
        hours = msgspec.structs.replace(hours, days=dict(sorted(all_days.items())))
        return {"plan": msgspec.structs.replace(project.plan, hours=hours)}

    change_project(context.settings, dry_run, lambda service: service.edit(number, change))
    click.echo(f"{'Would keep' if dry_run else 'Kept'} {len(days)} days for project {number}. {LIVE}")


@click.command("rank")
@click.argument("number")
@click.argument("ranks", nargs=-1, required=True, metavar="LOGIN=RANK...")
@dry_run_option
@pass_context
def rank(context: Context, number: str, ranks: tuple[str, ...], dry_run: bool) -> None:
    """Say which of an operator's queues is served first: the one of the least rank."""
    wanted = _pairs(ranks, "rank")
    change_project(context.settings, dry_run, lambda service: service.change_operators(number, ranks=wanted))
    click.echo(f"{'Would set' if dry_run else 'Set'} the rank of {len(wanted)} in project {number}. {LIVE}")


@click.command("skills")
@click.argument("login")
@click.argument("levels", nargs=-1, metavar="[SKILL=LEVEL...]")
@dry_run_option
@pass_context
def skills(context: Context, login: str, levels: tuple[str, ...], dry_run: bool) -> None:
    """Set what the operator LOGIN is good at, 1 to 100; 0 takes a skill away. Without levels, show them."""
    wanted = _pairs(levels, "level")
    now = with_projects(context.settings, lambda service: service.skills.change(login, wanted), dry_run=dry_run)
    said = ", ".join(f"{skill} {level}" for skill, level in now.items()) or "no skills"
    click.echo(f"{login}: {said}." + (f" {LIVE}" if wanted and not dry_run else ""))


COMMANDS = (show, plan, holidays, rank, skills)


def _read(path: Path) -> str:
    try:
        with click.open_file(str(path), encoding="utf-8") as file:
            return str(file.read(_LONGEST_FILE))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path} cannot be read: {error}.", field="file") from error


def _read_plan(data: str, *, toml: bool) -> Plan:
    try:
        value = tomllib.loads(data) if toml else msgspec.json.decode(data)
    except (ValueError, msgspec.DecodeError) as error:
        raise InvalidInput(f"This file is no {'TOML' if toml else 'JSON'}: {error}.", field="plan") from error
    return convert(value, Plan, "plan")


def _pairs(texts: tuple[str, ...], field: str) -> dict[str, int]:
    pairs = {}
    for text in texts:
        name, _, value = text.partition("=")
        if not name or not value.isdecimal():
            raise InvalidInput(f"{text!r} is not written as NAME=NUMBER.", field=field)
        pairs[name] = int(value)
    return pairs
