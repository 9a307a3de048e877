"""Leads to be called now, taken so that nobody else takes them too, were it another daemon, and so that none is lost
when whoever took it dies: a claim is a lease."""

import secrets
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.core.bulk import insert_rows
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.i18n import N_
from telemarket.dialer.campaign_rows import CAMPAIGN_COLUMNS, campaign_of
from telemarket.dialer.candidates import foremost, lock, promised, ready_zones, take_people
from telemarket.dialer.choosing import REFUSALS, Fate, NoLine, choose_all
from telemarket.dialer.counts import Changes, add_counts
from telemarket.dialer.limits import DEAD, LONGEST_LIVE, Judge, Later, Never, read_known
from telemarket.dialer.model import Attempt, Campaign, CampaignState, Ended, LeadState, Outcome
from telemarket.dialer.moving import state_change
from telemarket.dialer.settling import Settling
from telemarket.dialer.tables import CLAIMED, WAITING, attempts, campaigns, leads
from telemarket.dialer.windows import may_call, next_moment

MOST_CLAIMED = 200
"""Leads taken at once."""
_ROUNDS = 8  # looks for further leads, if many of those looked at may not be called
_LEAST_LOOKED_AT = 20
_CLOSED_AT_ONCE = 200  # leads that no hour suits
_WOKEN_AT_ONCE = 5000
_WAKING_ROUNDS = 20
_LINE_AGAIN = timedelta(seconds=10)
"""Who has no line, and stands before more others than are looked at, makes room for them so long."""

_CLAIM = (
    leads.update()
    .where(leads.c.id == sa.bindparam("lead"))
    .values(
        {name: sa.bindparam(f"new_{name}") for name in ("owner", "lease_until", "attempt_id", "next_number", "zone")}
        | {"state": LeadState.CLAIMED.value, "changed_at": sa.bindparam("new_changed_at")}
    )
)
_PUT_OFF = (
    leads.update()
    .where(leads.c.id == sa.bindparam("lead"))
    .values(
        {name: sa.bindparam(f"new_{name}") for name in ("state", "due_at", "next_number", "zone", "closed_why")}
        | {"changed_at": sa.bindparam("new_changed_at")}
    )
)


class Claims:
    """Takes leads for the daemon `owner`, a name that lasts over its restarts; a claim lapses after `lease_seconds`
    unless it is renewed. `house_zone` is where days begin."""

    def __init__(
        self, database: Database, clock: Clock, owner: str, house_zone: str, lease_seconds: float = 120.0
    ) -> None:
        self._database = database
        self._clock = clock
        self._daemon = f"{owner[:60]}#"
        self._owner = self._daemon + secrets.token_hex(4)  # this life of it
        self._house_zone = house_zone
        self._lease = timedelta(seconds=lease_seconds)
        self._settling = Settling(database, clock)
        self._attempts = f"a{zlib.crc32(self._daemon.encode()):08x}"  # how the ids of its attempts begin, in every life
        self._exhausted: dict[int, bool] = {}  # by campaign

    # ---- taking

    async def claim(
        self,
        campaign: Campaign,
        wanted: int,
        *,
        operator_id: int | None = None,
        has_line: Callable[[str], bool] = lambda _: True,
    ) -> list[Attempt]:
        """At most `wanted` leads (and `MOST_CLAIMED`) that may be called this moment, the foremost first, each with the
        number to call.

        Without `operator_id` callbacks somebody has promised are left to him until their tolerance has passed; with it
        those he has promised come first, then what is anybody's. Who may not be called now waits until he may be, who
        may not be called at all is closed, and whose numbers are all dead is held. `has_line` takes a line for a
        number, if there is one; who has none is passed over.
        """
        wanted = min(wanted, MOST_CLAIMED)
        if wanted <= 0:
            return []
        now = self._clock()
        async with self._database.write() as connection:
            look = _Look(connection, campaign, wanted, now, self._house_zone, has_line)
            exhausted = await self._choose(look, connection, campaign, operator_id, now)
            fates = look.settled(in_the_way=look.wanted > 0 and not exhausted)
            claimed = await self._take(connection, campaign.id, fates, now)
            changes = await self._put_off(connection, campaign.id, fates, now)
            changes.update(state_change(campaign.id, LeadState.READY, LeadState.CLAIMED, len(claimed)))
            await add_counts(connection, changes)
        self._exhausted[campaign.id] = exhausted
        return claimed

    def exhausted(self, campaign_id: int) -> bool:
        """Whether the last claim for this campaign looked at everybody who may be called; if it did not, another may
        find more, though it took nobody."""
        return self._exhausted.get(campaign_id, False)

    async def _choose(
        self,
        look: "_Look",
        connection: AsyncConnection,
        campaign: Campaign,
        operator_id: int | None,
        now: datetime,
    ) -> bool:
        """Look at leads until enough are to be called; returns whether nobody else is to be looked at."""
        if operator_id is not None:
            await look.at(await promised(connection, campaign.id, operator_id, now, look.wanted))
        zones, never = await self._zones(connection, campaign, now) if look.wanted else ([], [])
        exhausted = not zones
        for _ in range(_ROUNDS if zones else 0):
            asked = len(look.seen) + max(2 * look.wanted, _LEAST_LOOKED_AT)
            found = await foremost(connection, campaign.id, zones, now, asked)
            await look.at(found)
            exhausted = len(found) < asked
            if not look.wanted or exhausted:
                break
        if look.wanted and never:  # they stand in nobody's way, but are judged: another number of theirs may do
            found = await foremost(connection, campaign.id, never, now, _CLOSED_AT_ONCE)
            await look.at(found)
            exhausted = exhausted and len(found) < _CLOSED_AT_ONCE
        return exhausted and look.wanted > 0

    async def _zones(
        self, connection: AsyncConnection, campaign: Campaign, now: datetime
    ) -> tuple[list[str], list[str]]:
        """The zones of ready leads in which somebody may be called now, and those in which nobody ever may."""
        terms, at = campaign.terms, now.timestamp()
        found = set(await ready_zones(connection, campaign.id))
        calling = {zone for zone in found if may_call(terms, zone, at, self._house_zone)}
        never = [zone for zone in found - calling if next_moment(terms, zone, at, self._house_zone) is None]
        return sorted(calling), sorted(never)

    async def _take(
        self, connection: AsyncConnection, campaign_id: int, fates: Sequence[Fate], now: datetime
    ) -> list[Attempt]:
        """Write down what is to be called."""
        stamp = {"new_owner": self._owner, "new_lease_until": now + self._lease, "new_changed_at": now}
        claimed, changes, rows = [], [], []
        for lead, number, verdict in map(msgspec.structs.astuple, fates):
            if number is None or verdict is not None:
                continue
            attempt = Attempt(
                id=f"{self._attempts}{secrets.token_hex(10)}",
                campaign_id=campaign_id,
                lead_id=lead.id,
                contact_id=lead.contact_id,
                number=number.number,
                zone=number.zone,
            )
            claimed.append(attempt)
            of_number = {"new_next_number": number.position, "new_zone": number.zone}
            changes.append({"lead": lead.id, "new_attempt_id": attempt.id, **of_number, **stamp})
            row = msgspec.structs.asdict(attempt)
            del row["zone"]
            rows.append({**row, "claimed_at": now})
        if claimed:
            await connection.execute(_CLAIM, changes)
            await insert_rows(connection, attempts, rows)
        return claimed

    async def _put_off(
        self, connection: AsyncConnection, campaign_id: int, fates: Sequence[Fate], now: datetime
    ) -> Changes:
        """Write down what is not to be called, or not now."""
        rows = [_put_off(fate, now) for fate in fates if fate.verdict is not None]
        changes = Changes()
        for row in rows:
            changes.update(state_change(campaign_id, LeadState.READY, row["new_state"]))
        if rows:
            await connection.execute(_PUT_OFF, rows)
        return changes

    # ---- while it is claimed

    async def recheck(self, attempt: Attempt) -> str | None:
        """At the moment of dialing: why it may not be dialed after all, marked for translation; None if it may."""
        now = self._clock()
        claimed = sa.select(leads.c.id).where(leads.c.id == attempt.lead_id, CLAIMED, leads.c.attempt_id == attempt.id)
        planned = sa.select(*CAMPAIGN_COLUMNS).where(campaigns.c.id == attempt.campaign_id)
        async with self._database.read() as connection:
            if await connection.scalar(claimed) is None:
                return N_("The lead has been taken back meanwhile.")
            campaign = campaign_of((await connection.execute(planned)).one())
            people = [] if attempt.contact_id is None else [attempt.contact_id]
            known = await read_known(connection, campaign, [attempt.number], people, now, self._house_zone)
        if campaign.state is not CampaignState.RUNNING or (campaign.ends_at and campaign.ends_at <= now):
            return N_("The campaign does not run any more.")
        # What this very attempt and its day count is settled: what may have changed is what people want.
        alone = msgspec.structs.replace(known, by_number={}, by_contact={})
        judge = Judge(campaign, alone, now, self._house_zone)
        verdict = judge.of_person(attempt.contact_id) or judge.of_number(attempt.number, attempt.zone)
        match verdict:
            case Never(why):
                return REFUSALS[why]
            case Later():
                return N_("It is not the hour to call there any more.")
        return None

    async def dialed(self, attempt_id: str) -> bool:
        """The PBX is told to call: write it down, the first time it is said. False if it must not be told: the attempt
        has ended, or the lead is not claimed by it and this daemon any more."""
        claimed = sa.exists().where(
            leads.c.id == attempts.c.lead_id, CLAIMED, leads.c.attempt_id == attempt_id, leads.c.owner == self._owner
        )
        mine = attempts.update().where(attempts.c.id == attempt_id, attempts.c.ended_at.is_(None), claimed)
        first = sa.func.coalesce(attempts.c.dialed_at, sa.bindparam("now", self._clock(), attempts.c.dialed_at.type))
        async with self._database.write() as connection:
            return (await connection.execute(mine.values(dialed_at=first))).rowcount > 0

    async def release(self, attempt_id: str) -> None:
        """It is not dialed after all: the lead is as before, nothing is counted."""
        await self._settling.ended(Ended(attempt_id=attempt_id, outcome=Outcome.RETURNED, at=self._clock()))

    async def renew(self, attempt_ids: Iterable[str]) -> None:
        """These are still being called: their claims last for another lease."""
        ids = list(attempt_ids)
        if not ids:
            return
        theirs = sa.select(attempts.c.lead_id).where(attempts.c.id.in_(ids))
        mine = (CLAIMED, leads.c.owner == self._owner, leads.c.attempt_id.in_(ids))
        async with self._database.write() as connection:
            lasting = leads.update().where(leads.c.id.in_(theirs), *mine)
            await connection.execute(lasting.values(lease_until=self._clock() + self._lease))

    # ---- the course of time

    async def wake(self, now: datetime) -> int:
        """Leads that waited until now are ready; returns how many. At most a hundred thousand at a time."""
        woken = 0
        for _ in range(_WAKING_ROUNDS):
            some = await self._wake_some(now)
            woken += some
            if some < _WOKEN_AT_ONCE:
                break
        return woken

    async def _wake_some(self, now: datetime) -> int:
        due = sa.select(leads.c.id).where(WAITING, leads.c.due_at <= now)
        async with self._database.read() as connection:  # nearly always there are none, and nothing is to be locked
            if await connection.scalar(due.limit(1)) is None:
                return 0
        some = due.order_by(leads.c.due_at, leads.c.id).limit(_WOKEN_AT_ONCE).with_for_update(skip_locked=True)
        woken = leads.update().where(leads.c.id.in_(some)).values(state=LeadState.READY.value)
        async with self._database.write() as connection:
            campaign_ids = (await connection.scalars(woken.returning(leads.c.campaign_id))).all()
            changes = Changes()
            for campaign_id, count in Counter(campaign_ids).items():
                changes.update(state_change(campaign_id, LeadState.WAITING, LeadState.READY, count))
            await add_counts(connection, changes)
        return len(campaign_ids)

    async def left_behind(self) -> list[Attempt]:
        """Attempts that nobody looks after: their lease has expired, or an earlier life of this daemon claimed them.

        They are this daemon's from now on, for another lease: each is told once, and to one daemon only. Those whose
        lead has gone on already, by a result chosen during the talk, have no lease: they are told each time once they
        are as old as one, those of this daemon though they may be under way; those of another after four hours.
        """
        now = self._clock()
        earlier = sa.and_(leads.c.owner.startswith(self._daemon, autoescape=True), leads.c.owner != self._owner)
        alone = sa.select(leads.c.id, leads.c.attempt_id).where(CLAIMED, sa.or_(leads.c.lease_until <= now, earlier))
        async with self._database.write() as connection:
            found = (await connection.execute(alone.with_for_update(skip_locked=True))).all()
            if found:
                kept = leads.update().where(leads.c.id.in_([row.id for row in found]))
                await connection.execute(kept.values(owner=self._owner, lease_until=now + self._lease))
            told = sa.or_(attempts.c.id.in_([row.attempt_id for row in found]), self._leadless(now))
            columns = (attempts.c[name] for name in Attempt.__struct_fields__ if name != "zone")
            wanted = sa.select(*columns, leads.c.zone).join(leads, leads.c.id == attempts.c.lead_id)
            rows = await connection.execute(wanted.where(attempts.c.ended_at.is_(None), told))
            return [Attempt(**row._mapping) for row in rows]

    def _leadless(self, now: datetime) -> sa.ColumnElement[bool]:
        """Attempts not ended whose lead is not theirs any more."""
        mine = attempts.c.id.startswith(self._attempts)
        return sa.and_(
            sa.or_(leads.c.state != LeadState.CLAIMED.value, leads.c.attempt_id != attempts.c.id),
            attempts.c.claimed_at <= now - self._lease,
            sa.or_(mine, attempts.c.claimed_at <= now - LONGEST_LIVE),
        )


class _Look:
    """One look for leads to be called: what has been seen, and what has been decided of it."""

    def __init__(
        self,
        connection: AsyncConnection,
        campaign: Campaign,
        wanted: int,
        now: datetime,
        house_zone: str,
        has_line: Callable[[str], bool],
    ) -> None:
        self._connection = connection
        self._campaign = campaign
        self._now = now
        self._house_zone = house_zone
        self._has_line = has_line
        self._taken: set[str | int] = set()  # numbers and contacts
        self.wanted = wanted  # yet
        self.seen: set[int] = set()
        self._fates: list[Fate] = []

    async def at(self, ids: Sequence[int]) -> None:
        """Decide about those that are new, as far as any are wanted."""
        new = [key for key in ids if key not in self.seen]
        self.seen.update(new)
        free = await take_people(self._connection, await lock(self._connection, new))
        if not free:
            return
        numbers = {each.number for lead in free for each in lead.numbers}
        people = {lead.contact_id for lead in free if lead.contact_id is not None}
        known = await read_known(self._connection, self._campaign, numbers, people, self._now, self._house_zone)
        judge = Judge(self._campaign, known, self._now, self._house_zone)
        fates = choose_all(judge, free, self._taken, self.wanted, self._now, self._has_line)
        self._fates += fates
        self.wanted -= sum(fate.verdict is None for fate in fates)

    def settled(self, *, in_the_way: bool) -> list[Fate]:
        """What is to be written down: who has no line stays as he is, unless he stands in the way of others."""
        again = Later(self._now + _LINE_AGAIN)
        return [
            Fate(fate.lead, fate.number, again) if isinstance(fate.verdict, NoLine) else fate
            for fate in self._fates
            if in_the_way or not isinstance(fate.verdict, NoLine)
        ]


def _put_off(fate: Fate, now: datetime) -> dict[str, Any]:
    """What is written of a lead that is not called now."""
    number, verdict = fate.number, fate.verdict
    row: dict[str, Any] = {
        "lead": fate.lead.id,
        "new_state": LeadState.WAITING.value,
        "new_due_at": now,
        "new_next_number": number.position if number else fate.lead.next_number,
        "new_zone": number.zone if number else fate.lead.zone,
        "new_closed_why": "",
        "new_changed_at": now,
    }
    match verdict:
        case Later(due_at):
            row["new_due_at"] = due_at
        case Never() if verdict == DEAD:
            row["new_state"] = LeadState.HELD.value
        case Never(why):
            row |= {"new_state": LeadState.CLOSED.value, "new_closed_why": why}
    return row
