"""The web server: who may come in, what goes wrong, and the three interfaces."""

import ssl
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from aiohttp import web

from tests.fakes.domino import das, rest, views
from tests.fakes.domino.database import COLUMNS, Database

USER, PASSWORD = "Тетяна Telemarket/Example", "правильний кінь"
LOGIN_FORM = "<!DOCTYPE html><html><form method=post action='/names.nsf?Login'><input name=Username></form></html>"

Hook = Callable[[web.Request], Awaitable[web.StreamResponse | None]]


class DominoServer:
    """`asks` is basic (401), form (200 with the login form) or redirect (302 to it).

    `before` sees each request that is signed in, before it is answered, and may answer itself. `asked` are the
    addresses that were asked for, `signed_in` counts sign-ins that succeeded.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.url = ""
        self.asks = "basic"
        self.most_lines = 1000  # "Maximum lines per view page" of the Server document
        self.most_entries = 100  # DataServiceMaxViewEntries of notes.ini
        self.before: Hook | None = None
        self.asked: list[str] = []
        self.signed_in = 0
        self._sessions: set[str] = set()

    def application(self) -> web.Application:
        app = web.Application(middlewares=[self._gate])
        app.router.add_post("/names.nsf", self._login)
        app.router.add_get("/crm/{file}.nsf/{view}", partial(views.read, self))
        app.router.add_get("/crm/{file}.nsf/api/data/collections/name/{view}", partial(das.read, self))
        app.router.add_get("/crm/{file}.nsf/api/data/documents", partial(das.documents, self))
        app.router.add_post("/api/v1/auth", self._auth)
        app.router.add_get("/api/v1/lists", partial(rest.design, self))
        app.router.add_get("/api/v1/lists/{view}", partial(rest.read, self))
        app.router.add_post("/api/v1/query", partial(rest.query, self))
        app.router.add_post("/api/v1/document", partial(rest.create, self))
        app.router.add_patch("/api/v1/document/{unid}", partial(rest.change, self))
        return app

    def options(self, route: str, **changed: Any) -> dict[str, Any]:
        """Options of a backend that reads this server's views `Telemarket` and `ByPhone` by `route`."""
        where = {"url": self.url, "database": "crm/clients.nsf", "scope": rest.SCOPE, "view": "Telemarket"}
        who = {"user": USER, "password": PASSWORD}
        return {"route": route, **where, **who, "columns": COLUMNS, "phone_view": "ByPhone", **changed}

    def end_sessions(self) -> None:
        """Sessions and tokens expire."""
        self._sessions.clear()

    @web.middleware
    async def _gate(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.asked.append(str(request.rel_url))
        if request.path in ("/names.nsf", "/api/v1/auth"):
            return await handler(request)
        if not self._is_known(request):
            return self._who_are_you(request)
        if self.before and (answer := await self.before(request)) is not None:
            return answer
        return await handler(request)

    def _is_known(self, request: web.Request) -> bool:
        given = request.headers.get("Authorization", "")
        if request.path.startswith("/api/v1"):
            return given.removeprefix("Bearer ") in self._sessions
        if self.asks != "basic":
            return request.cookies.get("DomAuthSessId", "") in self._sessions
        return given == f"Basic {b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}"

    def _who_are_you(self, request: web.Request) -> web.Response:
        if request.path.startswith("/api/v1"):
            return web.json_response({"status": 401, "message": "Unauthorized", "errorId": 0}, status=401)
        if self.asks == "basic":
            return web.Response(status=401, text="<html>Error 401</html>", headers={"WWW-Authenticate": "Basic"})
        if self.asks == "redirect":
            return web.Response(status=302, headers={"Location": f"{self.url}/names.nsf?Login"})
        return web.Response(text=LOGIN_FORM, content_type="text/html")

    async def _login(self, request: web.Request) -> web.Response:
        form = await request.post()
        if request.query_string != "Login" or (form["Username"], form["Password"]) != (USER, PASSWORD):
            return web.Response(text=LOGIN_FORM, content_type="text/html")
        answer = web.Response(status=302, headers={"Location": str(form["RedirectTo"])})
        answer.set_cookie("DomAuthSessId", self._new_session())
        return answer

    async def _auth(self, request: web.Request) -> web.Response:
        if await request.json() != {"username": USER, "password": PASSWORD}:
            refusal = {"status": 401, "message": "Invalid credentials or account locked"}
            return web.json_response(refusal, status=401)
        return web.json_response({"bearer": self._new_session(), "expSeconds": 3600, "leeway": 5})

    def _new_session(self) -> str:
        self.signed_in += 1
        session = f"session{self.signed_in}"
        self._sessions.add(session)
        return session


@asynccontextmanager
async def domino(database: Database, tls: ssl.SSLContext | None = None) -> AsyncIterator[DominoServer]:
    """Run it on a free loopback port while the block runs."""
    server = DominoServer(database)
    runner = web.AppRunner(server.application(), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        server.url = f"http{'s' * bool(tls)}://localhost:{runner.addresses[0][1]}"
        yield server
    finally:
        await runner.cleanup()
