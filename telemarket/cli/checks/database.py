"""The database."""

from collections.abc import Sequence

import sqlalchemy as sa

from telemarket.cli.checks.findings import Finding, fail, ok, warn
from telemarket.core import migrate
from telemarket.core.database import Database

DATABASE = "database"


async def schema(database: Database) -> Sequence[Finding]:
    """Whether it can be reached and has this version's tables."""
    try:
        current = await migrate.current(database)
    except (sa.exc.SQLAlchemyError, OSError) as error:
        reason = error.orig if isinstance(error, sa.exc.DBAPIError) else error
        return [fail(DATABASE, f"cannot be used: {reason}", "See that it runs and that [database] url is right.")]
    head = migrate.head()
    if current != head:
        found = f"its tables are those of {current or 'nothing'}, this version needs {head}"
        return [warn(DATABASE, found, "Run 'telemarket db upgrade', or start the daemon, which does it.")]
    return [ok(DATABASE, f"{'SQLite' if database.is_sqlite else 'PostgreSQL'}, up to date")]
