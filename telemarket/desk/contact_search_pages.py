"""Looking contacts up: by text, by what narrows the choice, page by page."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from telemarket.contacts.model import CONTACT_KINDS
from telemarket.contacts.search import MOST_FOUND, ContactFilter
from telemarket.core.roles import Permission, User, allows
from telemarket.desk.context import fragment, numbering_plan, optional_whole, page, services_of, user_of
from telemarket.desk.services import DeskServices
from telemarket.numbers import dialable

_PAGE = 50
_MOST_COUNTED = 1000
_TEXTS = {"text": "q", "kind": "kind", "category": "category", "region": "region", "source": "source"}
_FLAGS = ("do_not_call", "incomplete", "archived")
_PARAMETERS = (*_TEXTS.values(), *_FLAGS, "consultant", "mine", "attribute", "value")


def routes() -> list[BaseRoute]:
    """The routes of this module."""
    return [Route("/contacts", search, methods=["GET"])]


async def search(request: Request) -> Response:
    """Contacts; while somebody types only their list."""
    query, contacts = request.query_params, services_of(request).contacts
    wanted = read_filter(query, user_of(request))
    found = await contacts.find(wanted, _PAGE, optional_whole(query.get("after"), "after"))
    given = {name: query[name] for name in _PARAMETERS if query.get(name)}
    context: dict[str, Any] = {
        "found": found,
        "wanted": wanted,
        "query": given,
        "narrowed": len(given.keys() - {"q"}),
        "most": MOST_FOUND,
        "mine": _mine(query),
        "people": {user.id: user.name for user in await services_of(request).cards.people.active()},
    }
    if "after" in query:
        return fragment(request, "contacts/rows.html", **context)
    context["number"] = dialable(wanted.text, numbering_plan(request))
    if request.headers.get("HX-Target") == "contact-results":
        return fragment(request, "contacts/results.html", **context)
    return await page(
        request,
        "contacts/search.html",
        incomplete=await contacts.count_incomplete(_MOST_COUNTED),
        most_counted=_MOST_COUNTED,
        supervises=allows(user_of(request), Permission.SUPERVISE),
        **await filter_choices(services_of(request)),
        **context,
    )


def read_filter(given: Mapping[str, str], user: User) -> ContactFilter:
    """What an address or a form asks for; raises InvalidInput naming the field."""
    name, value = given.get("attribute", "").strip(), given.get("value", "").strip()
    texts: dict[str, Any] = {field: given.get(parameter, "").strip() for field, parameter in _TEXTS.items()}
    flags: dict[str, Any] = {flag: given.get(flag) == "1" for flag in _FLAGS}
    consultant = user.id if _mine(given) else optional_whole(given.get("consultant"), "consultant")
    attribute = (name, value) if name and value else None
    return ContactFilter(**texts, **flags, consultant_id=consultant, attribute=attribute)


async def filter_choices(services: DeskServices) -> dict[str, Any]:
    """What the fields of the filter offer, beside the people."""
    return {
        "kinds": CONTACT_KINDS,
        "choices": await services.contacts.choices(),
        "attributes": [each.name for each in await services.contacts.attributes.all()],
    }


def _mine(given: Mapping[str, str]) -> bool:
    return given.get("mine") == "1"
