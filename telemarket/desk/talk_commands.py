"""What an operator does with the call he has: hold, pass on, consult, park, keys, recording; and calling a number."""

import re

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from telemarket.calls.destinations import parse_destination
from telemarket.calls.views import ConsultEnd
from telemarket.core.errors import InvalidInput, NotAllowed
from telemarket.core.i18n import N_
from telemarket.core.roles import Permission, User, require
from telemarket.desk.context import done, numbering_plan, optional_whole, services_of, user_of
from telemarket.numbers import dialable

_SMALL = 4096
_LARGEST_NOTE = 100_000
_DIGITS = re.compile(r"[0-9*#A-D]{1,32}")


def routes() -> list[BaseRoute]:
    """The routes of this module."""
    return [
        Route("/desk/hold", hold, methods=["POST"], max_body_size=_SMALL),
        Route("/desk/mute", mute, methods=["POST"], max_body_size=_SMALL),
        Route("/desk/transfer", transfer, methods=["POST"], max_body_size=_LARGEST_NOTE),
        Route("/desk/consult", consult, methods=["POST"], max_body_size=_SMALL),
        Route("/desk/digits", digits, methods=["POST"], max_body_size=_SMALL),
        Route("/desk/park", park, methods=["POST"], max_body_size=_LARGEST_NOTE),
        Route("/desk/call", call_number, methods=["POST"], max_body_size=_SMALL),
        Route("/desk/calls/{call_id}/retrieve", retrieve, methods=["POST"]),
        Route("/desk/calls/{call_id}/recording", recording, methods=["POST"], max_body_size=_SMALL),
        Route("/desk/wrap-up/extend", extend_wrapup, methods=["POST"]),
    ]


async def hold(request: Request) -> Response:
    """Put the customer on hold (`on`=1), or take him back (`on`=0)."""
    user, form = await _asked(request)
    services_of(request).call_centre.hold(user.id, _switch(form))
    return done()


async def mute(request: Request) -> Response:
    """Shut the operator's microphone in the exchange (`on`=1), or open it."""
    user, form = await _asked(request)
    services_of(request).call_centre.mute(user.id, _switch(form))
    return done()


async def transfer(request: Request) -> Response:
    """Pass the call on to the destination `to`: after asking there first (`attended`=1), or at once.

    `note` is what he had written but not saved: it goes along with the card.
    """
    user, form = await _asked(request)
    destination = parse_destination(str(form.get("to", "")), "to")
    attended = _switch(form, "attended")
    _take_note(request, user, form)
    services_of(request).call_centre.transfer(user.id, str(destination), attended)
    return done()


async def consult(request: Request) -> Response:
    """How the consultation goes on (`how`): complete, return, conference or swap."""
    user, form = await _asked(request)
    how = str(form.get("how", ""))
    if how not in tuple(ConsultEnd):
        raise InvalidInput(N_("It must be one of: %(allowed)s.", allowed=", ".join(ConsultEnd)), field="how")
    services_of(request).call_centre.consult(user.id, how)
    return done()


async def digits(request: Request) -> Response:
    """Send `digits` as DTMF to the customer's side."""
    user, form = await _asked(request)
    keys = str(form.get("digits", "")).upper()
    if not _DIGITS.fullmatch(keys):
        raise InvalidInput(N_("A telephone has the keys 0 to 9, * and #, and A to D."), field="digits")
    services_of(request).call_centre.send_digits(user.id, keys)
    return done()


async def park(request: Request) -> Response:
    """Park the call for anybody to take up."""
    user, form = await _asked(request)
    _take_note(request, user, form)
    services_of(request).call_centre.park(user.id)
    return done()


async def retrieve(request: Request) -> Response:
    """Take up a parked call, or pick a waiting one."""
    user = _operator(request)
    services_of(request).call_centre.retrieve(user.id, request.path_params["call_id"])
    return done()


async def call_number(request: Request) -> Response:
    """Call `number`: the operator's telephone first. Answers with the id of the call."""
    user, form = await _asked(request)
    number = dialable(str(form.get("number", "")), numbering_plan(request))
    if not number:
        raise InvalidInput(N_("This is not a number that can be called."), field="number")
    call_id = services_of(request).call_centre.call_number(
        user.id,
        number,
        optional_whole(form.get("project_id"), "project_id") or 0,
        optional_whole(form.get("contact_id"), "contact_id"),
    )
    return done({"call_id": call_id, "number": number})


async def recording(request: Request) -> Response:
    """Pause the recording of the operator's call (`on`=0), or go on; `by` is "button" if he pressed it himself."""
    user, form = await _asked(request)
    centre = services_of(request).call_centre
    call = centre.agent_view(user.id).call
    if call is None or call.id != request.path_params["call_id"]:
        raise NotAllowed(N_("This is not the call you have now."))
    centre.set_recording(user.id, _switch(form), by="button" if form.get("by") == "button" else "api")
    return done()


async def extend_wrapup(request: Request) -> Response:
    """A little more time after the call."""
    services_of(request).call_centre.extend_wrapup(_operator(request).id)
    return done()


def _operator(request: Request) -> User:
    user = user_of(request)
    require(user, Permission.TAKE_CALLS)
    return user


async def _asked(request: Request) -> tuple[User, FormData]:
    return _operator(request), await request.form()


def _switch(form: FormData, field: str = "on") -> bool:
    value = form.get(field)
    if value not in ("0", "1"):
        raise InvalidInput(N_("It must be one of: %(allowed)s.", allowed="0, 1"), field=field)
    return value == "1"


def _take_note(request: Request, user: User, form: FormData) -> None:
    """Words he could not save (nobody knows yet who calls) go along with the call."""
    services = services_of(request)
    call = services.call_centre.agent_view(user.id).call
    if call is not None:
        services.cards.keep_note(call.id, user.name, str(form.get("note", "")))
