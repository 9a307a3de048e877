"""What Alembic runs for every command: knows all tables and the connection.

`telemarket.core.migrate` hands its connection in. Developers' commands (`alembic revision --autogenerate`) have
none: they work on `-x url=…`, or on an empty SQLite database in memory.
"""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext

import telemarket.calls.tables
import telemarket.casework.tables
import telemarket.contacts.tables
import telemarket.core.tables
import telemarket.dialer.tables
import telemarket.messaging.tables
import telemarket.recordings.tables
import telemarket.sounds.tables  # noqa: F401 - imported for what they declare
from telemarket.core.database import UtcDateTime, metadata
from telemarket.core.migrate import is_declared


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """How autogeneration writes what it would write wrongly; False leaves it to Alembic."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"  # migrations must not change with our code
    if kind == "server_default" and str(getattr(item, "arg", "")) in ("true", "false"):
        return f"sa.{item.arg}()"  # Alembic would write what the database at hand calls it
    return False


def run(connection: sa.Connection) -> None:
    """Do what the command asks, on `connection`."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_item=render_item,
        include_name=is_declared,
        render_as_batch=True,  # SQLite cannot alter most things in place
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    url = context.get_x_argument(as_dictionary=True).get("url", "sqlite://")
    with sa.create_engine(url).begin() as own:
        run(own)
