"""What outcomes tell of a number: whether anybody can be reached by it."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.dialer.model import NEVER_REACHED, Outcome
from telemarket.dialer.tables import number_health


class DeadWhy(StrEnum):
    """What a number is held to be dead for."""

    INVALID = "invalid"  # the network says that there is none
    SILENT = "silent"  # nobody has answered for too long
    OPERATOR = "operator"  # an operator found out: it is somebody else's


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a number. `silent_since` is the first of the calls nobody answered since somebody last did."""

    number: str  # E.164 with its plus
    silent_since: datetime | None = None
    failures: int = 0  # calls since then
    answered_at: datetime | None = None
    dead_at: datetime | None = None
    dead_why: str = ""


_REACHED = frozenset(
    {Outcome.ANSWERED, Outcome.INFORMED, Outcome.DROPPED, Outcome.HUNG_UP, Outcome.DECLINED, Outcome.SCREENED}
)
# A machine answers for whom nobody can reach.
_SILENT = frozenset({Outcome.NO_ANSWER, Outcome.BUSY, Outcome.MACHINE, Outcome.MESSAGE_LEFT, Outcome.FAX})
TELLING = _REACHED | _SILENT | NEVER_REACHED
"""Outcomes that say something about the number; the others are about lines and about us."""

_COLUMNS = tuple(number_health.c[name] for name in Health.__struct_fields__)


def learn(health: Health, outcome: Outcome, at: datetime, silent_after: int) -> Health:
    """What is known after one more call. `silent_after`: days without an answer after which it is dead; 0: never."""
    if health.dead_why == DeadWhy.OPERATOR:  # whoever answers there is somebody else
        return health
    if outcome in _REACHED:
        return Health(number=health.number, answered_at=at)
    since = health.silent_since or at
    silent = silent_after > 0 and at - since >= timedelta(days=silent_after)
    why = DeadWhy.INVALID if outcome in NEVER_REACHED else DeadWhy.SILENT if silent else None
    failed = msgspec.structs.replace(health, silent_since=since, failures=health.failures + 1)
    if health.dead_at is not None or why is None:
        return failed
    return msgspec.structs.replace(failed, dead_at=at, dead_why=why.value)


async def read_health(connection: AsyncConnection, numbers: Iterable[str]) -> dict[str, Health]:
    """What is known of these numbers, locked until the transaction ends; of those nothing is known of, too."""
    wanted = sorted(set(numbers))
    query = sa.select(*_COLUMNS).where(number_health.c.number.in_(wanted)).order_by(number_health.c.number)
    rows = await connection.execute(query.with_for_update())
    known = {row.number: Health(**row._mapping) for row in rows}
    return {number: known.get(number) or Health(number=number) for number in wanted}


async def write_health(connection: AsyncConnection, healths: Mapping[str, Health]) -> None:
    """Keep what is known now. A number that is not dead has no task any more."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(number_health)
    values: dict[str, Any] = {name: statement.excluded[name] for name in Health.__struct_fields__ if name != "number"}
    dead = statement.excluded.dead_at.is_not(None)
    values["request_id"] = sa.case((dead, number_health.c.request_id), else_=None)
    upsert = statement.on_conflict_do_update(index_elements=["number"], set_=values)
    for number in sorted(healths):
        await connection.execute(upsert, msgspec.structs.asdict(healths[number]))
