"""A server of AudioSocket, Asterisk's protocol for sound over TCP: whoever connects names himself by a UUID first."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from types import TracebackType
from typing import Self
from uuid import UUID

import structlog

log = structlog.get_logger(__name__)

HOST = "127.0.0.1"
HANG_UP, IDENTITY, SOUND = 0x00, 0x01, 0x10
"""Kinds of messages. The others, such as a key pressed, tell nothing here and are passed over."""
NAMING_DEADLINE = 2.0  # seconds until a peer has said which call it brings
MAX_NAMELESS = 50  # peers that have not yet

_HEADER = 3  # bytes: kind, length


class Sound:
    """One call's sound, as it comes. What nobody reads yet waits in the connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Samples, 20 ms at a time as a rule, until the call ends. Raises nothing."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                kind, payload = await _message(self._reader)
                if kind == HANG_UP:
                    return
                if kind == SOUND:
                    yield payload

    def close(self) -> None:
        """Asterisk ends the channel this was the sound of."""
        self._writer.close()


class AudioSocketServer:
    """Takes connections that are expected, on a free port of loopback. Use as an asynchronous context manager."""

    def __init__(self) -> None:
        self._server: asyncio.Server | None = None
        self._expected: dict[UUID, asyncio.Future[Sound]] = {}
        self._nameless: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> str:
        """HOST:PORT. The server must have been started."""
        assert self._server is not None  # noqa: S101
        return f"{HOST}:{self._server.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, HOST, 0)
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        assert self._server is not None  # noqa: S101
        self._server.close()
        for task in self._nameless:
            task.cancel()
        await asyncio.gather(*self._nameless, return_exceptions=True)

    @contextlib.contextmanager
    def expect(self, identity: UUID) -> Iterator["asyncio.Future[Sound]"]:
        """The sound that will come under this name; it is closed when the block ends."""
        coming = self._expected[identity] = asyncio.get_running_loop().create_future()
        try:
            yield coming
        finally:
            del self._expected[identity]
            if coming.done() and not coming.cancelled():
                coming.result().close()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._nameless) >= MAX_NAMELESS:
            log.warning("audiosocket connection refused", limit=MAX_NAMELESS)
            writer.transport.abort()
            return
        task = asyncio.create_task(self._introduce(reader, writer), name="audiosocket connection")
        self._nameless.add(task)
        task.add_done_callback(self._nameless.discard)

    async def _introduce(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Find out who it is."""
        awaited = None
        try:
            async with asyncio.timeout(NAMING_DEADLINE):
                kind, name = await _message(reader)
            if kind == IDENTITY and len(name) == len(UUID(int=0).bytes):
                awaited = self._expected.get(UUID(bytes=name))
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            log.info("audiosocket peer did not name itself")
        finally:
            if awaited is not None and not awaited.done():
                awaited.set_result(Sound(reader, writer))
            else:
                writer.close()


async def _message(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Kind and content; a length has two bytes, so that no message is larger than 64 kB."""
    header = await reader.readexactly(_HEADER)
    return header[0], await reader.readexactly(int.from_bytes(header[1:], "big"))
