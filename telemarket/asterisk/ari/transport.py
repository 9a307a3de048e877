"""HTTP and WebSocket to Asterisk: credentials in a header, a deadline for everything, errors that say what is wrong."""

import asyncio
import http.client
from base64 import b64encode

import aiohttp
import msgspec
from yarl import URL

from telemarket.asterisk.ari.errors import AriUnavailable, refusal, unreachable
from telemarket.asterisk.ari.http import HttpClient
from telemarket.asterisk.ari.resource import decode


class _Refusal(msgspec.Struct):
    message: str = ""


_REFUSAL = msgspec.json.Decoder(_Refusal)


class Transport:
    """Connections to one Asterisk. Make it inside a running event loop; close it."""

    def __init__(self, url: str, user: str, password: str, *, connections: int, deadline: float) -> None:
        self._base = url.rstrip("/").removesuffix("/ari") + "/ari"
        self._deadline = deadline
        credentials = b64encode(f"{user}:{password}".encode()).decode()
        headers = {"Authorization": f"Basic {credentials}"}
        self._http = HttpClient(self._base, headers, connections)
        self._session = aiohttp.ClientSession(headers=headers, cookie_jar=aiohttp.DummyCookieJar())

    async def request(self, method: str, target: str, body: bytes | None, *, idempotent: bool) -> bytes:
        """Send one request and return the answer's body.

        An idempotent request is sent once more if its connection breaks. Raises AriError.
        """
        try:
            async with asyncio.timeout(self._deadline):
                try:
                    status, answer = await self._http.request(method, target, body)
                except ConnectionError:
                    if not idempotent:
                        raise
                    status, answer = await self._http.request(method, target, body)
        except TimeoutError as error:
            raise self._too_late(method, _path(target)) from error
        except OSError as error:
            raise unreachable(method, _path(target), str(error)) from error
        if status >= 400:
            raise refusal(status, method, _path(target), _reason(status, answer))
        return answer

    async def open_events(self, app: str, heartbeat: float) -> aiohttp.ClientWebSocketResponse[bool]:
        """Connect the events WebSocket of `app` (percent-encoded). Raises AriError.

        A peer that answers no ping for one and a half times `heartbeat` seconds counts as gone. Text comes as
        bytes, so that what is not UTF-8 does not close the socket.
        """
        url = URL(f"{self._base}/events?app={app}&subscribeAll=false", encoded=True)
        try:
            async with asyncio.timeout(self._deadline):
                return await self._session.ws_connect(
                    url,
                    heartbeat=heartbeat,
                    decode_text=False,
                    timeout=aiohttp.ClientWSTimeout(ws_close=1.0),
                )
        except TimeoutError as error:
            raise self._too_late("GET", "/events") from error
        except aiohttp.WSServerHandshakeError as error:
            raise refusal(error.status, "GET", "/events", _phrase(error.status)) from error
        except (aiohttp.ClientError, OSError) as error:
            raise unreachable("GET", "/events", str(error) or type(error).__name__) from error

    async def close(self) -> None:
        """Close every connection."""
        await self._http.close()
        await self._session.close()

    def _too_late(self, method: str, path: str) -> AriUnavailable:
        return unreachable(method, path, f"no answer within {self._deadline:g} s")


def _path(target: str) -> str:
    return target.partition("?")[0]


def _reason(status: int, answer: bytes) -> str:
    """What Asterisk says is wrong; its error pages outside ARI are not JSON."""
    try:
        return decode(_REFUSAL, answer).message.rstrip(".") or _phrase(status)
    except msgspec.DecodeError:
        return _phrase(status)


def _phrase(status: int) -> str:
    return http.client.responses.get(status, "no reason given")
