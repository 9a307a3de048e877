"""The AMI client: what ARI cannot do (recording with MixMonitor, reloading), over one guarded connection."""

import asyncio
import re
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

import msgspec
import structlog

from telemarket.asterisk.ami.connection import Connection
from telemarket.asterisk.ami.errors import AmiError, AmiRefused, AmiUnavailable
from telemarket.asterisk.ami.events import EventStream
from telemarket.core.backoff import Backoff, jittered
from telemarket.core.errors import InvalidInput

log = structlog.get_logger(__name__)

LONGEST_LINE = 1024  # bytes; Asterisk throws longer ones away without a word
PING_INTERVAL = 10.0  # seconds
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_()-]*")
_BREAKS_LINE = re.compile(r"[\r\n\0]")
# MixMonitor's file and options become one dialplan argument, whose third part is a shell command.
_BREAKS_ARGUMENT = re.compile(r'[,"\\|`$;&]')
_STABLE = 5.0  # seconds after which a connection counts as good and the back-off starts afresh


class Reply(msgspec.Struct, frozen=True):
    """Asterisk's answer: the headers of the response, and of each event if it was a list."""

    headers: dict[str, Any]
    events: list[dict[str, Any]]


class AmiClient:
    """One user's connection to AMI, made anew whenever it is lost. `deadline` is seconds for any action.

    Actions raise AmiUnavailable at once while there is no connection. None is ever sent twice. `events` gets what the
    PBX tells unasked, and an interruption whenever a connection is new.
    """

    def __init__(
        self,
        host: str,
        port: int,
        user: str,
        password: str,
        *,
        deadline: float = 5.0,
        backoff: Backoff = jittered,
        events: EventStream | None = None,
    ) -> None:
        self._address = (host, port)
        self._login = {"Username": user, "Secret": password, "Events": "off" if events is None else events.classes}
        self._events = events
        self._deadline = deadline
        self._backoff = backoff
        self._connection: Connection | None = None
        self._connected = asyncio.Event()
        self._last_error: AmiError | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def connected(self) -> bool:
        """Whether actions can be sent."""
        return self._connected.is_set()

    async def start(self) -> None:
        """Begin to connect, and go on until `close`."""
        self._task = asyncio.create_task(self._run(), name="ami")

    async def wait_connected(self, timeout: float = 10.0) -> None:
        """Wait until actions can be sent. Raises the AmiError that prevented it for `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                await self._connected.wait()
        except TimeoutError:
            raise self._last_error or self._unavailable(f"no answer in {timeout:g} s") from None

    async def close(self) -> None:
        """End the connection."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self.close()

    # -- actions

    async def action(self, name: str, **fields: str | Sequence[str]) -> Reply:
        """Perform any action; a sequence repeats its header.

        Raises InvalidInput for what AMI cannot carry, AmiRefused, AmiUnavailable, and AmiError with Asterisk's reason.
        """
        content = _checked({"Action": name, **fields})
        if name.lower() == "originate":
            content["Async"] = "true"  # otherwise nothing else is answered until the call ends
        if not self.connected or self._connection is None:
            raise self._last_error or self._unavailable("not connected")
        return await self._perform(self._connection, content)

    async def ping(self) -> None:
        """See whether Asterisk answers."""
        await self.action("Ping")

    async def mix_monitor(self, channel: str, file: str, options: str = "") -> None:
        """Record a channel and whom it talks to into `file`, a path on the PBX with the extension of a format.

        Raises InvalidInput for a file or options that Asterisk could read as a command.
        """
        for field, value in (("file", file), ("options", options)):
            if _BREAKS_ARGUMENT.search(value):
                raise InvalidInput(f"{value!r} cannot be a recording's {field}.", field=field)
        await self.action("MixMonitor", Channel=channel, File=file, Options=options)

    async def stop_mix_monitor(self, channel: str) -> None:
        """End the recording of a channel."""
        await self.action("StopMixMonitor", Channel=channel)

    async def mix_monitor_mute(self, channel: str, *, muted: bool, direction: str = "both") -> None:
        """Write silence instead of what is said, or stop doing so; `direction` is read, write or both."""
        await self.action("MixMonitorMute", Channel=channel, Direction=direction, State=str(int(muted)))

    async def pjsip_show_endpoints(self) -> list[dict[str, Any]]:
        """Every PJSIP endpoint, as Asterisk's EndpointList event describes it."""
        try:
            return (await self.action("PJSIPShowEndpoints")).events
        except AmiError as error:
            if "No endpoints found" in error.message:
                return []
            raise

    async def reload(self, module: str) -> None:
        """Have a module read its configuration again, e.g. res_pjsip.so."""
        await self.action("Reload", Module=module)

    # -- the connection

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        attempt = 0
        while True:
            await asyncio.sleep(self._backoff(attempt))
            attempt += 1
            began = loop.time()
            try:
                await self._live()
            except AmiError as error:
                self._report(error)
            except Exception:  # whatever it was, recording must come back
                log.exception("connection to AMI failed")
            if loop.time() - began > _STABLE:
                attempt = 0

    async def _live(self) -> None:
        """One connection from its beginning to its end."""
        connection = await self._connect()
        try:
            await self._perform(connection, {"Action": "Login", **self._login})
            self._connection, self._last_error = connection, None
            self._connected.set()
            if self._events is not None:
                self._events.interrupt()
            log.info("connected to AMI")
            while not (await asyncio.wait([connection.lost], timeout=PING_INTERVAL))[0]:
                await self._perform(connection, {"Action": "Ping"})
            raise self._unavailable(connection.lost.result())
        finally:
            self._connection = None
            connection.end("the connection was ended")

    async def _connect(self) -> Connection:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._deadline):
                _, connection = await loop.create_connection(
                    lambda: Connection(self._connected.clear, None if self._events is None else self._events.put),
                    *self._address,
                )
        except OSError as error:  # TimeoutError is one
            raise self._unavailable(str(error) or f"no answer within {self._deadline:g} s") from error
        return connection

    async def _perform(self, connection: Connection, fields: dict[str, Any]) -> Reply:
        response, *events = await connection.perform(fields, self._deadline)
        if not response.success:
            raise _refusal(fields["Action"], response.message or "no reason given")
        return Reply(dict(response), [dict(event) for event in events if not event.event.endswith("Complete")])

    def _report(self, error: AmiError) -> None:
        """Say why there is no connection, but once."""
        if str(error) != str(self._last_error):
            log.error("no connection to AMI", error=str(error))
        self._last_error = error

    def _unavailable(self, reason: str) -> AmiUnavailable:
        host, port = self._address
        return AmiUnavailable(
            f"AMI at {host}:{port}: {reason}.", remedy="Is Asterisk running, and is AMI enabled in manager.conf?"
        )


def _checked(fields: dict[str, str | Sequence[str]]) -> dict[str, Any]:
    """The fields as they are, once it is certain that each stays on its own line."""
    checked: dict[str, Any] = {}
    for name, given in fields.items():
        values = [given] if isinstance(given, str) else list(given)
        if not _NAME.fullmatch(name):
            raise InvalidInput(f"{name!r} cannot be the name of an AMI header.", field=name)
        for value in values:
            if _BREAKS_LINE.search(value):
                raise InvalidInput(f"AMI {name}: {value!r} holds a line break or NUL.", field=name)
            if len(f"{name}: {value}\r\n".encode("utf-8", "replace")) > LONGEST_LINE:
                raise InvalidInput(f"AMI {name}: longer than {LONGEST_LINE} bytes.", field=name)
        cleaned = [value.encode("utf-8", "replace").decode() for value in values]
        checked[name] = cleaned[0] if isinstance(given, str) else cleaned
    return checked


def _refusal(action: str, reason: str) -> AmiError:
    text = f"AMI {action}: {reason.rstrip('.')}."
    if "Authentication failed" in reason:
        return AmiRefused(text, remedy="Compare ami_user and ami_password with manager.conf, and its permit lines.")
    if "Permission denied" in reason:
        return AmiRefused(text, remedy="Give the user the right class in its 'write' line of manager.conf.")
    return AmiError(text)
