"""Many rows written at the driver's own speed.

SQLAlchemy spends more time on preparing the values of a row of twenty columns than SQLite on keeping it. Here a
statement is compiled once, and values are converted column by column.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.core.prepared import bind_converter

_COMPILED = 256  # statements kept


class BulkWrite:
    """One INSERT, UPDATE or DELETE, compiled for a dialect; `names` are the parameters each row gives."""

    def __init__(self, statement: sa.Executable, names: Sequence[str], dialect: sa.Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect, column_keys=list(names))  # type: ignore[attr-defined]
        self._sql = str(compiled)
        self._places: tuple[str, ...] = compiled.positiontup
        types = {name: bind.type for bind, name in compiled.bind_names.items()}
        self._converters = [bind_converter(types[name], dialect) for name in self._places]

    async def run(self, connection: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute it for each of `rows`, in order; nothing happens without any."""
        if rows:
            columns = [
                _column(rows, name, convert) for name, convert in zip(self._places, self._converters, strict=True)
            ]
            await connection.exec_driver_sql(self._sql, list(zip(*columns, strict=True)))


def _column(rows: Sequence[Mapping[str, Any]], name: str, convert: Callable[[Any], Any] | None) -> list[Any]:
    values = list(map(itemgetter(name), rows))
    return values if convert is None else list(map(convert, values))


async def insert_rows(connection: AsyncConnection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert `rows`, which all give the same columns of `table`."""
    if rows:
        names = tuple(rows[0])
        await _insert(table, names, connection.dialect).run(connection, rows)


@lru_cache(_COMPILED)
def _insert(table: sa.Table, names: tuple[str, ...], dialect: sa.Dialect) -> BulkWrite:
    return BulkWrite(table.insert(), names, dialect)
