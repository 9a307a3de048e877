"""Values that contacts have, to choose from."""

from typing import Any

import sqlalchemy as sa

from telemarket.contacts.tables import RARE, contact_categories, contacts
from telemarket.core.database import Database
from telemarket.core.prepared import Statement

MOST_CHOICES = 200


def _distinct(column: sa.Column[str]) -> Statement:
    """The different values of an indexed column, each found by one step into the index, whatever the number of rows."""
    seen = sa.select(sa.func.min(column).label("value")).where(column > "").cte("seen", recursive=True)
    next_value = sa.select(sa.func.min(column)).where(column > seen.c.value).scalar_subquery()
    seen = seen.union_all(sa.select(next_value).where(seen.c.value.is_not(None)))
    return sa.select(seen.c.value).where(seen.c.value.is_not(None)).limit(MOST_CHOICES)


_CHOICES = {
    "category": _distinct(contact_categories.c.category),
    "region": _distinct(contacts.c.region),
    "source": _distinct(contacts.c.source),
}
_SOME = sa.select(contacts.c.id).where(RARE["incomplete"], contacts.c.archived_at.is_(None))
_INCOMPLETE = sa.select(sa.func.count()).select_from(_SOME.limit(sa.bindparam("most", type_=sa.Integer)).subquery())


async def choices(database: Database) -> dict[str, tuple[str, ...]]:
    """At most MOST_CHOICES categories, regions and sources."""
    return {
        name: tuple(row[0] for row in await database.fetch(query, {}, unhurried=True))
        for name, query in _CHOICES.items()
    }


async def count_incomplete(database: Database, most: int) -> int:
    """How many contacts somebody should complete; counts no further than `most`."""
    found: Any = await database.fetch(_INCOMPLETE, {"most": most}, unhurried=True)
    return int(found[0][0])
