"""Leads that come next, found without looking at those whose zone is asleep.

The partial index of ready leads begins with campaign and zone, so that the foremost leads of each zone stand at the
beginning of a stretch of it: what is read is as much as is wanted, however many leads there are.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.core.database import UtcDateTime
from telemarket.dialer.tables import READY, lead_numbers, leads

_LOCK = 7_355_611  # any constant: PostgreSQL's advisory locks are numbered
_LOCKS = 4096  # PostgreSQL has room for some six thousand, unless it is told otherwise
_ZONES_AT_ONCE = 50  # a compound statement has a limit
_NOW = sa.bindparam("now", type_=UtcDateTime())
_CAMPAIGN = sa.bindparam("campaign", type_=sa.Integer)
_FOREMOST = (leads.c.rank, leads.c.due_at, leads.c.id)


class CandidateNumber(msgspec.Struct, frozen=True):
    """A number of a candidate, not dropped."""

    position: int
    number: str
    zone: str
    best_hour: int | None


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A lead that is ready, and nobody else's until the transaction ends. `numbers` begin with the one that is next."""

    id: int
    contact_id: int | None
    next_number: int
    zone: str
    numbers: tuple[CandidateNumber, ...]


def _zones() -> sa.Select[Any]:
    """The zones in which the campaign has leads that are ready: one step of the index for each."""
    mine = (READY, leads.c.campaign_id == _CAMPAIGN)
    first = sa.select(sa.func.min(leads.c.zone).label("zone")).where(*mine)
    found = first.cte("zones", recursive=True)
    following = sa.select(sa.func.min(leads.c.zone)).where(*mine, leads.c.zone > found.c.zone).scalar_subquery()
    found = found.union_all(sa.select(following).where(found.c.zone.is_not(None)))
    return sa.select(found.c.zone).where(found.c.zone.is_not(None))


_ZONES = _zones()


async def ready_zones(connection: AsyncConnection, campaign_id: int) -> Sequence[str]:
    """The zones in which the campaign has leads that are ready."""
    return (await connection.scalars(_ZONES, {"campaign": campaign_id})).all()


async def foremost(
    connection: AsyncConnection, campaign_id: int, zones: Sequence[str], now: datetime, wanted: int
) -> list[int]:
    """The ids of the `wanted` leads that come first in these zones, without callbacks somebody still has to make."""
    limit = 1 << max(wanted - 1, 1).bit_length()  # few different statements
    values = {"campaign": campaign_id, "now": now}
    found: list[Any] = []
    for some in _pieces(zones, _ZONES_AT_ONCE):
        named = {f"zone{number}": zone for number, zone in enumerate(some)}
        found += await connection.execute(_in_zones(len(some), limit), values | named)
    return [row.id for row in sorted(found, key=lambda row: (row.rank, row.due_at, row.id))[:wanted]]


@lru_cache(512)
def _in_zones(zones: int, limit: int) -> sa.CompoundSelect[Any]:
    anybodys = sa.or_(leads.c.operator_id.is_(None), leads.c.operator_until <= _NOW)
    # Written out: PostgreSQL takes a limit it does not know for a tenth of all rows.
    few: Any = sa.literal_column(str(limit), sa.Integer)
    parts = [
        sa.select(leads.c.id, leads.c.rank, leads.c.due_at)
        .where(READY, leads.c.campaign_id == _CAMPAIGN, leads.c.zone == sa.bindparam(f"zone{number}"), anybodys)
        .order_by(*_FOREMOST)
        .limit(few)
        .subquery()
        for number in range(zones)
    ]
    return sa.union_all(*(sa.select(part) for part in parts))


async def promised(
    connection: AsyncConnection, campaign_id: int, operator_id: int, now: datetime, wanted: int
) -> list[int]:
    """The ids of callbacks this operator has to make by now, the longest due first."""
    due = (
        sa.select(leads.c.id)
        .where(
            leads.c.operator_id == operator_id,
            leads.c.due_at <= now,
            READY,
            leads.c.campaign_id == campaign_id,
        )
        .order_by(leads.c.due_at, leads.c.id)
        .limit(wanted)
    )
    return list(await connection.scalars(due))


async def lock(connection: AsyncConnection, ids: Sequence[int]) -> list[Candidate]:
    """Those of them that are ready still and that nobody else is taking, in the same order."""
    if not ids:
        return []
    columns = (leads.c.id, leads.c.contact_id, leads.c.next_number, leads.c.zone)
    free = sa.select(*columns).where(READY, leads.c.id.in_(ids)).with_for_update(skip_locked=True)
    rows = {row.id: row for row in await connection.execute(free)}
    numbers = await _numbers(connection, rows)
    return [
        Candidate(**row._mapping, numbers=_from(row.next_number, numbers.get(row.id, [])))
        for key in ids
        if (row := rows.get(key)) is not None
    ]


async def _numbers(connection: AsyncConnection, ids: Collection[int]) -> dict[int, list[CandidateNumber]]:
    wanted = (
        sa.select(*(lead_numbers.c[name] for name in ("lead_id", *CandidateNumber.__struct_fields__)))
        .where(lead_numbers.c.lead_id.in_(ids), sa.not_(lead_numbers.c.dropped))
        .order_by(lead_numbers.c.lead_id, lead_numbers.c.position)
    )
    found: dict[int, list[CandidateNumber]] = {}
    for lead_id, *rest in await connection.execute(wanted) if ids else ():
        found.setdefault(lead_id, []).append(CandidateNumber(*rest))
    return found


def _from(position: int, numbers: Iterable[CandidateNumber]) -> tuple[CandidateNumber, ...]:
    """The numbers beginning with the one at `position`, or the first after it."""
    return tuple(sorted(numbers, key=lambda each: (each.position < position, each.position)))


async def take_people(connection: AsyncConnection, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those with whose numbers and contacts nobody else is busy: two daemons may take two leads of one person at once,
    neither seeing the other's attempt yet. In SQLite nobody else writes.

    Two that share a lock by chance are not called at the same moment either; the room for locks is limited.
    """
    if connection.dialect.name == "sqlite" or not candidates:
        return list(candidates)
    keys = sorted({key for each in candidates for key in _keys(each)})
    column = sa.func.unnest(sa.cast(keys, sa.ARRAY(sa.String))).column_valued("key")
    got = sa.func.pg_try_advisory_xact_lock(_LOCK, sa.func.hashtext(column).op("&")(_LOCKS - 1))
    rows = await connection.execute(sa.select(column, got))
    free = {key for key, taken in rows if taken}
    return [each for each in candidates if free.issuperset(_keys(each))]


def _keys(candidate: Candidate) -> list[str]:
    keys = [each.number for each in candidate.numbers]
    return keys if candidate.contact_id is None else [*keys, f"contact {candidate.contact_id}"]


def _pieces(values: Iterable[str], size: int) -> Iterable[list[str]]:
    remaining = iter(values)
    while some := list(islice(remaining, size)):
        yield some
