"""A server of AudioSocket, Asterisk's protocol for sound over TCP: whoever connects names himself by a UUID first."""

import asyncio
import contextlib
from collections.abc import Iterator
from types import TracebackType
from typing import Self
from uuid import UUID

import structlog

from telemarket.dialer.detection.heard import RATE

log = structlog.get_logger(__name__)

HOST = "127.0.0.1"
HANG_UP, IDENTITY, SOUND = 0x00, 0x01, 0x10
"""Kinds of messages. The others, such as a key pressed, tell nothing here and are passed over."""
NAMING_DEADLINE = 2.0  # seconds until a peer has said which call it brings
MAX_NAMELESS = 50  # peers that have not yet
GAP = 0.1
"""Seconds after which a line that sends nothing is silent: some telephones send only while somebody speaks."""

_HEADER = 3  # bytes: kind, length of two bytes
_CHUNK = 4096
_NAMED = _HEADER + 16  # bytes of the first message: nothing after it is read along with it
_SILENCE = bytes(round(GAP * RATE) * 2)

Message = tuple[int, bytes]


class Messages:
    """Puts bytes together to messages, (kind, content). Pure; keeps at most one that is incomplete, 64 kB."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> list[Message]:
        """The messages that are complete with `data`."""
        self._buffer += data
        found: list[Message] = []
        while len(self._buffer) >= _HEADER:
            end = _HEADER + int.from_bytes(self._buffer[1:_HEADER], "big")
            if len(self._buffer) < end:
                break
            found.append((self._buffer[0], self._buffer[_HEADER:end]))
            self._buffer = self._buffer[end:]
        return found


class Sound:
    """One call's sound as it comes, a piece at a time, until the call ends. What nobody has read waits in the
    connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, messages: Messages) -> None:
        self._reader = reader
        self._writer = writer
        self._messages = messages

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        try:
            async with asyncio.timeout(GAP):
                data = await self._reader.read(_CHUNK)
        except TimeoutError:
            return _SILENCE
        except OSError:
            data = b""
        found = self._messages.feed(data)
        if not data or any(kind == HANG_UP for kind, _ in found):
            raise StopAsyncIteration
        return b"".join(content for kind, content in found if kind == SOUND)

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
        """Find out who it is; whom nobody expects is turned away."""
        messages = Messages()
        awaited = None
        try:
            async with asyncio.timeout(NAMING_DEADLINE):
                awaited = self._expected.get(await _name(reader, messages))
        except (OSError, TimeoutError, ValueError) as error:
            log.info("audiosocket peer did not name itself", reason=str(error))
        finally:
            if awaited is not None and not awaited.done():
                awaited.set_result(Sound(reader, writer, messages))
            else:
                writer.close()


async def _name(reader: asyncio.StreamReader, messages: Messages) -> UUID:
    """What the peer calls itself. Raises ValueError if that is not the first thing it says."""
    while data := await reader.read(_NAMED):
        for kind, content in messages.feed(data):
            if kind == IDENTITY:
                return UUID(bytes=content)
            raise ValueError(f"a message of kind {kind} instead")
    raise ValueError("it has gone")
