"""Numbers that prove dead: they are not called again until somebody has brought them up to date.

Outcomes say which are dead, and so do operators. Leads that have no other number are held. What is done about them is
in `renewing.py`.
"""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput
from telemarket.dialer.campaign_rows import decode_terms
from telemarket.dialer.health import TELLING, DeadWhy, Health, learn, read_health, write_health
from telemarket.dialer.model import Ended, LeadState
from telemarket.dialer.moving import move
from telemarket.dialer.tables import attempts, campaigns, lead_numbers, leads, number_health

_ATTEMPTS = sa.select(attempts.c.id, attempts.c.number, campaigns.c.terms).join(
    campaigns, campaigns.c.id == attempts.c.campaign_id
)
_dead = sa.select(number_health.c.number).where(number_health.c.dead_at.is_not(None))
_others = lead_numbers.alias("others")
_ONLY_DEAD = ~sa.exists().where(_others.c.lead_id == leads.c.id, ~_others.c.dropped, _others.c.number.not_in(_dead))
_HOLDABLE = leads.c.state.in_((LeadState.READY.value, LeadState.WAITING.value))


class NumberHygiene:
    """Learns from outcomes which numbers are dead."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def took(self, ended: Sequence[Ended]) -> None:
        """Learn from attempts that have been settled; told twice, a failure counts twice and nothing worse."""
        telling = {each.attempt_id: each for each in ended if each.outcome in TELLING}
        if not telling:
            return
        async with self._database.write() as connection:
            rows = (await connection.execute(_ATTEMPTS.where(attempts.c.id.in_(telling)))).all()
            healths = await read_health(connection, (row.number for row in rows))
            dead = {number for number, health in healths.items() if health.dead_at is not None}
            for row in sorted(rows, key=lambda row: telling[row.id].at):
                end, days = telling[row.id], _silent_after(row.terms)
                healths[row.number] = learn(healths[row.number], end.outcome, end.at, days)
            await write_health(connection, healths)
        died = [number for number, health in healths.items() if health.dead_at is not None and number not in dead]
        await self.hold(died)

    async def hold(self, numbers: Iterable[str]) -> None:
        """Hold the leads that have none but dead numbers, of which one is among these."""
        for number in numbers:
            with_number = lead_numbers.c.number == number
            query = sa.select(leads.c.id).join(lead_numbers, lead_numbers.c.lead_id == leads.c.id)
            async with self._database.read() as connection:
                found = list(await connection.scalars(query.where(with_number, _HOLDABLE, _ONLY_DEAD)))
            for lead_id in found:
                await self._hold(lead_id)

    async def _hold(self, lead_id: int) -> None:
        query = sa.select(leads.c.id).where(leads.c.id == lead_id, _HOLDABLE, _ONLY_DEAD).with_for_update()
        async with self._database.write() as connection:
            if await connection.scalar(query) is not None:
                await move(connection, lead_id, state=LeadState.HELD, at=self._clock())


async def only_dead(connection: AsyncConnection, lead_id: int) -> bool:
    """Whether none of a lead's numbers reaches anybody."""
    return await connection.scalar(sa.select(leads.c.id).where(leads.c.id == lead_id, _ONLY_DEAD)) is not None


async def say_dead(connection: AsyncConnection, number: str, clock: Clock) -> None:
    """An operator found out that a number reaches somebody else."""
    health = (await read_health(connection, [number]))[number]
    if health.dead_at is None:
        said = Health(number=number, dead_at=clock(), dead_why=DeadWhy.OPERATOR.value)
        await write_health(connection, {number: said})


async def unsay_dead(connection: AsyncConnection, number: str) -> None:
    """He has corrected himself."""
    health = (await read_health(connection, [number]))[number]
    if health.dead_why == DeadWhy.OPERATOR:
        await write_health(connection, {number: Health(number=number)})


def _silent_after(terms: str) -> int:
    try:
        return decode_terms(terms).silent_after
    except InvalidInput:  # written by a later version
        return 0
