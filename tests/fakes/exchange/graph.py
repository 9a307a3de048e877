"""A server that speaks as much of Microsoft Graph as reading contacts takes, and signs applications in.

It keeps to what Microsoft publishes: opaque next and delta links, `$select` remembered by them, `@removed`, changed
users told by what has changed, tokens that end, 410 and `syncStateNotFound`, 429 with Retry-After.
"""

import base64
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from itertools import count
from ssl import SSLContext
from typing import Any

from aiohttp import web

from tests.fakes.exchange.serving import Fate, served
from tests.fakes.exchange.store import Folder

TENANT, CLIENT, SECRET = "example.onmicrosoft.com", "6731de76-14a6-49ae-97bc-6eba6914391e", "correct~horse"
_MOST = 1000


class FakeGraph:
    """The server: `mailboxes` by address, each with its contact folder, and the `users` of the organisation."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[str] = []  # paths, in order
        self.sign_ins = 0
        self.mailboxes: dict[str, Folder] = {}
        self.users = Folder("users")
        self.granted = {"Contacts.Read", "User.Read.All"}
        self.fate = Fate()
        self._tokens: set[str] = set()
        self._epoch = 0
        self._numbers = count(1)

    def mailbox(self, address: str) -> Folder:
        """A mailbox; returns its contact folder."""
        folder = self.mailboxes[address] = Folder("Контакти")
        return folder

    def revoke(self) -> None:
        """No token given so far is good any more."""
        self._tokens.clear()

    def forget_links(self) -> None:
        """No link given so far is good any more."""
        self._epoch += 1

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._guard])
        app.router.add_get("/{tenant}/v2.0/.well-known/openid-configuration", self._discover)
        app.router.add_post("/{tenant}/oauth2/v2.0/token", self._sign_in)
        folders = "/v1.0/users/{mailbox}/contactFolders"
        app.router.add_get(folders, self._list_folders)
        app.router.add_get(folders + "/{folder}/childFolders", self._list_folders)
        app.router.add_get(folders + "/{folder}/contacts/delta", self._contacts)
        app.router.add_get("/v1.0/users/delta", self._users)
        app.router.add_get("/v1.0/users/{user}", self._user)
        return app

    # Signing in.

    async def _discover(self, request: web.Request) -> web.Response:
        if request.match_info["tenant"] != TENANT:
            return web.json_response({"error": "invalid_tenant"}, status=400)
        login = f"{self.url}/{TENANT}/oauth2/v2.0"
        return web.json_response(
            {
                "issuer": f"{self.url}/{TENANT}/v2.0",
                "authorization_endpoint": f"{login}/authorize",
                "token_endpoint": f"{login}/token",
            }
        )

    async def _sign_in(self, request: web.Request) -> web.Response:
        given = await request.post()
        self.sign_ins += 1
        assert given["grant_type"] == "client_credentials"
        assert given["scope"] == f"{self.url}/.default"
        if (given["client_id"], given["client_secret"]) != (CLIENT, SECRET):
            said = "AADSTS7000215: Invalid client secret provided."
            return web.json_response({"error": "invalid_client", "error_description": said}, status=401)
        token = f"token-{next(self._numbers)}"
        self._tokens.add(token)
        return web.json_response({"token_type": "Bearer", "expires_in": 3599, "access_token": token})

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if request.path.startswith("/v1.0/"):
            self.asked.append(request.path)
            if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self._tokens:
                return _error(401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.")
            if trouble := await self.fate.befall(request):
                return trouble
        response: web.StreamResponse = await handler(request)
        return response

    # Contacts and users.

    async def _list_folders(self, request: web.Request) -> web.Response:
        parent = self._folder(request)
        if isinstance(parent, web.Response):
            return parent
        found = [{"id": folder.id, "displayName": folder.name} for folder in parent.children]
        return web.json_response({"value": found})

    async def _contacts(self, request: web.Request) -> web.Response:
        folder = self._folder(request)
        return folder if isinstance(folder, web.Response) else self._delta(request, folder)

    async def _users(self, request: web.Request) -> web.Response:
        if "User.Read.All" not in self.granted:
            return _denied()
        return self._delta(request, self.users, changed_only=True)

    async def _user(self, request: web.Request) -> web.Response:
        values = self.users.items.get(request.match_info["user"])
        if values is None:
            return _error(404, "Request_ResourceNotFound", "The resource does not exist.")
        selected = request.query["$select"].split(",")
        return web.json_response(_selected(request.match_info["user"], values, selected))

    def _folder(self, request: web.Request) -> Folder | web.Response:
        if "Contacts.Read" not in self.granted:
            return _denied()
        top = self.mailboxes.get(request.match_info["mailbox"])
        if top is None:
            return _error(404, "ErrorInvalidUser", "The requested user is invalid.")
        wanted = request.match_info.get("folder", "contacts")
        folder = next((each for each in top.walk() if wanted == each.id or (wanted, each) == ("contacts", top)), None)
        if folder is None:
            return _error(404, "ErrorItemNotFound", "The specified object was not found in the store.")
        return _denied() if folder.closed else folder

    def _delta(self, request: web.Request, folder: Folder, *, changed_only: bool = False) -> web.Response:
        token = request.query.get("$skiptoken") or request.query.get("$deltatoken")
        if token is None:
            selected, since = request.query["$select"].split(","), 0
        else:
            epoch, folder_id, selected, since = json.loads(base64.urlsafe_b64decode(token))
            if (epoch, folder_id) != (self._epoch, folder.id):
                code = "syncStateNotFound"  # of users with 400, of contacts with 410
                return _error(400 if changed_only else 410, code, "The sync state generation is not found.")
        most = min(int(request.headers.get("Prefer", "").rpartition("odata.maxpagesize=")[2] or 10), _MOST)
        told, place, complete = folder.changes(since, most)
        state = json.dumps([self._epoch, folder.id, selected, place])
        opaque = base64.urlsafe_b64encode(state.encode()).decode()
        kind, name = ("deltaLink", "$deltatoken") if complete else ("nextLink", "$skiptoken")
        values = list(self._told(folder, told, selected, changed_only=changed_only))
        return web.json_response(
            {f"@odata.{kind}": f"{self.url}{request.rel_url.raw_path}?{name}={opaque}", "value": values},
        )

    def _told(
        self, folder: Folder, told: Iterable[tuple[str, str]], selected: list[str], *, changed_only: bool
    ) -> Iterable[dict[str, Any]]:
        for what, item_id in told:
            if what == "delete":
                yield {"id": item_id, "@removed": {"reason": "deleted"}}
            elif what == "update" and changed_only:
                yield _selected(item_id, folder.changed[item_id], selected)
            else:
                yield _selected(item_id, folder.items[item_id], selected)


@asynccontextmanager
async def graph_server(fake: FakeGraph, tls: SSLContext) -> AsyncIterator[None]:
    """Runs it on loopback, for the name localhost; its `url` is set."""
    async with served(fake.app(), tls) as url:
        fake.url = url
        yield


def _selected(item_id: str, values: dict[str, Any], selected: list[str]) -> dict[str, Any]:
    return {"id": item_id} | {name: value for name, value in values.items() if name in selected}


def _denied() -> web.Response:
    return _error(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")


def _error(code: int, name: str, message: str) -> web.Response:
    return web.json_response({"error": {"code": name, "message": message}}, status=code)
