"""Reading a source as the synchronisation does."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from telemarket.adapters.onec77 import KIND
from telemarket.backend import Backend, BackendContext, CursorRefused, Limit, Record, Service

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


def opened(folder: Path, options: dict[str, Any], clock: Callable[[], datetime] = lambda: NOW) -> Backend:
    """The backend; what it keeps lies in `folder`/own."""
    kyiv = ZoneInfo("Europe/Kyiv")
    context = BackendContext(
        name="books", title="Books", folder=folder / "own", data_dir=folder, clock=clock, zone=kyiv
    )
    return KIND.open(context, KIND.options.model_validate(options))


class Reader:
    """Takes over one synchronisation after another; fails for anything named twice in one of them."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.cursor = ""
        self.records: dict[str, Record] = {}
        self.services: dict[str, Service] = {}
        self.named: list[str] = []
        self.refused: list[tuple[str, str]] = []
        self.began_anew = False

    async def read(self) -> None:
        """One more synchronisation; after a refused cursor from the beginning."""
        self.began_anew = False
        try:
            await self._read()
        except CursorRefused:
            self.began_anew = True
            self.cursor = ""
            await self._read()

    async def _read(self) -> None:
        self.named, self.refused = [], []
        snapshot, before, cursor = False, set(self.records), self.cursor
        services = set()
        async for batch in self.backend.sync(self.cursor):
            snapshot |= batch.snapshot
            self.records |= {record.key: record for record in batch.records}
            self.services |= {service.key: service for service in batch.services}
            self.named += [record.key for record in batch.records]
            services |= {service.key for service in batch.services}
            self.refused += batch.refused
            for key in batch.deleted:
                del self.records[key]
            cursor = batch.cursor or cursor
        assert len(set(self.named)) == len(self.named)
        self.cursor = cursor
        if snapshot:
            for key in before - set(self.named) - {key for key, _ in self.refused}:
                del self.records[key]
            self.services = {key: service for key, service in self.services.items() if key in services}

    def named_like(self, name: str) -> Record:
        """The only record whose name has `name` in it."""
        [found] = [record for record in self.records.values() if name in record.name]
        return found


def money(limit: Limit) -> tuple[str, Decimal | None, str]:
    """Service, sum and currency."""
    return limit.service, limit.amount, limit.unit
