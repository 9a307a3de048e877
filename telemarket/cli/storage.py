"""What commands that change stored things share: the database, and the telephones that follow from it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import click
import sqlalchemy as sa

from telemarket.asterisk.pbx.endpoints import page_telephones, write_endpoints
from telemarket.core.database import Database
from telemarket.core.errors import DatabaseUnavailable
from telemarket.core.identity import IdentityService
from telemarket.core.settings import Settings

dry_run_option = click.option("--dry-run", is_flag=True, help="Check everything, change nothing.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@asynccontextmanager
async def open_database(settings: Settings, *, dry_run: bool = False, bulk: bool = False) -> AsyncIterator[Database]:
    """The configured database, closed at the end. Raises DatabaseUnavailable when it cannot be used."""
    database = Database(settings.database_url, pool_size=1, dry_run=dry_run, bulk=bulk)
    try:
        yield database
    except (sa.exc.OperationalError, sa.exc.ProgrammingError, ConnectionError) as error:
        reason = error.orig if isinstance(error, sa.exc.DBAPIError) else error
        raise DatabaseUnavailable(
            f"The database cannot be used: {reason}.",
            remedy="See that it runs and that [database] url is right, then create its tables: telemarket db upgrade",
        ) from error
    finally:
        await database.close()


async def update_telephones(settings: Settings, identity: IdentityService) -> None:
    """Rewrite the PJSIP file of page telephones, where one is configured; an endpoint of its own is the PBX's."""
    configured = settings.asterisk.endpoints_file
    if configured is None:
        return
    path = settings.data_dir.absolute() / configured
    operators = page_telephones(await identity.telephones())
    if write_endpoints(path, operators):
        click.echo(f"Telephones written to {path}; a running daemon has Asterisk take them over.", err=True)
