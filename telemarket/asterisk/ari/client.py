"""The ARI client: requests by resource, and a stream of events that survives whatever happens to the socket."""

import asyncio
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

import aiohttp
import structlog

from telemarket.asterisk.ari.errors import AriError, unreachable
from telemarket.asterisk.ari.events import (
    Connected,
    Delivery,
    Disconnected,
    E,
    EventDecoder,
    EventOverflow,
    Handler,
)
from telemarket.asterisk.ari.operations import (
    Applications,
    Asterisk,
    Bridges,
    Channels,
    Endpoints,
    Events,
    Playbacks,
    Recordings,
    Sounds,
)
from telemarket.asterisk.ari.resource import segment
from telemarket.asterisk.ari.transport import Transport
from telemarket.core.backoff import Backoff, jittered

log = structlog.get_logger(__name__)

# Three quarters of what Asterisk would send, and nothing that says how a call fares.
NOISE = (
    "ChannelCallerId",
    "ChannelConnectedLine",
    "ChannelDialplan",
    "ChannelHangupRequest",
    "ChannelVarset",
    "Dial",
)
_STABLE = 5.0  # seconds after which a connection counts as good and the back-off starts afresh


class AriClient:
    """One Stasis application on one Asterisk.

    `deadline` is seconds for any request, `heartbeat` seconds between WebSocket pings, `disallowed_events` are
    types Asterisk shall not send, `capacity` is how many events `hold_events` may keep back.

    After every `Connected` the consumer reads the PBX anew, in this order, so that nothing falls between:
    the socket is open already; `hold_events()` in the handler of `Connected`; read applications, channels,
    bridges; take the snapshot over; call the function that `hold_events` returned, which replays what
    came in the meantime. An event may then tell of what the snapshot knows already.

    A request that raised AriUnavailable may have taken effect all the same: choose channel and bridge ids
    yourself, and look. Asterisk compares channel ids without case and refuses one with which the id of a living
    channel begins ("leg-1" beside "leg-10"): give them all the same length.
    """

    def __init__(
        self,
        url: str,
        user: str,
        password: str,
        app: str,
        *,
        connections: int = 24,
        deadline: float = 5.0,
        heartbeat: float = 5.0,
        disallowed_events: Sequence[str] = NOISE,
        capacity: int = 10_000,
        backoff: Backoff = jittered,
    ) -> None:
        self.app = app
        self._transport = Transport(url, user, password, connections=connections, deadline=deadline)
        self._heartbeat = heartbeat
        self._disallowed = disallowed_events
        self._backoff = backoff
        self._decoder = EventDecoder()
        self._delivery = Delivery(capacity)
        self._connected = asyncio.Event()
        self._app_segment = segment(app)
        self._was_connected = False
        self._last_error: AriError | None = None
        self._task: asyncio.Task[None] | None = None

        self.applications = Applications(self._transport)
        self.asterisk = Asterisk(self._transport)
        self.bridges = Bridges(self._transport)
        self.channels = Channels(self._transport)
        self.endpoints = Endpoints(self._transport)
        self.events = Events(self._transport)
        self.playbacks = Playbacks(self._transport)
        self.recordings = Recordings(self._transport)
        self.sounds = Sounds(self._transport)

    @property
    def connected(self) -> bool:
        """Whether events are flowing."""
        return self._connected.is_set()

    def on_event(self, event_type: type[E], handler: Callable[[E], None]) -> Callable[[], None]:
        """Call `handler` with every event of this type, in order; returns a function that ends this.

        Handlers run on the event loop and must not block. One that raises is logged, nothing more.
        """
        return self._delivery.subscribe(event_type, handler)

    def on_any_event(self, handler: Handler) -> Callable[[], None]:
        """Call `handler` with every event, `Connected` and `Disconnected` among them, in order."""
        return self._delivery.subscribe_all(handler)

    def hold_events(self) -> Callable[[], None]:
        """Keep events back; the returned function replays them and lets later ones through.

        The hold ends by itself, and what it kept is dropped, when the socket closes.
        """
        return self._delivery.hold()

    async def start(self) -> None:
        """Begin to connect, and go on until `close`."""
        self._task = asyncio.create_task(self._run(), name="ari-events")

    async def wait_connected(self, timeout: float = 10.0) -> None:
        """Wait until events flow. Raises the AriError that prevented it for `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                await self._connected.wait()
        except TimeoutError:
            raise self._last_error or unreachable("GET", "/events", f"no answer in {timeout:g} s") from None

    async def close(self) -> None:
        """Close the socket and every connection. No handler is called afterwards."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        self._connected.clear()
        await self._transport.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        attempt = 0
        while True:
            await asyncio.sleep(self._backoff(attempt))
            attempt += 1
            began = loop.time()
            try:
                await self._connection()
            except AriError as error:
                self._report(error)
            except Exception:  # whatever it was, the calls need their events
                log.exception("connection to ARI failed", app=self.app)
            if loop.time() - began > _STABLE:
                attempt = 0

    async def _connection(self) -> None:
        """One connection from its beginning to its end."""
        socket = await self._transport.open_events(self._app_segment, self._heartbeat)
        async with socket:
            await self.applications.filter(
                self.app, filter={"disallowed": [{"type": event} for event in self._disallowed]}
            )
            self._connected.set()
            self._last_error = None
            log.info("connected to ARI", app=self.app, first=not self._was_connected)
            self._delivery.put(Connected(first=not self._was_connected))
            self._was_connected = True
            try:
                reason = await self._read(socket)
            finally:
                self._connected.clear()
                self._delivery.reset()
        log.warning("connection to ARI lost", app=self.app, reason=reason)
        self._delivery.put(Disconnected(reason))

    async def _read(self, socket: aiohttp.ClientWebSocketResponse[bool]) -> str:
        """Deliver events until the socket closes; returns why it did."""
        while True:
            message = await socket.receive()
            if message.type is aiohttp.WSMsgType.TEXT or message.type is aiohttp.WSMsgType.BINARY:
                event = self._decoder.decode(message.data)
                if event is None:
                    continue
                try:
                    self._delivery.put(event)
                except EventOverflow as error:
                    return str(error)
            else:
                return _closing(socket, message.type)

    def _report(self, error: AriError) -> None:
        """Say why there is no connection, but once."""
        if str(error) != str(self._last_error):
            log.error("cannot connect to ARI", app=self.app, error=str(error))
        self._last_error = error


def _closing(socket: aiohttp.ClientWebSocketResponse[bool], kind: aiohttp.WSMsgType) -> str:
    error = socket.exception()
    if error is not None:
        return str(error) or type(error).__name__
    return f"closed by Asterisk ({kind.name.lower()}, code {socket.close_code})"
