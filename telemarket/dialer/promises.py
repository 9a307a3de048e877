"""Payments promised by a date, and whether they came.

On the day after, what the contact owes is asked. It came: the promise is paid and its lead closed. It did not: the lead
is called, first by the operator who was given the promise. If nobody can say, it is asked again, ever more rarely;
after the last time the promise is unknown, and the lead called all the same: the operator asks, and accuses nobody.
"""

import random
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec
import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput
from telemarket.dialer.campaign_rows import decode_terms
from telemarket.dialer.model import LeadState
from telemarket.dialer.moving import move
from telemarket.dialer.ports import Debts
from telemarket.dialer.tables import campaigns, leads, promises
from telemarket.dialer.turns import LEASE

log = structlog.get_logger(__name__)

MOST_ASKED = 6
"""How often nobody may be able to say what is owed before the promise is unknown."""
FIRST_PAUSE = timedelta(minutes=15)
"""Before the second time; then twice as long each time, eight hours in all."""
KEPT = "promise-kept"
_PORTION = 100


class PromiseState(StrEnum):
    """What has become of a promise."""

    OPEN = "open"
    PAID = "paid"
    UNPAID = "unpaid"
    UNKNOWN = "unknown"  # nobody could say


class Promise(msgspec.Struct, frozen=True, kw_only=True):
    """A payment promised. `due_on` is the last day; it is checked on the next."""

    id: int
    lead_id: int
    contact_id: int | None
    agent_id: int | None
    name: str  # of the lead
    amount: Decimal
    currency: str = ""
    due_on: date
    state: PromiseState
    made_at: datetime
    checked_at: datetime | None = None


_COLUMNS = tuple(promises.c[name] for name in Promise.__struct_fields__ if name != "name")
_PROMISE = sa.select(*_COLUMNS, leads.c.name).join(leads, leads.c.id == promises.c.lead_id)
_OPEN = promises.c.state == sa.literal_column("'open'")
_EXPECTED = (LeadState.WAITING.value, LeadState.READY.value)


class Promises:
    """Reads and checks promises. `zone` is the house's."""

    def __init__(self, database: Database, clock: Clock, zone: tzinfo, debts: Debts) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone
        self._debts = debts

    async def due(self, day: date) -> tuple[Promise, ...]:
        """Open promises that should be paid by the end of `day`, the oldest first."""
        return await self._read(_PROMISE.where(_OPEN, promises.c.due_on <= day).order_by(promises.c.due_on))

    async def of_lead(self, lead_id: int) -> tuple[Promise, ...]:
        """The lead's promises, the newest first: the operator sees them before he calls again."""
        return await self._read(_PROMISE.where(promises.c.lead_id == lead_id).order_by(promises.c.id.desc()))

    async def check(self, day: date) -> int:
        """Ask what is owed for every promise due before `day`, but for those asked too lately; returns how many have
        been decided."""
        decided, after = 0, 0
        while rows := await self._portion(day, after):
            for row in rows:
                if await self._take(row):
                    decided += await self._check(row, day)
            after = rows[-1].id
        return decided

    async def _read(self, query: sa.Select[Any]) -> tuple[Promise, ...]:
        async with self._database.read() as connection:
            rows = await connection.execute(query)
            return tuple(Promise(**{**row._mapping, "state": PromiseState(row.state)}) for row in rows)

    async def _portion(self, day: date, after: int) -> list[Any]:
        now = self._clock()
        columns = [promises.c[name] for name in ("id", "lead_id", "contact_id", "amount", "debt_before", "asked")]
        query = (
            sa.select(*columns, promises.c.agent_id, promises.c.attempt_id, leads.c.state, campaigns.c.terms)
            .join(leads, leads.c.id == promises.c.lead_id)
            .join(campaigns, campaigns.c.id == leads.c.campaign_id)
            .where(_OPEN, promises.c.due_on < day, promises.c.id > after)
            .where(sa.or_(promises.c.ask_at.is_(None), promises.c.ask_at <= now))
        )
        async with self._database.read() as connection:
            return list(await connection.execute(query.order_by(promises.c.id).limit(_PORTION)))

    async def _take(self, row: Any) -> bool:
        """Whether this daemon asks about it, and not another one."""
        now = self._clock()
        free = sa.or_(promises.c.ask_at.is_(None), promises.c.ask_at <= now)
        update = promises.update().where(promises.c.id == row.id, _OPEN, free).values(ask_at=now + LEASE)
        async with self._database.write() as connection:
            return bool((await connection.execute(update)).rowcount)

    async def _check(self, row: Any, day: date) -> bool:
        value = _value(row.terms)
        debt = await self._debts.debt(row.contact_id, value) if value and row.contact_id is not None else None
        if debt is not None:
            state = PromiseState.PAID if is_paid(row.amount, row.debt_before, debt) else PromiseState.UNPAID
        elif value and row.contact_id is not None and row.asked + 1 < MOST_ASKED:
            await self._ask_again(row)
            return False
        else:
            state = PromiseState.UNKNOWN
        async with self._database.write() as connection:
            return await self._decide(connection, row, state, day)

    async def _ask_again(self, row: Any) -> None:
        pause = FIRST_PAUSE * 2**row.asked * random.uniform(0.8, 1.2)  # noqa: S311 - jitter
        later = {"asked": row.asked + 1, "ask_at": self._clock() + pause}
        async with self._database.write() as connection:
            await connection.execute(promises.update().where(promises.c.id == row.id).values(later))

    async def _decide(self, connection: AsyncConnection, row: Any, state: PromiseState, day: date) -> bool:
        """Once, whoever else checks it; the lead goes on unless somebody has done something else with it since."""
        now = self._clock()
        decided = {"state": state.value, "checked_at": now}
        update = promises.update().where(promises.c.id == row.id, _OPEN).values(decided)
        if not (await connection.execute(update)).rowcount:
            return False
        waits = sa.select(leads.c.id).where(leads.c.id == row.lead_id, leads.c.state.in_(_EXPECTED)).with_for_update()
        if await connection.scalar(waits) is None:
            return True
        if state is PromiseState.PAID:
            await move(connection, row.lead_id, state=LeadState.CLOSED, closed_why=KEPT, at=now)
        else:
            until = datetime.combine(day + timedelta(days=1), time(), self._zone)
            his = {"operator_id": row.agent_id, "operator_until": until} if row.agent_id is not None else {}
            await move(connection, row.lead_id, state=LeadState.READY, due_at=now, at=now, **his)
        return True


def is_paid(amount: Decimal, before: Decimal | None, debt: Decimal) -> bool:
    """Whether `amount` was paid of a debt that was `before`, None if nobody knew; then nothing may be owed any more."""
    return debt <= max(Decimal(0), before - amount if before is not None else Decimal(0))


def _value(terms: str) -> str:
    try:
        return decode_terms(terms).debt
    except InvalidInput:  # written by a later version
        return ""
