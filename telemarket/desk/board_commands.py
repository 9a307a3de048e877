"""What a supervisor presses. Each act is in the audit log before it is done: nobody is listened to unrecorded."""

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from telemarket.calls.destinations import parse_destination
from telemarket.calls.views import CallState
from telemarket.casework.model import ChoiceList
from telemarket.core.errors import InvalidInput, NotFound
from telemarket.core.i18n import N_
from telemarket.core.roles import Permission, User, require
from telemarket.desk.context import done, services_of, text_of, user_of, whole
from telemarket.desk.session_pages import address_of

WATCH_MODES = ("listen", "whisper", "barge")
STATES = ("ready", "paused", "offline")


def routes() -> list[BaseRoute]:
    """The routes of this module."""
    return [
        Route("/board/watch", watch, methods=["POST"], max_body_size=4096),
        Route("/board/stop-watching", stop_watching, methods=["POST"], max_body_size=4096),
        Route("/board/take-over", take_over, methods=["POST"], max_body_size=4096),
        Route("/board/state", set_state, methods=["POST"], max_body_size=4096),
        Route("/board/move", move, methods=["POST"], max_body_size=4096),
        Route("/board/end", end, methods=["POST"], max_body_size=4096),
    ]


async def watch(request: Request) -> Response:
    """Listen to a call, whisper to its operator, or barge in; pressed again with another mode, that mode."""
    user, form = _supervisor(request), await request.form()
    mode = _one_of(WATCH_MODES, form, "mode")
    call_id = _living(request, form)
    await _note(request, user, f"call.{mode}", call_id)
    services_of(request).call_centre.watch(user.id, call_id, mode)
    return done()


async def stop_watching(request: Request) -> Response:
    """Leave the call."""
    user = _supervisor(request)
    services_of(request).call_centre.stop_watching(user.id)
    return done()


async def take_over(request: Request) -> Response:
    """Take the call one watches away from its operator."""
    user, centre = _supervisor(request), services_of(request).call_centre
    watched = centre.agent_view(user.id).call
    await _note(request, user, "call.take-over", watched.id if watched else "")
    centre.take_over(user.id)
    return done()


async def set_state(request: Request) -> Response:
    """Make an operator ready, paused or offline."""
    services, user, form = services_of(request), _supervisor(request), await request.form()
    state, reason = _one_of(STATES, form, "state"), text_of(form, "reason").strip()
    operator = await services.identity.user(whole(form.get("agent_id"), "agent_id"))
    if state == "paused":
        offered = (await services.casework.choices(None))[ChoiceList.PAUSE]
        if reason not in {choice.name for choice in offered}:
            raise InvalidInput(N_("This reason for a pause is no longer offered."), field="reason")
    await _note(request, user, "operator.state", f"{operator.login}: {state} {reason}".rstrip())
    services.call_centre.set_agent_state(user.id, operator.id, state, reason)
    return done()


async def move(request: Request) -> Response:
    """Send a waiting caller elsewhere."""
    user, form = _supervisor(request), await request.form()
    destination = str(parse_destination(text_of(form, "destination").strip()))
    call_id = _living(request, form)
    await _note(request, user, "call.move", f"{call_id} {destination}")
    services_of(request).call_centre.move_call(user.id, call_id, destination)
    return done()


async def end(request: Request) -> Response:
    """End somebody's call."""
    user, form = _supervisor(request), await request.form()
    call_id = _living(request, form)
    await _note(request, user, "call.end", call_id)
    services_of(request).call_centre.end_call(user.id, call_id)
    return done()


def _supervisor(request: Request) -> User:
    user = user_of(request)
    require(user, Permission.SUPERVISE)
    return user


def _living(request: Request, form: FormData) -> str:
    """The id of a call that lives: what cannot be done is not put on record. Raises NotFound."""
    call_id = text_of(form, "call_id")
    call = services_of(request).call_centre.call_view(call_id)
    if call is None or call.state is CallState.ENDED:
        raise NotFound(N_("This call has ended."))
    return call_id


async def _note(request: Request, user: User, action: str, subject: str) -> None:
    await services_of(request).audit.append(user.id, action, subject, address_of(request))


def _one_of(allowed: tuple[str, ...], form: FormData, field: str) -> str:
    value = text_of(form, field)
    if value not in allowed:
        raise InvalidInput(N_("It must be one of: %(allowed)s.", allowed=", ".join(allowed)), field=field)
    return value
