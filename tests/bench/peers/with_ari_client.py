"""The bare two-leg bridge with ari-client, the way its documentation writes programs."""

import asyncio
import logging
from itertools import count, cycle

from ari_client import (
    AriClient,
    ChannelDestroyedEvent,
    ChannelStateChangeEvent,
    StasisEndEvent,
    StasisStartEvent,
)

from tests.bench.child import tell, told, work_until_end

RING_SECONDS = 20


async def main() -> None:
    instructions = told()
    logging.disable()  # a line for every request is not what is measured
    client = AriClient(instructions["host"], instructions["port"], instructions["user"], instructions["password"])
    endpoints = cycle(instructions["endpoints"])
    numbers = count(1)
    caller_of: dict[str, str] = {}  # by leg
    leg_of: dict[str, str] = {}  # by caller
    bridge_of: dict[str, str] = {}  # by caller
    bridged = 0

    @client.on_stasis_start
    async def entered(event: StasisStartEvent) -> None:
        channel_id = event.channel.id
        if channel_id in caller_of:
            await event.channel.dial(timeout=RING_SECONDS)
        else:
            leg_of[channel_id] = leg = f"leg-{next(numbers)}"
            caller_of[leg] = channel_id
            await client.ari.create_channel(next(endpoints), channel_id=leg)

    @client.on_channel_state_change
    async def changed(event: ChannelStateChangeEvent) -> None:
        nonlocal bridged
        caller = caller_of.get(event.channel.id)
        if caller is not None and event.channel.state == "Up":
            await client.ari.answer_channel(caller)
            bridge = await client.ari.create_bridge(type="mixing")
            bridge_of[caller] = bridge.id
            await bridge.add_channel(caller)
            await bridge.add_channel(event.channel.id)
            bridged += 1

    @client.on_stasis_end
    async def left(event: StasisEndEvent) -> None:
        leg = leg_of.pop(event.channel.id, None)
        if leg is not None:
            await client.ari.stop_channel(leg)
            await client.ari.stop_bridge(bridge_of.pop(event.channel.id))

    @client.on_channel_destroyed
    async def gone(event: ChannelDestroyedEvent) -> None:
        caller_of.pop(event.channel.id, None)

    await client.connect(app=instructions["app"])
    await work_until_end()
    await client.disconnect()  # type: ignore[no-untyped-call]
    tell(bridged)


if __name__ == "__main__":
    asyncio.run(main())
