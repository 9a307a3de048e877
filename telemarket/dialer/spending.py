"""What a campaign has abandoned over its profile's window, counted from its attempts: the budget of its pace."""

from datetime import UTC, datetime

import sqlalchemy as sa

from telemarket.core.database import Database, UtcDateTime
from telemarket.dialer.model import Campaign, Denominator, Outcome
from telemarket.dialer.pacing import DAY, Slice
from telemarket.dialer.running import LOST_PEOPLE
from telemarket.dialer.tables import attempts

_SLICES = 96
"""Parts of the window that are counted apart, as the pace does."""
_MACHINES = (Outcome.MACHINE, Outcome.MESSAGE_LEFT, Outcome.SCREENED, Outcome.FAX)


def _count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)


_DROPPED = attempts.c.outcome == Outcome.DROPPED.value
_MACHINE = attempts.c.outcome.in_([outcome.value for outcome in _MACHINES])
_CONNECTED = attempts.c.connected_at.is_not(None)
_SPENT = sa.select(
    _count(_CONNECTED | _DROPPED).label("people"),
    _count(_DROPPED).label("dropped"),
    _count(_MACHINE & ~_CONNECTED).label("machines"),
).where(
    attempts.c.campaign_id == sa.bindparam("campaign"),
    attempts.c.claimed_at >= sa.bindparam("since", type_=UtcDateTime()),
    attempts.c.claimed_at < sa.bindparam("until", type_=UtcDateTime()),
)


async def read_spent(database: Database, campaign: Campaign, now: datetime) -> list[Slice]:
    """The calls that count for the limit, whichever daemon placed them: by parts of the window, those without any left
    out."""
    profile, lost = campaign.terms.profile, LOST_PEOPLE[campaign.terms.detection.kind]
    of_machine = 1.0 if profile.denominator is Denominator.ANSWERED else lost
    width = profile.window_days * DAY / _SLICES
    last = int(now.timestamp() // width)
    found = []
    async with database.read() as connection:
        for number in range(last - _SLICES + 1, last + 1):
            since, until = (datetime.fromtimestamp(width * edge, UTC) for edge in (number, number + 1))
            bounds = {"campaign": campaign.id, "since": since, "until": until}
            row = (await connection.execute(_SPENT, bounds)).one()
            if row.people or row.machines:
                counted = row.people + row.machines * of_machine
                found.append(Slice(width * number, counted, row.dropped + row.machines * lost))
    return found
