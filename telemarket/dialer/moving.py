"""A lead goes from one state to another, and the counts of its campaign with it."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.core.clock import utc_now
from telemarket.core.errors import NotFound
from telemarket.core.i18n import N_
from telemarket.dialer.counts import Changes, CountKind, add_counts
from telemarket.dialer.model import LeadState
from telemarket.dialer.tables import leads

FREE: dict[str, Any] = {"owner": "", "lease_until": None, "attempt_id": ""}
"""What is written of a lead that nobody calls."""


async def move(
    connection: AsyncConnection,
    lead_id: int,
    *,
    state: LeadState,
    due_at: datetime | None = None,
    operator_id: int | None = None,
    operator_until: datetime | None = None,
    closed_why: str = "",
    disposition_id: int | None = None,
    at: datetime | None = None,
) -> None:
    """Bring a lead into `state`, whatever it was in, and correct its campaign's counts.

    `due_at` stays as it is if it is not given; a lead that is ready before it is due waits. `operator_id` is who has
    promised to call, until `operator_until` nobody else does; not given: nobody. `disposition_id`, if given, is the one
    chosen last. `at` is the time it happens; not given: now. Call it late in a transaction, and not for several leads
    in one: it takes the counts' lock. Raises NotFound.
    """
    now = at or utc_now()
    columns = (leads.c.campaign_id, leads.c.state, leads.c.disposition_id, leads.c.due_at)
    before = (await connection.execute(sa.select(*columns).where(leads.c.id == lead_id).with_for_update())).first()
    if before is None:
        raise NotFound(N_("There is no lead %(id)s.", id=lead_id))
    due = due_at or before.due_at
    if state is LeadState.READY and due > now:
        state = LeadState.WAITING
    values: dict[str, Any] = {
        "state": state.value,
        "due_at": due,
        "operator_id": operator_id,
        "operator_until": operator_until,
        "closed_why": closed_why if state is LeadState.CLOSED else "",
        "changed_at": now,
    }
    if state is not LeadState.CLAIMED:
        values |= FREE
    if disposition_id is not None:
        values["disposition_id"] = disposition_id
    await connection.execute(leads.update().where(leads.c.id == lead_id).values(**values))
    changes = state_change(before.campaign_id, before.state, state)
    if disposition_id is not None:
        changes.update(_disposition_change(before.campaign_id, before.disposition_id, disposition_id))
    await add_counts(connection, changes)


def state_change(campaign_id: int, before: str, after: str, count: int = 1) -> Changes:
    """How the counts change when so many leads go from one state to another."""
    changes = Changes()
    changes[campaign_id, CountKind.LEAD, str(before)] -= count
    changes[campaign_id, CountKind.LEAD, str(after)] += count
    return changes


def _disposition_change(campaign_id: int, before: int | None, after: int) -> Changes:
    changes = Changes()
    if before is not None:
        changes[campaign_id, CountKind.DISPOSITION, str(before)] -= 1
    changes[campaign_id, CountKind.DISPOSITION, str(after)] += 1
    return changes
