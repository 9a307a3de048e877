"""Whom the law, the house or his own word keeps from being called, and until when.

What is known is read for many leads at once; the judgement itself is pure.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.contacts.tables import contacts, phones
from telemarket.dialer.model import NOT_CALLED, Campaign, Outcome
from telemarket.dialer.tables import attempts, do_not_call, number_health
from telemarket.dialer.windows import next_moment

_LIVE_AGAIN = timedelta(minutes=1)
"""After this somebody who is being called right now is looked at again."""
_LONGEST_CALL = timedelta(days=1)
LONGEST_LIVE = timedelta(hours=4)
"""An attempt whose end nobody has written after this is not going on any more."""
_LOCKING = frozenset({Outcome.DROPPED.value, Outcome.UNKNOWN.value})
_ALL_PROJECTS = 0
K = TypeVar("K", str, int)


class Past(msgspec.Struct, frozen=True):
    """An attempt at a number or a person, of any campaign."""

    campaign_id: int
    claimed_at: datetime
    ended_at: datetime | None
    outcome: str


class Person(msgspec.Struct, frozen=True):
    """What a contact says of being called."""

    do_not_call: bool
    consent: str
    archived: bool


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the numbers and contacts that are looked at."""

    blocked: frozenset[str]
    dead: frozenset[str]
    people: dict[int, Person]
    by_number: dict[str, list[Past]]
    by_contact: dict[int, list[Past]]


class Never(msgspec.Struct, frozen=True):
    """He or it is not called in this campaign; `why` as in `leads.closed_why`."""

    why: str


class Later(msgspec.Struct, frozen=True):
    """Not before this moment."""

    due_at: datetime


Verdict = Never | Later | None
"""None: may be called now."""

DEAD = Never("dead")


class Judge:
    """Judges by a campaign's terms what is known at one moment. Days are those of `house_zone`."""

    def __init__(self, campaign: Campaign, known: Known, now: datetime, house_zone: str) -> None:
        self._campaign = campaign
        self._terms = campaign.terms
        self._known = known
        self._now = now
        self._house_zone = house_zone
        self._today, self._tomorrow = day_bounds(now, house_zone)

    def of_person(self, contact_id: int | None) -> Verdict:
        """Whether this person may be called, on whatever number."""
        person = None if contact_id is None else self._known.people.get(contact_id)
        if contact_id is not None and (person is None or person.archived):
            return Never("gone")
        if person is not None and person.do_not_call:
            return Never("do-not-call")
        consent = person.consent if person else ""
        if consent == "refused" or (self._terms.profile.consent and consent != "given"):
            return Never("no-consent")
        past = self._known.by_contact.get(contact_id, []) if contact_id is not None else []
        return self._by_past(past, self._terms.per_person_a_day)

    def of_number(self, number: str, zone: str) -> Verdict:
        """Whether this number may be called."""
        if number in self._known.blocked:
            return Never("do-not-call")
        if number in self._known.dead:
            return DEAD
        verdict = self._by_past(self._known.by_number.get(number, []), self._terms.per_number_a_day)
        return verdict or self._by_clock(zone)

    def _by_past(self, past: Iterable[Past], most: int) -> Verdict:
        moments = []
        today = [each for each in past if each.claimed_at >= self._today and each.outcome not in NOT_CALLED]
        if any(each.ended_at is None and self._now - each.claimed_at < LONGEST_LIVE for each in past):
            moments.append(self._now + _LIVE_AGAIN)
        if len(today) >= most:
            moments.append(self._tomorrow)
        if not self._terms.beside_others and any(each.campaign_id != self._campaign.id for each in today):
            moments.append(self._tomorrow)
        lockout = timedelta(hours=self._terms.profile.lockout_hours)
        moments += [each.ended_at + lockout for each in past if each.ended_at and each.outcome in _LOCKING]
        due_at = max(moments, default=self._now)
        return Later(due_at) if due_at > self._now else None

    def _by_clock(self, zone: str) -> Verdict:
        at = self._now.timestamp()
        moment = next_moment(self._terms, zone, at, self._house_zone)
        if moment is None:
            return Never("no-hours")
        return Later(self._now + timedelta(seconds=moment - at)) if moment > at else None


def day_bounds(moment: datetime, house_zone: str) -> tuple[datetime, datetime]:
    """When the house's day at this moment begins and ends."""
    zone = ZoneInfo(house_zone)
    day = moment.astimezone(zone).date()
    return _midnight(day, zone), _midnight(day + timedelta(days=1), zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(ZoneInfo("UTC"))


async def read_known(
    connection: AsyncConnection,
    campaign: Campaign,
    numbers: Collection[str],
    contact_ids: Collection[int],
    now: datetime,
    house_zone: str,
) -> Known:
    """What is known of these numbers and contacts; a handful of questions whatever their number."""
    since = min(
        day_bounds(now, house_zone)[0],
        now - timedelta(hours=campaign.terms.profile.lockout_hours) - _LONGEST_CALL,
    )
    by_number = attempts.c.number.in_(numbers)
    by_contact = attempts.c.contact_id.in_(contact_ids)
    return Known(
        blocked=await blocked_numbers(connection, campaign.project_id, numbers),
        dead=await _dead(connection, numbers),
        people=await _people(connection, contact_ids) if contact_ids else {},
        by_number=await _past(connection, attempts.c.number, by_number, since),
        by_contact=await _past(connection, attempts.c.contact_id, by_contact, since) if contact_ids else {},
    )


async def blocked_numbers(connection: AsyncConnection, project_id: int, numbers: Collection[str]) -> frozenset[str]:
    """Those of `numbers` (E.164) that are on a do-not-call list of the project or the house, or whose owner does not
    want to be approached."""
    listed = sa.select(do_not_call.c.number).where(
        do_not_call.c.number.in_(numbers), do_not_call.c.project_id.in_((_ALL_PROJECTS, project_id))
    )
    # A lead may have been added by its number alone: what its owner has said holds nevertheless.
    unwilling = (
        sa.select(phones.c.e164)
        .join(contacts, contacts.c.id == phones.c.contact_id)
        .where(
            phones.c.digits.in_([number.removeprefix("+") for number in numbers]),  # by the index
            phones.c.e164.in_(numbers),
            contacts.c.archived_at.is_(None),
            sa.or_(contacts.c.do_not_call, contacts.c.consent == "refused"),
        )
    )
    return frozenset(await connection.scalars(sa.union_all(listed, unwilling)))


async def forbids_messages(connection: AsyncConnection, project_id: int, number: str) -> bool:
    """Whether a number may not be written to: it may not be called either."""
    return bool(await blocked_numbers(connection, project_id, [number]))


async def _dead(connection: AsyncConnection, numbers: Collection[str]) -> frozenset[str]:
    dead = sa.select(number_health.c.number).where(
        number_health.c.number.in_(numbers), number_health.c.dead_at.is_not(None)
    )
    return frozenset(await connection.scalars(dead))


async def _people(connection: AsyncConnection, contact_ids: Collection[int]) -> dict[int, Person]:
    columns = (contacts.c.id, contacts.c.do_not_call, contacts.c.consent, contacts.c.archived_at)
    rows = await connection.execute(sa.select(*columns).where(contacts.c.id.in_(contact_ids)))
    return {key: Person(bool(blocked), consent, archived is not None) for key, blocked, consent, archived in rows}


async def _past(
    connection: AsyncConnection, key: sa.Column[K], condition: sa.ColumnElement[bool], since: datetime
) -> dict[K, list[Past]]:
    columns = (key, attempts.c.campaign_id, attempts.c.claimed_at, attempts.c.ended_at, attempts.c.outcome)
    wanted = sa.select(*columns).where(
        condition, attempts.c.claimed_at >= since, attempts.c.outcome != Outcome.RETURNED.value
    )
    found: defaultdict[K, list[Past]] = defaultdict(list)
    for value, *rest in await connection.execute(wanted):
        found[value].append(Past(*rest))
    return dict(found)
