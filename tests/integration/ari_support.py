"""What the ARI tests share."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from telemarket.asterisk.ari import AriClient, ClientEvent
from tests.fakes.proxy import TcpProxy

E = TypeVar("E", bound=ClientEvent)
DEADLINE = 10.0  # seconds for anything that must happen


class Recorder:
    """Every event of a client, in order, to be awaited by type."""

    def __init__(self, client: AriClient) -> None:
        self._events: asyncio.Queue[ClientEvent] = asyncio.Queue()
        client.on_any_event(self._events.put_nowait)

    async def next(self, event_type: type[E]) -> E:
        """The next event of this type; those before it are dropped."""
        async with asyncio.timeout(DEADLINE):
            while True:
                event = await self._events.get()
                if isinstance(event, event_type):
                    return event

    def rest(self) -> list[ClientEvent]:
        """What has come and was not asked for."""
        return [self._events.get_nowait() for _ in range(self._events.qsize())]


class Server:
    """An ARI to be connected to through a proxy."""

    def __init__(self, proxy: TcpProxy, user: str, password: str) -> None:
        self.proxy = proxy
        self.user = user
        self.password = password
        self.url = f"http://127.0.0.1:{proxy.port}"
        self.direct_url = "http://{}:{}".format(*proxy.target)

    @asynccontextmanager
    async def client(self, **options: Any) -> AsyncIterator[tuple[AriClient, Recorder]]:
        """A connected client, and what it hears from now on."""
        async with AriClient(self.url, self.user, self.password, "contract", **options) as client:
            recorder = Recorder(client)
            await client.wait_connected()
            yield client, recorder
