"""A writer whose task is cancelled, as a caller's look-up is when he hangs up, leaves the database to the others."""

import asyncio
import contextlib
import gc
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from telemarket.core.database import Database
from telemarket.core.tables import audit_log

ROW = {"at": datetime(2026, 11, 2, 12, tzinfo=UTC), "action": "sign-in"}


@pytest.fixture
def no_collection() -> Iterator[None]:
    """Garbage stays, as it may for minutes in a daemon."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


async def write_for(database: Database, seconds: float) -> None:
    """Begin to write, and be cancelled after so long, unless that was enough."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds), database.write() as connection:
            for _ in range(3):
                await connection.execute(audit_log.insert().values(**ROW).returning(audit_log.c.id))


@pytest.mark.usefixtures("no_collection")
async def test_others_can_write_at_once(database: Database) -> None:
    for moment in range(150):
        await write_for(database, (moment % 50) / 10_000)
        async with asyncio.timeout(5):  # less than a writer waits for another in SQLite
            await database.apply([(audit_log.insert(), [ROW])])
            async with database.write() as connection:
                await connection.execute(audit_log.insert().values(**ROW))
