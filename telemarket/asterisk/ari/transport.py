"""HTTP and WebSocket to Asterisk: one keep-alive pool, credentials in a header, a deadline for everything."""

import asyncio
from base64 import b64encode

import aiohttp
import msgspec
from yarl import URL

from telemarket.asterisk.ari.errors import AriError, refusal, unreachable
from telemarket.asterisk.ari.resource import decode

_JSON = {"Content-Type": "application/json"}
# Asterisk closes an idle connection after 15 s: close ours first, so that no request meets a closing one.
_KEEP_ALIVE = 10.0


class _Refusal(msgspec.Struct):
    message: str = ""


_REFUSAL = msgspec.json.Decoder(_Refusal)


class Transport:
    """Connections to one Asterisk. Make it inside a running event loop; close it."""

    def __init__(self, url: str, user: str, password: str, *, connections: int, deadline: float) -> None:
        self._base = url.rstrip("/").removesuffix("/ari") + "/ari"
        self._deadline = deadline
        credentials = b64encode(f"{user}:{password}".encode()).decode()
        self._session = aiohttp.ClientSession(
            headers={"Authorization": f"Basic {credentials}"},
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
            connector=aiohttp.TCPConnector(limit=connections, keepalive_timeout=_KEEP_ALIVE),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),
            auto_decompress=False,
        )

    async def request(self, method: str, target: str, body: bytes | None, *, idempotent: bool) -> bytes:
        """Send one request and return the answer's body.

        An idempotent request is sent once more if its connection breaks. Raises AriError.
        """
        url = URL(self._base + target, encoded=True)
        path = target.partition("?")[0]
        try:
            async with asyncio.timeout(self._deadline):
                try:
                    status, answer = await self._exchange(method, url, body)
                except aiohttp.ClientConnectionError:
                    if not idempotent:
                        raise
                    status, answer = await self._exchange(method, url, body)
        except TimeoutError as error:
            raise unreachable(method, path, f"no answer within {self._deadline:g} s") from error
        except (aiohttp.ClientError, OSError) as error:
            raise unreachable(method, path, str(error) or type(error).__name__) from error
        if status >= 400:
            raise refusal(status, method, path, _reason(answer))
        return answer

    async def _exchange(self, method: str, url: URL, body: bytes | None) -> tuple[int, bytes]:
        headers = None if body is None else _JSON
        async with self._session.request(method, url, data=body, headers=headers) as response:
            return response.status, await response.read()

    async def open_events(self, app: str, heartbeat: float) -> aiohttp.ClientWebSocketResponse[bool]:
        """Connect the events WebSocket of `app` (percent-encoded). Raises AriError.

        A peer that answers no ping for `heartbeat` and a half seconds counts as gone. Text comes as bytes, so
        that what is not UTF-8 does not close the socket.
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
            raise unreachable("GET", "/events", f"no answer within {self._deadline:g} s") from error
        except aiohttp.WSServerHandshakeError as error:
            raise _handshake_error(error) from error
        except (aiohttp.ClientError, OSError) as error:
            raise unreachable("GET", "/events", str(error) or type(error).__name__) from error

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()


def _reason(answer: bytes) -> str:
    try:
        return decode(_REFUSAL, answer).message.rstrip(".") or "no reason given"
    except msgspec.DecodeError:
        return "no reason given"


def _handshake_error(error: aiohttp.WSServerHandshakeError) -> AriError:
    return refusal(error.status, "GET", "/events", error.message.rstrip("."))
