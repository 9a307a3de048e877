"""The course of a call on its page, read from the journal."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from telemarket.core.clock import utc_now
from telemarket.core.database import Database
from telemarket.core.journal import Entry, JournalWriter
from tests.desk import Desk, running_desk, signed_in


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with running_desk(tmp_path) as running:
        yield running


async def journal(desk: Desk, *entries: tuple[str, int | None, dict[str, Any]]) -> None:
    """Write entries about the call old-1, a second apart."""
    writer = JournalWriter(desk.database, lambda _: [])
    await writer.start()
    for number, (kind, agent_id, data) in enumerate(entries):
        writer.append(Entry(utc_now() + timedelta(seconds=number), kind, data, "old-1", agent_id))
    await writer.close()


async def test_the_course_of_a_call_and_the_reasons_of_each_offer(desk: Desk) -> None:
    reasons = {"strategy": "longest-idle", "available": 2, "idle_seconds": 84.2, "waited": 3.0, "others": []}
    await journal(
        desk,
        ("call.arrived", None, {"project": 1, "dnis": "100", "ani": "200", "caller_name": ""}),
        ("call.menu", None, {"node": "start", "digit": "2"}),
        ("agent.state", desk.colleague.id, {"state": "ringing", "reason": ""}),
        ("call.offered", desk.colleague.id, {"leg": "x", "reasons": reasons}),
        ("call.withdrawn", desk.colleague.id, {"why": "no-answer"}),
        ("call.offered", desk.operator.id, {"leg": "y", "reasons": reasons | {"strategy": "last-operator"}}),
        ("call.watched", desk.senior.id, {"mode": "whisper"}),
        ("call.ended", desk.operator.id, {"result": "answered", "by": "caller"}),
    )
    async with signed_in(desk) as operator, signed_in(desk, "iryna") as supervisor:
        own = (await operator.get("/calls/old-1/timeline")).text
        whole = (await supervisor.get("/calls/old-1/timeline")).text
    assert own.count("<li>") == 6  # without the watching, and without the states of operators
    assert whole.count("<li>") == 7
    assert own.count("<details") == 2
    assert own.count('id="routing" open') == 1
    assert "Ірина" not in own
    assert "Ірина" in whole


async def test_the_course_of_anothers_call_is_not_for_every_operator(desk: Desk) -> None:
    async with signed_in(desk, "taras") as colleague:
        refused = await colleague.get("/calls/old-1/timeline", headers={"Accept": "application/json"})
    assert (refused.status_code, refused.json()["error_id"]) == (403, "not-allowed")


async def test_a_hostile_journal_is_text_on_the_page(desk: Desk) -> None:
    await journal(desk, ("call.menu", None, {"node": "<script>alert(1)</script>", "digit": "{{7*7}}"}))
    async with signed_in(desk) as operator:
        page = (await operator.get("/calls/old-1/timeline")).text
    assert "<script>" not in page
    assert "{{7*7}}" in page


async def test_the_journal_of_a_call_is_found_by_an_index(desk: Desk) -> None:
    database: Database = desk.database
    async with database.read() as connection:
        plan = await connection.execute(sa.text("EXPLAIN QUERY PLAN SELECT * FROM journal WHERE call_id = 'x'"))
        assert "ix_journal_call_id" in str(plan.all())
