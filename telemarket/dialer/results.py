"""Results as operators choose them.

A result is kept with its attempt, and does what it does in the same transaction. Chosen again, what the first one did
is taken back before the second one is done: the lead, the promise, the entry in the do-not-call list, the word that a
number is dead, a message that has not left yet. A task stays, for somebody may be at it.
"""

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.calls.tables import calls
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput, NotAllowed, NotFound
from telemarket.core.i18n import N_
from telemarket.core.roles import Permission, User, allows
from telemarket.dialer.acts import Acts, Given, undo
from telemarket.dialer.campaign_rows import decode_terms
from telemarket.dialer.chosen import checked
from telemarket.dialer.dispositions import find_disposition
from telemarket.dialer.model import Act, Chosen, Disposition
from telemarket.dialer.ports import Debts, Messages, Tasks
from telemarket.dialer.tables import attempts, campaigns, day_tasks, leads
from telemarket.dialer.telling import known_of

_later = attempts.alias("later")
CALLED_AGAIN = sa.exists().where(_later.c.lead_id == attempts.c.lead_id, _later.c.claimed_at > attempts.c.claimed_at)
"""Whether the attempt's lead has been called since: then its result comes from the last call."""
_ATTEMPT = (
    sa.select(
        *(attempts.c[name] for name in ("id", "lead_id", "contact_id", "number", "disposition_id", "ended_at")),
        sa.func.coalesce(attempts.c.agent_id, calls.c.agent_id).label("agent_id"),
        campaigns.c.project_id,
        campaigns.c.terms,
        CALLED_AGAIN.label("called_again"),
    )
    .select_from(
        attempts.join(campaigns, campaigns.c.id == attempts.c.campaign_id).outerjoin(calls, calls.c.id == attempts.c.id)
    )
    .where(attempts.c.id == sa.bindparam("attempt"))
)


class Results:
    """Takes operators' results. `zone` is the house's; `tasks`, `debts` and `messages` are other rooms'."""

    def __init__(
        self, database: Database, clock: Clock, zone: ZoneInfo, tasks: Tasks, debts: Debts, messages: Messages
    ) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone
        self._debts = debts
        self._messages = messages
        self._acts = Acts(zone, clock, tasks)

    async def choose(self, attempt_id: str, chosen: Chosen, user: User) -> None:
        """Keep the result of an attempt, and do what it does. The same again changes nothing; another one corrects the
        first, as long as the lead has not been called again.

        Raises NotFound, NotAllowed where another operator talked, and InvalidInput naming the field (`due`, `amount`,
        `currency`, `pay_by`, `note`, `disposition_id`).
        """
        async with self._database.read() as connection:
            attempt = await _find(connection, attempt_id, user)
            disposition = await _offered(connection, attempt, chosen.disposition_id)
        now = self._clock()
        # Chosen again, a retry is reckoned from the same moment.
        chosen = checked(chosen, disposition, attempt.ended_at or now, now.astimezone(self._zone).date())
        given = Given(attempt=attempt, chosen=chosen, disposition=disposition, user=user)
        given.debt = await self._debt(given)
        async with self._database.write() as connection:
            # Whoever else says something of this lead waits.
            await connection.execute(sa.select(leads.c.id).where(leads.c.id == attempt.lead_id).with_for_update())
            attempt = await _find(connection, attempt_id, user)
            if attempt.disposition_id is not None:
                await undo(connection, attempt, await find_disposition(connection, attempt.disposition_id))
                await self._messages.take_back(connection, attempt_id)
            said = {"disposition_id": disposition.id, "note": chosen.note}
            await connection.execute(attempts.update().where(attempts.c.id == attempt_id).values(said))
            await self._tick_off(connection, attempt.lead_id)
            await self._tell(connection, given)
            await self._acts.do(connection, given)

    async def _tell(self, connection: AsyncConnection, given: Given) -> None:
        """Have the customer told, if this result does."""
        if given.disposition.template_id is None:
            return
        await self._messages.put(
            connection,
            given.disposition.template_id,
            contact_id=given.attempt.contact_id,
            number=given.attempt.number,
            known=await known_of(connection, given, self._zone),
            call_id=given.attempt.id,
            user=given.user.id,
        )

    async def _debt(self, given: Given) -> Decimal | None:
        """What is owed when a payment is promised: it is paid when that much less is."""
        value = decode_terms(given.attempt.terms).debt
        if given.disposition.act is not Act.PROMISE or given.attempt.contact_id is None or not value:
            return None
        return await self._debts.debt(given.attempt.contact_id, value)

    async def _tick_off(self, connection: AsyncConnection, lead_id: int) -> None:
        """It is no task of today's any more."""
        now = self._clock()
        mine = (day_tasks.c.lead_id == lead_id, day_tasks.c.day == now.astimezone(self._zone).date())
        await connection.execute(day_tasks.update().where(*mine, day_tasks.c.done_at.is_(None)).values(done_at=now))


async def _find(connection: AsyncConnection, attempt_id: str, user: User) -> Any:
    attempt = (await connection.execute(_ATTEMPT, {"attempt": attempt_id})).one_or_none()
    if attempt is None:
        raise NotFound(N_("There is no such call of a campaign."))
    if attempt.agent_id != user.id and not allows(user, Permission.SUPERVISE):
        raise NotAllowed(N_("Another operator has talked here."), remedy=N_("Ask a supervisor to correct the result."))
    if attempt.called_again:
        raise InvalidInput(
            N_("This customer has been called again since then."),
            field="disposition_id",
            remedy=N_("Correct the result of the last call."),
        )
    return attempt


async def _offered(connection: AsyncConnection, attempt: Any, disposition_id: int) -> Disposition:
    """A result of the attempt's own project."""
    disposition = await find_disposition(connection, disposition_id)
    if disposition.project_id != attempt.project_id:
        raise InvalidInput(N_("This is not a result of the call's project."), field="disposition_id")
    return disposition
