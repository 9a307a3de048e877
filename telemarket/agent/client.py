"""The agent's side of the desk: signing in, and following the live stream for as long as the sign-in holds."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import msgspec

from telemarket.agent.account import Account
from telemarket.agent.opening import may_be_opened
from telemarket.core.backoff import Backoff, jittered
from telemarket.core.errors import TelemarketError

BEAT_SECONDS = 5.0
SILENCE_SECONDS = 20.0  # the desk answers every heartbeat: without an answer for so long it is gone
REQUEST_SECONDS = 15.0
COOKIES = ("__Host-telemarket", "telemarket")
LONGEST_MESSAGE = 4 * 1024 * 1024  # bytes
_SIGNED_OUT = 4401
_REMEMBERED = 200  # calls whose page has been opened

Open = Callable[[str], Awaitable[bool]]
"""Opens an address; False if that failed."""


class DeskUnreachable(TelemarketError):
    """The desk does not answer, or is not who it says it is."""

    error_id = "desk-unreachable"
    retryable = True


class SignedOut(TelemarketError):
    """The sign-in does not hold, or was refused."""

    error_id = "signed-out"


async def sign_in(url: str, login: str, password: str) -> Account:
    """A new session. Raises SignedOut if login or password are wrong, and DeskUnreachable."""
    form = {"login": login, "password": password}
    timeout = aiohttp.ClientTimeout(total=REQUEST_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), timeout=timeout) as session,
            session.post(f"{url}/sign-in", data=form, allow_redirects=False) as answer,
        ):
            token = next((answer.cookies[name] for name in COOKIES if name in answer.cookies), None)
            status = answer.status
    except (aiohttp.ClientError, TimeoutError) as error:
        raise DeskUnreachable(f"{url}: {error or 'no answer'}.", remedy="Is the address right?") from error
    if token is None or status >= 400:
        raise SignedOut("The desk refused to sign you in.", remedy="Look at login and password; wait after many tries.")
    return Account(url, login, token.key, token.value)


async def sign_out(account: Account) -> None:
    """End the session at the desk. Raises DeskUnreachable."""
    timeout = aiohttp.ClientTimeout(total=REQUEST_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), timeout=timeout) as session,
            session.post(f"{account.url}/sign-out", headers=_headers(account), allow_redirects=False),
        ):
            pass
    except (aiohttp.ClientError, TimeoutError) as error:
        raise DeskUnreachable(
            f"{account.url}: {error or 'no answer'}; the sign-in is forgotten here, but not ended there.",
            remedy="It ends by itself after some hours, or at once with a new password.",
        ) from error


def _headers(account: Account) -> dict[str, str]:
    return {"Origin": account.url, "Cookie": f"{account.cookie}={account.token}"}


class AgentClient:
    """Opens the page of each call of `account`'s operator with `open_page`, and tells the desk that it is there.

    `report` is told in words when the connection comes and goes.
    """

    def __init__(
        self, account: Account, open_page: Open, report: Callable[[str], None], backoff: Backoff = jittered
    ) -> None:
        self._account = account
        self._open = open_page
        self._report = report
        self._backoff = backoff
        self._opened: OrderedDict[str, None] = OrderedDict()
        self._attempt = 0

    async def run(self) -> None:
        """Follow the stream, anew whenever it is lost. Raises SignedOut once the session has ended."""
        while True:
            try:
                await self._follow()
            except (aiohttp.ClientError, TimeoutError, OSError, msgspec.DecodeError) as error:
                if self._attempt == 0:
                    self._report(f"No connection to {self._account.url}: {error or 'no answer'}; trying again.")
            self._attempt += 1
            await asyncio.sleep(self._backoff(self._attempt))

    async def _follow(self) -> None:
        account = self._account
        connecting = aiohttp.ClientTimeout(total=None, sock_connect=REQUEST_SECONDS)
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), timeout=connecting) as session,
            session.ws_connect(
                f"{account.url}/desk/live", headers=_headers(account), max_msg_size=LONGEST_MESSAGE
            ) as socket,
        ):
            beating = asyncio.create_task(_beat(socket))
            try:
                await self._read(socket)
            finally:
                beating.cancel()
                await asyncio.gather(beating, return_exceptions=True)
        if socket.close_code == _SIGNED_OUT:
            raise SignedOut("Your sign-in has ended.", remedy="Start 'telemarket agent' in a terminal to sign in.")

    async def _read(self, socket: aiohttp.ClientWebSocketResponse[bool]) -> None:
        while True:
            frame = await socket.receive(timeout=SILENCE_SECONDS)
            if frame.type is not aiohttp.WSMsgType.TEXT:
                return
            message = msgspec.json.decode(frame.data)
            self._connected()
            if isinstance(message, dict) and message.get("type") in ("card", "crm"):
                await self._show(socket, message)

    def _connected(self) -> None:
        if self._attempt:
            self._report(f"Connected to {self._account.url}.")
        self._attempt = 0

    async def _show(self, socket: aiohttp.ClientWebSocketResponse[bool], card: dict[str, Any]) -> None:
        if card.get("crm_url", "") is None:  # comes by itself once it is known who calls
            return
        call_id = str(card.get("call_id", ""))
        if call_id not in self._opened:
            address = str(card.get("crm_url") or f"{self._account.url}/")
            if not may_be_opened(address):
                self._report("The address for this call is no web page; it is not opened.")
                return
            if not await self._open(address):
                self._report("The browser could not be started.")
                return
            self._opened[call_id] = None
            if len(self._opened) > _REMEMBERED:
                self._opened.popitem(last=False)
        await socket.send_str(msgspec.json.encode({"type": "shown", "call_id": call_id}).decode())


async def _beat(socket: aiohttp.ClientWebSocketResponse[bool]) -> None:
    while True:
        await asyncio.sleep(BEAT_SECONDS)
        await socket.send_str('{"type": "beat"}')
