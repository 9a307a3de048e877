"""What an operator does with a campaign's lead: call him, skip him, say what the conversation came to."""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from telemarket.calls.views import AgentChanged, AgentState
from telemarket.core.errors import InvalidInput, NotAllowed
from telemarket.core.i18n import N_
from telemarket.core.moments import read_moment
from telemarket.core.roles import Permission, User, require
from telemarket.desk.context import done, services_of, text_of, translator_of, user_of, whole
from telemarket.dialer.model import Chosen

_SMALL = 4096
_LONGEST_REASON = 200


def routes() -> list[BaseRoute]:
    """The routes of this module."""
    return [
        Route("/desk/lead/dial", dial, methods=["POST"], max_body_size=_SMALL),
        Route("/desk/lead/skip", skip, methods=["POST"], max_body_size=_SMALL),
        Route("/desk/lead/result", result, methods=["POST"], max_body_size=_SMALL),
    ]


async def dial(request: Request) -> Response:
    """Call the lead whose card he looks at (`call_id`)."""
    user, _ = await _previewing(request)
    services_of(request).call_centre.preview_dial(user.id)
    return done()


async def skip(request: Request) -> Response:
    """Do not call the lead whose card he looks at (`call_id`), for a `reason` of the list or in his own words."""
    user, form = await _previewing(request)
    reason = text_of(form, "reason").strip()
    if not reason:
        raise InvalidInput(N_("Say why you skip this one."), field="reason")
    if len(reason) > _LONGEST_REASON:
        text = N_("At most %(limit)s characters.", limit=_LONGEST_REASON)
        raise InvalidInput(text, field="reason", remedy=N_("Say it in fewer words."))
    services_of(request).call_centre.preview_skip(user.id, reason)
    return done()


async def result(request: Request) -> Response:
    """What the conversation `call_id` came to: one of the project's results (`disposition_id`), with what it asks for.

    Another one corrects the first.
    """
    services, user = services_of(request), _operator(request)
    form = await request.form()
    call_id, chosen = text_of(form, "call_id"), read_chosen(form, request)
    await services.results.choose(call_id, chosen, user)
    services.cards.chosen(call_id, chosen)
    services.bus.publish(AgentChanged(user.id))
    return done()


def read_chosen(form: FormData, request: Request) -> Chosen:
    """The result as it was filled in; raises InvalidInput naming the field."""
    return Chosen(
        disposition_id=whole(form.get("disposition_id"), "disposition_id"),
        note=text_of(form, "note").strip(),
        due=_moment(form, request),
        amount=_amount(text_of(form, "amount")),
        currency=text_of(form, "currency").strip(),
        pay_by=_day(text_of(form, "pay_by")),
    )


def _operator(request: Request) -> User:
    user = user_of(request)
    require(user, Permission.TAKE_CALLS)
    return user


async def _previewing(request: Request) -> tuple[User, FormData]:
    """Who asks, and the form. Raises NotAllowed if the lead he means has left his screen: a key pressed a moment too
    late must not call the next one."""
    user, form = _operator(request), await request.form()
    agent = services_of(request).call_centre.agent_view(user.id)
    if agent.state is not AgentState.PREVIEW or agent.call is None or agent.call.id != text_of(form, "call_id"):
        raise NotAllowed(N_("You do not look at this lead any more."), remedy=N_("See what the bar at the top says."))
    return user, form


def _moment(form: FormData, request: Request) -> datetime | None:
    if not (text := text_of(form, "due")):
        return None
    return read_moment(text, N_("This is not a date and time."), field="due", zone=translator_of(request).zone)


def _amount(text: str) -> Decimal | None:
    """A sum as people write it: "1 200,50"."""
    written = "".join(text.split()).replace(",", ".")
    if not written:
        return None
    try:
        amount = Decimal(written)
    except InvalidOperation as error:
        raise InvalidInput(N_("This is not a sum of money."), field="amount") from error
    if not amount.is_finite():
        raise InvalidInput(N_("This is not a sum of money."), field="amount")
    return amount


def _day(text: str) -> date | None:
    return read_moment(text, N_("This is not a day."), field="pay_by").date() if text else None
