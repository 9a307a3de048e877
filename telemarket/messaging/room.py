"""The parts of this room, put together for the daemon."""

from collections.abc import Callable, Coroutine, Iterator, Mapping

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.messaging.model import Channel, Gateway, MessageState
from telemarket.messaging.outbox import Outbox
from telemarket.messaging.sender import Forbids, Sender
from telemarket.messaging.templates import Templates

_OUTCOMES = tuple(state for state in MessageState if state is not MessageState.SENDING)


class MessagingRoom:
    """Messages in a running Telemarket, carried by `gateways`. `tasks` run until cancelled; end with `close`."""

    def __init__(self, database: Database, clock: Clock, gateways: Mapping[Channel, Gateway], forbids: Forbids) -> None:
        self.templates = Templates(database, clock)
        self.outbox = Outbox(database, clock)
        self.channels = frozenset(gateways)
        self._gateways = gateways
        self._senders = {
            channel: Sender(database, clock, channel, gateways.get(channel), forbids) for channel in Channel
        }

    @property
    def tasks(self) -> tuple[Callable[[], Coroutine[None, None, None]], ...]:
        """What is to be done beside the calls."""
        return tuple(sender.run for sender in self._senders.values())

    def measure(self, registry: CollectorRegistry) -> None:
        """Have Prometheus know what becomes of messages."""
        registry.register(_Collector(self._senders))

    async def close(self) -> None:
        """Let the gateways go."""
        for gateway in self._gateways.values():
            await gateway.close()


class _Collector(Collector):
    def __init__(self, senders: Mapping[Channel, Sender]) -> None:
        self._senders = senders

    def collect(self) -> Iterator[Metric]:
        family = CounterMetricFamily("telemarket_messages", "Messages that were seen to.", labels=("channel", "state"))
        for channel, sender in self._senders.items():
            for state in _OUTCOMES:
                family.add_metric((channel, state), sender.outcomes[state])
        yield family
