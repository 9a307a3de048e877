"""Reads on the path of a call: compiled once, run straight on the driver.

SQLAlchemy's asynchronous engine spends half a millisecond of CPU on the smallest read (its greenlets, and for
SQLite a change of threads for each step). Here a statement is compiled once and costs one change of threads, or
one round trip to PostgreSQL. Statements stay SQLAlchemy expressions, so one text serves both databases.
"""

import asyncio
import json
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar, Protocol

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from telemarket.core.errors import DatabaseUnavailable
from telemarket.core.i18n import N_

Statement = sa.Select[Any] | sa.CompoundSelect[Any]
Row = tuple[Any, ...]
Convert = Callable[[Any], Any]

# How asyncpg says that a connection has died: which of them depends on how much of the bad news it has read.
_LOST = (
    ConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.ConnectionDoesNotExistError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
_FAILURES = (*_LOST, TimeoutError, OSError, sqlite3.Error, asyncpg.PostgresError)


class Reader(Protocol):
    """A way to run compiled SQL that only reads."""

    async def fetch(self, sql: str, values: tuple[Any, ...]) -> list[Any]:
        """All rows, as the driver gives them."""
        ...

    async def close(self) -> None:
        """Give its connections back."""
        ...


class PreparedRead:
    """One statement, ready to run."""

    def __init__(self, statement: Statement, dialect: sa.Dialect, reader: Reader) -> None:
        compiled = statement.compile(dialect=dialect)
        self.sql = str(compiled)
        binds = {name: bind for bind, name in compiled.bind_names.items()}
        self._constants = {name: compiled.params[name] for name, bind in binds.items() if not bind.required}
        self._binds = [(name, bind_converter(binds[name].type, dialect)) for name in compiled.positiontup or ()]
        self._converters = _result_converters(statement, dialect)
        self._reader = reader

    async def fetch(self, values: dict[str, Any], deadline: float) -> list[Row]:
        """The rows for these values of the named parameters.

        Raises DatabaseUnavailable when the database fails or takes longer than `deadline` seconds.
        """
        given = self._constants | values
        ordered = tuple(given[name] if convert is None else convert(given[name]) for name, convert in self._binds)
        try:
            async with asyncio.timeout(deadline):
                rows = await self._reader.fetch(self.sql, ordered)
        except _FAILURES as error:
            reason = str(error) or type(error).__name__
            raise DatabaseUnavailable(N_("The database did not answer: %(reason)s.", reason=reason)) from error
        return [self._converted(row) for row in rows]

    def _converted(self, row: Any) -> Row:
        converted = list(row)
        for place, convert in self._converters:
            converted[place] = convert(converted[place])
        return tuple(converted)


def bind_converter(of: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> Convert | None:
    """What makes the driver's value of a parameter; None if the driver takes it as it is."""
    return of.dialect_impl(dialect).bind_processor(dialect)


def _result_converters(statement: Statement, dialect: sa.Dialect) -> list[tuple[int, Convert]]:
    """For each column whose type asks for it: its place, and the function from the driver's value to Python's."""
    found: list[tuple[int, Convert]] = []
    for place, column in enumerate(statement.selected_columns):
        convert = column.type.dialect_impl(dialect).result_processor(dialect, None)
        if convert is not None:
            found.append((place, convert))
    return found


class SqliteReader:
    """One connection in a thread of its own: a read never waits behind the pool, nor blocks the loop."""

    def __init__(self, path: str, configure: Callable[[Any, Any], None]) -> None:
        self._path = path
        self._configure = configure
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database-fetch")
        self._connection: sqlite3.Connection | None = None

    async def fetch(self, sql: str, values: tuple[Any, ...]) -> list[Any]:
        """All rows; see Reader."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._fetch, sql, values)

    def _fetch(self, sql: str, values: tuple[Any, ...]) -> list[Any]:
        if self._connection is None:
            self._connection = sqlite3.connect(self._path)
            self._configure(self._connection, None)
        return self._connection.execute(sql, values).fetchall()

    async def close(self) -> None:
        """Close the connection and end the thread."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown()

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class PostgresReader:
    """A few connections of asyncpg, which prepares each statement once on each of them."""

    CONNECTIONS = 4
    CLOSING = 5.0  # seconds that reads under way get at the end
    # Planning these statements anew costs ten times what running them does, and their plan is always the same.
    SETTINGS: ClassVar = {"plan_cache_mode": "force_generic_plan", "jit": "off"}

    def __init__(self, engine: AsyncEngine) -> None:
        _, self._options = engine.dialect.create_connect_args(engine.url)
        self._pool: asyncpg.Pool | None = None
        self._opening = asyncio.Lock()

    async def fetch(self, sql: str, values: tuple[Any, ...]) -> list[Any]:
        """All rows; see Reader. A connection lost meanwhile (a restarted server) is replaced once."""
        pool = self._pool or await self._open()
        try:
            return list(await pool.fetch(sql, *values))
        except _LOST:
            await pool.expire_connections()
            return list(await pool.fetch(sql, *values))

    async def _open(self) -> asyncpg.Pool:
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    **self._options,
                    server_settings=self.SETTINGS,
                    min_size=1,
                    max_size=self.CONNECTIONS,
                    init=_read_json,
                    reset=_nothing_to_reset,
                )
            return self._pool

    async def close(self) -> None:
        """Close the connections."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        try:
            await asyncio.wait_for(pool.close(), self.CLOSING)
        except TimeoutError:
            pool.terminate()


async def _read_json(connection: Any) -> None:
    """SQLAlchemy's types for asyncpg leave JSON to the connection."""
    for name in ("json", "jsonb"):
        await connection.set_type_codec(name, schema="pg_catalog", encoder=json.dumps, decoder=json.loads)


async def _nothing_to_reset(_connection: Any) -> None:
    """Reads leave no state behind; asyncpg's own reset would cost a round trip each time."""
