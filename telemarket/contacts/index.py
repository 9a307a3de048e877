"""What contacts are found by, beside their telephones: rows derived from `contacts`, always those of its values."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.contacts.keys import keys_of
from telemarket.contacts.tables import contact_categories, contact_keys, contact_words
from telemarket.contacts.words import searched_words
from telemarket.core.bulk import BulkWrite, insert_rows

Values = Mapping[str, Any]
_Entries = Callable[[Values], Iterable[Any]]

_INDEXES: tuple[tuple[sa.Table, str, _Entries], ...] = (
    (contact_words, "word", searched_words),
    (contact_keys, "key", keys_of),
    (contact_categories, "category", lambda values: values["categories"]),
)


async def reindex(connection: AsyncConnection, contacts: Sequence[tuple[int, Values | None, Values | None]]) -> None:
    """Write what differs: for each contact its id, what it was indexed with and what it is to be; None is nothing."""
    for table, column, entries in _INDEXES:
        gone: list[dict[str, Any]] = []
        new: list[dict[str, Any]] = []
        for contact_id, before, after in contacts:
            had = set(entries(before)) if before is not None else ()
            has = set(entries(after)) if after is not None else ()
            gone += [{"contact_id": contact_id, column: entry} for entry in had if entry not in has]
            new += [{"contact_id": contact_id, column: entry} for entry in has if entry not in had]
        if gone:
            await _removal(table, column, connection.dialect).run(connection, gone)
        await insert_rows(connection, table, new)


@lru_cache(64)
def _removal(table: sa.Table, column: str, dialect: sa.Dialect) -> BulkWrite:
    names = (column, "contact_id")
    same = [table.c[name] == sa.bindparam(name, type_=table.c[name].type) for name in names]
    return BulkWrite(table.delete().where(*same), names, dialect)
