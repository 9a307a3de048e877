"""The history of a contact: who changed what, when, and what it was before."""

from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from telemarket.contacts.tables import contact_changes
from telemarket.core.database import Database
from telemarket.core.tables import users

_LONGEST_PAGE = 100


class ContactChange(msgspec.Struct, frozen=True, kw_only=True):
    """One change. `origin` says where it was made: desk, call, import:12, backend:onec, merge:3. `changes` has the old
    and the new value of each field; a telephone is a pair of its kind and how it was written."""

    id: int
    at: datetime
    by_id: int | None = None
    by: str = ""  # the name of who made it; empty: nobody who signs in
    origin: str
    changes: dict[str, tuple[Any, Any]]


class ChangeReader:
    """Reads histories."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_contact(self, contact_id: int, before: int | None = None, limit: int = 20) -> list[ContactChange]:
        """At most `limit` changes, newest first; `before` is the id of the last one of the page before."""
        columns = [contact_changes.c[name] for name in ("id", "at", "origin", "changes")]
        query = (
            sa.select(*columns, contact_changes.c.by.label("by_id"), sa.func.coalesce(users.c.name, "").label("by"))
            .outerjoin(users, users.c.id == contact_changes.c.by)
            .where(contact_changes.c.contact_id == contact_id)
            .order_by(contact_changes.c.id.desc())
            .limit(max(1, min(limit, _LONGEST_PAGE)))
        )
        if before is not None:
            query = query.where(contact_changes.c.id < before)
        async with self._database.read() as connection:
            return [_change(row) for row in await connection.execute(query)]


def _change(row: Any) -> ContactChange:
    changes = {field: (old, new) for field, (old, new) in row.changes.items()}
    return ContactChange(id=row.id, at=row.at, by_id=row.by_id, by=row.by, origin=row.origin, changes=changes)
