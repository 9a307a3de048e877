"""The bare two-leg bridge with asyncari, the way its documentation writes programs."""

import asyncio
import logging
from itertools import count, cycle
from typing import Any

import asyncari  # type: ignore[import-untyped]
from asyncari.client import Client  # type: ignore[import-untyped]
from asyncari.model import Channel  # type: ignore[import-untyped]

from tests.bench.child import tell, told, work_until_end

RING_SECONDS = 20


class Bridging:
    """Every caller gets a leg."""

    def __init__(self, client: Client, app: str, endpoints: list[str]) -> None:
        self._client = client
        self._app = app
        self._endpoints = cycle(endpoints)
        self._numbers = count(1)
        self._caller_of: dict[str, Channel] = {}  # by leg
        self._parts_of: dict[str, list[Any]] = {}  # leg and bridge, by caller
        self.bridged = 0

    async def follow(self) -> None:
        """Act on events until cancelled."""
        async for event in self._client:
            if event.type == "StasisStart":
                self._client.taskgroup.start_soon(self._entered, event.channel)
            elif event.type == "ChannelStateChange" and event.channel.id in self._caller_of:
                if event.channel.state == "Up":
                    self._client.taskgroup.start_soon(self._up, event.channel)
            elif event.type == "StasisEnd" and event.channel.id in self._parts_of:
                self._client.taskgroup.start_soon(self._left, self._parts_of.pop(event.channel.id))
            elif event.type == "ChannelDestroyed":
                self._caller_of.pop(event.channel.id, None)

    async def _entered(self, channel: Channel) -> None:
        if channel.id in self._caller_of:
            await channel.dial(timeout=RING_SECONDS)
        else:
            leg = f"leg-{next(self._numbers)}"
            self._caller_of[leg] = channel
            endpoint = next(self._endpoints)
            await self._client.channels.create(endpoint=endpoint, app=self._app, channelId=leg)

    async def _up(self, leg: Channel) -> None:
        caller = self._caller_of[leg.id]
        await caller.answer()
        bridge = await self._client.bridges.create(type="mixing")
        self._parts_of[caller.id] = [leg, bridge]
        await bridge.addChannel(channel=f"{caller.id},{leg.id}")
        self.bridged += 1

    async def _left(self, parts: list[Any]) -> None:
        leg, bridge = parts
        await leg.hangup()
        await bridge.destroy()


async def main() -> None:
    instructions = told()
    logging.disable()  # complaints about events it does not know are not what is measured
    url = f"http://{instructions['host']}:{instructions['port']}/"
    app = instructions["app"]
    async with asyncari.connect(url, app, instructions["user"], instructions["password"]) as client:
        bridging = Bridging(client, app, instructions["endpoints"])
        client.taskgroup.start_soon(bridging.follow)
        await work_until_end()
    tell(bridging.bridged)


if __name__ == "__main__":
    asyncio.run(main())
