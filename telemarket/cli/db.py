"""`telemarket db`: create or upgrade the database."""

import asyncio
import json

import click
import sqlalchemy as sa

from telemarket.cli.main import Context, pass_context
from telemarket.core import migrate
from telemarket.core.database import Database

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group("db")
def command() -> None:
    """Create or upgrade the database."""


@command.command()
@as_json
@pass_context
def upgrade(context: Context, as_json: bool) -> None:
    """Bring the schema up to what this version needs; nothing happens if it is there already."""
    _report(asyncio.run(_upgraded(context.settings.database_url)), as_json)


@command.command()
@as_json
@pass_context
def status(context: Context, as_json: bool) -> None:
    """Say which database is used and whether its schema is up to date; status 1 if it is not."""
    report = asyncio.run(_status(context.settings.database_url))
    _report(report, as_json)
    raise SystemExit(0 if report["up_to_date"] else 1)


async def _upgraded(url: str) -> dict[str, object]:
    database = Database(url)
    try:
        await migrate.upgrade(database)
    finally:
        await database.close()
    return await _status(url)


async def _status(url: str) -> dict[str, object]:
    database = Database(url)
    try:
        current = await migrate.current(database)
    finally:
        await database.close()
    shown = sa.make_url(url).render_as_string(hide_password=True)
    return {"url": shown, "current": current, "head": migrate.head(), "up_to_date": current == migrate.head()}


def _report(report: dict[str, object], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(report))
    elif report["up_to_date"]:
        click.echo(f"{report['url']}: up to date (revision {report['current']}).")
    else:
        click.echo(
            f"{report['url']}: at revision {report['current'] or 'none'}, this version needs {report['head']}. "
            "Run: telemarket db upgrade"
        )
