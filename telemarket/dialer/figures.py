"""Figures of a campaign that the database counts, for its page: not on any call's path."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.core.database import Database, UtcDateTime
from telemarket.dialer.model import Campaign, LeadState, Outcome
from telemarket.dialer.pacing import Slice
from telemarket.dialer.running import Figures
from telemarket.dialer.spending import read_spent
from telemarket.dialer.tables import attempts, campaign_counts, dispositions, leads
from telemarket.dialer.views import Rates

_PEOPLE = (Outcome.ANSWERED, Outcome.DROPPED, Outcome.HUNG_UP, Outcome.INFORMED)
"""Outcomes of calls a person answered."""


def _count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)


_RATES = (
    sa.select(
        _count(attempts.c.dialed_at.is_not(None)).label("dialed"),
        _count(attempts.c.outcome.in_([outcome.value for outcome in _PEOPLE])).label("people"),
        _count(attempts.c.connected_at.is_not(None)).label("connected"),
        _count(dispositions.c.success).label("hits"),
    )
    .select_from(attempts.outerjoin(dispositions, dispositions.c.id == attempts.c.disposition_id))
    .where(
        attempts.c.campaign_id == sa.bindparam("campaign"),
        attempts.c.claimed_at >= sa.bindparam("since", type_=UtcDateTime()),
    )
)
_LEFT = sa.select(sa.func.coalesce(sa.func.sum(campaign_counts.c.count), 0)).where(
    campaign_counts.c.campaign_id == sa.bindparam("campaign"),
    campaign_counts.c.kind == "lead",
    campaign_counts.c.name != LeadState.CLOSED.value,
)
_PROMISED = (
    sa.select(leads.c.operator_id)
    .where(
        leads.c.operator_id.is_not(None),
        leads.c.campaign_id == sa.bindparam("campaign"),
        leads.c.state == LeadState.READY.value,
        leads.c.due_at <= sa.bindparam("now", type_=UtcDateTime()),
    )
    .distinct()
)


class FigureReader:
    """Reads figures of one campaign at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, campaign: Campaign, midnight: datetime, hour_ago: datetime) -> Figures:
        """How its calls ended since midnight and in the last hour, and how many leads are left."""
        async with self._database.read() as connection:
            left = await connection.scalar(_LEFT, {"campaign": campaign.id})
            return Figures(
                today=await _rates(connection, campaign.id, midnight),
                last_hour=await _rates(connection, campaign.id, hour_ago),
                leads_left=int(left or 0),
            )

    async def spent(self, campaign: Campaign, now: datetime) -> list[Slice]:
        """What of its budget of abandoned calls is used up."""
        return await read_spent(self._database, campaign, now)

    async def promised(self, campaign: Campaign, now: datetime) -> set[int]:
        """Operators who have promised somebody to call about now."""
        async with self._database.read() as connection:
            return set(await connection.scalars(_PROMISED, {"campaign": campaign.id, "now": now}))


async def _rates(connection: AsyncConnection, campaign_id: int, since: datetime) -> Rates:
    row = (await connection.execute(_RATES, {"campaign": campaign_id, "since": since})).one()
    return Rates(
        dialed=row.dialed,
        answer=row.people / row.dialed if row.dialed else None,
        hit=row.hits / row.connected if row.connected else None,
    )
