"""What tests of Domino share: backends opened as the daemon would, and things that happen while a server is asked."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from telemarket.adapters.domino import KIND
from telemarket.backend import Backend, BackendContext, Batch, Record
from tests.fakes.domino import DominoServer

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ROUTES = ("views", "das", "rest")


class House:
    """Opens backends at a time of the test's choosing, and closes them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = NOW
        self._opened: list[Backend] = []

    def open(self, options: dict[str, Any]) -> Backend:
        context = BackendContext(
            name="notes", title="", folder=self.folder, data_dir=self.folder, clock=lambda: self.now
        )
        backend = KIND.open(context, KIND.options.model_validate(options))
        self._opened.append(backend)
        return backend

    async def close(self) -> None:
        for backend in self._opened:
            await backend.close()


async def all_of(backend: Backend, cursor: str = "") -> list[Batch]:
    return [batch async for batch in backend.sync(cursor)]


def records_of(batches: list[Batch]) -> list[Record]:
    return [record for batch in batches for record in batch.records]


def kept(batches: list[Batch]) -> set[str]:
    """The keys that are left when the batches are taken over one after the other."""
    keys: set[str] = set()
    for batch in batches:
        keys |= {record.key for record in batch.records}
        keys -= set(batch.deleted)
    return keys


def at_request(server: DominoServer, number: int, what: Callable[[web.Request], web.StreamResponse | None]) -> None:
    """Call `what` before the request with this number, counted from here, is answered; it may answer itself."""
    counted = 0

    async def before(request: web.Request) -> web.StreamResponse | None:
        nonlocal counted
        counted += 1
        return what(request) if counted == number else None

    server.before = before


def hang_up(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()
