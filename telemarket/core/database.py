"""The database: SQLAlchemy Core over SQLite (WAL) or PostgreSQL.

Tables live in the rooms' `tables.py` and share `metadata`; Alembic migrations create them. Errors never quote
the values of a statement: they are people's.
"""

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import aiosqlite
import msgspec
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from telemarket.core.prepared import PostgresReader, PreparedRead, Reader, Row, SqliteReader, Statement

_PREPARED = 256  # statements kept compiled
WAL_PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
"""Seconds between the attempts to change a database to WAL, which is done once in its life."""
_FromStore = Callable[[Any], datetime | None]

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
"""Ids of what there may be billions of."""

Change = tuple[sa.Executable, list[dict[str, Any]]]
"""A statement, and the parameters of each time it is executed."""


class UtcDateTime(sa.TypeDecorator[datetime]):
    """An aware datetime, kept in UTC; a naive one is refused."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}: give it a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> _FromStore | None:  # noqa: ARG002
        # Every row of the call path has some: SQLite's text is read in one step, PostgreSQL's is right already.
        return _utc_from_text if dialect.name == "sqlite" else None


def _utc_from_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(f"{value}+00:00")


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


# A fifth of the standard library's time, and letters stay letters: they are what most of the values are made of.
_ENGINE: dict[str, Any] = {"hide_parameters": True, "json_serializer": _json, "json_deserializer": msgspec.json.decode}


class ReferencesBroken(Exception):
    """A change of the schema would leave rows that refer to nothing: a mistake in a migration."""


class Database:
    """Connections to one database.

    `read()` and `write()` are context managers giving a connection inside a transaction; `write()` commits at
    the end and rolls back on an exception. In SQLite a writer takes the write lock at its beginning, so that it
    never fails half-way for having read first. `fetch()` reads one statement at a tenth of the cost of `read()`:
    the call path uses it.

    With `dry_run` everything written is checked by the database and then rolled back. With `bulk`, for a process that
    writes much and can repeat it, SQLite keeps transactions in order but does not wait for the disk at each: a power
    failure may take the last ones back.
    """

    def __init__(self, url: str, *, pool_size: int = 8, dry_run: bool = False, bulk: bool = False) -> None:
        self.url = url
        self.dry_run = dry_run
        self.is_sqlite = url.startswith("sqlite")
        if self.is_sqlite:
            self._readers = _sqlite_engine(url, "BEGIN", pool_size)
            self._writers = _sqlite_engine(url, "BEGIN IMMEDIATE", 1)
            if bulk:
                event.listen(self._writers.sync_engine, "connect", _configure_bulk)
            path = url.partition(":///")[2]
            self._reader: Reader = SqliteReader(path, _configure_sqlite)
            self._aside: Reader = SqliteReader(path, _configure_sqlite)
            self._batches: SqliteBatches | None = None if dry_run else SqliteBatches(url)
        else:
            self._batches = None
            self._readers = self._writers = create_async_engine(url, pool_size=pool_size, pool_pre_ping=True, **_ENGINE)
            self._reader, self._aside = PostgresReader(self._readers), PostgresReader(self._readers)
        self._prepared: Callable[[Statement, bool], PreparedRead] = lru_cache(_PREPARED)(self._prepare)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection for reading one consistent state."""
        async with self._readers.connect() as connection:
            yield connection

    async def fetch(
        self, statement: Statement, values: dict[str, Any], *, deadline: float = 5.0, unhurried: bool = False
    ) -> list[Row]:
        """All rows of one reading statement, outside any transaction (one statement sees one state anyway).

        It is compiled when first seen: keep `statement` as a constant and put what varies into bind parameters.
        What is `unhurried`, as a search is, may take its time: the other reads never wait behind it. Raises
        DatabaseUnavailable when the database fails or takes longer than `deadline` seconds.
        """
        return await self._prepared(statement, unhurried).fetch(values, deadline)

    def _prepare(self, statement: Statement, unhurried: bool) -> PreparedRead:
        return PreparedRead(statement, self._readers.dialect, self._aside if unhurried else self._reader)

    async def apply(self, changes: Sequence[Change]) -> None:
        """Make several changes in one transaction; for SQLite in one change of threads, whatever their number.

        Raises SQLAlchemy's errors; then nothing has been changed.
        """
        if self._batches is not None:
            await self._batches.apply(changes)
            return
        async with self.write() as connection:
            for statement, rows in changes:
                await connection.execute(statement, rows)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A connection whose changes are committed when the block ends well."""
        async with self._writers.begin() as connection:
            yield connection
            if self.dry_run:
                await connection.rollback()

    @asynccontextmanager
    async def restructure(self) -> AsyncIterator[AsyncConnection]:
        """Like `write()`, for changes of the schema.

        SQLite changes most of a table by making it anew, and dropping the old one would take along every row that
        refers to it: here references are not followed, but checked at the end.
        """
        if not self.is_sqlite:
            async with self.write() as connection:
                yield connection
            return
        async with self._writers.connect() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            await driver.execute("PRAGMA foreign_keys=OFF")
            try:
                async with connection.begin() as transaction:
                    yield connection
                    broken = (await connection.exec_driver_sql("PRAGMA foreign_key_check")).mappings().first()
                    if broken is not None:
                        raise ReferencesBroken(f"a row of {broken['table']} refers to nothing in {broken['parent']}")
                    if self.dry_run:
                        await transaction.rollback()
            finally:
                await driver.execute("PRAGMA foreign_keys=ON")

    async def close(self) -> None:
        """Close every connection."""
        await self._reader.close()
        await self._aside.close()
        if self._batches is not None:
            await self._batches.close()
        await self._readers.dispose()
        if self._writers is not self._readers:
            await self._writers.dispose()


class SqliteBatches:
    """Writes batches with a synchronous engine in a thread of its own: the asynchronous one changes threads for each
    statement, which for the journal's small groups costs three times as much."""

    def __init__(self, url: str) -> None:
        self._engine = sa.create_engine(url.replace("+aiosqlite", ""), pool_size=1, **_ENGINE)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database-batches")
        event.listen(self._engine, "connect", _configure_sqlite)
        event.listen(self._engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))

    async def apply(self, changes: Sequence[Change]) -> None:
        """Make the changes in one transaction."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._apply, changes)

    def _apply(self, changes: Sequence[Change]) -> None:
        with self._engine.begin() as connection:
            for statement, rows in changes:
                connection.execute(statement, rows)

    async def close(self) -> None:
        """Close the connection and end the thread."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._engine.dispose)
        self._thread.shutdown()


def _sqlite_engine(url: str, begin: str, pool_size: int) -> AsyncEngine:
    path = url.partition(":///")[2]
    if path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(url, pool_size=pool_size, max_overflow=0, pool_timeout=30, **_ENGINE)

    event.listen(engine.sync_engine, "connect", _configure_sqlite)

    @event.listens_for(engine.sync_engine, "begin")
    def start(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    rollbacks: set[asyncio.Task[None]] = set()

    @event.listens_for(engine.sync_engine, "invalidate")
    def let_go(connection: Any, _record: Any, error: BaseException | None) -> None:
        """The connection of a cancelled task is thrown away, but SQLite closes it only when its last cursor is
        collected as garbage: without this nobody could write until then."""
        if isinstance(error, asyncio.CancelledError):
            rollback = asyncio.create_task(_roll_back(connection.driver_connection))  # the closing queues up behind it
            rollbacks.add(rollback)
            rollback.add_done_callback(rollbacks.discard)

    return engine


async def _roll_back(connection: aiosqlite.Connection) -> None:
    with contextlib.suppress(sqlite3.Error, ValueError):  # it was not even open
        await connection.rollback()


def _configure_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout=10000")
    _use_wal(cursor)
    for pragma in (
        "synchronous=FULL",
        "foreign_keys=ON",
        "cache_size=-65536",
        "mmap_size=1073741824",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _configure_bulk(connection: Any, _record: Any) -> None:
    """What is written again and again, as indexes are, reaches the database's file once for many transactions."""
    cursor = connection.cursor()
    for pragma in ("synchronous=NORMAL", "wal_autocheckpoint=16384", "cache_size=-262144"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _use_wal(cursor: Any) -> None:
    """Have a new database use WAL. SQLite does not wait for another process that is changing it too: it refuses."""
    for pause in (*WAL_PAUSES, None):
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if pause is None:
                raise
            time.sleep(pause)
        else:
            return
