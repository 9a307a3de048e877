"""Chromium by its own debugging protocol: Playwright keeps every page it holds visible, and here one is hidden."""

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Self

import aiohttp

CHROMIUM = "/usr/bin/chromium"
FLAGS = ("--headless=new", "--no-sandbox", "--remote-debugging-port=0", "--no-first-run", "--window-size=1280,720")


class BarePage:
    """One tab. What the browser refuses is raised as RuntimeError."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse[bool]) -> None:
        self._socket = socket
        self._ids = itertools.count(1)

    async def command(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and wait for its answer."""
        number = next(self._ids)
        await self._socket.send_str(json.dumps({"id": number, "method": method, "params": parameters}))
        async with asyncio.timeout(20):
            while True:
                message = await self._socket.receive_json()
                if message.get("id") == number:
                    if "error" in message:
                        raise RuntimeError(f"{method}: {message['error']}")
                    result: dict[str, Any] = message["result"]
                    return result

    async def evaluate(self, expression: str) -> Any:
        """The value of a script's expression, or of its promise; as if a person had touched the page."""
        answer = await self.command(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True, userGesture=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    async def until(self, expression: str) -> None:
        """Wait until the expression is true."""
        async with asyncio.timeout(20):
            while True:
                with contextlib.suppress(RuntimeError):  # between two documents
                    if await self.evaluate(f"Boolean({expression})"):
                        return
                await asyncio.sleep(0.05)

    async def lifecycle(self, state: str) -> None:
        """Freeze the page ("frozen"), which hides it too, or let it live ("active")."""
        await self.command("Page.setWebLifecycleState", state=state)


class BareBrowser:
    """A browser with a profile of its own."""

    def __init__(self, session: aiohttp.ClientSession, address: str) -> None:
        self._session = session
        self._address = address

    @classmethod
    @contextlib.asynccontextmanager
    async def running(cls, profile: Path) -> AsyncIterator[Self]:
        """Start it, and end it with the block."""
        process = await asyncio.create_subprocess_exec(
            CHROMIUM,
            *FLAGS,
            f"--user-data-dir={profile}",
            "about:blank",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(30):
                while not (profile / "DevToolsActivePort").exists():
                    await asyncio.sleep(0.05)
            port = (profile / "DevToolsActivePort").read_text().split()[0]
            async with aiohttp.ClientSession() as session:
                yield cls(session, f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
            await process.wait()

    @contextlib.asynccontextmanager
    async def opened(self, url: str = "about:blank") -> AsyncIterator[BarePage]:
        """A new tab, in front of the others."""
        async with self._session.put(f"{self._address}/json/new?{url}") as answer:
            target = await answer.json()
        async with self._session.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as socket:
            yield BarePage(socket)
