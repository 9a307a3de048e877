"""Reads on the path of a call, on both databases."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa

from telemarket.core.database import Database, UtcDateTime
from telemarket.core.errors import DatabaseUnavailable
from telemarket.core.tables import audit_log

SINCE = sa.select(audit_log.c.at, audit_log.c.action).where(
    audit_log.c.at >= sa.bindparam("since", type_=UtcDateTime())
)
_COUNTED = sa.select(sa.literal(1).label("n")).cte("counted", recursive=True)
_COUNTED = _COUNTED.union_all(sa.select(_COUNTED.c.n + 1).where(_COUNTED.c.n < 500_000))
COUNTING = sa.select(sa.func.count()).select_from(_COUNTED)
SLEEP = sa.select(sa.func.pg_sleep(60))
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


async def write(database: Database, at: datetime) -> None:
    async with database.write() as connection:
        await connection.execute(audit_log.insert().values(at=at, action="sign-in"))


async def test_values_go_in_and_come_out_as_in_any_other_read(database: Database) -> None:
    await write(database, NOON)
    there = NOON.astimezone(timezone(timedelta(hours=2)))
    assert await database.fetch(SINCE, {"since": there}) == [(NOON, "sign-in")]
    assert await database.fetch(SINCE, {"since": NOON + timedelta(microseconds=1)}) == []


async def test_what_was_committed_is_seen_at_once(database: Database) -> None:
    for n in range(1, 4):
        await write(database, NOON)
        assert len(await database.fetch(SINCE, {"since": NOON})) == n


async def test_a_missing_value_is_a_mistake_in_the_program(database: Database) -> None:
    with pytest.raises(KeyError, match="since"):
        await database.fetch(SINCE, {})


async def test_a_failing_database_is_named(database: Database) -> None:
    gone = sa.select(sa.column("x")).select_from(sa.table("gone"))
    with pytest.raises(DatabaseUnavailable, match="gone"):
        await database.fetch(gone, {})


async def test_a_read_of_the_call_path_does_not_wait_behind_unhurried_ones(database: Database) -> None:
    one = sa.select(sa.literal(1))
    assert await database.fetch(one, {}) == [(1,)]
    counting = [asyncio.create_task(database.fetch(COUNTING, {}, unhurried=True)) for _ in range(8)]
    await asyncio.sleep(0)
    assert await database.fetch(one, {}) == [(1,)]
    assert not any(task.done() for task in counting[-2:])
    assert await asyncio.gather(*counting) == [[(500_000,)]] * len(counting)


async def test_a_slow_database_is_not_waited_for(postgres_url: str) -> None:
    database = Database(postgres_url)
    try:
        with pytest.raises(DatabaseUnavailable):
            await database.fetch(SLEEP, {}, deadline=0.05)
    finally:
        await database.close()


async def test_lost_connections_are_replaced(postgres_url: str) -> None:
    database = Database(postgres_url)
    one = sa.select(sa.literal(1))
    others = sa.text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    try:
        assert await database.fetch(one, {}) == [(1,)]
        async with database.read() as connection:
            await connection.execute(others)
        assert await database.fetch(one, {}) == [(1,)]
    finally:
        await database.close()
