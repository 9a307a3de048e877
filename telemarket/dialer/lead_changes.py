"""Many leads closed, or opened anew, in batches."""

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from telemarket.core.audit import AuditLog
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.text import clean_line
from telemarket.dialer.counts import add_counts
from telemarket.dialer.lead_views import LeadFilter
from telemarket.dialer.model import LeadState
from telemarket.dialer.moving import FREE, state_change
from telemarket.dialer.tables import lead_numbers, leads

_BATCH = 2000
_OPEN = (LeadState.READY, LeadState.WAITING, LeadState.CLAIMED, LeadState.HELD)
_DONE = (LeadState.CLOSED, LeadState.HELD)
_FIRST_ZONE = (
    sa.select(lead_numbers.c.zone)
    .where(lead_numbers.c.lead_id == leads.c.id, lead_numbers.c.position == 0)
    .scalar_subquery()
)


class LeadChanges:
    """Changes the states of leads. See `Leads`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._audit = AuditLog(database, clock)

    async def close(self, campaign_id: int, chosen: Collection[int] | LeadFilter, why: str, user: int | None) -> int:
        """See `Leads.close`."""
        why = clean_line(why, field="why", limit=30, required=True)
        values = {"state": LeadState.CLOSED.value, "closed_why": why, "operator_id": None, "operator_until": None}
        closed = await self._change(campaign_id, chosen, _OPEN, values | FREE)
        await self._audit.append(user, "campaign.close_leads", f"campaign {campaign_id}: {closed}, {why}")
        return closed

    async def reopen(self, campaign_id: int, chosen: Collection[int] | LeadFilter, user: int | None) -> int:
        """See `Leads.reopen`."""
        values = {
            "state": LeadState.READY.value,
            "closed_why": "",
            "due_at": self._clock(),
            "attempts": 0,
            "tries": {},
            "next_number": 0,
            "zone": _FIRST_ZONE,
        }
        opened = await self._change(campaign_id, chosen, _DONE, values)
        await self._audit.append(user, "campaign.reopen_leads", f"campaign {campaign_id}: {opened}")
        return opened

    async def _change(
        self,
        campaign_id: int,
        chosen: Collection[int] | LeadFilter,
        states: Sequence[LeadState],
        values: dict[str, Any],
    ) -> int:
        changed = 0
        for state in states:
            if isinstance(chosen, LeadFilter) and chosen.state not in (None, state):
                continue
            after: int | None = 0
            while after is not None:
                count, after = await self._change_some(campaign_id, chosen, state, values, after)
                changed += count
        return changed

    async def _change_some(
        self,
        campaign_id: int,
        chosen: Collection[int] | LeadFilter,
        state: LeadState,
        values: dict[str, Any],
        after: int,
    ) -> tuple[int, int | None]:
        """Change the next ones in this state; returns how many they were and the last of them, None behind the end."""
        wanted = sa.select(leads.c.id).where(
            leads.c.campaign_id == campaign_id,
            leads.c.state == state.value,
            leads.c.id > after,
            *_chosen(chosen, after),
        )
        async with self._database.write() as connection:
            ids = list(await connection.scalars(wanted.order_by(leads.c.id).limit(_BATCH).with_for_update()))
            if not ids:
                return 0, None
            stamped = values | {"changed_at": self._clock()}
            await connection.execute(leads.update().where(leads.c.id.in_(ids)).values(**stamped))
            if values["state"] == LeadState.READY:
                dropped = lead_numbers.c.lead_id.in_(ids), lead_numbers.c.dropped
                await connection.execute(lead_numbers.update().where(*dropped).values(dropped=False))
            await add_counts(connection, state_change(campaign_id, state, values["state"], len(ids)))
        return len(ids), ids[-1]


def _chosen(chosen: Collection[int] | LeadFilter, after: int) -> list[sa.ColumnElement[bool]]:
    if not isinstance(chosen, LeadFilter):
        return [leads.c.id.in_(sorted(key for key in chosen if key > after)[:_BATCH])]
    equal = {"outcome": chosen.outcome, "closed_why": chosen.closed_why, "disposition_id": chosen.disposition_id}
    return [leads.c[name] == value for name, value in equal.items() if value]
