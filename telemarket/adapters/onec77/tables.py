"""The tables of a base, wherever they are: DBF files in a folder, or a database of SQL."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Protocol

import msgspec
import sqlalchemy as sa

from telemarket.adapters.onec77 import dbf
from telemarket.adapters.onec77.dictionary import Dictionary, Table
from telemarket.adapters.onec77.errors import UnreadableBase
from telemarket.adapters.onec77.folders import files_in
from telemarket.adapters.onec77.values import day
from telemarket.adapters.sql.errors import translated
from telemarket.core.i18n import N_

_FETCHED = 2_000  # rows a round trip

Where = Mapping[str, Collection[str]]
"""Which rows: columns with the values they may have, blanks at both ends not counted."""


class Tables(Protocol):
    """Blocking. Every method raises UnreadableBase and BackendUnavailable."""

    @property
    def dictionary(self) -> Dictionary:
        """What tables there are."""

    def rows(self, table: Table, names: Sequence[str], where: Where | None = None) -> Iterator[tuple[str, ...]]:
        """The columns `names` as texts without the blanks at their ends: days as YYYYMMDD, numbers with a point."""

    def count(self, table: Table) -> int:
        """How many rows there are, about."""

    def stamp(self, tables: Iterable[Table]) -> str:
        """A text that changes when any of `tables` is written to; empty where that cannot be known."""


class DbfTables:
    """The DBF files of a folder, whatever the case of their names."""

    def __init__(self, folder: Path, dictionary: Dictionary) -> None:
        self.dictionary = dictionary
        self._folder = folder
        self._files = {path.name.upper(): path for path in files_in(folder)}

    def rows(self, table: Table, names: Sequence[str], where: Where | None = None) -> Iterator[tuple[str, ...]]:
        return dbf.rows(self._path(table), names, self.dictionary.encoding, where)

    def count(self, table: Table) -> int:
        return dbf.layout(self._path(table)).rows

    def stamp(self, tables: Iterable[Table]) -> str:
        stamps = [(table.name, dbf.stamp(self._path(table))) for table in tables]
        return hashlib.sha256(msgspec.msgpack.encode(stamps)).hexdigest()

    def _path(self, table: Table) -> Path:
        name = f"{table.stored}.DBF"
        try:
            return self._files[name.upper()]
        except KeyError:
            raise UnreadableBase(
                N_("%(folder)s: there is no file %(name)s.", folder=self._folder, name=name),
                remedy=N_("The dictionary must be the one of this base."),
            ) from None


class SqlTables:
    """A base in SQL, over one connection; `secrets` are kept out of errors."""

    def __init__(self, connection: sa.Connection, dictionary: Dictionary, secrets: Sequence[str]) -> None:
        self.dictionary = dictionary
        self._connection = connection
        self._secrets = secrets

    def rows(self, table: Table, names: Sequence[str], where: Where | None = None) -> Iterator[tuple[str, ...]]:
        stored = sa.table(table.stored, *(_column(table, name) for name in {*names, *(where or {})}))
        query = sa.select(*(stored.c[name] for name in names))
        for name, values in (where or {}).items():
            query = query.where(_is_one_of(stored.c[name], values))
        with self._translating():
            result = self._connection.execution_options(stream_results=True, yield_per=_FETCHED).execute(query)
            for row in result:
                yield tuple([_text(value) for value in row])

    def count(self, table: Table) -> int:
        with self._translating():
            return self._connection.scalar(sa.select(sa.func.count()).select_from(sa.table(table.stored))) or 0

    def stamp(self, _tables: Iterable[Table]) -> str:
        return ""

    @contextmanager
    def _translating(self) -> Iterator[None]:
        try:
            yield
        except sa.exc.SQLAlchemyError as error:
            self._connection.rollback()
            raise translated(error, self._secrets) from None


@contextmanager
def connected(url: str, dictionary: Dictionary) -> Iterator[SqlTables]:
    """The tables of the database of `url`. Raises BackendUnavailable and BackendRefused."""
    secrets: list[str] = [url]
    try:
        parsed = sa.make_url(url)
        secrets.append(parsed.password or "")
        engine = sa.create_engine(parsed, poolclass=sa.NullPool, hide_parameters=True)
        connection = engine.connect()
    except (sa.exc.SQLAlchemyError, ModuleNotFoundError) as error:
        raise translated(error, secrets) from None  # a driver's error may quote the address it was given
    with connection:
        yield SqlTables(connection, dictionary, secrets)


def _column(table: Table, name: str) -> sa.ColumnClause[Any]:
    is_day = name in table.fields and table.fields[name].type == "D"
    return sa.column(name, sa.DateTime()) if is_day else sa.column(name)


def _is_one_of(column: sa.ColumnElement[Any], values: Collection[str]) -> sa.ColumnElement[bool]:
    if isinstance(column.type, sa.DateTime):
        days = [datetime.combine(found, time()) for value in values if (found := day(value))]
        return column.in_(days)
    return sa.func.ltrim(sa.func.rtrim(sa.cast(column, sa.String(255)))).in_(sorted(values))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value.rstrip()
    if isinstance(value, datetime | date):
        return value.strftime("%Y%m%d")
    return str(value)
