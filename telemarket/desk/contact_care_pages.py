"""Looking after contacts: what was changed in them, doubles made into one, and made two again."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from telemarket.contacts.model import Contact
from telemarket.core.roles import Permission, require
from telemarket.desk import contact_words, words
from telemarket.desk.context import fragment, optional_whole, page, services_of, text_of, user_of, whole

_PAGE = 20
_OFFERED = 8
_LOOKS = 20  # parts of the contacts that are looked through for one answer
_SMALL_FORM = 20_000


def routes() -> list[BaseRoute]:
    """The routes of this module."""
    return [
        Route("/contacts/{contact_id:int}/changes", changes, methods=["GET"]),
        Route("/contacts/doubles", all_doubles, methods=["GET"]),
        Route("/contacts/{contact_id:int}/doubles", doubles, methods=["GET"]),
        Route("/contacts/{contact_id:int}/doubles/found", others, methods=["GET"]),
        Route("/contacts/{contact_id:int}/merge", preview, methods=["GET"]),
        Route("/contacts/{contact_id:int}/merge", merge, methods=["POST"], max_body_size=_SMALL_FORM),
        Route("/contacts/merges/{merge_id:int}/undo", undo, methods=["POST"], max_body_size=_SMALL_FORM),
    ]


async def changes(request: Request) -> Response:
    """Who changed what in a contact, newest first."""
    require(user_of(request), Permission.TAKE_CALLS)
    contact = await contact_of(request)
    services, before = services_of(request), optional_whole(request.query_params.get("before"), "before")
    found, people = await services.changes.of_contact(contact.id, before, _PAGE + 1), await _people(request)
    context: dict[str, Any] = {
        "contact": contact,
        "changes": [(each, contact_words.lines(each, people)) for each in found[:_PAGE]],
        "more": found[_PAGE - 1].id if len(found) > _PAGE else None,
        "origin": contact_words.origin,
    }
    if before is not None:
        return fragment(request, "contacts/change_rows.html", **context)
    merges = await services.merges.of_contact(contact.id)
    return await page(request, "contacts/changes.html", tab="changes", merges=merges, **context)


async def all_doubles(request: Request) -> Response:
    """Groups of contacts that are probably one."""
    require(user_of(request), Permission.MERGE_CONTACTS)
    after = request.query_params.get("after", "")
    groups = await services_of(request).duplicates.groups(after)
    for _ in range(_LOOKS):
        if groups.groups or not groups.after:
            break
        groups = await services_of(request).duplicates.groups(groups.after)
    if after:
        return fragment(request, "contacts/double_rows.html", groups=groups)
    return await page(request, "contacts/all_doubles.html", groups=groups)


async def doubles(request: Request) -> Response:
    """Who is probably the same as this contact, and anybody else to merge him with."""
    require(user_of(request), Permission.MERGE_CONTACTS)
    contact = await contact_of(request)
    found = await services_of(request).duplicates.of_contact(contact)
    return await page(request, "contacts/doubles.html", tab="doubles", contact=contact, doubles=found)


async def others(request: Request) -> Response:
    """A few contacts to merge this one with."""
    require(user_of(request), Permission.MERGE_CONTACTS)
    contact, text = await contact_of(request), request.query_params.get("q", "")
    found = await services_of(request).contacts.search(text, _OFFERED + 1)
    found = [each for each in found if each.id != contact.id][:_OFFERED]
    return fragment(request, "contacts/others.html", contact=contact, contacts=found, text=text)


async def preview(request: Request) -> Response:
    """What would become of two contacts, with a choice where they differ."""
    require(user_of(request), Permission.MERGE_CONTACTS)
    kept_id, gone_id = request.path_params["contact_id"], whole(request.query_params.get("with"), "with")
    seen = await services_of(request).merges.preview(kept_id, gone_id)
    people = await _people(request)
    choices = [
        (
            choice,
            words.CONTACT_FIELDS.get(choice.field, choice.field.removeprefix("attributes.")),
            contact_words.value(choice.field, choice.kept, people),
            contact_words.value(choice.field, choice.gone, people),
        )
        for choice in seen.choices
    ]
    return await page(request, "contacts/merge.html", seen=seen, choices=choices)


async def merge(request: Request) -> Response:
    """Make one contact of two."""
    user, form = user_of(request), await request.form()
    require(user, Permission.MERGE_CONTACTS)
    kept_id = request.path_params["contact_id"]
    taken = [key.removeprefix("take:") for key, value in form.items() if key.startswith("take:") and value == "gone"]
    await services_of(request).merges.merge(kept_id, whole(text_of(form, "with"), "with"), taken, user.id)
    return Response(status_code=204, headers={"HX-Redirect": f"/contacts/{kept_id}/changes"})


async def undo(request: Request) -> Response:
    """Make two contacts of one again."""
    user = user_of(request)
    require(user, Permission.MERGE_CONTACTS)
    services, merge_id = services_of(request), request.path_params["merge_id"]
    form = await request.form()
    await services.merges.undo(merge_id, user.id)
    kept_id = whole(text_of(form, "contact_id"), "contact_id")
    return Response(status_code=204, headers={"HX-Redirect": f"/contacts/{kept_id}/changes"})


async def contact_of(request: Request) -> Contact:
    """The contact in the path; raises NotFound."""
    return await services_of(request).contacts.get(request.path_params["contact_id"])


async def _people(request: Request) -> dict[int, str]:
    return {user.id: user.name for user in await services_of(request).identity.users()}
