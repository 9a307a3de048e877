"""The parts of this room, put together for the daemon."""

from collections.abc import Callable, Coroutine, Mapping

from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.messaging.model import Channel, Gateway
from telemarket.messaging.outbox import Outbox
from telemarket.messaging.sender import Forbids, Sender
from telemarket.messaging.templates import Templates


class MessagingRoom:
    """Messages in a running Telemarket, carried by `gateways`. `tasks` run until cancelled; end with `close`."""

    def __init__(self, database: Database, clock: Clock, gateways: Mapping[Channel, Gateway], forbids: Forbids) -> None:
        self.templates = Templates(database, clock)
        self.outbox = Outbox(database, clock)
        self.channels = frozenset(gateways)
        self._gateways = gateways
        self._senders = [Sender(database, clock, channel, gateways.get(channel), forbids) for channel in Channel]

    @property
    def tasks(self) -> tuple[Callable[[], Coroutine[None, None, None]], ...]:
        """What is to be done beside the calls."""
        return tuple(sender.run for sender in self._senders)

    async def close(self) -> None:
        """Let the gateways go."""
        for gateway in self._gateways.values():
            await gateway.close()
