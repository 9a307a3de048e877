"""The conversation with the server: WebDAV's requests, and what its refusals mean."""

from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape

import aiohttp
import msgspec
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]
from yarl import URL

from telemarket.backend import BackendRefused, BackendUnavailable, CursorRefused
from telemarket_carddav.options import CardDavOptions

_DAV = "{DAV:}"
_CARD = "{urn:ietf:params:xml:ns:carddav}"
_NAMESPACES = 'xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav"'
_TRUNCATED = 507  # of the book itself: there is more than the server tells at once (RFC 6578, 3.6)
_REMEDIES = {
    401: "Check user and password.",
    403: "Give the user the right to read this address book.",
    404: "Check url.",
    405: "Check url: there is no address book.",
}


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a multi-status says of one file or collection. `file` is its name, empty for the book itself."""

    file: str
    status: int
    is_book: bool = False
    etag: str = ""
    card: str | None = None
    reports: tuple[str, ...] = ()
    """Names of the reports it can give."""


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What changed since a sync token; `token` is the place after it; `more`: the server has not told everything."""

    answers: Sequence[Answer]
    token: str
    more: bool


class AddressBook:
    """An address book, as a context manager. Raises BackendUnavailable, BackendRefused and CursorRefused."""

    def __init__(self, options: CardDavOptions) -> None:
        self._url = URL(options.url.rstrip("/") + "/")
        self._timeout = options.timeout
        user, password = options.user, options.password.get_secret_value()
        self._session = aiohttp.ClientSession(
            headers={"Authorization": aiohttp.encode_basic_auth(user, password)} if user else None,
            timeout=aiohttp.ClientTimeout(total=options.timeout),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        await self._session.close()

    async def describe(self) -> Sequence[Answer]:
        """The book and everything in it, with entity tags."""
        body = f"<propfind {_NAMESPACES}><prop><resourcetype/><getetag/><supported-report-set/></prop></propfind>"
        return self._answers(await self._ask("PROPFIND", body, depth=1))

    async def itself(self) -> Answer:
        """The book alone."""
        body = f"<propfind {_NAMESPACES}><prop><resourcetype/><supported-report-set/></prop></propfind>"
        found = self._answers(await self._ask("PROPFIND", body, depth=0))
        return found[0] if found else Answer(file="", status=404)

    async def changes(self, token: str) -> Changes:
        """Which files changed or vanished since `token`; with an empty one which there are. Needs sync-collection."""
        body = (
            f"<sync-collection {_NAMESPACES}><sync-token>{escape(token)}</sync-token><sync-level>1</sync-level>"
            "<prop><getetag/></prop></sync-collection>"
        )
        found = await self._ask("REPORT", body, depth=0)
        answers = self._answers(found)
        more = any(answer.status == _TRUNCATED for answer in answers if not answer.file)
        files = [answer for answer in answers if answer.file]
        return Changes(answers=files, token=found.findtext(f"{_DAV}sync-token", ""), more=more)

    async def cards(self, files: Sequence[str]) -> Sequence[Answer]:
        """The cards in these files; those that are gone have the status 404."""
        hrefs = "".join(f"<href>{escape((self._url / file).raw_path)}</href>" for file in files)
        body = (
            f"<c:addressbook-multiget {_NAMESPACES}><prop><getetag/><c:address-data/></prop>{hrefs}"
            "</c:addressbook-multiget>"
        )
        return [answer for answer in self._answers(await self._ask("REPORT", body, depth=0)) if answer.file]

    async def _ask(self, method: str, body: str, *, depth: int) -> Element:
        headers = {"Depth": str(depth), "Content-Type": "application/xml; charset=utf-8"}
        data = f'<?xml version="1.0" encoding="utf-8"?>{body}'.encode()
        try:
            async with self._session.request(method, self._url, data=data, headers=headers) as answer:
                text = await answer.read()
                if answer.status != 207:
                    raise self._refusal(answer, text)
                found: Element = fromstring(text)
                return found
        except TimeoutError as error:
            raise BackendUnavailable(f"{self._url} did not answer within {self._timeout:g} s.") from error
        except aiohttp.ClientError as error:
            raise BackendUnavailable(f"{self._url} cannot be reached: {error}.") from error
        except (ParseError, ValueError) as error:
            raise BackendRefused(f"{self._url} does not answer in XML: {error}.", remedy="Check url.") from error

    def _refusal(self, answer: aiohttp.ClientResponse, text: bytes) -> Exception:
        what = f"{self._url} answers {answer.status} {answer.reason}."
        if b"valid-sync-token" in text or answer.status == 410:
            return CursorRefused(what)
        if answer.status == 429 or answer.status >= 500:
            pause = answer.headers.get("Retry-After", "")
            return BackendUnavailable(what, retry_after=float(pause) if pause.isdecimal() else None)
        return BackendRefused(what, remedy=_REMEDIES.get(answer.status, "Check url."))

    def _answers(self, found: Element) -> list[Answer]:
        return [self._answer(response) for response in found.iter(f"{_DAV}response")]

    def _answer(self, response: Element) -> Answer:
        path = unquote(urlsplit(response.findtext(f"{_DAV}href", "")).path)
        file = path.rstrip("/").removeprefix(self._url.path.rstrip("/")).lstrip("/")
        properties = [part for part in response.iter(f"{_DAV}propstat") if _status(part) == 200]
        supported = [report for part in properties for report in part.iter(f"{_DAV}report")]
        return Answer(
            file=file,
            status=200 if properties else _status(response),
            is_book=any(part.find(f".//{_DAV}resourcetype/{_CARD}addressbook") is not None for part in properties),
            etag=_text(properties, f"{_DAV}getetag") or "",
            card=_text(properties, f"{_CARD}address-data"),
            reports=tuple(each.tag.rpartition("}")[2] for report in supported for each in report),
        )


def _status(element: Element) -> int:
    """The status of a response or of a group of its properties; 200 where there is none."""
    words = element.findtext(f"{_DAV}status", "").split()
    return int(words[1]) if len(words) > 1 and words[1].isdecimal() else 200


def _text(properties: Sequence[Element], name: str) -> str | None:
    found: Iterator[Element] = (each for part in properties for each in part.iter(name))
    element = next(found, None)
    return None if element is None else element.text or ""
