"""What calls to customers were like on a day, as the database has kept it."""

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa

from telemarket.calls.tables import calls
from telemarket.calls.views import Direction
from telemarket.core.database import Database
from telemarket.core.errors import NotFound
from telemarket.core.i18n import N_

_LEAST_CALLS = 20


class Observed(msgspec.Struct, frozen=True):
    """A day's calls to customers."""

    calls: int
    answer_rates: tuple[float, ...]
    """For each hour from the first call on; the whole day's where few calls were placed."""
    talk: float
    """Seconds, on average."""


async def observe(database: Database, project_id: int, day: date, zone: ZoneInfo) -> Observed:
    """Read the finished calls of a project that were placed on this day. Raises NotFound if none was answered."""
    start = datetime.combine(day, time(), zone).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    query = (
        sa.select(calls.c.arrived_at, calls.c.answered_at, calls.c.ended_at)
        .where(calls.c.project_id == project_id, calls.c.direction.in_([Direction.OUTBOUND, Direction.CAMPAIGN]))
        .where(calls.c.arrived_at >= start, calls.c.arrived_at < end, calls.c.ended_at.is_not(None))
    )
    async with database.read() as connection:
        rows = await connection.execute(query)
    talks: list[float] = []
    hours: dict[int, list[bool]] = defaultdict(list)
    for placed_at, answered_at, ended_at in rows:
        hours[placed_at.astimezone(zone).hour].append(answered_at is not None)
        if answered_at is not None:
            talks.append((ended_at - answered_at).total_seconds())
    if not any(talks):
        raise NotFound(
            N_("No call to a customer was answered on %(day)s.", day=day.isoformat()),
            remedy=N_("Name a project that called customers on that day."),
        )
    placed = sum(map(len, hours.values()))
    whole = len(talks) / placed
    rates = [
        sum(hours[hour]) / len(hours[hour]) if len(hours[hour]) >= _LEAST_CALLS else whole
        for hour in range(min(hours), max(hours) + 1)
    ]
    return Observed(placed, tuple(rates), sum(talks) / len(talks))
