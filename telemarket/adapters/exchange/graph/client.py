"""Questions to Microsoft Graph."""

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import msgspec
from yarl import URL

from telemarket.adapters.exchange.graph.options import GraphOptions
from telemarket.adapters.exchange.graph.records import CONTACT_FIELDS, USER_FIELDS
from telemarket.adapters.exchange.graph.tokens import Tokens, unreachable, untrusted
from telemarket.adapters.exchange.places import DEFAULT_FOLDER, Place
from telemarket.backend import BackendRefused, BackendUnavailable, CursorRefused
from telemarket.core.errors import TelemarketError
from telemarket.core.i18n import N_

PAGE = 200
_BUSY = (429, 503, 504)
_REMEDIES = {
    401: N_("Grant the application its permissions anew, with the consent of an administrator."),
    403: N_(
        "Grant the application the permission Contacts.Read (User.Read.All for the directory) of the type "
        "Application, with the consent of an administrator; see that no application access policy excludes the mailbox."
    ),
    404: N_("Check mailboxes and folders, and that each mailbox is in Exchange Online."),
}


class Page(msgspec.Struct):
    """A part of what has changed. `link` is where to go on; `last` says that this was all for now."""

    values: list[Mapping[str, Any]]
    link: str
    last: bool


class Graph:
    """Made inside a running event loop. Raises BackendUnavailable, BackendRefused and CursorRefused."""

    def __init__(self, options: GraphOptions, ca_file: Path | None) -> None:
        self._options = options
        self._base = options.base_url
        self._tokens = Tokens(options, ca_file)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=ca_file)),
            timeout=aiohttp.ClientTimeout(total=options.timeout),
            headers={"Prefer": f"odata.maxpagesize={PAGE}"},
            trust_env=True,  # proxies
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def contacts_link(self, place: Place) -> str:
        """Where the changes of a contact folder begin."""
        folders = f"{self._base}/users/{quote(place.mailbox, safe='@')}/contactFolders"
        name, *rest = place.path.split("/")
        # The mailbox's own folder answers to its well-known name, whatever it is called there.
        found = DEFAULT_FOLDER if name.casefold() == DEFAULT_FOLDER else await self._folder_id(folders, name)
        for name in rest:
            found = await self._folder_id(f"{folders}/{quote(found, safe='')}/childFolders", name)
        return f"{folders}/{quote(found, safe='')}/contacts/delta?$select={','.join(CONTACT_FIELDS)}"

    def users_link(self) -> str:
        """Where the changes of the organisation's users begin."""
        return f"{self._base}/users/delta?$select={','.join(USER_FIELDS)}"

    async def changes(self, link: str) -> Page:
        """One page of changes; raises CursorRefused where Graph no longer knows the link."""
        answer = await self._get(link)
        last = "@odata.nextLink" not in answer
        return Page(values=answer["value"], link=answer["@odata.deltaLink" if last else "@odata.nextLink"], last=last)

    async def user(self, user_id: str) -> Mapping[str, Any] | None:
        """A user with all fields; None if he has gone."""
        try:
            return await self._get(f"{self._base}/users/{quote(user_id, safe='')}?$select=id,{','.join(USER_FIELDS)}")
        except Missing:
            return None

    async def _folder_id(self, link: str, name: str) -> str:
        onward: str | None = f"{link}?$select=displayName"
        while onward:
            answer = await self._get(onward)
            for folder in answer["value"]:
                if folder["displayName"].casefold() == name.casefold():
                    return str(folder["id"])
            onward = answer.get("@odata.nextLink")
        text = N_("There is no contact folder called %(name)s.", name=name)
        raise BackendRefused(text, remedy=N_("Check folders, and the spelling of names."))

    async def _get(self, link: str) -> dict[str, Any]:
        if not link.startswith(f"{self._base}/"):  # the token is for nobody else
            raise CursorRefused(N_("The cursor leads away from Microsoft Graph."))
        status, answer, headers = await self._asked(link)
        if status == 401:  # revoked before its time
            await self._tokens.forget()
            status, answer, headers = await self._asked(link)
        if status == 200:
            return answer
        raise _error(status, answer.get("error") or {}, headers, stateful="token=" in link)

    async def _asked(self, link: str) -> tuple[int, dict[str, Any], Mapping[str, str]]:
        headers = {"Authorization": f"Bearer {await self._tokens.token()}"}
        try:
            async with self._session.get(_encoded(link), headers=headers, allow_redirects=False) as response:
                body = await response.read()
                return response.status, _decoded(body), response.headers
        except aiohttp.ClientConnectorCertificateError as error:
            raise untrusted(self._base, error) from error
        except (TimeoutError, aiohttp.ClientError) as error:
            raise unreachable(self._base, error) from error


class Missing(BackendRefused):
    """What was asked for is not there."""


def _error(status: int, said: Mapping[str, Any], headers: Mapping[str, str], *, stateful: bool) -> TelemarketError:
    reason = f"{said.get('code', '')} {said.get('message', '')}".strip() or f"HTTP {status}"
    if status == 410 or (status == 400 and stateful):  # Graph says either of a token that is too old
        return CursorRefused(N_("Microsoft Graph no longer knows what was read last: %(reason)s", reason=reason))
    text = N_("Microsoft Graph refuses: %(reason)s", reason=reason)
    if status in _BUSY or status >= 500:
        pause = headers.get("Retry-After", "")
        return BackendUnavailable(text, retry_after=float(pause) if pause.isdecimal() else None)
    kind = Missing if status == 404 else BackendRefused
    return kind(text, remedy=_REMEDIES.get(status, ""))


def _encoded(link: str) -> URL:
    """Links are opaque: what Graph has encoded in them must not be encoded anew."""
    return URL(link, encoded=True)


def _decoded(body: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.DecodeError:
        return {}  # a proxy's page; the status says enough
