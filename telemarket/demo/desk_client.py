"""An operator's page without a browser: signs in, follows the live stream, acknowledges cards, presses buttons."""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import aiohttp
import msgspec

from telemarket.core.errors import TelemarketError

BEAT_SECONDS = 5.0
REQUEST_SECONDS = 10.0


class DeskClientError(TelemarketError):
    """The desk refused something this client asked for."""

    error_id = "desk-client"


class DeskClient:
    """One operator at the desk at `url`. Use as an asynchronous context manager.

    `on_message` is told every message of the stream when it comes. `acknowledge` False makes a browser that
    never shows a card.
    """

    def __init__(
        self,
        url: str,
        login: str,
        password: str,
        *,
        on_message: Callable[[dict[str, Any]], None] = lambda _: None,
        acknowledge: bool = True,
    ) -> None:
        self._url = url
        self._login = login
        self._password = password
        self._on_message = on_message
        self._acknowledge = acknowledge
        self._session: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse[bool] | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._news = asyncio.Condition()
        self.agent: dict[str, Any] = {}
        self.cards: dict[str, dict[str, Any]] = {}

    async def __aenter__(self) -> Self:
        timeout = aiohttp.ClientTimeout(total=REQUEST_SECONDS)
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True), timeout=timeout)
        await self.post("/sign-in", login=self._login, password=self._password)
        await self.connect()
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self.disconnect()
        if self._session is not None:
            await self._session.close()

    async def connect(self) -> None:
        """Open the page, or reload it: its live stream begins."""
        assert self._session is not None  # noqa: S101
        await self.disconnect()
        self.agent = {}  # what the page before was told may have changed meanwhile
        self._socket = await self._session.ws_connect(f"{self._url}/desk/live", headers={"Origin": self._url})
        self._tasks = [asyncio.create_task(self._read(self._socket)), asyncio.create_task(self._beat(self._socket))]

    async def disconnect(self) -> None:
        """Close the page."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._socket is not None:
            await self._socket.close()

    async def post(self, path: str, **form: str) -> Any:
        """Send a form; returns the JSON of the answer, if it is JSON. Raises DeskClientError if it is refused."""
        assert self._session is not None  # noqa: S101
        async with self._session.post(self._url + path, data=form, headers={"Accept": "application/json"}) as answer:
            body = await answer.text()
            if answer.status >= 400:
                raise DeskClientError(f"POST {path}: {answer.status} {body[:300]}")
            return msgspec.json.decode(body) if answer.content_type == "application/json" else body

    async def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        """Status and body of a page."""
        assert self._session is not None  # noqa: S101
        async with self._session.get(self._url + path, headers=headers) as answer:
            return answer.status, await answer.read()

    async def ready(self) -> None:
        """Press Ready."""
        await self.post("/desk/ready")
        await self.until(lambda: self.agent.get("state") != "offline")

    async def until(self, condition: Callable[[], bool], timeout: float = 15.0) -> None:
        """Wait until what the stream has told makes `condition` true. Raises TimeoutError."""
        async with asyncio.timeout(timeout), self._news:
            await self._news.wait_for(condition)

    async def state(self, state: str, timeout: float = 15.0) -> None:
        """Wait until the operator is in `state`."""
        await self.until(lambda: self.agent.get("state") == state, timeout)

    async def _read(self, socket: aiohttp.ClientWebSocketResponse[bool]) -> None:
        async for frame in socket:
            message = msgspec.json.decode(frame.data)
            self._on_message(message)
            if message["type"] == "card":
                self.cards[message["call_id"]] = message
                if self._acknowledge:
                    await socket.send_str(
                        msgspec.json.encode({"type": "shown", "call_id": message["call_id"]}).decode()
                    )
            elif message["type"] == "state":
                self.agent = message["agent"]
            async with self._news:
                self._news.notify_all()
            await asyncio.sleep(0)  # of several messages that came at once, whoever waits sees each

    async def _beat(self, socket: aiohttp.ClientWebSocketResponse[bool]) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            await socket.send_str('{"type": "beat"}')
