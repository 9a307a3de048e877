"""What a simulated campaign takes over from the calls of a day."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from telemarket.calls.tables import calls
from telemarket.core.database import Database
from telemarket.core.errors import NotFound
from telemarket.simulation.dialing.observed import observe

KYIV = ZoneInfo("Europe/Kyiv")
DAY = date(2026, 3, 10)


async def place(database: Database, hour: int, count: int, answered: int, *, direction: str = "campaign") -> None:
    """Calls at this hour in Kyiv; those answered lasted 100 s."""
    start = datetime(2026, 3, 10, hour, tzinfo=KYIV).astimezone(UTC)
    rows = []
    for number in range(count):
        at = start + timedelta(seconds=number)
        answered_at = at + timedelta(seconds=10) if number < answered else None
        rows.append(
            {
                "id": f"{direction} {hour} {number}",
                "project_id": 7,
                "direction": direction,
                "arrived_at": at,
                "answered_at": answered_at,
                "ended_at": at + timedelta(seconds=110),
            }
        )
    async with database.write() as connection:
        await connection.execute(calls.insert(), rows)


async def test_rates_by_hour_and_talk_are_those_of_the_calls_placed(database: Database) -> None:
    await place(database, 9, 40, 20)
    await place(database, 10, 5, 5)  # too few to know an hour by
    await place(database, 12, 40, 10)
    await place(database, 11, 30, 30, direction="inbound")
    seen = await observe(database, 7, DAY, KYIV)
    whole = 35 / 85
    assert seen.calls == 85
    assert seen.answer_rates == pytest.approx((0.5, whole, whole, 0.25))
    assert seen.talk == pytest.approx(100.0)


async def test_a_day_without_calls_is_said(database: Database) -> None:
    await place(database, 9, 10, 5)
    with pytest.raises(NotFound, match="2026-03-11"):
        await observe(database, 7, DAY + timedelta(days=1), KYIV)
