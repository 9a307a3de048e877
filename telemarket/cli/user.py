"""`telemarket user`: the people who sign in."""

import asyncio
import sys

import click
import msgspec

from telemarket.cli.main import Context, pass_context
from telemarket.cli.storage import dry_run_option, json_option, open_database, update_telephones
from telemarket.core.clock import utc_now
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput
from telemarket.core.identity import IdentityService
from telemarket.core.people import PersonFields
from telemarket.core.roles import Role, User
from telemarket.core.settings import Settings

_password_option = click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
_record_option = click.option(
    "--record", type=click.Choice(["project", "always", "never"]), help="Record his calls; project: as it says."
)
_role = click.Choice([role.value for role in Role])


@click.group("user")
def command() -> None:
    """Manage people who sign in."""


@command.command("add")
@click.argument("login")
@click.option("--name", required=True, help="As colleagues call this person.")
@click.option("--role", type=_role, default=Role.OPERATOR.value, show_default=True)
@click.option(
    "--telephone",
    type=click.Choice(["page", "phone"]),
    default="page",
    show_default=True,
    help="The page itself, or a telephone of its own.",
)
@click.option("--endpoint", default="", help="PJSIP endpoint of a telephone of its own.")
@_record_option
@_password_option
@dry_run_option
@pass_context
def add(
    context: Context,
    login: str,
    name: str,
    role: str,
    telephone: str,
    endpoint: str,
    record: str | None,
    password_stdin: bool,
    dry_run: bool,
) -> None:
    """Add a person. The password is asked for."""
    settings = context.settings
    password = _ask_password(password_stdin)

    async def run() -> User:
        async with open_database(settings, dry_run=dry_run) as database:
            identity = _identity(settings, database)
            user = await identity.create_user(
                login,
                password,
                name=name,
                role=role,
                telephone=telephone,
                endpoint=endpoint,
                record=_record(record),
            )
            if not dry_run:
                await update_telephones(settings, identity)
            return user

    user = asyncio.run(run())
    done = "Would add" if dry_run else "Added"
    click.echo(f"{done} {user.role} {user.login} ({user.name}), endpoint {user.endpoint}.")


@command.command("set")
@click.argument("login")
@_record_option
@dry_run_option
@pass_context
def set_fields(context: Context, login: str, record: str | None, dry_run: bool) -> None:
    """Change what is given about a person."""
    fields: PersonFields = {"record": _record(record)} if record is not None else {}

    async def run() -> None:
        async with open_database(context.settings, dry_run=dry_run) as database:
            identity = _identity(context.settings, database)
            user = await identity.user_by_login(login)
            await identity.update_user(user.id, **fields)

    asyncio.run(run())
    click.echo(f"{'Would change' if dry_run else 'Changed'} {login}.")


@command.command("list")
@json_option
@pass_context
def list_users(context: Context, as_json: bool) -> None:
    """Show everybody."""

    async def run() -> list[User]:
        async with open_database(context.settings) as database:
            return await _identity(context.settings, database).users()

    users = asyncio.run(run())
    if as_json:
        click.echo(msgspec.json.encode(users))
        return
    if not users:
        click.echo("Nobody yet. Add the first: telemarket user add LOGIN --name NAME --role administrator")
    for user in users:
        state = "" if user.active else "  (deactivated)"
        click.echo(f"{user.login:<20} {user.role:<14} {user.endpoint:<24} {user.name}{state}")


@command.command("passwd")
@click.argument("login")
@_password_option
@dry_run_option
@pass_context
def passwd(context: Context, login: str, password_stdin: bool, dry_run: bool) -> None:
    """Give a person a new password and end his sessions."""
    settings = context.settings

    async def run() -> None:
        async with open_database(settings, dry_run=dry_run) as database:
            identity = _identity(settings, database)
            user = await identity.user_by_login(login)
            await identity.set_password(user.id, _ask_password(password_stdin))

    asyncio.run(run())
    click.echo("Would change the password." if dry_run else "The password is changed.")


@command.command("deactivate")
@click.argument("login")
@dry_run_option
@pass_context
def deactivate(context: Context, login: str, dry_run: bool) -> None:
    """Let a person sign in no more; what he wrote stays."""
    _set_active(context.settings, login, False, dry_run)
    click.echo(f"{'Would deactivate' if dry_run else 'Deactivated'} {login}.")


@command.command("activate")
@click.argument("login")
@dry_run_option
@pass_context
def activate(context: Context, login: str, dry_run: bool) -> None:
    """Let a deactivated person sign in again."""
    _set_active(context.settings, login, True, dry_run)
    click.echo(f"{'Would activate' if dry_run else 'Activated'} {login}.")


def _set_active(settings: Settings, login: str, active: bool, dry_run: bool) -> None:
    async def run() -> None:
        async with open_database(settings, dry_run=dry_run) as database:
            identity = _identity(settings, database)
            user = await identity.user_by_login(login)
            await (identity.activate_user(user.id) if active else identity.deactivate_user(user.id))
            if not dry_run:
                await update_telephones(settings, identity)

    asyncio.run(run())


def _identity(settings: Settings, database: Database) -> IdentityService:
    return IdentityService(database, utc_now, settings.web.session_hours)


def _record(choice: str | None) -> str:
    return "" if choice in (None, "project") else str(choice)


def _ask_password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise InvalidInput("No terminal to ask for the password on.", field="password", remedy="Use --password-stdin.")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
