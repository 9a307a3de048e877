"""Saving what an operator wrote: the request (обращение) of a call or of a contact."""

import json
from datetime import datetime

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from telemarket.casework.model import RequestConflict, RequestFields, RequestState
from telemarket.core.errors import InvalidInput
from telemarket.core.i18n import N_, Translator
from telemarket.core.moments import read_moment
from telemarket.core.roles import Permission, require
from telemarket.desk.card import HISTORY_PAGE, Card
from telemarket.desk.context import fragment, optional_whole, services_of, translator_of, user_of

_LARGEST_FORM = 200_000


def routes() -> list[BaseRoute]:
    """The routes of this module."""
    return [Route("/requests", save, methods=["POST"], max_body_size=_LARGEST_FORM)]


async def save(request: Request) -> Response:
    """Store the form. Answers with the form's status line, its new version and the history as it is now.

    If somebody saved another version meanwhile, his text is shown instead; saving again replaces it.
    """
    services, user, text = services_of(request), user_of(request), translator_of(request)
    require(user, Permission.SAVE_REQUEST)
    form = await request.form()
    contact_id = optional_whole(form.get("contact_id"), "contact_id")
    card = await _card(request, str(form.get("call_id", "")), contact_id)
    if contact_id is None and not (card.call and card.call.lead_id):  # a campaign's lead may be but a name and a number
        raise InvalidInput(
            N_("It is not known yet who calls."), remedy=N_("Choose the contact, or create a new one, and save again.")
        )
    conflict = None
    try:
        saved = await services.casework.save_request(
            card.call.id if card.call else None,
            contact_id,
            read_fields(form, text),
            user,
            project_id=card.call.project.id if card.call else None,
            request_id=optional_whole(form.get("request_id"), "request_id") if not card.call else None,
            version=_moment(form, "version", text),
        )
    except RequestConflict as error:
        conflict = saved = error.current
    else:
        if card.call:
            await services.cards.refresh(card.call.id, user.id)
    card.request = saved
    if contact_id is not None:
        card.history = await services.casework.history(contact_id, limit=HISTORY_PAGE)
        card.messages = await services.outbox.of_contact(contact_id)
    headers = {} if conflict else {"HX-Trigger": _event("request-saved", text.gettext("Saved"))}
    return fragment(request, "card/saved.html", headers, card=card, conflict=conflict)


def read_fields(form: FormData, text: Translator) -> RequestFields:
    """The request as filled in; raises InvalidInput naming the field."""
    state = str(form.get("state") or RequestState.OPEN)
    if state not in tuple(RequestState):
        raise InvalidInput(N_("This is not a state of a request."), field="state")
    return RequestFields(
        text=str(form.get("text", "")),
        topic_id=optional_whole(form.get("topic_id"), "topic_id"),
        category_id=optional_whole(form.get("category_id"), "category_id"),
        action_id=optional_whole(form.get("action_id"), "action_id"),
        source_id=optional_whole(form.get("source_id"), "source_id"),
        state=RequestState(state),
        deadline=_moment(form, "deadline", text),
        consultant_id=optional_whole(form.get("consultant_id"), "consultant_id"),
    )


async def _card(request: Request, call_id: str, contact_id: int | None) -> Card:
    """The card the form stands on."""
    services = services_of(request)
    contact = await services.contacts.get(contact_id) if contact_id is not None else None
    if not call_id:
        return Card(contact=contact, looked_up=True)
    living = services.cards.card(call_id)
    if living is not None:
        return Card(call=living.call, contact=contact, looked_up=True)
    return Card(call=(await services.call_log.get(call_id)).view, contact=contact, looked_up=True)


def _moment(form: FormData, field: str, text: Translator) -> datetime | None:
    if not (value := form.get(field)):
        return None
    return read_moment(value, N_("This is not a date and time."), field=field, zone=text.zone)


def _event(name: str, value: str) -> str:
    return json.dumps({name: value})  # in ASCII, as a header must be
