"""Dead numbers brought up to date: whose task that is, and what is known when it is done.

A number that died gets its task after ten minutes, so that an operator who corrects himself has bothered nobody. A lead
that is held is called again when its contact has another number, or a number nobody answered is said to be right.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.calls.outbound import OutboundRules, dialable
from telemarket.contacts.tables import contact_changes, contacts, phones
from telemarket.core.audit import AuditLog
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.errors import NotFound
from telemarket.core.i18n import N_, Translator
from telemarket.core.tables import bookmarks, users
from telemarket.dialer.campaign_rows import decode_terms
from telemarket.dialer.health import DeadWhy, Health, write_health
from telemarket.dialer.model import LeadState
from telemarket.dialer.moving import move
from telemarket.dialer.ports import Tasks
from telemarket.dialer.tables import NEEDS_TASK, attempts, campaigns, lead_numbers, leads, number_health
from telemarket.dialer.zones import zone_of

log = structlog.get_logger(__name__)

GRACE = timedelta(minutes=10)
"""How long a number is dead before it becomes a task."""
LATE = timedelta(minutes=10)
"""How long after its time a change may still appear: transactions end when they end."""
BOOKMARK = "dialer.hygiene"
_PORTION = 200  # dead numbers
_CHANGES = 10_000  # changes of contacts looked through at once
_WHY = {
    DeadWhy.INVALID: N_("there is no such number any more"),
    DeadWhy.SILENT: N_("nobody has answered there for a long time"),
    DeadWhy.OPERATOR: N_("it is somebody else's"),
}
_HELD = leads.c.state == LeadState.HELD.value
_LAST = (
    sa.select(
        *(attempts.c[name] for name in ("lead_id", "contact_id")),
        leads.c.name,
        campaigns.c.project_id,
        campaigns.c.terms,
        contacts.c.consultant_id,
    )
    .select_from(
        attempts.join(campaigns, campaigns.c.id == attempts.c.campaign_id)
        .outerjoin(leads, leads.c.id == attempts.c.lead_id)
        .outerjoin(contacts, contacts.c.id == attempts.c.contact_id)
    )
    .where(attempts.c.number == sa.bindparam("called"))
    .order_by(attempts.c.claimed_at.desc())
    .limit(1)
)


class Renewal:
    """Gives tasks and learns what became of them. `text` speaks the house's language, `rules` say which numbers may be
    called."""

    def __init__(
        self, database: Database, clock: Clock, house_zone: str, tasks: Tasks, text: Translator, rules: OutboundRules
    ) -> None:
        self._database = database
        self._clock = clock
        self._house_zone = house_zone
        self._tasks = tasks
        self._text = text
        self._rules = rules
        self._audit = AuditLog(database, clock)

    async def follow(self) -> int:
        """Give the tasks that are due, and learn what has been brought up to date since the last time; returns how many
        leads may be called again."""
        await self._give_tasks()
        now = self._clock()
        change_id, moment = reached = await self._reached(now)
        async with self._database.read() as connection:
            finished = await self._tasks.finished_since(connection, moment)
        woken = 0
        for start in range(0, len(finished), _PORTION):
            woken += await self._take_finished(finished[start : start + _PORTION])
        settled = change_id
        while True:
            contact_ids, last, old = await self._changed(change_id, now - LATE)
            woken += await self._reconsider(leads.c.contact_id.in_(contact_ids)) if contact_ids else 0
            settled = max(settled, old)
            if last == change_id:
                break
            change_id = last
        if settled != reached[0] or now - LATE - moment >= LATE or woken:
            await self._keep(settled, now - LATE)
        return woken

    async def revive(self, number: str, user: int | None) -> int:
        """Somebody says that a dead number (E.164 with its plus) is good; returns how many leads may be called again.

        Raises NotFound for a number that is not dead.
        """
        async with self._database.write() as connection:
            dead = sa.select(number_health.c.number).where(number_health.c.number == number, _is_dead())
            if await connection.scalar(dead) is None:
                raise NotFound(N_("The number %(number)s is not held to be dead.", number=number))
            await write_health(connection, {number: Health(number=number)})
            await self._audit.append_in(connection, user, "number.revive", number)
        return await self._reconsider(_with_number([number]))

    # ---- tasks

    async def _give_tasks(self) -> None:
        after, due = "", NEEDS_TASK & (number_health.c.dead_at <= self._clock() - GRACE)
        while True:
            query = sa.select(number_health.c.number).where(due, number_health.c.number > after)
            async with self._database.read() as connection:
                numbers = list(await connection.scalars(query.order_by(number_health.c.number).limit(_PORTION)))
            if not numbers:
                return
            for number in numbers:
                async with self._database.write() as connection:
                    await self._give_task(connection, number)
            after = numbers[-1]

    async def _give_task(self, connection: AsyncConnection, number: str) -> None:
        """Give the task of a number, unless another daemon has given it meanwhile."""
        same = number_health.c.number == number
        query = sa.select(number_health.c.dead_why).where(same, NEEDS_TASK).with_for_update()
        why = await connection.scalar(query)
        last = (await connection.execute(_LAST, {"called": number})).one_or_none()
        if why is None or last is None:
            return
        request_id = await self._open_task(connection, last.lead_id)
        if request_id is None:
            request_id = await self._create(connection, number, why, last)
        await connection.execute(number_health.update().where(same).values(request_id=request_id))

    async def _open_task(self, connection: AsyncConnection, lead_id: int) -> int | None:
        """The task that another number of the same lead has already."""
        query = (
            sa.select(number_health.c.request_id)
            .join(lead_numbers, lead_numbers.c.number == number_health.c.number)
            .where(lead_numbers.c.lead_id == lead_id, number_health.c.request_id.is_not(None))
        )
        told = await self._tasks.tell(connection, list(await connection.scalars(query)))
        return next((request_id for request_id, (_, done) in sorted(told.items()) if not done), None)

    async def _create(self, connection: AsyncConnection, number: str, why: str, last: Any) -> int:
        words = self._text.message(_WHY[DeadWhy(why)])
        text = self._text.gettext("Bring the data up to date: %(number)s, %(why)s.", number=number, why=words)
        if last.contact_id is None and last.name:
            text = f"{last.name}. {text}"
        return await self._tasks.create(
            connection,
            contact_id=last.contact_id,
            project_id=last.project_id,
            text=text,
            responsible_id=await responsible_id(connection, last.consultant_id, decode_terms(last.terms).responsible),
            author_id=None,
        )

    # ---- what has been brought up to date

    async def _take_finished(self, request_ids: list[int]) -> int:
        """A number nobody answered is right, if somebody says so; what the network or an operator said stays."""
        silent = sa.select(number_health.c.number).where(
            number_health.c.request_id.in_(request_ids), number_health.c.dead_why == DeadWhy.SILENT.value
        )
        async with self._database.write() as connection:
            numbers = list(await connection.scalars(silent))
            await write_health(connection, {number: Health(number=number) for number in numbers})
        return await self._reconsider(_with_number(numbers)) if numbers else 0

    async def _changed(self, after: int, before: datetime) -> tuple[list[int], int, int]:
        """Contacts with held leads that have changed: their ids, the last change looked at, and the last one that is so
        old that none before it is still to come."""
        upto = sa.select(contact_changes.c.id).where(contact_changes.c.id > after).order_by(contact_changes.c.id)
        held = sa.select(leads.c.contact_id).where(_HELD)
        async with self._database.read() as connection:
            last = await connection.scalar(sa.select(sa.func.max(upto.limit(_CHANGES).subquery().c.id))) or after
            within = contact_changes.c.id.between(after + 1, last)
            old = await connection.scalar(
                sa.select(sa.func.max(contact_changes.c.id)).where(within, contact_changes.c.at <= before)
            )
            changed = sa.select(contact_changes.c.contact_id).where(within, contact_changes.c.contact_id.in_(held))
            return list(await connection.scalars(changed.distinct())), last, old or 0

    async def _reconsider(self, which: sa.ColumnElement[bool]) -> int:
        """Let the held leads go on that have a number now; returns how many."""
        async with self._database.read() as connection:
            held = list(await connection.scalars(sa.select(leads.c.id).where(_HELD, which)))
        woken = 0
        for lead_id in held:
            async with self._database.write() as connection:
                woken += await self._wake(connection, lead_id)
        return woken

    async def _wake(self, connection: AsyncConnection, lead_id: int) -> bool:
        query = sa.select(leads.c.id, leads.c.contact_id).where(leads.c.id == lead_id, _HELD).with_for_update()
        lead = (await connection.execute(query)).one_or_none()
        if lead is None:
            return False
        living = await _living(connection, lead.id, lead.contact_id)
        numbers = [number for number in living if dialable(number, self._rules)]
        if not numbers:
            return False
        await connection.execute(lead_numbers.delete().where(lead_numbers.c.lead_id == lead_id))
        rows = [
            {"lead_id": lead_id, "position": place, "number": number, "zone": zone_of(number, self._house_zone)}
            for place, number in enumerate(numbers)
        ]
        await connection.execute(lead_numbers.insert(), rows)
        first = leads.update().where(leads.c.id == lead_id).values(next_number=0, zone=rows[0]["zone"])
        await connection.execute(first)
        now = self._clock()
        await move(connection, lead_id, state=LeadState.READY, due_at=now, at=now)
        return True

    # ---- how far this has come

    async def _reached(self, now: datetime) -> tuple[int, datetime]:
        async with self._database.read() as connection:
            value = await connection.scalar(sa.select(bookmarks.c.value).where(bookmarks.c.name == BOOKMARK))
            newest = await connection.scalar(sa.select(sa.func.max(contact_changes.c.id))) if value is None else 0
        if value is None:  # what was before the first look is of no concern
            await self._keep(newest or 0, now - LATE)
            return newest or 0, now - LATE
        change_id, _, moment = value.partition(" ")
        return int(change_id), datetime.fromisoformat(moment)

    async def _keep(self, change_id: int, moment: datetime) -> None:
        async with self._database.write() as connection:
            await connection.execute(bookmarks.delete().where(bookmarks.c.name == BOOKMARK))
            value = f"{change_id} {moment.isoformat()}"
            await connection.execute(bookmarks.insert().values(name=BOOKMARK, value=value))


def _is_dead() -> sa.ColumnElement[bool]:
    return number_health.c.dead_at.is_not(None)


def _with_number(numbers: Iterable[str]) -> sa.ColumnElement[bool]:
    return leads.c.id.in_(sa.select(lead_numbers.c.lead_id).where(lead_numbers.c.number.in_(list(numbers))))


async def responsible_id(connection: AsyncConnection, consultant_id: int | None, login: str) -> int | None:
    """The contact's consultant, or whoever has this login, if they are still there; None: whoever sees it first."""
    active = sa.select(users.c.id).where(users.c.active)
    if consultant_id is not None and await connection.scalar(active.where(users.c.id == consultant_id)) is not None:
        return consultant_id
    return await connection.scalar(active.where(users.c.login == login)) if login else None


async def _living(connection: AsyncConnection, lead_id: int, contact_id: int | None) -> list[str]:
    """The numbers a lead may be called at: its own that are not dead, then those its contact has beside."""
    own = sa.select(lead_numbers.c.number).where(lead_numbers.c.lead_id == lead_id).order_by(lead_numbers.c.position)
    numbers = list(await connection.scalars(own))
    if contact_id is not None:
        his = sa.select(phones.c.e164).where(
            phones.c.contact_id == contact_id, phones.c.e164 != "", phones.c.kind != "fax"
        )
        present = list(await connection.scalars(his.order_by(phones.c.id)))
        numbers = list(dict.fromkeys([*(each for each in numbers if each in present), *present]))
    dead = sa.select(number_health.c.number).where(number_health.c.number.in_(numbers), _is_dead())
    gone = set(await connection.scalars(dead))
    return [number for number in numbers if number not in gone]
