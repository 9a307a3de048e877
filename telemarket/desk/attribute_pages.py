"""Further values of contacts: what they are called and what may be written in them."""

from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from telemarket.contacts.attributes import KINDS, AttributeType
from telemarket.core.roles import Permission, require
from telemarket.desk.context import fragment, optional_whole, page, services_of, text_of, user_of

_LARGEST_FORM = 200_000


def routes() -> list[BaseRoute]:
    """The routes of this module."""
    return [
        Route("/contacts/attributes", listing, methods=["GET"]),
        Route("/contacts/attributes", define, methods=["POST"], max_body_size=_LARGEST_FORM),
        Route("/contacts/attributes/{type_id:int}", form, methods=["GET"]),
        Route("/contacts/attributes/{type_id:int}/remove", remove, methods=["POST"], max_body_size=4096),
    ]


async def listing(request: Request) -> Response:
    """Every kind of further value, and a form for a new one."""
    require(user_of(request), Permission.DEFINE_ATTRIBUTES)
    return await page(request, "contacts/attributes.html", **await _context(request))


async def form(request: Request) -> Response:
    """The form of one, or (0) of a new one."""
    require(user_of(request), Permission.DEFINE_ATTRIBUTES)
    context = await _context(request)
    chosen = next((each for each in context["types"] if each.id == request.path_params["type_id"]), context["chosen"])
    return fragment(request, "contacts/attribute_form.html", **{**context, "chosen": chosen})


async def define(request: Request) -> Response:
    """Keep one."""
    user = user_of(request)
    require(user, Permission.DEFINE_ATTRIBUTES)
    await services_of(request).contacts.attributes.define(_read(await request.form()), user.id)
    return Response(status_code=204, headers={"HX-Redirect": "/contacts/attributes"})


async def remove(request: Request) -> Response:
    """Ask for one no more."""
    user = user_of(request)
    require(user, Permission.DEFINE_ATTRIBUTES)
    await services_of(request).contacts.attributes.remove(request.path_params["type_id"], user.id)
    return Response(status_code=204, headers={"HX-Redirect": "/contacts/attributes"})


async def _context(request: Request) -> dict[str, Any]:
    services = services_of(request)
    types = await services.contacts.attributes.all()
    projects = await services.projects.load_all()
    return {
        "types": types,
        "kinds": KINDS,
        "projects": projects,
        "project_names": {project.id: project.name for project in projects},
        "chosen": AttributeType(id=0, name="", position=len(types)),
    }


def _read(given: FormData) -> AttributeType:
    """What the form says; raises InvalidInput naming the field."""
    return AttributeType(
        id=optional_whole(given.get("id"), "id") or 0,
        project_id=optional_whole(given.get("project_id"), "project_id"),
        name=text_of(given, "name"),
        kind=text_of(given, "kind"),
        choices=tuple(text_of(given, "choices").splitlines()),
        searched="searched" in given,
        position=optional_whole(given.get("position"), "position") or 0,
    )
