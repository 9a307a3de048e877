"""A small HTTP/1.1 client: one host, a bounded pool of keep-alive connections, parsing by httptools.

ARI costs a call about ten requests, and a general client's work on each of them (redirects, cookies, proxies,
header dictionaries) was most of what the daemon spent on a call.
"""

import asyncio
import ssl
from typing import cast
from urllib.parse import urlsplit

import httptools

# Asterisk closes an idle connection after 15 s: close ours first, so that no request meets a closing one.
KEEP_ALIVE = 10.0
LARGEST_ANSWER = 256 * 1024 * 1024  # a recording of several hours


class _Connection(asyncio.Protocol):
    """One connection; one request at a time."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._body: list[bytes] = []
        self._size = 0
        self.usable_until = 0.0

    def exchange(self, request: bytes) -> asyncio.Future[tuple[int, bytes]]:
        """Send a request; the future holds status and body, or the ConnectionError that came instead."""
        assert self._transport is not None  # noqa: S101
        self._body, self._size = [], 0
        self._answer = self._loop.create_future()
        self._transport.write(request)
        return self._answer

    @property
    def idle(self) -> bool:
        """Open, and no answer under way."""
        return self._answer is None and self._transport is not None

    def close(self, reason: str = "closed") -> None:
        """Close at once; a request under way fails."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.abort()
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_exception(ConnectionResetError(reason))

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self.close(f"not HTTP: {error}")

    def connection_lost(self, error: Exception | None) -> None:
        self.close(str(error) if error else "connection closed by Asterisk")

    # httptools

    def on_body(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > LARGEST_ANSWER:
            self.close("the answer is too long")
        else:
            self._body.append(part)

    def on_message_complete(self) -> None:
        answer, self._answer = self._answer, None
        if answer is None or answer.done():  # nobody asked, or nobody waits any longer
            self.close()
            return
        answer.set_result((self._parser.get_status_code(), b"".join(self._body)))
        if self._parser.should_keep_alive():
            self.usable_until = self._loop.time() + KEEP_ALIVE
        else:
            self.close()


class HttpClient:
    """Requests to one host, at most `connections` at a time; more wait their turn.

    `headers` go with every request.
    """

    def __init__(self, url: str, headers: dict[str, str], connections: int) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._port = parts.port or (443 if self._tls else 80)
        self._prefix = parts.path.rstrip("/")
        fields = {"Host": parts.netloc.rpartition("@")[2], **headers}
        self._head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self._turn = asyncio.Semaphore(connections)
        self._idle: list[_Connection] = []
        self._open: set[_Connection] = set()
        self._closed = False

    async def request(self, method: str, target: str, body: bytes | None = None) -> tuple[int, bytes]:
        """Status and body of the answer. `target` is percent-encoded; `body` is JSON.

        Raises OSError (ConnectionError among them) if no whole answer comes. Cancelling closes the connection.
        """
        request = f"{method} {self._prefix}{target} HTTP/1.1\r\n{self._head}"
        if body is None:
            content = f"{request}Content-Length: 0\r\n\r\n".encode("ascii")
        else:
            head = f"{request}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            content = head.encode("ascii") + body
        async with self._turn:
            connection = self._reuse() or await self._connect()
            try:
                return await connection.exchange(content)
            finally:
                self._give_back(connection)

    def _reuse(self) -> _Connection | None:
        now = asyncio.get_running_loop().time()
        while self._idle:
            connection = self._idle.pop()
            if connection.idle and now < connection.usable_until:
                return connection
            self._drop(connection)
        return None

    async def _connect(self) -> _Connection:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(_Connection, self._host, self._port, ssl=self._tls)
        if self._closed:
            connection.close()
            raise ConnectionResetError("the client is closed")
        self._open.add(connection)
        return connection

    def _give_back(self, connection: _Connection) -> None:
        if connection.idle:
            self._idle.append(connection)
        else:
            self._drop(connection)

    def _drop(self, connection: _Connection) -> None:
        connection.close()
        self._open.discard(connection)

    async def close(self) -> None:
        """Close every connection; requests under way fail."""
        self._closed = True
        for connection in self._open:
            connection.close("the client is closed")
