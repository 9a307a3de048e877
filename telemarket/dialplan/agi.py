"""The FastAGI server: the dialplan asks a hook by name and goes on with the channel variables it returns.

Nothing a peer does (stall, close early, send rubbish, never read) costs more than its own connection, and
nothing a hook does keeps the dialplan longer than `hook_deadline`.
"""

import asyncio
from collections.abc import Mapping
from enum import StrEnum
from types import TracebackType
from typing import Any, Self

import structlog

from telemarket.core.settings import AgiSettings
from telemarket.dialplan.protocol import AgiConnection, AgiProtocolError, Event, Hangup, Reply, set_variable
from telemarket.hookspecs import AgiHook, AgiRequest

log = structlog.get_logger(__name__)

STATUS_VARIABLE = "TELEMARKET_STATUS"
MAX_CONNECTIONS = 200
MAX_VARIABLES = 100  # one hook may set
_REPLY_DEADLINE = 5.0  # seconds Asterisk may take to carry out one SET VARIABLE
_CLOSE_DEADLINE = 1.0
_CHUNK = 4096


class Status(StrEnum):
    """What the dialplan finds in TELEMARKET_STATUS. Unset means that the server could not be reached."""

    OK = "OK"
    UNKNOWN_HOOK = "UNKNOWN_HOOK"
    TIMEOUT = "TIMEOUT"
    ERROR = "ERROR"


class AgiServer:
    """Serves `hooks` by name. Use as an asynchronous context manager, or `start` and `close` it."""

    def __init__(
        self,
        settings: AgiSettings,
        hooks: Mapping[str, AgiHook],
        *,
        max_connections: int = MAX_CONNECTIONS,
    ) -> None:
        self._settings = settings
        self._hooks = hooks
        self._max_connections = max_connections
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._running_hooks: set[asyncio.Future[Mapping[str, str]]] = set()

    @property
    def port(self) -> int:
        """The port listened on (useful when the settings say 0). The server must have been started."""
        assert self._server is not None  # noqa: S101
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def start(self) -> None:
        """Begin to listen. Raises OSError when the address cannot be had."""
        self._server = await asyncio.start_server(self._accept, self._settings.host, self._settings.port)
        log.info("agi listening", host=self._settings.host, port=self.port)

    async def close(self) -> None:
        """Stop listening and drop every connection: the dialplan goes on without an answer."""
        if self._server is None:
            return
        self._server.close()
        pending: list[asyncio.Future[Any]] = [*self._tasks, *self._running_hooks]
        for task in pending:
            task.cancel()
        if pending:
            await asyncio.wait(pending, timeout=_CLOSE_DEADLINE)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Hooks that do not heed their cancellation still hold a place: they are what runs out.
        if max(len(self._tasks), len(self._running_hooks)) >= self._max_connections:
            log.warning("agi connection refused", limit=self._max_connections)
            writer.transport.abort()
            return
        task = asyncio.create_task(self._serve(reader, writer), name="agi connection")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._converse(_Peer(reader, writer))
        except TimeoutError:
            log.warning("agi peer stalled")
        except AgiProtocolError as error:
            log.warning("agi peer talks nonsense", reason=str(error))
        except OSError as error:
            log.info("agi peer gone", reason=str(error))
        except Exception:
            log.exception("agi connection failed")
        finally:
            await _close(writer)

    async def _converse(self, peer: "_Peer") -> None:
        async with asyncio.timeout(self._settings.header_deadline):
            request = await peer.next_event()
        if not isinstance(request, AgiRequest):
            return
        status, variables = await self._ask(request)
        commands = [set_variable(name, value) for name, value in variables.items()]
        commands.append(set_variable(STATUS_VARIABLE, status))  # last: OK means that all the others are set
        # One at a time: Asterisk does not look at a second command that arrives along with the first.
        for command in commands:
            async with asyncio.timeout(_REPLY_DEADLINE):
                if not await peer.carry_out(command):
                    return

    async def _ask(self, request: AgiRequest) -> tuple[Status, Mapping[str, str]]:
        """What the hook says, in time or not at all; its failure is logged and becomes a status."""
        hook = self._hooks.get(request.name)
        if hook is None:
            log.warning("agi hook unknown", hook=request.name, known=sorted(self._hooks))
            return Status.UNKNOWN_HOOK, {}
        try:
            answer = await self._within_deadline(hook, request)
            _check(answer)
        except TimeoutError:
            log.warning("agi hook too slow", hook=request.name, deadline=self._settings.hook_deadline)
            return Status.TIMEOUT, {}
        except Exception:
            log.exception("agi hook failed", hook=request.name)
            return Status.ERROR, {}
        return Status.OK, answer

    async def _within_deadline(self, hook: AgiHook, request: AgiRequest) -> Mapping[str, str]:
        # Not asyncio.timeout(): it waits for ever for a hook that swallows its cancellation.
        running = asyncio.ensure_future(hook(request))
        self._running_hooks.add(running)
        running.add_done_callback(self._hook_ended)
        await asyncio.wait({running}, timeout=self._settings.hook_deadline)
        if not running.done():
            running.cancel()
            raise TimeoutError
        if running.cancelled():
            raise RuntimeError("the hook cancelled itself")
        return running.result()

    def _hook_ended(self, running: "asyncio.Future[Mapping[str, str]]") -> None:
        self._running_hooks.discard(running)
        if not running.cancelled():
            running.exception()  # looked at, so that a late failure is not reported as never retrieved


class _Peer:
    """An Asterisk at the other end of a connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._connection = AgiConnection()
        self._events: list[Event] = []

    async def next_event(self) -> Event | None:
        """The next thing it says, None when it has closed the connection."""
        while not self._events:
            data = await self._reader.read(_CHUNK)
            if not data:
                return None
            self._events = self._connection.receive(data)
        return self._events.pop(0)

    async def carry_out(self, command: bytes) -> bool:
        """Send `command` and await its answer; False when the connection has ended."""
        self._writer.write(command)
        await self._writer.drain()
        while (event := await self.next_event()) is not None:
            if isinstance(event, Reply):
                if event.code != 200:
                    log.warning("agi command refused", code=event.code)
                return True
            assert isinstance(event, Hangup)  # noqa: S101  # variables of a channel that is ending still count
        return False


def _check(answer: object) -> None:
    if not isinstance(answer, Mapping) or len(answer) > MAX_VARIABLES:
        raise TypeError(f"an AGI hook returns a mapping of at most {MAX_VARIABLES} variables")
    for name, value in answer.items():
        if not isinstance(value, str):
            raise TypeError(f"{name} is {type(value).__name__}: a channel variable is text")
        set_variable(name, value)


async def _close(writer: asyncio.StreamWriter) -> None:
    """Close, and cut off a peer that does not read what it was sent."""
    writer.close()
    try:
        async with asyncio.timeout(_CLOSE_DEADLINE):
            await writer.wait_closed()
    except (TimeoutError, OSError):
        writer.transport.abort()
