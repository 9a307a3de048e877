"""Many operators' pages in one light program: each follows its live stream, acknowledges cards, and beats.

Told the desk's `url` and its operators' session `cookies`; in the end tells when each call's card came, in POSIX time.
"""

import asyncio
import time
from contextlib import AsyncExitStack

import aiohttp
import msgspec
import uvloop

from tests.bench.child import tell, told, work_until_end

BEAT_SECONDS = 5.0  # as the page does


class Message(msgspec.Struct):
    type: str
    call_id: str = ""


_decode = msgspec.json.Decoder(Message).decode
_encode = msgspec.json.Encoder().encode


class Page:
    """One operator."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse[bool], came: dict[str, float]) -> None:
        self._socket = socket
        self._came = came

    async def read(self) -> None:
        async for frame in self._socket:
            now = time.time()
            message = _decode(frame.data)
            if message.type == "card":
                self._came.setdefault(message.call_id, now)
                await self._socket.send_str(_encode({"type": "shown", "call_id": message.call_id}).decode())
        raise RuntimeError(f"a live stream ended: {self._socket.close_code}")

    async def beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            await self._socket.send_str('{"type":"beat"}')


async def main() -> None:
    instructions = told()
    url = instructions["url"]
    came: dict[str, float] = {}
    async with AsyncExitStack() as parts:
        session = await parts.enter_async_context(
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), connector=aiohttp.TCPConnector(limit=0))
        )
        tasks = await parts.enter_async_context(asyncio.TaskGroup())
        work = []
        for cookie in instructions["cookies"]:
            headers = {"Cookie": cookie, "Origin": url}
            socket = await session.ws_connect(f"{url}/desk/live", headers=headers, compress=15, max_msg_size=0)
            async with session.post(f"{url}/desk/ready", headers=headers) as answer:
                answer.raise_for_status()
            page = Page(socket, came)
            work += [tasks.create_task(page.read()), tasks.create_task(page.beat())]
        await work_until_end()
        for task in work:
            task.cancel()
    tell(came)


if __name__ == "__main__":
    uvloop.run(main())
