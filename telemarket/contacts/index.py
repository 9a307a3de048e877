"""What contacts are found by, beside their telephones: rows derived from `contacts`, always those of its values."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.contacts.full_text import keep_found
from telemarket.contacts.keys import keys_of
from telemarket.contacts.tables import contact_categories, contact_keys, contact_words
from telemarket.contacts.words import attribute_words
from telemarket.core.bulk import BulkWrite, insert_columns

Values = Mapping[str, Any]
_Entries = Callable[[Values], Iterable[Any]]

_INDEXES: tuple[tuple[sa.Table, str, tuple[str, ...], _Entries], ...] = (
    (contact_words, "word", ("attributes",), attribute_words),
    (contact_keys, "key", ("name", "company", "emails"), keys_of),
    (contact_categories, "category", ("categories",), lambda values: values["categories"]),
)
"""Each with the columns of `contacts` it is made of."""


async def reindex(connection: AsyncConnection, contacts: Sequence[tuple[int, Values | None, Values | None]]) -> None:
    """Write what differs: for each contact its id, what it was indexed with and what it is to be; None is nothing."""
    await keep_found(connection, contacts)
    for table, column, sources, entries in _INDEXES:
        gone: tuple[list[int], list[Any]] = ([], [])
        new: tuple[list[int], list[Any]] = ([], [])
        for contact_id, before, after in contacts:
            if before and after and all(before[name] == after[name] for name in sources):
                continue
            had = set(entries(before)) if before else frozenset()
            has = set(entries(after)) if after else frozenset()
            _note(gone, contact_id, had - has)
            _note(new, contact_id, has - had)
        if gone[0]:
            await _removal(table, column, connection.dialect).run(connection, {"contact_id": gone[0], column: gone[1]})
        if new[0]:
            await insert_columns(connection, table, {"contact_id": new[0], column: new[1]})


def _note(columns: tuple[list[int], list[Any]], contact_id: int, entries: Collection[Any]) -> None:
    columns[0].extend([contact_id] * len(entries))
    columns[1].extend(entries)


@lru_cache(64)
def _removal(table: sa.Table, column: str, dialect: sa.Dialect) -> BulkWrite:
    names = (column, "contact_id")
    same = [table.c[name] == sa.bindparam(name, type_=table.c[name].type) for name in names]
    return BulkWrite(table.delete().where(*same), names, dialect)
