"""The web server: uvicorn inside the daemon's own event loop."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from telemarket.core.errors import ConfigurationError
from telemarket.core.settings import WebSettings

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class WebServer:
    """Serves `app` as [web] says. Refuses to listen beyond this host without TLS."""

    def __init__(self, app: ASGIApp, settings: WebSettings) -> None:
        if settings.host not in LOOPBACK and not (settings.tls_certificate or settings.behind_tls_proxy):
            raise ConfigurationError(
                f"web.host: {settings.host} can be reached from outside, and there is no TLS.",
                remedy="Set web.tls_certificate and web.tls_key, or web.behind_tls_proxy behind a proxy that has it.",
            )
        self._settings = settings
        config = uvicorn.Config(
            app,
            http="httptools",
            ws="websockets-sansio",
            ws_per_message_deflate=False,  # compressing costs more than a card's twenty kilobytes are worth
            ws_ping_interval=None,  # pages and server have a heartbeat of their own
            lifespan="on",
            access_log=False,
            log_config=None,
            server_header=False,
            proxy_headers=settings.behind_tls_proxy,
            ssl_certfile=settings.tls_certificate,
            ssl_keyfile=settings.tls_key,
            timeout_graceful_shutdown=2,
        )
        self._server = _Server(config)
        self._task: asyncio.Task[None] | None = None
        self._socket: socket.socket | None = None

    @property
    def url(self) -> str:
        """Where it listens, once started."""
        scheme = "https" if self._settings.tls_certificate else "http"
        port = self._socket.getsockname()[1] if self._socket else self._settings.port
        return f"{scheme}://{self._settings.host}:{port}"

    async def start(self) -> None:
        """Listen. Raises ConfigurationError if the address cannot be had."""
        family = socket.AF_INET6 if ":" in self._settings.host else socket.AF_INET
        listener = socket.socket(family)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((self._settings.host, self._settings.port))
        except OSError as error:
            listener.close()
            raise ConfigurationError(
                f"web: cannot listen on {self._settings.host}:{self._settings.port}: {error.strerror}.",
                remedy="Choose another web.port, or end the process that has it.",
            ) from error
        self._socket = listener
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]), name="web")
        listening = asyncio.create_task(self._server.listening.wait())
        await asyncio.wait((listening, self._task), return_when=asyncio.FIRST_COMPLETED)
        if self._task.done():
            listening.cancel()
            await self._task

    async def close(self) -> None:
        """Stop listening and close every connection."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task


class _Server(uvicorn.Server):
    """Leaves signals to the daemon and says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()
