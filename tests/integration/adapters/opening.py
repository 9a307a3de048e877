"""Opening a backend as the daemon does."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from telemarket.backend import Backend, BackendContext, BackendKind, Batch

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def opened(kind: BackendKind, folder: Path, /, clock: Callable[[], datetime] = lambda: NOW, **options: Any) -> Backend:
    """A backend of `kind` that keeps its things in `folder`, with these options."""
    kyiv = ZoneInfo("Europe/Kyiv")
    context = BackendContext(name="source", title="Source", folder=folder, data_dir=folder, clock=clock, zone=kyiv)
    return kind.open(context, kind.options(**options))


async def all_of(backend: Backend, cursor: str = "") -> list[Batch]:
    """Everything one synchronisation brings."""
    return [batch async for batch in backend.sync(cursor)]


def names(batches: list[Batch]) -> list[str]:
    """The names of the records, in order."""
    return sorted(record.name for batch in batches for record in batch.records)
