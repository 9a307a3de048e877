"""What an operator presses: each command answers at once, its outcome comes over the live stream."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from telemarket.casework.model import ChoiceList
from telemarket.core.errors import InvalidInput, NotFound
from telemarket.core.i18n import N_
from telemarket.core.roles import Permission, require
from telemarket.desk.context import done, services_of, user_of, websocket_url, whole
from telemarket.desk.words import REASONS


def routes() -> list[BaseRoute]:
    """The routes of this module."""
    return [
        Route("/desk/ready", ready, methods=["POST"]),
        Route("/desk/pause", pause, methods=["POST"], max_body_size=4096),
        Route("/desk/offline", offline, methods=["POST"]),
        Route("/desk/hang-up", hang_up, methods=["POST"]),
        Route("/desk/telephone", telephone, methods=["POST"]),
        Route("/demo/call", demo_call, methods=["POST"], max_body_size=4096),
    ]


async def ready(request: Request) -> Response:
    """Take calls; ends a pause or wrap-up."""
    user = user_of(request)
    require(user, Permission.TAKE_CALLS)
    services_of(request).call_centre.make_ready(user.id)
    return done()


async def pause(request: Request) -> Response:
    """Take no calls, for a reason from the list."""
    services, user = services_of(request), user_of(request)
    reason = str((await request.form()).get("reason", ""))
    offered = (await services.casework.choices(None))[ChoiceList.PAUSE]
    if reason not in REASONS and reason not in {choice.name for choice in offered}:
        raise InvalidInput(N_("This reason for a pause is no longer offered."), field="reason")
    services.call_centre.pause(user.id, reason)
    return done()


async def offline(request: Request) -> Response:
    """Go off duty."""
    services_of(request).call_centre.go_offline(user_of(request).id)
    return done()


async def hang_up(request: Request) -> Response:
    """End the present call."""
    services_of(request).call_centre.hang_up(user_of(request).id)
    return done()


async def telephone(request: Request) -> Response:
    """The account the page's telephone registers with. By POST, so that no other site can ask for it."""
    services, user = services_of(request), user_of(request)
    asterisk = services.settings.asterisk
    account = await services.identity.telephone_of(user.id)
    if account.telephone != "page":
        raise NotFound(N_("Your telephone is not in the page."))
    return JSONResponse(
        {
            "uri": f"sip:{account.endpoint}@{asterisk.sip_domain}",
            "password": account.sip_secret,
            "websocket_url": websocket_url(asterisk.websocket_url, asterisk.ari_url),
        }
    )


async def demo_call(request: Request) -> Response:
    """Place a test call from a contact."""
    services = services_of(request)
    if services.demo_call is None:
        raise NotFound(N_("Test calls can be placed in the demonstration only."))
    await services.demo_call(whole((await request.form()).get("contact_id"), "contact_id"))
    return done()
