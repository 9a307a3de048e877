"""What each operator finds ready in the morning: callbacks he promised, requests of the day, payments that did not
come, and his share of the leads whose moment operators choose.

Leads of the share are left to him until noon, so that two do not prepare for one; then whoever is free calls them.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.contacts.tables import contacts
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.errors import NotFound
from telemarket.core.i18n import N_
from telemarket.dialer import day_work
from telemarket.dialer.model import LeadState
from telemarket.dialer.ports import Tasks
from telemarket.dialer.sharing import Work, share_out
from telemarket.dialer.tables import campaigns, day_tasks, leads

KEPT_DAYS = 31
"""How long the tasks of past days are kept."""
LEFT_UNTIL = time(12)
"""Until when, of the house's clock, the leads of his share are left to an operator."""
_PORTION = 500


class TaskKind(StrEnum):
    """What is to be done."""

    LEAD = day_work.LEAD  # to be called
    PROMISE = day_work.PROMISE  # to be called about a payment that did not come
    REQUEST = day_work.REQUEST  # to be seen to


class DayTask(msgspec.Struct, frozen=True, kw_only=True):
    """One task of an operator's day, which its kind and what it is `about` name. Texts are empty where there is
    nothing."""

    day: date
    operator_id: int
    position: int  # the order of work, until the day is planned anew
    kind: TaskKind
    lead_id: int | None = None
    request_id: int | None = None
    contact_id: int | None = None
    campaign_id: int | None = None
    campaign: str = ""
    name: str = ""  # of the contact, or the lead
    text: str = ""  # of the request
    rank: int = 100
    due_at: datetime | None = None
    overdue: bool = False  # promised for a day before
    done_at: datetime | None = None
    state: str = ""  # of the lead, now
    done: bool = False  # ticked off, or seen to by whomever

    @property
    def about(self) -> int | None:
        """The id of the request, or else of the lead."""
        return self.request_id if self.request_id is not None else self.lead_id


_TASK = (
    sa.select(
        *(day_tasks.c[name] for name in ("day", "operator_id", "position", "kind", "lead_id", "request_id")),
        *(day_tasks.c[name] for name in ("contact_id", "rank", "due_at", "overdue", "done_at")),
        leads.c.campaign_id,
        sa.func.coalesce(leads.c.state, "").label("state"),
        sa.func.coalesce(campaigns.c.name, "").label("campaign"),
        sa.func.coalesce(
            sa.func.nullif(contacts.c.name, ""), sa.func.nullif(contacts.c.company, ""), leads.c.name, ""
        ).label("name"),
    )
    .select_from(
        day_tasks.outerjoin(leads, leads.c.id == day_tasks.c.lead_id)
        .outerjoin(campaigns, campaigns.c.id == leads.c.campaign_id)
        .outerjoin(contacts, contacts.c.id == day_tasks.c.contact_id)
    )
    .order_by(day_tasks.c.position)
)
_OVER = (LeadState.CLOSED.value, LeadState.HELD.value)


class DayTasks:
    """The tasks of operators, day by day. `zone` is the house's."""

    def __init__(self, database: Database, clock: Clock, zone: tzinfo, tasks: Tasks) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone
        self._tasks = tasks

    async def prepare(self, day: date) -> int:
        """Write everybody's tasks of `day`, and leave them the leads of their shares; returns how many tasks. Again, it
        keeps what is done and plans the rest anew."""
        return await self._plan(day, leave=True)

    async def foresee(self, day: date) -> int:
        """Write everybody's tasks of the day after `day` as they look now: no lead is left to anybody yet."""
        return await self._plan(day + timedelta(days=1), leave=False)

    async def _plan(self, day: date, *, leave: bool) -> int:
        begin, end = self._moment(day), self._moment(day + timedelta(days=1))
        async with self._database.read() as connection:
            running = await day_work.running_campaigns(connection, begin, end)
            work = await day_work.lead_work(connection, running, begin, end)
            people = await day_work.everybody(connection)
            work += await day_work.request_work(connection, self._tasks, people, begin, end)
        async with self._database.write() as connection:
            done = await _done(connection, day)
            over = {key for keys, _ in done.values() for key in keys}
            left = [each for each in work if each.key not in over]
            shares = share_out(left, {operator: len(keys) for operator, (keys, _) in done.items()})
            await _write(connection, day, shares, {operator: last for operator, (_, last) in done.items()})
            if leave:
                await self._leave(connection, day, shares)
            old = day_tasks.c.day < day - timedelta(days=KEPT_DAYS)
            await connection.execute(day_tasks.delete().where(old))
        return sum(map(len, shares.values()))

    async def of_operator(self, operator_id: int, day: date) -> tuple[DayTask, ...]:
        """An operator's tasks in the order of work; those done last."""
        query = _TASK.where(day_tasks.c.operator_id == operator_id, day_tasks.c.day == day)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
            told = await self._tasks.tell(connection, [row.request_id for row in rows if row.request_id is not None])
        return tuple(sorted((_task(row, told) for row in rows), key=lambda task: (task.done, task.position)))

    async def done(self, operator_id: int, day: date, kind: str, about: int) -> None:
        """The operator says that a task is done. Raises NotFound if it is no task of his day, or no more."""
        same = (
            day_tasks.c.operator_id == operator_id,
            day_tasks.c.day == day,
            day_tasks.c.kind == kind,
            sa.func.coalesce(day_tasks.c.request_id, day_tasks.c.lead_id) == about,
        )
        async with self._database.write() as connection:
            at = sa.func.coalesce(day_tasks.c.done_at, self._clock())
            if not (await connection.execute(day_tasks.update().where(*same).values(done_at=at))).rowcount:
                raise NotFound(N_("There is no such task on this day."))

    async def _leave(self, connection: AsyncConnection, day: date, shares: Mapping[int, list[Work]]) -> None:
        """Let nobody else be offered the leads of an operator's share for a while."""
        until = datetime.combine(day, LEFT_UNTIL, self._zone)
        for operator, share in shares.items():
            ids = [each.lead_id for each in share if each.lead_id is not None and len(each.operators) > 1]
            for start in range(0, len(ids), _PORTION):
                open_ = leads.c.state.in_((LeadState.READY.value, LeadState.WAITING.value))
                mine = leads.update().where(leads.c.id.in_(ids[start : start + _PORTION]), open_)
                await connection.execute(mine.values(operator_id=operator, operator_until=until))

    def _moment(self, day: date) -> datetime:
        """When the day begins."""
        return datetime.combine(day, time(), self._zone).astimezone(UTC)


async def _done(connection: AsyncConnection, day: date) -> dict[int, tuple[list[tuple[str, int]], int]]:
    """By operator: what he has done of the day's tasks, and the last position among them."""
    query = sa.select(day_tasks).where(day_tasks.c.day == day, day_tasks.c.done_at.is_not(None))
    done: dict[int, tuple[list[tuple[str, int]], int]] = {}
    for row in await connection.execute(query.order_by(day_tasks.c.position)):
        keys, _ = done.get(row.operator_id, ([], 0))
        key = ("request", row.request_id) if row.request_id is not None else ("lead", row.lead_id)
        done[row.operator_id] = [*keys, key], row.position
    return done


async def _write(
    connection: AsyncConnection, day: date, shares: Mapping[int, list[Work]], last: Mapping[int, int]
) -> None:
    await connection.execute(day_tasks.delete().where(day_tasks.c.day == day, day_tasks.c.done_at.is_(None)))
    rows: list[dict[str, Any]] = [
        {
            "day": day,
            "operator_id": operator,
            "position": position,
            **{name: getattr(each, name) for name in _WRITTEN},
        }
        for operator, share in sorted(shares.items())
        for position, each in enumerate(share, start=last.get(operator, 0) + 1)
    ]
    for start in range(0, len(rows), _PORTION):
        await connection.execute(day_tasks.insert(), rows[start : start + _PORTION])


_WRITTEN = ("kind", "lead_id", "request_id", "contact_id", "rank", "due_at", "overdue")


def _task(row: Any, told: Mapping[int, tuple[str, bool]]) -> DayTask:
    text, finished = told.get(row.request_id, ("", False))
    values = dict(row._mapping)
    return DayTask(
        **{**values, "kind": TaskKind(row.kind)},
        text=text,
        done=row.done_at is not None or finished or row.state in _OVER,
    )
