"""Backends: how the synchronisation of each source stands, trying it out, synchronising it now."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from telemarket.core.roles import Permission, require
from telemarket.desk.context import fragment, page, services_of, user_of

_LARGEST_FORM = 1000


def routes() -> list[BaseRoute]:
    """The routes of this module."""
    return [
        Route("/backends", overview, methods=["GET"]),
        Route("/backends/{name}", one, methods=["GET"]),
        Route("/backends/{name}/sync", synchronise, methods=["POST"], max_body_size=_LARGEST_FORM),
        Route("/backends/{name}/check", check, methods=["POST"], max_body_size=_LARGEST_FORM),
    ]


async def overview(request: Request) -> Response:
    """All of them."""
    require(user_of(request), Permission.MANAGE_BACKENDS)
    return await page(request, "backends/list.html", backends=await services_of(request).backends.overview())


async def one(request: Request) -> Response:
    """One of them as it stands now."""
    require(user_of(request), Permission.MANAGE_BACKENDS)
    view = await services_of(request).backends.view(request.path_params["name"])
    return fragment(request, "backends/backend.html", backend=view)


async def synchronise(request: Request) -> Response:
    """Have one synchronised now."""
    user, services, name = user_of(request), services_of(request), request.path_params["name"]
    require(user, Permission.MANAGE_BACKENDS)
    services.backends.ask(name)
    await services.audit.append(user.id, "backend.sync", f"backend {name}")
    return fragment(request, "backends/backend.html", backend=await services.backends.view(name), asked=True)


async def check(request: Request) -> Response:
    """Try one out and say what was found."""
    require(user_of(request), Permission.MANAGE_BACKENDS)
    findings = await services_of(request).backends.check(request.path_params["name"])
    return fragment(request, "backends/findings.html", findings=findings)
