"""What is done once a night, by one daemon: whoever has the turn.

A row says for which day something ran last. Its turn comes with the day after, at its time of the house's clock, and is
taken by a conditional update: of two daemons one gets it. Nights that passed while no daemon ran are made up for once.
Who took a turn and died loses it after LEASE; what failed is tried again, ever later, TRIES times that night.
"""

import random
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

import sqlalchemy as sa

from telemarket.calls.hours import minutes_of
from telemarket.core.database import Database
from telemarket.core.errors import TelemarketError

LEASE = timedelta(minutes=10)
"""How long a daemon has a turn unless it renews it."""
TRIES = 6
FIRST_PAUSE = timedelta(minutes=2)
_LONGEST_FAILURE = 300


def moment_of(day: date, at: str, zone: tzinfo) -> datetime:
    """When the clock of `zone` shows `at` ("02:00") on this day, in UTC: the first time where it does so twice, as much
    after the clock is put forward where it never does."""
    hour, minute = divmod(minutes_of(at), 60)
    return datetime.combine(day, time(hour, minute), zone).astimezone(UTC)


def last_due(now: datetime, at: str, zone: tzinfo) -> date:
    """The last day whose time has come."""
    today = now.astimezone(zone).date()
    return today if moment_of(today, at, zone) <= now else today - timedelta(days=1)


def reason_of(error: Exception) -> str:
    """Why something failed, to be kept: another program's words may quote what they are about."""
    return error.message if isinstance(error, TelemarketError) else type(error).__name__


class Turns:
    """The turns of the rows of `table`, which has the columns of `nightly_jobs`; `key` names a row."""

    def __init__(self, database: Database, table: sa.Table, key: sa.Column[Any]) -> None:
        self._database = database
        self._table = table
        self._key = key

    async def take(self, name: Any, day: date, now: datetime) -> bool:
        """Take the turn of `day`, if it is due and nobody has it."""
        row = self._table.c
        waits = sa.or_(row.not_before.is_(None), row.not_before <= now)
        due = sa.or_(row.ran_for.is_(None), row.ran_for < day)
        free = (self._key == name, due, waits)
        async with self._database.read() as connection:  # most looks find nothing, and disturb nobody
            if await connection.scalar(sa.select(self._key).where(*free)) is None:
                return False
        return await self._write(self._table.update().where(*free).values(not_before=now + LEASE))

    async def renew(self, name: Any, now: datetime) -> None:
        """The turn goes on."""
        await self._write(self._table.update().where(self._key == name).values(not_before=now + LEASE))

    async def finish(self, name: Any, day: date, now: datetime, found: int) -> None:
        """It is done for `day`."""
        done = {"ran_for": day, "ran_at": now, "found": found, "failure": "", "not_before": None, "tries": 0}
        await self._write(self._table.update().where(self._key == name).values(done))

    async def fail(self, name: Any, day: date, now: datetime, reason: str) -> None:
        """It could not be done: it is tried again later, or left to the next night."""
        async with self._database.write() as connection:
            same = self._key == name
            tries = (await connection.scalar(sa.select(self._table.c.tries).where(same).with_for_update()) or 0) + 1
            values: dict[str, Any] = {"failure": reason[:_LONGEST_FAILURE], "ran_at": now}
            if tries >= TRIES:
                values |= {"ran_for": day, "not_before": None, "tries": 0}
            else:
                pause = FIRST_PAUSE * 2 ** (tries - 1) * random.uniform(0.8, 1.2)  # noqa: S311 - jitter
                values |= {"not_before": now + pause, "tries": tries}
            await connection.execute(self._table.update().where(same).values(values))

    async def _write(self, update: sa.Update) -> bool:
        async with self._database.write() as connection:
            return bool((await connection.execute(update)).rowcount)
