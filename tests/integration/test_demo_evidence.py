"""The smoke run's judgement notices what goes wrong."""

import wave
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from telemarket.calls.tables import calls
from telemarket.core import migrate
from telemarket.core.database import Database
from telemarket.core.tables import journal, users
from telemarket.demo import evidence
from telemarket.demo.clients import COUNT
from telemarket.demo.evidence import Caller, Desk, PlacedCall, SmokeReport, ended_calls, judge

ARRIVED = datetime(2026, 3, 2, 9, tzinfo=UTC)
TALKED = timedelta(seconds=2)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(f"sqlite+aiosqlite:///{tmp_path / 'telemarket.db'}")
    await migrate.upgrade(opened)
    yield opened
    await opened.close()


class Run:
    """A smoke run of one desk, call by call."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.folder = folder
        self.desk = Desk("olena")
        self.placed: list[PlacedCall] = []
        self.rows: list[dict[str, Any]] = []

    def call(
        self,
        *,
        contact: int | None = None,
        opened: int | None = None,
        card: float | None = 0.02,
        rang: float | None = 0.05,
        result: str = "answered",
        served: bool = True,
        recorded: float = 2.0,
    ) -> None:
        """One call; `card` and `rang` are seconds after its arrival, `recorded` the seconds of its recording."""
        number = len(self.placed) + 1
        call_id, arrived = f"call-{number}", ARRIVED + timedelta(seconds=10 * number)
        self.placed.append(PlacedCall(caller=Caller(number=call_id, dnis="1", contact_id=contact), served=served))
        if card is not None:
            self.desk.cards[call_id] = arrived.timestamp() + card
        if rang is not None:
            self.desk.rang.append(arrived.timestamp() + rang)
        with wave.open(str(self.folder / f"{call_id}.wav"), "wb") as sound:
            sound.setparams((1, 2, 8000, 0, "NONE", ""))
            sound.writeframes(bytes(round(recorded * 16000)))
        self.rows.append(
            {
                "id": call_id,
                "ani": call_id,
                "contact_id": opened,
                "arrived_at": arrived,
                "answered_at": arrived + timedelta(seconds=1),
                "ended_at": arrived + timedelta(seconds=1) + TALKED,
                "result": result,
                "recording": f"{call_id}.wav",
            }
        )

    async def report(self) -> SmokeReport:
        async with self.database.write() as connection:
            user = {"id": 1, "login": "olena", "name": "Олена", "password_hash": "", "role": "operator"}
            await connection.execute(sa.insert(users).values(user))
            await connection.execute(sa.insert(calls), self.rows)
            offers = [
                {"at": row["arrived_at"], "kind": "call.offered", "call_id": row["id"], "agent_id": 1, "data": b"{}"}
                for row in self.rows
            ]
            await connection.execute(sa.insert(journal), offers)
        rows = await ended_calls(self.database, ARRIVED, len(self.rows))
        return await judge(self.database, rows, self.placed, [self.desk], self.folder)


@pytest.fixture
def run(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(evidence, "SETTLE_SECONDS", 0.0)
    return Run(database, tmp_path)


async def test_a_good_run_passes(run: Run) -> None:
    run.call(contact=7, opened=7)
    run.call(contact=None, opened=COUNT + 1)
    report = await run.report()
    assert report.passed
    assert (report.answered, report.matched, report.popped_before_ring, report.recorded) == (2, 2, 2, 2)
    assert (report.card_ms.p50, report.card_ms.p99) == (20.0, 20.0)


@pytest.mark.parametrize(
    ("card", "rang"), [(0.06, 0.05), (None, 0.05), (0.02, None)], ids=["late", "no card", "never rang"]
)
async def test_a_card_that_is_not_there_first_fails_the_run(run: Run, card: float | None, rang: float | None) -> None:
    run.call(contact=1, opened=1)
    run.call(contact=2, opened=2, card=card, rang=rang)
    report = await run.report()
    assert (report.popped_before_ring, report.lost, report.passed) == (1, 0, False)


@pytest.mark.parametrize("wrong", [{"result": "abandoned"}, {"served": False}], ids=["journal", "caller"])
async def test_a_lost_call_fails_the_run(run: Run, wrong: dict[str, Any]) -> None:
    run.call(contact=1, opened=1)
    run.call(contact=2, opened=2, **wrong)
    report = await run.report()
    assert (report.answered, report.lost, report.passed) == (1, 1, False)


async def test_wrong_cards_and_short_recordings_are_counted(run: Run) -> None:
    run.call(contact=1, opened=1)
    run.call(contact=2, opened=1, recorded=1.0)
    run.call(contact=3, opened=None, recorded=3.0)
    run.call(contact=None, opened=3)
    report = await run.report()
    assert (report.calls, report.matched, report.recorded) == (4, 1, 2)
