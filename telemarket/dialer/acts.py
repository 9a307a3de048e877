"""What each result does to its lead, and how it is taken back."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.contacts.tables import contacts, phones
from telemarket.core.clock import Clock
from telemarket.core.roles import User
from telemarket.dialer.campaign_rows import decode_terms
from telemarket.dialer.hygiene import only_dead, say_dead, unsay_dead
from telemarket.dialer.model import Act, Chosen, Disposition, LeadState
from telemarket.dialer.moving import move
from telemarket.dialer.ports import Tasks
from telemarket.dialer.renewing import responsible_id
from telemarket.dialer.tables import do_not_call, lead_numbers, leads, promises

TOLERANCE = timedelta(minutes=30)
"""After the time agreed, how long a callback is left to the operator who promised it; then anybody makes it."""
PATIENCE = timedelta(days=2)
"""Beyond the day of a check, how long a lead waits for what became of its promise; then it is called anyway."""


@dataclass
class Given:
    """A result to be done. `attempt` is its row with its campaign's; `debt` is what was owed, if anybody knows."""

    attempt: Any
    chosen: Chosen
    disposition: Disposition
    user: User
    debt: Decimal | None = None


class Acts:
    """Does them. `zone` is the house's."""

    def __init__(self, zone: tzinfo, clock: Clock, tasks: Tasks) -> None:
        self._zone = zone
        self._clock = clock
        self._tasks = tasks
        self._by_act: dict[Act, Callable[[AsyncConnection, Given], Awaitable[None]]] = {
            Act.CLOSE: self._close,
            Act.RETRY: self._call_later,
            Act.CALLBACK_MINE: self._call_later,
            Act.CALLBACK_ANY: self._call_later,
            Act.TASK: self._task,
            Act.PROMISE: self._promise,
            Act.DEAD_NUMBER: self._dead_number,
            Act.DO_NOT_CALL: self._do_not_call,
        }

    async def do(self, connection: AsyncConnection, given: Given) -> None:
        """Do what the result does; call it last in a transaction."""
        await self._by_act[given.disposition.act](connection, given)

    async def _close(self, connection: AsyncConnection, given: Given, why: str = "disposition") -> None:
        await self._move(connection, given, state=LeadState.CLOSED, closed_why=why)

    async def _call_later(self, connection: AsyncConnection, given: Given) -> None:
        due = given.chosen.due
        mine = given.disposition.act is Act.CALLBACK_MINE and due is not None
        await self._move(
            connection,
            given,
            state=LeadState.READY,
            due_at=due,
            operator_id=(given.attempt.agent_id or given.user.id) if mine else None,
            operator_until=due + TOLERANCE if mine and due is not None else None,
        )

    async def _task(self, connection: AsyncConnection, given: Given) -> None:
        attempt = given.attempt
        consultant = sa.select(contacts.c.consultant_id).where(contacts.c.id == attempt.contact_id)
        named = await responsible_id(connection, None, given.disposition.responsible)
        responsible = named or await responsible_id(
            connection, await connection.scalar(consultant), decode_terms(attempt.terms).responsible
        )
        await self._tasks.create(
            connection,
            contact_id=attempt.contact_id,
            project_id=attempt.project_id,
            text="\n".join(filter(None, (given.disposition.name, given.chosen.note))),
            responsible_id=responsible,
            author_id=given.user.id,
            deadline=given.chosen.due,
            call_id=attempt.id,
        )
        await self._close(connection, given)

    async def _promise(self, connection: AsyncConnection, given: Given) -> None:
        attempt, chosen = given.attempt, given.chosen
        assert chosen.pay_by is not None  # noqa: S101 - checked
        await connection.execute(
            promises.insert().values(
                lead_id=attempt.lead_id,
                attempt_id=attempt.id,
                contact_id=attempt.contact_id,
                agent_id=attempt.agent_id,
                amount=chosen.amount,
                currency=chosen.currency,
                due_on=chosen.pay_by,
                made_at=self._clock(),
                debt_before=given.debt,
            )
        )
        checked_on = self._beginning(chosen.pay_by + timedelta(days=1))
        patience = PATIENCE if decode_terms(attempt.terms).debt else timedelta()
        await self._move(connection, given, state=LeadState.WAITING, due_at=checked_on + patience)

    async def _dead_number(self, connection: AsyncConnection, given: Given) -> None:
        attempt = given.attempt
        await say_dead(connection, attempt.number, self._clock)
        mine = (lead_numbers.c.lead_id == attempt.lead_id, lead_numbers.c.number == attempt.number)
        await connection.execute(lead_numbers.update().where(*mine).values(dropped=True))
        if await only_dead(connection, attempt.lead_id):
            await self._move(connection, given, state=LeadState.HELD)
            return
        following = (
            sa.select(lead_numbers.c.position, lead_numbers.c.zone)
            .where(lead_numbers.c.lead_id == attempt.lead_id, ~lead_numbers.c.dropped)
            .order_by(lead_numbers.c.position)
            .limit(1)
        )
        position, zone = (await connection.execute(following)).one()
        values = {"next_number": position, "zone": zone}
        await connection.execute(leads.update().where(leads.c.id == attempt.lead_id).values(values))
        await self._move(connection, given, state=LeadState.READY, due_at=self._clock())

    async def _do_not_call(self, connection: AsyncConnection, given: Given) -> None:
        attempt, now = given.attempt, self._clock()
        insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        rows = [
            {
                "number": number,
                "project_id": attempt.project_id,
                "source": _source(attempt.id),
                "reason": given.disposition.name,
                "added_at": now,
                "added_by": given.user.id,
            }
            for number in await _all_numbers(connection, attempt)
        ]
        await connection.execute(insert(do_not_call).on_conflict_do_nothing(), rows)
        await self._close(connection, given, "do-not-call")

    async def _move(self, connection: AsyncConnection, given: Given, **how: Any) -> None:
        how |= {"disposition_id": given.disposition.id, "at": self._clock()}
        await move(connection, given.attempt.lead_id, **how)

    def _beginning(self, day: date) -> datetime:
        """When a day of the house begins."""
        return datetime.combine(day, time(), self._zone).astimezone(UTC)


async def undo(connection: AsyncConnection, attempt: Any, disposition: Disposition) -> None:
    """Take back what a result did but for the state of the lead, which the next one says, and a task."""
    match disposition.act:
        case Act.PROMISE:
            await connection.execute(promises.delete().where(promises.c.attempt_id == attempt.id))
        case Act.DO_NOT_CALL:
            his = do_not_call.c.number.in_(await _all_numbers(connection, attempt))
            await connection.execute(do_not_call.delete().where(his, do_not_call.c.source == _source(attempt.id)))
        case Act.DEAD_NUMBER:
            await unsay_dead(connection, attempt.number)
            mine = (lead_numbers.c.lead_id == attempt.lead_id, lead_numbers.c.number == attempt.number)
            await connection.execute(lead_numbers.update().where(*mine).values(dropped=False))


def _source(attempt_id: str) -> str:
    return f"disposition: {attempt_id}"


async def _all_numbers(connection: AsyncConnection, attempt: Any) -> list[str]:
    """Every number by which this person would be called again."""
    listed = sa.select(lead_numbers.c.number).where(lead_numbers.c.lead_id == attempt.lead_id)
    his = sa.select(phones.c.e164).where(phones.c.contact_id == attempt.contact_id, phones.c.e164 != "")
    found = {attempt.number, *await connection.scalars(listed), *await connection.scalars(his)}
    return sorted(found)
