"""Leads as what belongs to a contact: they follow when two contacts become one, and are part of a person's data.

Numbers in the do-not-call list stay there when a person's data are erased: they are kept so that he is not called.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.core.clock import Clock, utc_now
from telemarket.core.personal import Part, Person
from telemarket.dialer.counts import Changes, add_counts
from telemarket.dialer.model import LeadState
from telemarket.dialer.moving import FREE, state_change
from telemarket.dialer.tables import (
    attempts,
    campaigns,
    day_tasks,
    do_not_call,
    lead_numbers,
    leads,
    number_health,
    promises,
)

_PORTION = 1000  # keys that one statement names
_FOLLOWING = {"leads": leads, "attempts": attempts, "promises": promises}
_LEAD = ("id", "name", "values", "state", "due_at", "attempts", "outcome", "closed_why", "added_at", "changed_at")
_ATTEMPT = ("lead_id", "number", "dialed_at", "answered_at", "ended_at", "outcome", "note")
_PROMISE = ("lead_id", "amount", "currency", "due_on", "state", "made_at", "checked_at")
_BLOCKED = ("number", "project_id", "source", "reason", "added_at")


class LeadsOfContacts:
    """The leads of contacts, the calls of campaigns to them, and what they promised."""

    name = "leads"

    def __init__(self, clock: Clock = utc_now) -> None:
        self._clock = clock

    async def move(self, connection: AsyncConnection, gone_id: int, kept_id: int) -> list[Any]:
        """What is `gone_id`'s becomes `kept_id`'s; returns its keys, each with the name of its table."""
        keys: list[Any] = []
        for name, table in _FOLLOWING.items():
            moved = table.update().where(table.c.contact_id == gone_id).values(contact_id=kept_id)
            keys += [[name, key] for key in await connection.scalars(moved.returning(table.c.id))]
        planned = day_tasks.update().where(day_tasks.c.contact_id == gone_id)
        await connection.execute(planned.values(contact_id=kept_id))
        return keys

    async def move_back(self, connection: AsyncConnection, keys: list[Any], kept_id: int, gone_id: int) -> None:
        """The opposite; the tasks of the present day stay where they are until the next night."""
        for name, table in _FOLLOWING.items():
            mine = [key for of, key in keys if of == name]
            for start in range(0, len(mine), _PORTION):
                these = table.c.id.in_(mine[start : start + _PORTION])
                back = table.update().where(these, table.c.contact_id == kept_id)
                await connection.execute(back.values(contact_id=gone_id))

    async def collect(self, connection: AsyncConnection, person: Person) -> Part:
        """Each lead with its campaign, numbers, calls and promises; his numbers that must not be called."""
        query = (
            sa.select(*(leads.c[name] for name in _LEAD), campaigns.c.name.label("campaign"))
            .join(campaigns, campaigns.c.id == leads.c.campaign_id)
            .where(_his(person))
        )
        rows: list[Any] = []
        for lead in await connection.execute(query.order_by(leads.c.id)):
            mine = lead_numbers.c.lead_id == lead.id
            numbers = sa.select(lead_numbers.c.number).where(mine).order_by(lead_numbers.c.position)
            rows.append(
                {
                    **lead._mapping,
                    "numbers": list(await connection.scalars(numbers)),
                    "calls": await _rows(connection, attempts, _ATTEMPT, attempts.c.lead_id == lead.id),
                    "promises": await _rows(connection, promises, _PROMISE, promises.c.lead_id == lead.id),
                }
            )
        blocked = do_not_call.c.number.in_(_written(person))
        return Part(rows=rows + await _rows(connection, do_not_call, _BLOCKED, blocked))

    async def objections(self, connection: AsyncConnection, person: Person) -> list[str]:  # noqa: ARG002 - none
        """None: leads are closed and emptied, and counted further on."""
        return []

    async def erase(self, connection: AsyncConnection, person: Person) -> int:
        """Leads are closed, and have no names, numbers and values any more; calls and promises stay, to be counted."""
        columns = [leads.c[name] for name in ("id", "campaign_id", "state")]
        found = (await connection.execute(sa.select(*columns).where(_his(person)).with_for_update())).all()
        numbers = set(_written(person))
        for start in range(0, len(found), _PORTION):
            numbers |= await self._empty(connection, [lead.id for lead in found[start : start + _PORTION]])
        await connection.execute(number_health.delete().where(number_health.c.number.in_(numbers)))
        planned = day_tasks.delete().where(day_tasks.c.contact_id.in_(person.contact_ids))
        await connection.execute(planned)
        changes = Changes()
        for lead in found:
            changes.update(state_change(lead.campaign_id, lead.state, LeadState.CLOSED))
        await add_counts(connection, changes)
        return len(found)

    async def _empty(self, connection: AsyncConnection, ids: list[int]) -> set[str]:
        """Returns the numbers these leads had."""
        theirs = lead_numbers.c.lead_id.in_(ids)
        numbers = set(await connection.scalars(lead_numbers.delete().where(theirs).returning(lead_numbers.c.number)))
        nothing = {"name": "", "values": {}, **FREE, "operator_id": None, "operator_until": None}
        closed = {"state": LeadState.CLOSED.value, "closed_why": "erased", "changed_at": self._clock()}
        await connection.execute(leads.update().where(leads.c.id.in_(ids)).values(**nothing, **closed))
        called = attempts.update().where(attempts.c.lead_id.in_(ids))
        await connection.execute(called.values(number="", note="", reason=""))
        return numbers

    async def finish(self) -> None:
        """Nothing is left to do."""


def _his(person: Person) -> sa.ColumnElement[bool]:
    """His leads, and those of his numbers that are no contact's."""
    numbers = sa.select(lead_numbers.c.lead_id).where(lead_numbers.c.number.in_(_written(person)))
    nobodys = sa.and_(leads.c.contact_id.is_(None), leads.c.id.in_(numbers))
    return sa.or_(leads.c.contact_id.in_(person.contact_ids), nobodys)


def _written(person: Person) -> list[str]:
    """The person's numbers as this room keeps them."""
    return [f"+{digits}" for digits in person.numbers]


async def _rows(
    connection: AsyncConnection, table: sa.Table, names: tuple[str, ...], condition: sa.ColumnElement[bool]
) -> list[dict[str, Any]]:
    rows = await connection.execute(sa.select(*(table.c[name] for name in names)).where(condition))
    return [dict(row._mapping) for row in rows]
