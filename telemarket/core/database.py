"""The database: SQLAlchemy Core over SQLite (WAL) or PostgreSQL.

Tables live in the rooms' `tables.py` and share `metadata`; Alembic migrations create them.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

Values = Mapping[str, Any] | None
Rows = Sequence[sa.Row[Any]]
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


class Database:
    """Connections to one database.

    `read()` and `write()` are context managers giving a connection inside a transaction; `write()` commits at
    the end and rolls back on an exception. In SQLite a writer takes the write lock at its beginning, so that it
    never fails half-way for having read first. `fetch()` reads one statement at a tenth of the cost of `read()`:
    the call path uses it.
    """

    def __init__(self, url: str, *, pool_size: int = 8) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        if self.is_sqlite:
            self._readers = _sqlite_engine(url, "BEGIN", pool_size)
            self._writers = _sqlite_engine(url, "BEGIN IMMEDIATE", 1)
            self._fetcher: _SqliteFetcher | _PooledFetcher = _SqliteFetcher(url)
        else:
            self._readers = self._writers = create_async_engine(url, pool_size=pool_size, pool_pre_ping=True)
            self._fetcher = _PooledFetcher(self._readers)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection for reading one consistent state."""
        async with self._readers.connect() as connection:
            yield connection

    async def fetch(self, statement: sa.Select[Any] | sa.CompoundSelect[Any], values: Values = None) -> Rows:
        """All rows of one reading statement, outside any transaction (one statement sees one state anyway)."""
        return await self._fetcher.fetch(statement, values)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A connection whose changes are committed when the block ends well."""
        async with self._writers.begin() as connection:
            yield connection

    async def close(self) -> None:
        """Close every connection."""
        self._fetcher.close()
        await self._readers.dispose()
        if self._writers is not self._readers:
            await self._writers.dispose()


class _SqliteFetcher:
    """Reads in one thread of its own: one hop a statement, where the asynchronous driver takes one for each step."""

    def __init__(self, url: str) -> None:
        plain_url = url.replace("sqlite+aiosqlite", "sqlite", 1)
        self._engine = sa.create_engine(plain_url, isolation_level="AUTOCOMMIT")
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database-fetch")
        event.listen(self._engine, "connect", _configure_sqlite)

    async def fetch(self, statement: sa.Executable, values: Values) -> Rows:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._fetch, statement, values)

    def _fetch(self, statement: sa.Executable, values: Values) -> Rows:
        with self._engine.connect() as connection:
            return connection.execute(statement, values).all()

    def close(self) -> None:
        self._thread.shutdown(wait=True)
        self._engine.dispose()


class _PooledFetcher:
    """Reads through the pool without the round trips of BEGIN and ROLLBACK."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")

    async def fetch(self, statement: sa.Executable, values: Values) -> Rows:
        async with self._engine.connect() as connection:
            return (await connection.execute(statement, values)).all()

    def close(self) -> None:
        """The engine belongs to the database."""


def _sqlite_engine(url: str, begin: str, pool_size: int) -> AsyncEngine:
    path = url.partition(":///")[2]
    if path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(url, pool_size=pool_size, max_overflow=0, pool_timeout=30)

    event.listen(engine.sync_engine, "connect", _configure_sqlite)

    @event.listens_for(engine.sync_engine, "begin")
    def start(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _configure_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=10000",
        "cache_size=-65536",
        "mmap_size=1073741824",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
