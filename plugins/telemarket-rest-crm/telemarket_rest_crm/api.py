"""The CRM's API: what it answers, and what its refusals mean."""

import asyncio
import random
from collections.abc import Mapping
from decimal import Decimal
from types import TracebackType
from typing import Any, Self, TypeVar

import aiohttp
import msgspec

from telemarket.backend import BackendRefused, BackendUnavailable, CursorRefused, ResultRefused
from telemarket_rest_crm.options import RestCrmOptions

T = TypeVar("T")

_TRIES = 5
_REMEDIES = {401: "Check token.", 403: "Give the token's account the right to do this.", 404: "Check url."}


class NotThere(BackendRefused):
    """The CRM does not know the contact, or the address is not a CRM's."""


class Phone(msgspec.Struct):
    """`type` is mobile, work, home, fax or anything else."""

    number: str
    type: str = ""


class Balance(msgspec.Struct):
    """What is left of a service."""

    service: str
    amount: Decimal
    currency: str = ""


class Contact(msgspec.Struct):
    """A contact; of one that was deleted only `id` is told."""

    id: str
    deleted: bool = False
    name: str = ""
    is_company: bool = False
    company: str = ""
    position: str = ""
    phones: list[Phone] = []
    emails: list[str] = []
    address: str = ""
    balances: list[Balance] = []
    fields: dict[str, str] = {}


class Page(msgspec.Struct):
    """Contacts in the order of their changes. `cursor` is the place after the last of them; `more`: it goes on."""

    contacts: list[Contact]
    cursor: str
    more: bool = False
    total: int | None = None


class Api:
    """A connection to the CRM, as a context manager.

    Raises BackendUnavailable, BackendRefused and, for a cursor that is too old, CursorRefused.
    """

    def __init__(self, options: RestCrmOptions) -> None:
        self._options = options
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {self._options.token.get_secret_value()}"},
            timeout=aiohttp.ClientTimeout(total=self._options.timeout),
        )
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        assert self._session is not None  # noqa: S101 - entered before
        await self._session.close()

    async def page(self, cursor: str) -> Page:
        """The next contacts that changed after `cursor`; waits where the CRM asks for patience."""
        query = {"limit": str(self._options.page)} | ({"since": cursor} if cursor else {})
        for _ in range(_TRIES - 1):
            try:
                return await self._get("/api/contacts", query, Page)
            except BackendUnavailable as error:
                if error.retry_after is None or error.retry_after > self._options.patience:
                    raise
                await asyncio.sleep(error.retry_after * random.uniform(1, 1.2))  # noqa: S311 - jitter
        return await self._get("/api/contacts", query, Page)

    async def having_number(self, number: str) -> Page:
        """The contacts with this number."""
        return await self._get("/api/contacts", {"phone": number}, Page)

    async def add_note(self, contact: str, text: str, idempotency_key: str) -> None:
        """Add a note to a contact; a second one with the same key is not added. Raises ResultRefused as well."""
        headers = {"Idempotency-Key": idempotency_key}
        try:
            await self._ask("POST", f"/api/contacts/{contact}/notes", headers=headers, json={"text": text})
        except NotThere as error:
            await self.page("")  # a wrong url is answered alike: then every note waits
            raise ResultRefused(error.message) from error

    async def _get(self, path: str, query: Mapping[str, str], kind: type[T]) -> T:
        body = await self._ask("GET", path, params=query)
        try:
            return msgspec.json.decode(body, type=kind)
        except msgspec.DecodeError as error:
            raise BackendRefused(
                f"{self._options.url}{path} does not answer as it should: {error}.", remedy="Check url."
            ) from error

    async def _ask(self, method: str, path: str, **content: Any) -> bytes:
        assert self._session is not None  # noqa: S101 - entered before
        try:
            async with self._session.request(method, self._options.url + path, **content) as answer:
                if answer.ok:
                    return await answer.read()
                raise self._refusal(path, answer)
        except TimeoutError as error:
            raise BackendUnavailable(
                f"{self._options.url} did not answer within {self._options.timeout:g} s."
            ) from error
        except aiohttp.ClientError as error:
            raise BackendUnavailable(f"{self._options.url} cannot be reached: {error}.") from error

    def _refusal(self, path: str, answer: aiohttp.ClientResponse) -> Exception:
        what = f"{self._options.url}{path} answers {answer.status} {answer.reason}."
        if answer.status == 410:
            return CursorRefused(what)
        if answer.status == 429 or answer.status >= 500:
            pause = answer.headers.get("Retry-After", "")
            return BackendUnavailable(what, retry_after=float(pause) if pause.isdecimal() else None)
        refusal = NotThere if answer.status == 404 else BackendRefused
        return refusal(what, remedy=_REMEDIES.get(answer.status, "See what the CRM's log says."))
