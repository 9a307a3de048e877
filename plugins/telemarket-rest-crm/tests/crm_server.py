"""A CRM with the API of the README, in memory, on a port of its own."""

import asyncio
from collections.abc import Mapping
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer


class CrmServer:
    """`failing`, while set, is answered to everything; while `stalled`, nothing is."""

    def __init__(self, token: str) -> None:
        self.notes: dict[str, tuple[str, str]] = {}
        self.failing: tuple[int, Mapping[str, str]] | None = None
        self.stalled = False
        self.requests = 0
        self._token = token
        self._contacts: dict[str, tuple[int, dict[str, Any]]] = {}
        self._changes = 0
        self._oldest = 0
        app = web.Application(middlewares=[self._gate])
        app.router.add_get("/api/contacts", self._list)
        app.router.add_post("/api/contacts/{id}/notes", self._note)
        self.server = TestServer(app)

    @property
    def url(self) -> str:
        return str(self.server.make_url("")).rstrip("/")

    def put(self, contact: dict[str, Any]) -> None:
        """Add or change a contact."""
        self._changes += 1
        self._contacts[contact["id"]] = (self._changes, contact)

    def remove(self, contact_id: str) -> None:
        self.put({"id": contact_id, "deleted": True})

    def forget(self) -> None:
        """Refuse every cursor given out so far."""
        self._changes += 1
        self._oldest = self._changes

    @web.middleware
    async def _gate(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.requests += 1
        if self.stalled:
            await asyncio.Event().wait()
        if self.failing is not None:
            status, headers = self.failing
            return web.Response(status=status, headers=headers)
        if request.headers.get("Authorization") != f"Bearer {self._token}":
            return web.Response(status=401)
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _list(self, request: web.Request) -> web.Response:
        if number := request.query.get("phone"):
            found = [each for _, each in self._contacts.values() if number in str(each.get("phones"))]
            return web.json_response({"contacts": found, "cursor": ""})
        since = request.query.get("since", "0")
        if not since.isdecimal() or 0 < int(since) < self._oldest:
            return web.Response(status=410)
        limit = int(request.query["limit"])
        changed = sorted((n, c) for n, c in self._contacts.values() if n > int(since) and (int(since) or not _gone(c)))
        page, rest = changed[:limit], changed[limit:]
        body = {
            "contacts": [contact for _, contact in page],
            "cursor": str(page[-1][0] if rest else max(self._changes, 1)),
            "more": bool(rest),
            "total": len(changed),
        }
        return web.json_response(body)

    async def _note(self, request: web.Request) -> web.Response:
        contact_id, text = request.match_info["id"], (await request.json())["text"]
        if contact_id in self._contacts and _gone(self._contacts[contact_id][1]):
            return web.Response(status=404)
        self.notes.setdefault(request.headers["Idempotency-Key"], (contact_id, text))
        return web.Response(status=201)


def _gone(contact: Mapping[str, Any]) -> bool:
    return bool(contact.get("deleted"))
