"""One writer at a time of what several sources say of contacts."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

_LOCK = 7_355_609  # any constant: PostgreSQL's advisory locks are numbered
_TIMEOUT = "60s"


async def lock_merging(connection: AsyncConnection) -> None:
    """Wait until nobody else merges, until the end of this transaction; call it before reading what will be merged.

    A synchronisation, a person's change, a merge of two contacts and an erasure each read what is there, make one
    contact of it and write that: two at once would each write without what the other read. SQLite has one writer
    anyway.
    """
    if connection.dialect.name != "sqlite":
        limited = sa.func.set_config("lock_timeout", _TIMEOUT, True)
        await connection.execute(sa.select(limited, sa.func.pg_advisory_xact_lock(_LOCK)))
