"""Services that backends name, for the lists on the card."""

from collections.abc import Collection, Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from telemarket.backend import Service
from telemarket.contacts.records import cleaned_service
from telemarket.contacts.tables import backend_services
from telemarket.core.clock import Clock
from telemarket.core.database import Database

_AT_ONCE = 500
_VALUES = tuple(name for name in Service.__struct_fields__ if name != "key")


class ServiceStore:
    """The table `backend_services`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def take_over(self, backend: str, services: Sequence[Service]) -> list[tuple[str, str]]:
        """Write the backend's services; returns those that are none, as (key, reason)."""
        insert = sqlite.insert if self._database.is_sqlite else postgresql.insert
        statement = insert(backend_services)
        statement = statement.on_conflict_do_update(
            index_elements=[backend_services.c.backend, backend_services.c.key],
            set_={name: statement.excluded[name] for name in _VALUES} | {"gone_at": None},
        )
        rows: dict[str, dict[str, object]] = {}
        refused = []
        for service in services:
            try:
                cleaned = cleaned_service(service)
            except (AttributeError, TypeError, ValueError) as error:
                refused.append((str(getattr(service, "key", ""))[:200], str(error)))
                continue
            rows[cleaned.key] = {"backend": backend, "gone_at": None, **msgspec.structs.asdict(cleaned)}
        kept = list(rows.values())
        for start in range(0, len(kept), _AT_ONCE):
            async with self._database.write() as connection:
                await connection.execute(statement, kept[start : start + _AT_ONCE])
        return refused

    async def let_go(self, backend: str, but: Collection[str]) -> None:
        """The backend has only these services left."""
        mine = backend_services.c.backend == backend
        query = sa.select(backend_services.c.key).where(mine, backend_services.c.gone_at.is_(None))
        async with self._database.read() as connection:
            gone = sorted(set(await connection.scalars(query)) - set(but))
        for start in range(0, len(gone), _AT_ONCE):
            left = mine & backend_services.c.key.in_(gone[start : start + _AT_ONCE])
            async with self._database.write() as connection:
                await connection.execute(backend_services.update().where(left).values(gone_at=self._clock()))
