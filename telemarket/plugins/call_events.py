"""Call events carried to plugins outside the call path: one bounded queue and one thread a plugin."""

import queue
import threading
from collections.abc import Callable

import structlog

from telemarket.hookspecs import CallEvent

log = structlog.get_logger(__name__)

QUEUE_SIZE = 1000


class CallEventCourier:
    """Hands call events to one plugin, in order.

    A thread of its own, because a hook may block; a daemon thread, because a hook that never returns must not
    keep the process from ending. What does not fit into the queue is counted in `lost` and reported.
    """

    def __init__(
        self,
        plugin: str,
        deliver: Callable[[CallEvent], None],
        *,
        on_lost: Callable[[int], None],
        queue_size: int = QUEUE_SIZE,
    ) -> None:
        """`deliver` must not raise; `on_lost` is told how many events were lost so far, at each loss."""
        self.plugin = plugin
        self.lost = 0
        self._deliver = deliver
        self._on_lost = on_lost
        self._queue_size = queue_size
        self._queue: queue.SimpleQueue[CallEvent | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=f"call-events-{plugin}", daemon=True)
        self._thread.start()

    def put(self, event: CallEvent) -> None:
        """Queue `event`; never waits. Only one thread may call this: it is what keeps the queue's bound."""
        if self._queue.qsize() >= self._queue_size:
            self.lost += 1
            self._on_lost(self.lost)
        else:
            self._queue.put(event)

    def close(self, deadline: float) -> None:
        """Deliver what is queued, for at most `deadline` seconds, and end. Blocks: call it from a thread."""
        self._queue.put(None)
        self._thread.join(deadline)
        if self._thread.is_alive():
            log.warning("plugin still busy with call events", plugin=self.plugin, waiting=self._queue.qsize())

    def _run(self) -> None:
        while (event := self._queue.get()) is not None:
            self._deliver(event)
