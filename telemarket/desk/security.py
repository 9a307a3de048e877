"""Who may ask for what, and what a browser may do with an answer: plain ASGI middleware."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from telemarket.core.identity import IdentityService
from telemarket.core.roles import Role, User

SIGNED_OUT = 4401
"""Close code of a live stream whose session has ended."""

_PUBLIC = ("/sign-in", "/static/", "/healthz")
_FOR_DISPLAYS = ("/board/wall", "/static/", "/healthz")
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def cookie_name(secure: bool) -> str:
    """Name of the session's cookie; the prefix makes browsers refuse one set by a neighbouring host."""
    return "__Host-telemarket" if secure else "telemarket"


def host_source(url: str) -> str:
    """The origin of `url` as a Content-Security-Policy source; empty if it has none of its own."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    host = parts.hostname or ""
    plain = parts.scheme in ("http", "https", "ws", "wss") and host and not set(host) - _HOST_CHARACTERS
    return f"{parts.scheme}://{host}{port}" if plain else ""


_HOST_CHARACTERS = set("abcdefghijklmnopqrstuvwxyz0123456789.-")


def content_policy(connect: Iterable[str] = (), frames: Iterable[str] = ()) -> str:
    """The Content-Security-Policy: everything from here, plus the telephone's address and outside CRMs' frames."""
    directives = {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "media-src": ["'self'", "blob:"],  # speech to be heard before it is kept
        "connect-src": ["'self'", *filter(None, map(host_source, connect))],
        "frame-src": list(filter(None, map(host_source, frames))) or ["'none'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
    return "; ".join(f"{name} {' '.join(dict.fromkeys(sources))}" for name, sources in directives.items())


def put_security_headers(headers: MutableHeaders, policy: str, secure: bool) -> None:
    """Say what a browser may do with an answer; a policy of its own and how long to keep it stay as they are."""
    headers.setdefault("Content-Security-Policy", policy)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    # A window opened for an outside CRM stays in reach, to be used again for the next call.
    headers["Cross-Origin-Opener-Policy"] = "same-origin-allow-popups"
    headers["Permissions-Policy"] = "microphone=(self), camera=(), geolocation=(), payment=(), usb=()"
    headers.setdefault("Cache-Control", "no-store")
    if secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"


class SecurityHeaders:
    """Puts the headers on every answer; `policy` where the page has not set one of its own."""

    def __init__(self, app: ASGIApp, policy: str, secure: bool) -> None:
        self._app = app
        self._policy = policy
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                put_security_headers(MutableHeaders(scope=message), self._policy, self._secure)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class SameOrigin:
    """Refuses requests that change something, and live streams, when another site's page makes them."""

    def __init__(self, app: ASGIApp, public_url: str) -> None:
        self._app = app
        self._public = host_source(public_url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in _SAFE_METHODS and not self._allowed(Headers(scope=scope)):
            await JSONResponse({"error_id": "cross-origin", "message": "Cross-origin request refused."}, 403)(
                scope, receive, send
            )
        elif scope["type"] == "websocket" and not self._is_own(Headers(scope=scope)):
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self._app(scope, receive, send)

    def _allowed(self, headers: Headers) -> bool:
        site = headers.get("Sec-Fetch-Site")
        if site is not None:
            return site in ("same-origin", "none")
        # No browser leaves out both: this is a program, and it carries no one's cookie unasked.
        return "Origin" not in headers or self._is_own(headers)

    def _is_own(self, headers: Headers) -> bool:
        origin = headers.get("Origin", "")
        return bool(origin) and (origin.partition("://")[2] == headers.get("Host") or origin == self._public)


class Authentication:
    """Finds the person behind the session cookie; everybody else gets the sign-in page and nothing more."""

    def __init__(self, app: ASGIApp, identity: IdentityService, cookie: str) -> None:
        self._app = app
        self._identity = identity
        self._cookie = cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        scope["token"] = connection.cookies.get(self._cookie, "")
        user = scope["user"] = await self._identity.user_of(scope["token"])
        if user is None and not scope["path"].startswith(_PUBLIC):
            await self._refuse(scope, receive, send)
        elif _is_display(user) and not scope["path"].startswith(_FOR_DISPLAYS):
            await self._keep_to_the_wall(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        if scope["type"] == "websocket":
            # Accepted first: a close code before that does not reach the page.
            await receive()
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close", "code": SIGNED_OUT})
        elif headers.get("HX-Request"):
            await JSONResponse({"error_id": "signed-out"}, 401, {"HX-Redirect": "/sign-in"})(scope, receive, send)
        elif "application/json" in headers.get("Accept", "") or scope["method"] not in _SAFE_METHODS:
            await JSONResponse({"error_id": "signed-out"}, 401)(scope, receive, send)
        else:
            await RedirectResponse("/sign-in", 303)(scope, receive, send)

    async def _keep_to_the_wall(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Anybody can walk up to a display: it gets its board, whatever it asks for."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif scope["method"] in _SAFE_METHODS:
            await RedirectResponse("/board/wall", 303)(scope, receive, send)
        else:
            await JSONResponse({"error_id": "not-allowed"}, 403)(scope, receive, send)


def _is_display(user: User | None) -> bool:
    return user is not None and user.role is Role.DISPLAY
