"""Contacts: looking them up, their cards outside a call, writing them, and saying who a caller is."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from telemarket.casework.call_log import CallFilter
from telemarket.contacts.model import Contact
from telemarket.contacts.search import ContactFilter
from telemarket.core.errors import NotFound
from telemarket.core.i18n import N_
from telemarket.core.roles import Permission, require
from telemarket.desk.call_pages import check_own
from telemarket.desk.card import HISTORY_PAGE, Card
from telemarket.desk.contact_edit import Edit, as_typed, filled_with, read_edit
from telemarket.desk.contact_form import form_context, read_contact
from telemarket.desk.context import fragment, page, services_of, user_of, whole

_FOUND = 50
_OFFERED = 8
_PEOPLE = 12
_LARGEST_FORM = 100_000


def routes() -> list[BaseRoute]:
    """The routes of this module."""
    return [
        Route("/contacts/found", found, methods=["GET"]),
        Route("/demo/contacts", demo_contacts, methods=["GET"]),
        Route("/contacts/new", new, methods=["GET"]),
        Route("/contacts", create, methods=["POST"], max_body_size=_LARGEST_FORM),
        Route("/contacts/{contact_id:int}", contact_page, methods=["GET"]),
        Route("/contacts/{contact_id:int}/history", older_history, methods=["GET"]),
        Route("/contacts/{contact_id:int}/people", people, methods=["GET"]),
        Route("/contacts/{contact_id:int}/who", who, methods=["GET"]),
        Route("/contacts/{contact_id:int}/edit", edit, methods=["GET"]),
        Route("/contacts/{contact_id:int}", update, methods=["POST"], max_body_size=_LARGEST_FORM),
        Route("/desk/cards/{call_id}", call_card, methods=["GET"]),
        Route("/desk/cards/{call_id}/who", who, methods=["GET"]),
        Route("/desk/cards/{call_id}/contact", choose, methods=["POST"], max_body_size=4096),
    ]


async def found(request: Request) -> Response:
    """A few contacts to choose a caller from."""
    text = request.query_params.get("q", "")
    contacts = await services_of(request).contacts.search(text, _OFFERED) if text.strip() else []
    call_id = request.query_params.get("call_id", "")
    return fragment(request, "card/found.html", contacts=contacts, text=text, call_id=call_id)


async def demo_contacts(request: Request) -> Response:
    """Who may place a test call: those found, or those who called last."""
    services, text = services_of(request), request.query_params.get("q", "").strip()
    if text:
        contacts = await services.contacts.search(text, _FOUND)
    else:
        recent = await services.call_log.find(CallFilter())
        ids = dict.fromkeys(record.contact_id for record in recent if record.contact_id is not None)
        contacts = [await services.contacts.get(contact_id) for contact_id in list(ids)[:_OFFERED]]
    return fragment(request, "contacts/options.html", contacts=[c for c in contacts if c.phones])


async def contact_page(request: Request) -> Response:
    """A contact's card outside a call."""
    card = await services_of(request).cards.of_contact(request.path_params["contact_id"])
    return await page(request, "contacts/contact.html", card=card)


async def older_history(request: Request) -> Response:
    """Further entries of the history."""
    contact_id = request.path_params["contact_id"]
    before = request.query_params.get("before")
    entries = await services_of(request).casework.history(contact_id, before, HISTORY_PAGE)
    more = len(entries) == HISTORY_PAGE
    return fragment(request, "card/entries.html", entries=entries, more=more, contact_id=contact_id, call_id=None)


async def people(request: Request) -> Response:
    """The contacts that belong to a company."""
    wanted = ContactFilter(company_id=request.path_params["contact_id"])
    found = await services_of(request).contacts.find(wanted, _PEOPLE)
    return fragment(request, "contacts/people.html", people=found.contacts, more=found.after is not None)


async def who(request: Request) -> Response:
    """The left column of a card."""
    return fragment(request, "card/who.html", card=await _card_of(request))


async def edit(request: Request) -> Response:
    """The left column as a form."""
    card = await _card_of(request)
    if card.contact is None:
        raise NotFound(N_("It was never found out who called."))
    context = await form_context(request, card, card.contact)
    return fragment(request, "contacts/form.html", filled=filled_with(card.contact), conflicts=(), **context)


async def update(request: Request) -> Response:
    """Keep what was written about a contact."""
    require(user_of(request), Permission.EDIT_CONTACT)
    services, contact_id = services_of(request), request.path_params["contact_id"]
    form = await request.form()
    call_id = str(form.get("call_id", ""))
    current = await services.contacts.get(contact_id)
    edit = read_edit(form, current)
    if edit.conflicts:
        return await _ask_again(request, call_id, current, edit)
    contact = await services.contacts.update(contact_id, edit.fields, user_of(request).id)
    services.cards.renew(contact)
    card = await _card_of(request, call_id)
    card.contact = contact
    return fragment(request, "card/who.html", card=card)


async def _ask_again(request: Request, call_id: str, current: Contact, edit: Edit) -> Response:
    """The form with what was typed, filled anew otherwise, saying what has been changed meanwhile."""
    context = await form_context(request, await _card_of(request, call_id), as_typed(current, edit.fields))
    people = {person.id: person.name for person in context["consultants"]}
    conflicts = edit.told(people)
    return fragment(request, "contacts/form.html", filled=filled_with(current), conflicts=conflicts, **context)


async def new(request: Request) -> Response:
    """An empty form: beside a call whose caller is unknown, or on a page of its own."""
    call_id = request.query_params.get("call_id", "")
    card = services_of(request).cards.card(call_id) if call_id else None
    contact = Contact(id=0, name=card.call.caller_name if card and card.call else request.query_params.get("name", ""))
    context = await form_context(request, card or Card(), contact)
    if card is None:
        return await page(request, "contacts/new.html", **context)
    return fragment(request, "contacts/form.html", **context)


async def create(request: Request) -> Response:
    """Keep a new contact; beside a call it becomes the caller."""
    require(user_of(request), Permission.EDIT_CONTACT)
    services, form = services_of(request), await request.form()
    call_id = str(form.get("call_id", ""))
    if call_id:
        await _check_call(request, call_id)
    contact = await services.contacts.create(read_contact(form), user_of(request).id)
    if call_id:
        await _is_caller(request, call_id, contact)
        return fragment(request, "card/who.html", card=await _card_of_call(request, call_id))
    return Response(status_code=204, headers={"HX-Redirect": f"/contacts/{contact.id}"})


async def call_card(request: Request) -> Response:
    """The card of a call, to go on with what was not saved."""
    return fragment(request, "card.html", card=await _card_of_call(request, request.path_params["call_id"]))


async def choose(request: Request) -> Response:
    """The operator says who calls."""
    services, call_id = services_of(request), request.path_params["call_id"]
    await _check_call(request, call_id)
    contact = await services.contacts.get(whole((await request.form()).get("contact_id"), "contact_id"))
    card = await _card_of_call(request, call_id)
    if card.call is not None and not card.anonymous:
        await services.contacts.remember_choice(card.call.ani, contact.id, user_of(request).id)
    if await _is_caller(request, call_id, contact):
        return Response(status_code=204)  # the card turns over the live stream, on all his pages at once
    return fragment(request, "card/chosen.html", card=await _card_of_call(request, call_id))


async def _check_call(request: Request, call_id: str) -> None:
    """Only whose call it is says who called. Raises NotFound or NotAllowed."""
    services = services_of(request)
    living = services.call_centre.call_view(call_id)
    agent_id = living.agent_id if living else (await services.call_log.get(call_id)).agent_id
    check_own(agent_id, user_of(request))


async def _is_caller(request: Request, call_id: str, contact: Contact) -> bool:
    services = services_of(request)
    services.call_centre.contact_chosen(call_id, contact.id)
    return await services.cards.choose(call_id, contact)


async def _card_of(request: Request, call_id: str = "") -> Card:
    """The card of the contact in the path, beside the call that asks (`call_id`), if one does."""
    call_id = call_id or request.path_params.get("call_id") or request.query_params.get("call_id", "")
    if call_id:
        return await _card_of_call(request, call_id)
    return await services_of(request).cards.of_contact(request.path_params["contact_id"])


async def _card_of_call(request: Request, call_id: str) -> Card:
    services = services_of(request)
    living = services.cards.card(call_id)
    if living is not None:
        return living
    record = await services.call_log.get(call_id)
    if record.contact_id is None:
        raise NotFound(N_("It was never found out who called."))
    return await services.cards.of_call(record.view)
