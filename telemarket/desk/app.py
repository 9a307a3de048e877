"""The desk: the web application operators and supervisors work in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from os import PathLike, stat_result
from pathlib import Path

from starlette.applications import Starlette
from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from telemarket.calls.views import AgentChanged, BoardChanged
from telemarket.core.errors import NotAllowed, TelemarketError
from telemarket.core.i18n import N_
from telemarket.core.identity import UserChanged
from telemarket.core.roles import Role
from telemarket.desk import (
    attribute_pages,
    backend_pages,
    board_commands,
    board_pages,
    call_pages,
    campaign_pages,
    campaign_settings_pages,
    commands,
    contact_care_pages,
    contact_pages,
    contact_privacy_pages,
    contact_search_pages,
    day_task_pages,
    destination_pages,
    disposition_pages,
    do_not_call_pages,
    errors,
    import_pages,
    lead_commands,
    lead_pages,
    live_stream,
    message_pages,
    project_pages,
    recording_pages,
    request_pages,
    rule_pages,
    session_pages,
    sound_pages,
    talk_commands,
    task_pages,
    template_pages,
    timeline_pages,
)
from telemarket.desk.board_feed import BoardFeed
from telemarket.desk.campaign_live import CampaignFeed
from telemarket.desk.context import page
from telemarket.desk.parked import ParkedCalls
from telemarket.desk.security import Authentication, SameOrigin, SecurityHeaders, content_policy, cookie_name
from telemarket.desk.services import DeskServices
from telemarket.desk.state import state_message
from telemarket.dialer.views import CampaignChanged
from telemarket.hookspecs import Page

STATIC = Path(__file__).parent / "static"


def create_app(services: DeskServices) -> Starlette:
    """The web application over `services`."""
    web = services.settings.web
    secure = web.tls_certificate is not None or web.behind_tls_proxy
    cookie = cookie_name(secure)
    app = Starlette(
        routes=_routes(services),
        middleware=[
            Middleware(SecurityHeaders, policy=content_policy(), secure=secure),
            Middleware(SameOrigin, public_url=web.public_url),
            Middleware(Authentication, identity=services.identity, cookie=cookie),
        ],
        exception_handlers={
            TelemarketError: errors.telemarket_error,
            HTTPException: errors.http_error,
            Exception: errors.unexpected_error,
        },
        lifespan=_lifespan,
    )
    app.state.services = services
    app.state.board = BoardFeed(services)
    app.state.campaigns = CampaignFeed(services)
    app.state.parked = ParkedCalls(services.call_centre, services.hub, services.cards, services.clock)
    app.state.secure = secure
    app.state.cookie = cookie
    return app


async def desk(request: Request) -> Response:
    """The operator's desk: the shell with nothing beside it."""
    return await page(request, "desk.html")


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    services: DeskServices = app.state.services

    def agent_changed(event: AgentChanged) -> None:
        # Asked for only if he has a page: a queue that changes tells everybody who serves it.
        services.hub.send(
            event.agent_id,
            lambda text: state_message(services, services.call_centre.agent_view(event.agent_id), text),
        )

    ends = [
        services.bus.subscribe(AgentChanged, agent_changed),
        services.bus.subscribe(BoardChanged, app.state.board.changed),
        services.bus.subscribe(BoardChanged, lambda _: app.state.parked.look()),
        services.bus.subscribe(CampaignChanged, app.state.campaigns.changed),
        # His session may have ended, his language may be another: his pages connect anew and find out.
        services.bus.subscribe(UserChanged, lambda event: services.hub.end(event.user_id)),
    ]
    yield
    for end in ends:
        end()
    services.hub.close()
    services.cards.close()


class _Number(IntegerConvertor):
    """Numbers in addresses. Python refuses to read those of thousands of digits."""

    regex = "[0-9]{1,20}"


register_url_convertor("int", _Number())


def _routes(services: DeskServices) -> list[BaseRoute]:
    modules = (
        live_stream,
        commands,
        talk_commands,
        lead_commands,
        day_task_pages,
        destination_pages,
        session_pages,
        attribute_pages,
        contact_care_pages,
        contact_privacy_pages,
        contact_pages,
        contact_search_pages,
        request_pages,
        task_pages,
        call_pages,
        recording_pages,
        board_pages,
        board_commands,
        timeline_pages,
        sound_pages,
        disposition_pages,  # with the next before the projects' other forms, among which they would be sought
        template_pages,
        project_pages,
        campaign_pages,
        campaign_settings_pages,
        lead_pages,
        rule_pages,
        message_pages,
        do_not_call_pages,
        backend_pages,
        import_pages,
    )
    return [
        Route("/", desk, methods=["GET"]),
        *(route for module in modules for route in module.routes()),
        *(Mount(f"/plugins/{page.name}", _Guarded(page)) for page in services.plugin_pages),
        Mount("/static", _Static(directory=STATIC, check_dir=False)),
    ]


class _Static(StaticFiles):
    """Files addressed with their version are kept for ever; the others are asked after."""

    def file_response(
        self, full_path: PathLike[str] | str, stat_result: stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        versioned = scope["query_string"].startswith(b"v=")
        response.headers["Cache-Control"] = "max-age=31536000, immutable" if versioned else "no-cache"
        return response


class _Guarded:
    """A plugin's page, for those its page allows."""

    def __init__(self, page: Page) -> None:
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not scope["user"].role.covers(Role(self._page.role)):
            raise NotAllowed(N_("Your role does not permit this."))
        await self._page.app(scope, receive, send)
