"""Events as they come from Asterisk, two of the client's own, and their way to those who subscribed."""

from collections import defaultdict, deque
from collections.abc import Callable
from time import monotonic
from typing import Any, TypeAlias, TypeVar

import msgspec
import structlog

from telemarket.asterisk.ari.models import AnyEvent
from telemarket.asterisk.ari.resource import decode

log = structlog.get_logger(__name__)

_EVENT: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)
_EXCERPT = 200  # bytes of a bad frame that are logged
_QUIET = 10.0  # seconds between two complaints about bad frames


class Connected(msgspec.Struct, frozen=True):
    """The events socket is open. Whatever was known about the PBX is out of date: read it anew.

    `first` is False after a reconnect.
    """

    first: bool


class Disconnected(msgspec.Struct, frozen=True):
    """The events socket is closed: what happens from now on goes unseen."""

    reason: str


ClientEvent: TypeAlias = AnyEvent | Connected | Disconnected
E = TypeVar("E", bound=ClientEvent)
Handler: TypeAlias = Callable[[ClientEvent], None]


class EventOverflow(Exception):
    """More events were held back than the buffer takes."""


class EventDecoder:
    """Turns frames into events. What it cannot understand it names in the log, at a bounded rate."""

    def __init__(self) -> None:
        self._passed_over = 0
        self._quiet_until = 0.0

    def decode(self, frame: bytes) -> AnyEvent | None:
        """The event, or None if the frame is malformed or of a type that is not known."""
        try:
            return decode(_EVENT, frame)
        except (msgspec.DecodeError, RecursionError) as error:
            self._complain(frame, error)
            return None

    def _complain(self, frame: bytes, error: Exception) -> None:
        self._passed_over += 1
        now = monotonic()
        if now >= self._quiet_until:
            self._quiet_until = now + _QUIET
            log.warning(
                "event not understood, passed over",
                error=str(error),
                frame=frame[:_EXCERPT].decode("utf-8", "replace"),
                passed_over=self._passed_over,
            )


class Delivery:
    """Hands events to subscribers in the order in which they came.

    Handlers run at once and must not block. One that raises is logged and costs the others nothing.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._by_type: dict[type, list[Callable[[Any], None]]] = defaultdict(list)
        self._catch_all: list[Handler] = []
        self._held: deque[ClientEvent] = deque()
        self._hold: object | None = None

    def subscribe(self, event_type: type[E], handler: Callable[[E], None]) -> Callable[[], None]:
        """Call `handler` with every event of exactly this type; returns a function that ends this."""
        self._by_type[event_type].append(handler)
        return lambda: self._by_type[event_type].remove(handler)

    def subscribe_all(self, handler: Handler) -> Callable[[], None]:
        """Call `handler` with every event; returns a function that ends this."""
        self._catch_all.append(handler)
        return lambda: self._catch_all.remove(handler)

    def hold(self) -> Callable[[], None]:
        """Keep events back until the returned function is called; it delivers them and is harmless later on."""
        token = self._hold = object()

        def release() -> None:
            if self._hold is token:
                self._hold = None
                while self._held and self._hold is None:
                    self._dispatch(self._held.popleft())

        return release

    def put(self, event: ClientEvent) -> None:
        """Deliver, or keep if on hold. Raises EventOverflow if too many are kept."""
        if self._hold is None:
            self._dispatch(event)
        elif len(self._held) < self._capacity:
            self._held.append(event)
        else:
            raise EventOverflow(f"{self._capacity} events held back")

    def reset(self) -> None:
        """Forget what is held: it belongs to a connection that is gone."""
        self._hold = None
        self._held.clear()

    def _dispatch(self, event: ClientEvent) -> None:
        for handler in (*self._by_type.get(type(event), ()), *self._catch_all):
            try:
                handler(event)
            except Exception:
                log.exception("event handler failed", event_type=type(event).__name__)
