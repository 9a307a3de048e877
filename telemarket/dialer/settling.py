"""What an attempt's end means for its lead: done, again later, another number, or nothing at all."""

from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput, NotFound
from telemarket.core.i18n import N_
from telemarket.core.text import trim_line
from telemarket.dialer.campaign_rows import decode_terms
from telemarket.dialer.candidates import CandidateNumber
from telemarket.dialer.counts import Changes, CountKind, add_counts
from telemarket.dialer.model import NOT_CALLED, Ended, LeadState, Outcome, Terms
from telemarket.dialer.moving import FREE, state_change
from telemarket.dialer.sequel import USELESS, Course, Sequel, sequel
from telemarket.dialer.tables import attempts, campaigns, lead_numbers, leads

log = structlog.get_logger(__name__)

_LONGEST_REASON = 200
_WRITTEN = ("outcome", "cause", "answered_at", "connected_at")


class Settling:
    """Writes how attempts ended."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def ended(self, ended: Ended) -> None:
        """Write it down, count it, and let the lead go on by its campaign's rules; said twice, nothing changes.

        A lead that has gone on already, by a disposition or a supervisor, keeps its state. Raises NotFound for an
        attempt nobody knows.
        """
        async with self._database.write() as connection:
            found = sa.select(attempts).where(attempts.c.id == ended.attempt_id)
            attempt = (await connection.execute(found)).first()
            if attempt is None:
                raise NotFound(N_("There is no attempt %(id)s.", id=ended.attempt_id))
            lead = (
                await connection.execute(sa.select(leads).where(leads.c.id == attempt.lead_id).with_for_update())
            ).first()
            if not await _write(connection, ended):
                return
            changes = Changes()
            if lead is not None:
                changes = await self._go_on(connection, attempt, lead, ended)
            if ended.outcome is not Outcome.RETURNED:
                changes[attempt.campaign_id, CountKind.OUTCOME, ended.outcome.value] += 1
            await add_counts(connection, changes)

    async def _go_on(
        self, connection: AsyncConnection, attempt: sa.Row[Any], lead: sa.Row[Any], ended: Ended
    ) -> Changes:
        """Write what the lead is now; returns how the counts of its campaign change."""
        now = self._clock()
        values: dict[str, Any] = {"changed_at": now}
        mine = lead.state == LeadState.CLAIMED and lead.attempt_id == attempt.id
        if ended.outcome is Outcome.RETURNED:
            following = Sequel(LeadState.READY)
        else:
            if ended.outcome in USELESS:
                await _drop(connection, lead.id, attempt.number)
            course = await _course(connection, lead, attempt, ended.outcome)
            values |= {"attempts": course.attempts, "tries": course.tries, "outcome": ended.outcome.value}
            following = sequel(await _terms(connection, lead.campaign_id), ended.outcome, ended.at, course)
        if mine:
            values |= FREE | _values(following)
            if ended.outcome is not Outcome.RETURNED:  # a promised callback has been made
                values |= {"operator_id": None, "operator_until": None}
        await connection.execute(leads.update().where(leads.c.id == lead.id).values(**values))
        return state_change(lead.campaign_id, lead.state, following.state) if mine else Changes()


async def _write(connection: AsyncConnection, ended: Ended) -> bool:
    """Write the end of the attempt; False if it had ended already."""
    values: dict[str, Any] = {name: getattr(ended, name) for name in _WRITTEN}
    values |= {"ended_at": ended.at, "reason": trim_line(ended.reason, _LONGEST_REASON)}
    if ended.agent_id is not None:
        values["agent_id"] = ended.agent_id
    living = attempts.update().where(attempts.c.id == ended.attempt_id, attempts.c.ended_at.is_(None))
    return (await connection.execute(living.values(**values))).rowcount > 0


async def _terms(connection: AsyncConnection, campaign_id: int) -> Terms:
    kept = await connection.scalar(sa.select(campaigns.c.terms).where(campaigns.c.id == campaign_id))
    try:
        return decode_terms(kept or "")
    except InvalidInput as error:  # written by a later version: the end of a call is written down nevertheless
        log.error("a campaign's terms cannot be read", campaign=campaign_id, error=str(error))
        return Terms()


async def _drop(connection: AsyncConnection, lead_id: int, number: str) -> None:
    useless = lead_numbers.update().where(lead_numbers.c.lead_id == lead_id, lead_numbers.c.number == number)
    await connection.execute(useless.values(dropped=True))


async def _course(connection: AsyncConnection, lead: sa.Row[Any], attempt: sa.Row[Any], outcome: Outcome) -> Course:
    columns = (lead_numbers.c[name] for name in (*CandidateNumber.__struct_fields__, "dropped"))
    wanted = sa.select(*columns).where(lead_numbers.c.lead_id == lead.id).order_by(lead_numbers.c.position)
    rows = (await connection.execute(wanted)).all()
    position = next((row.position for row in rows if row.number == attempt.number), lead.next_number)
    tries = {**lead.tries, outcome.value: lead.tries.get(outcome.value, 0) + 1}
    numbers = [CandidateNumber(*row[:-1]) for row in rows if not row.dropped]
    return Course(attempts=lead.attempts + (outcome not in NOT_CALLED), tries=tries, position=position, numbers=numbers)


def _values(following: Sequel) -> dict[str, Any]:
    values: dict[str, Any] = {"state": following.state.value, "closed_why": following.closed_why}
    if following.due_at is not None:
        values["due_at"] = following.due_at
    if following.number is not None:
        values |= {"next_number": following.number.position, "zone": following.number.zone}
    return values
