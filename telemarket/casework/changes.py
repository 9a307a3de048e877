"""Requests in the order in which they were changed, for those who keep a copy of them elsewhere."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from telemarket.backend import Result
from telemarket.calls.tables import calls, projects
from telemarket.casework.tables import choices, requests
from telemarket.core import cursor
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.tables import users

SETTLING = timedelta(seconds=5)
"""So old a change must be: an earlier one may still be on its way into the database."""


class ChangedRequest(msgspec.Struct, frozen=True):
    """A request as it is now. `position` is what to read on from; which record of a backend `result` concerns is left
    to whoever knows."""

    position: str
    contact_id: int
    result: Result


_QUERY = (
    sa.select(
        requests.c.id,
        requests.c.updated_at,
        requests.c.contact_id,
        sa.func.coalesce(projects.c.number, "").label("project"),
        sa.func.coalesce(calls.c.direction, "").label("direction"),
        sa.func.coalesce(calls.c.ani, "").label("caller"),
        sa.func.coalesce(choices.c.name, "").label("topic"),
        requests.c.state,
        requests.c.text,
        sa.func.coalesce(users.c.name, "").label("operator"),
    )
    .select_from(requests)
    .outerjoin(projects, projects.c.id == requests.c.project_id)
    .outerjoin(calls, calls.c.id == requests.c.call_id)
    .outerjoin(choices, choices.c.id == requests.c.topic_id)
    .outerjoin(users, users.c.id == requests.c.author_id)
    .where(requests.c.contact_id.is_not(None))
    .order_by(requests.c.updated_at, requests.c.id)
)


class RequestChanges:
    """Reads the changes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def now(self) -> str:
        """The place behind everything there is."""
        return cursor.write(self._clock() - SETTLING, 0)

    async def since(self, position: str, limit: int) -> Sequence[ChangedRequest]:
        """At most `limit` requests changed behind `position`, the earliest change first."""
        after, number = cursor.read_numbered(position, "This is no place among the changes of requests.")
        behind = sa.tuple_(requests.c.updated_at, requests.c.id) > sa.tuple_(
            sa.literal(after, requests.c.updated_at.type), sa.literal(number)
        )
        settled = requests.c.updated_at <= self._clock() - SETTLING
        async with self._database.read() as connection:
            rows = await connection.execute(_QUERY.where(behind, settled).limit(limit))
            return [_changed(row._mapping) for row in rows]


def _changed(row: Any) -> ChangedRequest:
    values = {name: row[name] for name in ("project", "direction", "caller", "topic", "state", "text", "operator")}
    result = Result(record_key="", request_id=row["id"], at=row["updated_at"], **values)
    return ChangedRequest(cursor.write(row["updated_at"], row["id"]), row["contact_id"], result)
