"""Leads and attempts read page by page, whatever their number."""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.core import cursor
from telemarket.core.database import Database
from telemarket.core.errors import NotFound
from telemarket.core.i18n import N_
from telemarket.dialer.lead_views import AttemptPage, Lead, LeadNumber, LeadPage, PastAttempt
from telemarket.dialer.model import LeadState
from telemarket.dialer.tables import attempts, dispositions, lead_numbers, leads
from telemarket.numbers import NumberingPlan, digits_of, normalise

LONGEST_PAGE = 500
_LOOKED_THROUGH = 20_000  # leads among which a name is looked for at a time
_SHORTEST_NUMBER = 3  # digits
_RARE = 1000  # numbers of all campaigns that begin alike, up to which each is looked at
_LONGEST_NUMBER = 20  # characters
_OWN = ("numbers", "past")
_LEAD = tuple(leads.c[name] for name in Lead.__struct_fields__ if name not in _OWN)
_PAST = tuple(attempts.c[name] for name in PastAttempt.__struct_fields__)
_EXPORTED = ("id", "contact_id", "name", "state", "closed_why", "outcome", "attempts", "due_at", "changed_at")


class LeadList:
    """Reads leads. See `Leads`."""

    def __init__(self, database: Database, plan: NumberingPlan) -> None:
        self._database = database
        self._plan = plan

    async def lead(self, lead_id: int) -> Lead:
        """See `Leads.lead`."""
        async with self._database.read() as connection:
            found = await _leads(connection, [lead_id])
            if not found:
                raise NotFound(N_("There is no lead %(id)s.", id=lead_id))
            past = sa.select(*_PAST).where(attempts.c.lead_id == lead_id).order_by(attempts.c.claimed_at.desc())
            rows = await connection.execute(past.limit(LONGEST_PAGE))
            return msgspec.structs.replace(found[0], past=tuple(PastAttempt(**row._mapping) for row in rows))

    async def page(
        self, campaign_id: int, *, state: LeadState | None, text: str, after: int | None, limit: int
    ) -> LeadPage:
        """See `Leads.page`."""
        limit, text = max(1, min(limit, LONGEST_PAGE)), text.strip()
        digits = digits_of(text)
        async with self._database.read() as connection:
            if not text:
                ids = await _ids(connection, campaign_id, state, after or 0, limit + 1)
            elif len(digits) >= _SHORTEST_NUMBER and not any(map(str.isalpha, text)):
                ids = await self._with_number(connection, campaign_id, state, text, after or 0, limit + 1)
            else:
                return await _named(connection, campaign_id, state, text, after or 0, limit)
            more = len(ids) > limit
            return LeadPage(tuple(await _leads(connection, ids[:limit])), ids[limit - 1] if more else None)

    async def _with_number(
        self, connection: AsyncConnection, campaign_id: int, state: LeadState | None, text: str, after: int, limit: int
    ) -> list[int]:
        """Leads with this number, or with one that begins so.

        If few numbers of the house do, their leads are looked at; else the campaign's, one after the other, of which
        many then have such a number.
        """
        number = normalise(text, self._plan)
        begins = number.e164 if number and number.e164 else f"+{digits_of(text)}"
        # Of digits alone, which every collation has in this order.
        alike = lead_numbers.c.number.between(begins, begins.ljust(_LONGEST_NUMBER, "9"))
        rare = list(await connection.scalars(sa.select(lead_numbers.c.lead_id).where(alike).limit(_RARE + 1)))
        if len(rare) <= _RARE:
            having: sa.ColumnElement[bool] = leads.c.id.in_(rare)
        else:
            having = sa.exists().where(lead_numbers.c.lead_id == leads.c.id, alike)
        return await _ids(connection, campaign_id, state, after, limit, having)

    async def attempts_page(self, campaign_id: int, after: str | None, limit: int) -> AttemptPage:
        """See `Leads.attempts_page`."""
        limit = max(1, min(limit, LONGEST_PAGE))
        wanted = sa.select(*_PAST).where(attempts.c.campaign_id == campaign_id)
        wanted = wanted.order_by(attempts.c.claimed_at.desc(), attempts.c.id.desc()).limit(limit + 1)
        if after is not None:
            moment, key = cursor.read(after, N_("This is no place in the list."))
            place = sa.tuple_(sa.literal(moment, attempts.c.claimed_at.type), sa.literal(key))
            wanted = wanted.where(sa.tuple_(attempts.c.claimed_at, attempts.c.id) < place)
        async with self._database.read() as connection:
            rows = [PastAttempt(**row._mapping) for row in await connection.execute(wanted)]
        last = rows[limit - 1] if len(rows) > limit else None
        return AttemptPage(tuple(rows[:limit]), cursor.write(last.claimed_at, last.id) if last else None)

    async def export(self, campaign_id: int) -> AsyncIterator[list[str]]:
        """See `Leads.export`."""
        yield [*_EXPORTED, "numbers", "disposition", "values"]
        async with self._database.read() as connection:
            rows = await connection.execute(sa.select(dispositions.c.id, dispositions.c.name))
            named: dict[int | None, str] = dict(rows.all())
        after: int | None = 0
        while after is not None:
            page = await self.page(campaign_id, state=None, text="", after=after, limit=LONGEST_PAGE)
            for each in page.leads:
                values = "; ".join(f"{name}: {value}" for name, value in each.values.items())
                numbers = ", ".join(number.number for number in each.numbers)
                own = [_text(getattr(each, name)) for name in _EXPORTED]
                yield [*own, numbers, named.get(each.disposition_id, ""), values]
            after = page.after


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return "" if value is None else str(value)


async def _ids(
    connection: AsyncConnection,
    campaign_id: int,
    state: LeadState | None,
    after: int,
    limit: int,
    *further: sa.ColumnElement[bool],
) -> list[int]:
    """In the order of their ids; of all states by the beginning of each, for the index stands by state."""
    parts = [
        sa.select(
            sa.select(leads.c.id)
            .where(leads.c.campaign_id == campaign_id, leads.c.state == each.value, leads.c.id > after, *further)
            .order_by(leads.c.id)
            .limit(limit)
            .subquery()
        )
        for each in ([state] if state is not None else LeadState)
    ]
    found = await connection.scalars(sa.union_all(*parts))
    return sorted(found)[:limit]


async def _named(
    connection: AsyncConnection, campaign_id: int, state: LeadState | None, text: str, after: int, limit: int
) -> LeadPage:
    """Those whose names have the text in them, among the next so many: databases do not fold Cyrillic alike."""
    sought, found = text.casefold(), []
    ids = await _ids(connection, campaign_id, state, after, _LOOKED_THROUGH)
    for some in (ids[start : start + LONGEST_PAGE] for start in range(0, len(ids), LONGEST_PAGE)):
        names = sa.select(leads.c.id, leads.c.name).where(leads.c.id.in_(some)).order_by(leads.c.id)
        found += [row.id for row in await connection.execute(names) if sought in row.name.casefold()]
        if len(found) > limit:
            return LeadPage(tuple(await _leads(connection, found[:limit])), found[limit - 1])
    further = ids[-1] if len(ids) == _LOOKED_THROUGH else None
    return LeadPage(tuple(await _leads(connection, found)), further)


async def _leads(connection: AsyncConnection, ids: Sequence[int]) -> list[Lead]:
    """These leads with their numbers, by id."""
    if not ids:
        return []
    columns = (lead_numbers.c.lead_id, *(lead_numbers.c[name] for name in LeadNumber.__struct_fields__))
    wanted = sa.select(*columns).where(lead_numbers.c.lead_id.in_(ids))
    numbers: dict[int, list[LeadNumber]] = {}
    for lead_id, *rest in await connection.execute(wanted.order_by(lead_numbers.c.lead_id, lead_numbers.c.position)):
        numbers.setdefault(lead_id, []).append(LeadNumber(**dict(zip(LeadNumber.__struct_fields__, rest, strict=True))))
    rows = await connection.execute(sa.select(*_LEAD).where(leads.c.id.in_(ids)).order_by(leads.c.id))
    return [_lead(row, numbers.get(row.id, ())) for row in rows]


def _lead(row: sa.Row[Any], numbers: Iterable[LeadNumber]) -> Lead:
    return Lead(**{**row._mapping, "state": LeadState(row.state)}, numbers=tuple(numbers))
