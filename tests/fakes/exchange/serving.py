"""Serving a fake on loopback, and what may befall its requests."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from ssl import SSLContext

from aiohttp import web

Trouble = Callable[[web.Request], web.Response]


class Fate:
    """What becomes of requests: of the next ones in turn, then of all others; None: they are answered."""

    def __init__(self) -> None:
        self.next: list[Trouble | None] = []
        self.all: Trouble | None = None
        self.stalled = False  # requests are taken and never answered

    async def befall(self, request: web.Request) -> web.Response | None:
        """The trouble this request gets into."""
        if self.stalled:
            await asyncio.Event().wait()
        trouble = self.next.pop(0) if self.next else self.all
        return trouble(request) if trouble else None


def status(code: int, **headers: str) -> Trouble:
    """An answer without more in it than a status, as a proxy or a load balancer gives it."""
    return lambda _: web.Response(status=code, headers={name.replace("_", "-"): text for name, text in headers.items()})


def dead(request: web.Request) -> web.Response:
    """The server goes away without a word."""
    assert request.transport is not None
    request.transport.close()
    return web.Response()


@asynccontextmanager
async def served(app: web.Application, tls: SSLContext | None = None) -> AsyncIterator[str]:
    """Runs `app` on a free port; gives its URL for the name localhost."""
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        yield f"{'https' if tls else 'http'}://localhost:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
