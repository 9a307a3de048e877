"""Conversations of an operator about which he has not said what they came to, and still can."""

from datetime import datetime

import msgspec
import sqlalchemy as sa

from telemarket.calls.tables import calls
from telemarket.core.database import Database, UtcDateTime
from telemarket.dialer.results import CALLED_AGAIN
from telemarket.dialer.tables import attempts, campaigns, leads

LIMIT = 100

_MISSING = (
    sa.select(
        attempts.c.id.label("call_id"),
        attempts.c.campaign_id,
        attempts.c.lead_id,
        calls.c.project_id,
        attempts.c.contact_id,
        sa.func.coalesce(leads.c.name, "").label("name"),
        attempts.c.number,
        sa.func.coalesce(campaigns.c.name, "").label("campaign"),
        calls.c.answered_at.label("at"),
    )
    .select_from(
        calls.join(attempts, attempts.c.id == calls.c.id)
        .outerjoin(leads, leads.c.id == attempts.c.lead_id)
        .outerjoin(campaigns, campaigns.c.id == attempts.c.campaign_id)
    )
    .where(
        calls.c.agent_id == sa.bindparam("operator"),
        calls.c.arrived_at >= sa.bindparam("since", type_=UtcDateTime()),
        calls.c.answered_at.is_not(None),
        calls.c.ended_at.is_not(None),
        attempts.c.disposition_id.is_(None),
        ~CALLED_AGAIN,
    )
    .order_by(calls.c.arrived_at.desc())
    .limit(LIMIT)
)


class MissingResult(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation without a result. `at` is when it began, aware UTC; `name` is the lead's."""

    call_id: str
    campaign_id: int
    lead_id: int
    project_id: int
    contact_id: int | None
    name: str
    number: str
    campaign: str
    at: datetime


class MissingResults:
    """Reads them from the journal's calls and the dialer's attempts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_operator(self, operator_id: int, since: datetime) -> tuple[MissingResult, ...]:
        """His conversations that began after `since` and are over, the newest first, LIMIT at most."""
        async with self._database.read() as connection:
            rows = await connection.execute(_MISSING, {"operator": operator_id, "since": since})
            return tuple(MissingResult(**row._mapping) for row in rows)
