"""HTTP to one Domino server: signed in, with a deadline, bounded, tried again where that can help."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import structlog
from yarl import URL

from telemarket.adapters.domino.answer import Answer
from telemarket.adapters.domino.options import DominoOptions
from telemarket.adapters.domino.sign_in import Headers, refused_sign_in, sign_in_of
from telemarket.backend import BackendRefused, BackendUnavailable
from telemarket.core.backoff import jittered
from telemarket.core.i18n import N_

log = structlog.get_logger(__name__)

MAX_BODY = 32 * 1024 * 1024
MAX_SMALL_BODY = 2 * 1024 * 1024  # of what is asked while calls are served: decoding holds the event loop up
MAX_WAIT = 30.0  # seconds; a server that wants a longer rest gets it: the synchronisation ends
_TRIES = 4
_CONNECTIONS = 4


class Http:
    """Requests to the server of `options`. Nothing is opened before the first; close it."""

    def __init__(self, options: DominoOptions, ca_file: Path | None) -> None:
        self._base = options.url.rstrip("/")
        self._timeout = aiohttp.ClientTimeout(total=options.timeout)
        self._seconds = options.timeout
        self._ca_file = ca_file
        self._sign_in = sign_in_of(options)
        self._session: aiohttp.ClientSession | None = None
        self._opening = asyncio.Lock()

    async def request(self, method: str, target: str, *, patient: bool = False, **body: Any) -> Answer:
        """Ask for `target`, a percent-encoded path with its query; the answer is checked.

        `patient` requests belong to a synchronisation and can be repeated without harm: they may bring much, and are
        tried again where that can help. `body` is aiohttp's json=. Raises BackendRefused and BackendUnavailable.
        """
        asked = {**body, "limit": MAX_BODY if patient else MAX_SMALL_BODY}
        for attempt in range(1, _TRIES if patient else 1):
            try:
                return await self._signed_in(method, target, asked)
            except BackendUnavailable as error:
                rest = error.retry_after or 0.0
                if rest > MAX_WAIT:
                    raise
                log.info("Domino is asked again", attempt=attempt, reason=error.message)
                await asyncio.sleep(max(rest, jittered(attempt, base=0.5, cap=10.0)))
        return await self._signed_in(method, target, asked)

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()

    async def _signed_in(self, method: str, target: str, asked: dict[str, Any]) -> Answer:
        headers = await self._sign_in.headers(self._send)
        answer = await self._send(method, target, headers=headers, **asked)
        if answer.asks_to_sign_in and self._sign_in.renewable:
            self._sign_in.forget(headers)
            headers = await self._sign_in.headers(self._send)
            answer = await self._send(method, target, headers=headers, **asked)
        if answer.asks_to_sign_in:
            raise refused_sign_in()
        return answer.checked()

    async def _send(
        self, method: str, target: str, *, headers: Headers, limit: int = MAX_SMALL_BODY, **body: Any
    ) -> Answer:
        where = target.partition("?")[0]
        url = URL(self._base + target, encoded=True)
        session = await self._opened()
        with _named_failures(self._base, where, self._seconds):
            async with session.request(
                method, url, headers=headers, timeout=self._timeout, allow_redirects=False, **body
            ) as response:
                return Answer(
                    where=where,
                    status=response.status,
                    headers={name.lower(): value for name, value in response.headers.items()},
                    cookies={name: cookie.value for name, cookie in response.cookies.items()},
                    body=await _bounded(response, where, limit),
                )

    async def _opened(self) -> aiohttp.ClientSession:
        async with self._opening:
            if self._session is None:
                connector = aiohttp.TCPConnector(limit=_CONNECTIONS, ssl=await asyncio.to_thread(self._tls))
                self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
            return self._session

    def _tls(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self._ca_file)
        except OSError as error:
            raise BackendRefused(
                N_(
                    "The certificates of %(file)s cannot be read: %(reason)s.",
                    file=str(self._ca_file),
                    reason=str(error),
                )
            ) from error


async def _bounded(response: aiohttp.ClientResponse, where: str, limit: int) -> bytes:
    body = bytearray()
    async for part in response.content.iter_any():
        body += part
        if len(body) > limit:
            raise BackendRefused(
                N_("%(where)s: the answer is longer than %(limit)s MB.", where=where, limit=limit >> 20),
                remedy=N_("Set a smaller page_size.") if limit == MAX_BODY else "",
            )
    return bytes(body)


@contextmanager
def _named_failures(base: str, where: str, seconds: float) -> Iterator[None]:
    """What the network raises, as errors of a backend."""
    try:
        yield
    except TimeoutError as error:
        raise BackendUnavailable(
            N_("%(where)s: no answer within %(seconds)s s.", where=where, seconds=seconds)
        ) from error
    except aiohttp.ClientConnectorCertificateError as error:
        reason = str(error.certificate_error)
        raise BackendRefused(
            N_("The certificate of %(url)s is not trusted: %(reason)s.", url=base, reason=reason),
            remedy=N_("Set ca_file to the authority's certificate, and url to the name the certificate is for."),
        ) from error
    except (aiohttp.ClientError, OSError) as error:
        reason = str(error) or type(error).__name__
        raise BackendUnavailable(
            N_("%(url)s does not answer: %(reason)s.", url=base, reason=reason),
            remedy=N_("Check url, and that a firewall lets this machine through."),
        ) from error
