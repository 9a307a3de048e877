"""Stands in for the daemon in tests of its death: holds callers, talks to some, serves its sign of life.

python -m tests.integration.holder ARI_URL APP USER PASSWORD ANSWERING_PHONE RINGING_PHONE

Prints its port once it can be probed. Whoever dials 7777 is bridged with the phone that answers; whoever dials
6666 waits while the other phone rings; all others just wait.
"""

import asyncio
import sys

from aiohttp import web

from telemarket.asterisk.ari import AriClient
from telemarket.asterisk.ari.models import StasisStart
from telemarket.core.logging import configure_logging
from telemarket.core.settings import LogSettings


async def main(url: str, app: str, user: str, password: str, answering: str, ringing: str) -> None:
    client = AriClient(url, user, password, app)
    tasks: set[asyncio.Task[None]] = set()

    async def hold(event: StasisStart) -> None:
        channel, dialled = event.channel.id, event.channel.dialplan.exten
        if channel == "tm-talking":
            await client.bridges.add_channel("tm-conversation", channel=[channel])
            return
        await client.channels.answer(channel)
        if dialled == "7777":
            await client.bridges.create_with_id("tm-conversation", type="mixing")
            await client.bridges.add_channel("tm-conversation", channel=[channel])
            await client.channels.originate(endpoint=answering, app=app, channel_id="tm-talking")
        elif dialled == "6666":
            await client.channels.originate(endpoint=ringing, app=app, channel_id="tm-ringing")

    client.on_event(StasisStart, lambda event: tasks.add(asyncio.create_task(hold(event))))
    async with client:
        await client.wait_connected()
        server = web.Application()
        server.router.add_get("/healthz/live", _alive)
        runner = web.AppRunner(server)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        print(runner.addresses[0][1], flush=True)
        await asyncio.Event().wait()


async def _alive(_request: web.Request) -> web.Response:
    return web.Response()


if __name__ == "__main__":
    configure_logging(LogSettings(level="error"))
    asyncio.run(main(*sys.argv[1:]))
