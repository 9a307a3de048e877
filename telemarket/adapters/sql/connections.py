"""Connections to a database with whatever driver: an asynchronous one on the loop, any other in a thread."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from telemarket.adapters.sql.errors import of_values, translated
from telemarket.adapters.sql.mapping import Row
from telemarket.adapters.sql.options import SqlOptions
from telemarket.backend import BackendUnavailable, ResultRefused
from telemarket.core.i18n import N_

T = TypeVar("T")

BATCH = 1000  # rows
_CLOSE_SECONDS = 2.0
_SHORT = 3  # characters
_READ_ONLY = {
    "postgresql": "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    "mysql": "SET TRANSACTION READ ONLY",
    "mariadb": "SET TRANSACTION READ ONLY",
    "oracle": "SET TRANSACTION READ ONLY",
    "sqlite": "PRAGMA query_only = ON",
}


class _Connection(Protocol):
    """One connection; `run` hands it to blocking SQLAlchemy code and awaits the result."""

    async def open(self) -> None: ...
    async def run(self, work: Callable[[sa.Connection], T]) -> T: ...
    async def close(self) -> None: ...


class _OnLoop:
    """Of an asynchronous driver."""

    def __init__(self, engine: sa.Engine) -> None:
        self._connection: AsyncConnection = AsyncEngine(engine).connect()

    async def open(self) -> None:
        await self._connection.start()

    async def run(self, work: Callable[[sa.Connection], T]) -> T:
        return await self._connection.run_sync(work)

    async def close(self) -> None:
        if self._connection.sync_connection is not None:
            await self._connection.close()


class _InThread:
    """Of any other driver. Whoever is cancelled does not wait: the thread ends when the driver gives it back."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sql")
        self._connection: sa.Connection | None = None
        self._working = False

    async def open(self) -> None:
        await self._in_thread(self._connect)

    async def run(self, work: Callable[[sa.Connection], T]) -> T:
        connection = self._connection
        assert connection is not None  # noqa: S101 - opened before
        return await self._in_thread(lambda: work(connection))

    async def close(self) -> None:
        if self._working:
            await asyncio.to_thread(self._interrupt)  # psycopg asks the server for it
        closing = asyncio.get_running_loop().run_in_executor(self._thread, self._disconnect)
        self._thread.shutdown(wait=False)
        await asyncio.shield(closing)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        def noted() -> T:
            try:
                return work()
            finally:
                self._working = False

        self._working = True
        return await asyncio.get_running_loop().run_in_executor(self._thread, noted)

    def _connect(self) -> None:
        self._connection = self._engine.connect()

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _interrupt(self) -> None:
        """Have the driver stop what it is doing, where it can: sqlite3 and psycopg can, from another thread."""
        driver = self._connection.connection.dbapi_connection if self._connection is not None else None
        stop = getattr(driver, "interrupt", None) or getattr(driver, "cancel", None)
        if stop is not None:
            stop()


def _read_only(connection: sa.Connection) -> None:
    if statement := _READ_ONLY.get(connection.dialect.name):
        connection.exec_driver_sql(statement)


class Session:
    """One transaction. Each step may take `timeout` seconds; raises BackendUnavailable and BackendRefused."""

    def __init__(self, connection: _Connection, timeout: float, secrets: Sequence[str]) -> None:
        self._connection = connection
        self._timeout = timeout
        self._secrets = secrets

    async def begin(self, *, read_only: bool) -> None:
        """Connect, and tell the database that nothing will be written, where it can be told."""
        await self._step(self._connection.open())
        if read_only:
            await self._run(_read_only)

    async def rows(self, statement: str, values: Mapping[str, Any]) -> AsyncIterator[Sequence[Row]]:
        """What a query gives, some rows at a time, taken from the server as they are asked for where that can be."""
        columns, result = await self._query(statement, values)
        while rows := await self._run(lambda _: result.fetchmany(BATCH)):
            yield [dict(zip(columns, row, strict=True)) for row in rows]

    async def some(self, statement: str, values: Mapping[str, Any], limit: int) -> tuple[list[str], Sequence[Row]]:
        """The columns of a query, and its first rows."""
        columns, result = await self._query(statement, values)
        rows = await self._run(lambda _: result.fetchmany(limit))
        await self._run(lambda _: result.close())
        return columns, [dict(zip(columns, row, strict=True)) for row in rows]

    async def change(self, statement: str, values: Mapping[str, Any]) -> None:
        """Execute a statement and commit. Raises ResultRefused where other values may do."""

        def execute(connection: sa.Connection) -> None:
            try:
                connection.execute(sa.text(statement), dict(values))
                connection.commit()
            except sa.exc.DBAPIError as error:
                if of_values(error):
                    raise ResultRefused(translated(error, self._untold(values.values())).message) from None
                raise

        await self._run(execute, values.values())

    async def end(self) -> None:
        """Give the connection back; what a broken one says about it interests nobody."""
        with suppress(Exception):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._connection.close()

    async def _query(self, statement: str, values: Mapping[str, Any]) -> tuple[list[str], sa.CursorResult[Any]]:
        def ask(connection: sa.Connection) -> tuple[list[str], sa.CursorResult[Any]]:
            streamed = {"stream_results": True, "max_row_buffer": BATCH}
            result = connection.execute(sa.text(statement), dict(values), execution_options=streamed)
            return [column.lower() for column in result.keys()], result  # noqa: SIM118 - it is no mapping

        return await self._run(ask, values.values())

    async def _run(self, work: Callable[[sa.Connection], T], values: Collection[Any] = ()) -> T:
        return await self._step(self._connection.run(work), values)

    async def _step(self, step: Awaitable[T], values: Collection[Any] = ()) -> T:
        try:
            async with asyncio.timeout(self._timeout):
                return await step
        except TimeoutError:
            raise BackendUnavailable(
                N_("The database did not answer within %(seconds)s s.", seconds=f"{self._timeout:g}")
            ) from None
        except Exception as error:
            # A driver's error may quote the address it was given, a server's the values.
            raise translated(error, self._untold(values)) from None

    def _untold(self, values: Collection[Any]) -> list[str]:
        """What no error may tell: secrets, and personal data; short words are needed to understand it."""
        return [*self._secrets, *(text for text in values if isinstance(text, str) and len(text) > _SHORT)]


class Database:
    """A database by its URL. SQLite's file is looked for below `data_dir` unless its path is absolute, never made."""

    def __init__(self, options: SqlOptions, data_dir: Path) -> None:
        self._timeout = options.timeout
        self._url = _completed(options, data_dir)
        self._secrets = [self._url.password or "", options.password.get_secret_value()]
        self._engine: sa.Engine | None = None

    @property
    def title(self) -> str:
        """Which database this is, for people and without anything secret."""
        url = self._url
        name = (url.database or "").removeprefix("file:").partition("?")[0]
        return f"{url.get_backend_name()} {name}" + (f" at {url.host}" if url.host else "")

    @asynccontextmanager
    async def session(self, *, read_only: bool = True) -> AsyncIterator[Session]:
        """A connection of one's own. Raises BackendUnavailable and BackendRefused."""
        session = Session(self._connection(), self._timeout, self._secrets)
        try:
            await session.begin(read_only=read_only)
            yield session
        finally:
            await session.end()

    def _connection(self) -> _Connection:
        if self._engine is None:
            try:
                # No pool: a connection that broke, or is still busy, is nobody else's trouble.
                self._engine = sa.create_engine(self._url, poolclass=sa.NullPool, hide_parameters=True)
            except Exception as error:
                raise translated(error, self._secrets) from None
        return _OnLoop(self._engine) if self._engine.dialect.is_async else _InThread(self._engine)


def _completed(options: SqlOptions, data_dir: Path) -> sa.URL:
    """The URL with its password, and with the driver that Telemarket brings where none is named."""
    url = sa.make_url(options.url.get_secret_value())
    if password := options.password.get_secret_value():
        url = url.set(password=password)
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+asyncpg")
    if url.get_backend_name() == "sqlite" and url.database:
        path = quote(str(data_dir / url.database))
        url = url.set(database=f"file:{path}", query={**url.query, "mode": "rw", "uri": "true"})
    return url
