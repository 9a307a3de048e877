"""In-process events: rooms tell each other what happened without importing each other."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

import structlog

log = structlog.get_logger(__name__)

E = TypeVar("E")


class EventBus:
    """Synchronous publish/subscribe keyed by the event's exact type.

    Handlers run at once, in order of subscription, and must not block; long work belongs in a task
    its owner keeps. A handler that raises is logged and costs the others nothing.
    """

    def __init__(self) -> None:
        self._handlers: dict[type, list[Callable[[Any], None]]] = defaultdict(list)

    def subscribe(self, event_type: type[E], handler: Callable[[E], None]) -> Callable[[], None]:
        """Call `handler` with every later event of `event_type`; returns a function that ends this."""
        self._handlers[event_type].append(handler)
        return lambda: self._handlers[event_type].remove(handler)

    def publish(self, event: object) -> None:
        """Hand `event` to every subscriber of its type."""
        for handler in tuple(self._handlers.get(type(event), ())):
            try:
                handler(event)
            except Exception:
                log.exception("event handler failed", event_type=type(event).__name__)
