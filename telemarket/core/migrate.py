"""Bringing the database's schema up to what this version needs.

The migrations live in `telemarket.migrations`, which knows every room's tables; this module only runs them.
"""

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from telemarket.core.database import Database
from telemarket.core.errors import ConfigurationError
from telemarket.core.i18n import N_

_LOCK = 7_355_608  # any constant: PostgreSQL's advisory locks are numbered


async def upgrade(database: Database) -> None:
    """Bring the schema up to `head()`; nothing happens if it is there already. Safe to run twice at once.

    Raises ConfigurationError for a database that a later version of Telemarket made.
    """
    async with database.restructure() as connection:
        if not database.is_sqlite:
            await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        try:
            await connection.run_sync(_upgrade)
        except CommandError as error:
            raise ConfigurationError(
                N_("The database cannot be upgraded: %(reason)s.", reason=str(error)),
                remedy=N_("It was made by another version of Telemarket: install that one or a later one."),
            ) from error


async def current(database: Database) -> str | None:
    """The revision the database is at; None if it has no schema yet."""
    async with database.read() as connection:
        return await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())


def head() -> str:
    """The revision this version needs."""
    found = ScriptDirectory.from_config(_config()).get_current_head()
    assert found is not None  # noqa: S101 - the first migration ships with the package
    return found


def is_declared(name: str | None, _kind: str, _parents: object) -> bool:
    """Whether the code declares such a thing found in a database: the full text of contacts is made by hand."""
    return name is None or not name.startswith("contact_index")


def _upgrade(connection: sa.Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "telemarket:migrations")
    config.set_main_option("path_separator", "os")
    return config
