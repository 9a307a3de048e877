"""What has become of a campaign's leads, counted: the one place that changes `campaign_counts`.

A page of ten million leads reads a few dozen rows. Every change is an addition made by the database itself, so that two
daemons never lose one another's.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from enum import StrEnum

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.dialer.tables import campaign_counts


class CountKind(StrEnum):
    """What is counted."""

    LEAD = "lead"  # leads, by state
    OUTCOME = "outcome"  # attempts that ended, by outcome
    DISPOSITION = "disposition"  # leads, by the id of the disposition chosen last


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign's leads by state and by the id of the last disposition, its attempts by outcome. What is zero may be
    missing."""

    leads: dict[str, int] = {}
    outcomes: dict[str, int] = {}
    dispositions: dict[int, int] = {}

    @property
    def total(self) -> int:
        """All leads."""
        return sum(self.leads.values())


Changes = Counter[tuple[int, CountKind, str]]
"""How much each count changes, by campaign, kind and name."""


async def add_counts(connection: AsyncConnection, changes: Mapping[tuple[int, CountKind, str], int]) -> None:
    """Add to the counts. Call it last in a transaction: whoever counts the same waits until it ends.

    All do so in one order, so that nobody waits for somebody who waits for him.
    """
    rows = [
        {"campaign_id": campaign_id, "kind": kind.value, "name": name, "count": count}
        for (campaign_id, kind, name), count in sorted(changes.items())
        if count
    ]
    if not rows:
        return
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(campaign_counts)
    statement = statement.on_conflict_do_update(
        index_elements=list(campaign_counts.primary_key),
        set_={"count": campaign_counts.c.count + statement.excluded.count},
    )
    for row in rows:
        await connection.execute(statement, row)


async def read_lead_counts(connection: AsyncConnection, campaign_ids: Collection[int]) -> dict[int, dict[str, int]]:
    """Leads by state, of each of these campaigns."""
    counts = campaign_counts.c
    wanted = sa.select(counts.campaign_id, counts.name, counts.count)
    found: dict[int, dict[str, int]] = {campaign_id: {} for campaign_id in campaign_ids}
    of_leads = wanted.where(counts.campaign_id.in_(campaign_ids), counts.kind == CountKind.LEAD.value)
    for campaign_id, name, count in await connection.execute(of_leads):
        if count:
            found[campaign_id][name] = count
    return found


async def read_counts(connection: AsyncConnection, campaign_id: int) -> Counts:
    """The counts of a campaign."""
    wanted = sa.select(campaign_counts.c.kind, campaign_counts.c.name, campaign_counts.c.count)
    found: dict[str, dict[str, int]] = {kind: {} for kind in CountKind}
    rows = await connection.execute(wanted.where(campaign_counts.c.campaign_id == campaign_id))
    for kind, name, count in rows:
        if count:
            found[kind][name] = count
    return Counts(
        leads=found[CountKind.LEAD],
        outcomes=found[CountKind.OUTCOME],
        dispositions={int(name): count for name, count in found[CountKind.DISPOSITION].items()},
    )
