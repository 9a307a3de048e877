"""The call journal: nothing appended is lost, and nothing bad stops the rest."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from telemarket.calls.projection import CallProjection
from telemarket.calls.tables import agent_states, calls
from telemarket.core.database import Change, Database
from telemarket.core.journal import Entry, JournalWriter
from telemarket.core.tables import journal

BEGAN = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def a_call(call_id: str, began: datetime = BEGAN) -> list[Entry]:
    arrived = {"project": 1, "ani": "380441234567", "caller_name": "Інна", "dnis": "100"}
    answered = began + timedelta(seconds=5)
    return [
        Entry(began, "call.arrived", arrived, call_id),
        Entry(began, "call.contact", {"contact": 7}, call_id),
        Entry(began, "call.offered", {"leg": "x", "reasons": {"strategy": "longest-idle"}}, call_id, 3),
        Entry(answered, "call.answered", {"leg": "x", "recording": "2026/11/22/1.wav"}, call_id, 3),
        Entry(answered, "agent.state", {"state": "talking", "reason": ""}, call_id, 3),
        Entry(began + timedelta(seconds=65), "call.ended", {"result": "answered", "by": "caller"}, call_id, 3),
    ]


@pytest.fixture
async def writer(database: Database) -> AsyncIterator[JournalWriter]:
    writer = JournalWriter(database, CallProjection("sqlite" if database.is_sqlite else "postgresql"))
    await writer.start()
    try:
        yield writer
    finally:
        await writer.close()


async def rows(database: Database, table: sa.Table) -> Sequence[sa.RowMapping]:
    async with database.read() as connection:
        return (await connection.execute(sa.select(table))).mappings().all()


async def test_entries_become_a_call_and_an_operators_state(database: Database, writer: JournalWriter) -> None:
    for entry in a_call("1.1"):
        writer.append(entry)
    await writer.flush()
    assert [row["kind"] for row in await rows(database, journal)] == [entry.kind for entry in a_call("1.1")]
    [call] = await rows(database, calls)
    assert (call["contact_id"], call["agent_id"], call["result"]) == (7, 3, "answered")
    assert call["ended_at"] - call["answered_at"] == timedelta(minutes=1)
    [agent] = await rows(database, agent_states)
    assert (agent["state"], agent["call_id"]) == ("talking", "1.1")


async def test_entries_written_twice_change_nothing(database: Database, writer: JournalWriter) -> None:
    for entry in a_call("1.1") + a_call("1.1", BEGAN + timedelta(days=1)):
        writer.append(entry)
    await writer.flush()
    [call] = await rows(database, calls)
    assert call["arrived_at"] == BEGAN
    assert call["ended_at"] == BEGAN + timedelta(seconds=65)


async def test_an_entry_nobody_understands_costs_the_others_nothing(database: Database, writer: JournalWriter) -> None:
    for entry in (Entry(BEGAN, "call.arrived", {}, "bad"), *a_call("1.1")):
        writer.append(entry)
    await writer.flush()
    [call] = await rows(database, calls)
    assert call["id"] == "1.1"


async def test_a_value_the_database_refuses_costs_the_others_nothing(database: Database, writer: JournalWriter) -> None:
    writer.append(Entry(BEGAN, "call.contact", {"contact": 1}, "x" * 200))
    for entry in a_call("1.1"):
        writer.append(entry)
    await writer.flush()
    [call] = await rows(database, calls)
    assert call["result"] == "answered"


class Away(Database):
    """A database that is away for the first attempts."""

    failures = 3

    async def apply(self, changes: Sequence[Change]) -> None:
        if self.failures:
            self.failures -= 1
            raise sa.exc.OperationalError("insert", {}, OSError("the server is away"))
        await super().apply(changes)


async def test_while_the_database_is_away_entries_wait_in_order(database: Database) -> None:
    away = Away(database.url)
    writer = JournalWriter(away, CallProjection("sqlite" if database.is_sqlite else "postgresql"))
    await writer.start()
    for entry in a_call("1.1"):
        writer.append(entry)
    async with asyncio.timeout(20):
        await writer.flush()
    await writer.close()
    await away.close()
    assert [row["kind"] for row in await rows(database, journal)] == [entry.kind for entry in a_call("1.1")]


async def test_closing_writes_what_is_left(database: Database) -> None:
    writer = JournalWriter(database, CallProjection("sqlite" if database.is_sqlite else "postgresql"))
    await writer.start()
    for entry in a_call("1.1"):
        writer.append(entry)
    await writer.close()
    assert len(await rows(database, calls)) == 1
    assert writer.backlog == 0
