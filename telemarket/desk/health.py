"""/healthz and /metrics: for machines, without sign-in."""

import ipaddress
from collections.abc import Callable
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

Health = Callable[[], dict[str, Any]]


class HealthPages:
    """Answers /healthz/live, /healthz and /metrics before `app` sees the request.

    `/healthz/live` says only that the event loop turns. `/healthz` lists the parts, with status 503 if one that
    calls depend on fails; it and /metrics are for this host, others get 404.
    """

    def __init__(self, app: ASGIApp, health: Health, registry: CollectorRegistry) -> None:
        self._app = app
        self._health = health
        self._registry = registry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        answer = self._answer(scope) if scope["type"] == "http" else None
        await (answer or self._app)(scope, receive, send)

    def _answer(self, scope: Scope) -> Response | None:
        path = scope["path"]
        if path not in ("/healthz/live", "/healthz", "/metrics"):
            return None
        if path == "/healthz/live":
            return PlainTextResponse("ok")
        if not _is_local(Request(scope)):
            return PlainTextResponse("not found", 404)
        if path == "/healthz":
            health = self._health()
            return JSONResponse(health, 200 if health["ok"] else 503)
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)


def _is_local(request: Request) -> bool:
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
