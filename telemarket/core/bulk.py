"""Many rows written at the driver's own speed.

SQLAlchemy spends more time on preparing the values of a row of twenty columns than SQLite on keeping it. Here a
statement is compiled once, and values are converted column by column.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
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

    async def run(self, connection: AsyncConnection, columns: Mapping[str, Sequence[Any]]) -> None:
        """Execute it for each row of `columns`, which are equally long, in order."""
        values = [
            _converted(columns[name], convert) for name, convert in zip(self._places, self._converters, strict=True)
        ]
        await connection.exec_driver_sql(self._sql, list(zip(*values, strict=True)))


def _converted(values: Sequence[Any], convert: Callable[[Any], Any] | None) -> Sequence[Any]:
    if convert is None:
        return values
    first = values[0]
    if all(value is first for value in values):  # a default, or the time of them all
        return [convert(first)] * len(values)
    return list(map(convert, values))


async def insert_rows(connection: AsyncConnection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert `rows`, which all give the same columns of `table`; nothing happens without any."""
    if rows:
        await insert_columns(connection, table, columns_of(rows, tuple(rows[0])))


async def insert_columns(connection: AsyncConnection, table: sa.Table, columns: Mapping[str, Sequence[Any]]) -> None:
    """Insert rows given as columns, which are equally long and not empty."""
    await _insert(table, tuple(columns), connection.dialect).run(connection, columns)


def columns_of(rows: Sequence[Mapping[str, Any]], names: Iterable[str]) -> dict[str, list[Any]]:
    """The values of `rows`, by column."""
    return {name: list(map(itemgetter(name), rows)) for name in names}


@lru_cache(_COMPILED)
def _insert(table: sa.Table, names: tuple[str, ...], dialect: sa.Dialect) -> BulkWrite:
    return BulkWrite(table.insert(), names, dialect)
