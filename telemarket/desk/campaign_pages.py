"""Campaigns: the list of them, and each one's live page with a supervisor's hand on it."""

from typing import Any

import msgspec
from starlette.datastructures import FormData
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from telemarket.calls.views import DialMode
from telemarket.core.errors import InvalidInput, NotFound
from telemarket.core.i18n import N_
from telemarket.core.roles import Permission, User, allows, require
from telemarket.desk import campaign_plots, campaign_words
from telemarket.desk.campaign_live import PARTS, CampaignFeed
from telemarket.desk.context import fragment, page, services_of, text_of, translator_of, user_of, whole
from telemarket.desk.project_forms.simple import read_number
from telemarket.desk.streams import push
from telemarket.dialer.model import Campaign, CampaignState, Pace

_LARGEST_FORM = 10_000
LARGEST_ID = 2**31 - 1
"""An address may hold any number; a larger one than this no database has given."""

_ONE = "/campaigns/{campaign_id:int}"


def routes() -> list[BaseRoute]:
    """The routes of this module."""
    return [
        Route("/campaigns", overview, methods=["GET"]),
        Route("/campaigns", create, methods=["POST"], max_body_size=_LARGEST_FORM),
        Route("/campaigns/-/rows", rows, methods=["GET"]),
        Route(_ONE, live_page, methods=["GET"]),
        Route(f"{_ONE}/state", set_state, methods=["POST"], max_body_size=_LARGEST_FORM),
        Route(f"{_ONE}/pace", set_pace, methods=["POST"], max_body_size=_LARGEST_FORM),
        Route(f"{_ONE}/copy", copy, methods=["POST"], max_body_size=_LARGEST_FORM),
        WebSocketRoute(f"{_ONE}/live", live),
    ]


async def overview(request: Request) -> Response:
    """Every campaign, or those in one state."""
    return await page(request, "campaigns/list.html", **await _list(request))


async def rows(request: Request) -> Response:
    """The same list as it is now."""
    return fragment(request, "campaigns/rows.html", **await _list(request))


async def create(request: Request) -> Response:
    """A new campaign, to be filled in on its pages."""
    user = manager(request)
    async with request.form() as form:
        campaign = await services_of(request).campaigns.create(
            project_id=whole(text_of(form, "project_id"), "project_id"),
            name=text_of(form, "name").strip(),
            mode=_mode(text_of(form, "mode")),
            user=user.id,
        )
    return _go_to(f"/campaigns/{campaign.id}/settings")


async def live_page(request: Request) -> Response:
    """A campaign as it stands; from then on its stream keeps the page up to date."""
    user = user_of(request)
    require(user, Permission.WATCH_BOARD)
    campaign = await campaign_of(request)
    picture = await feed_of(request).picture(campaign.id)
    return await framed(
        request,
        "campaigns/live.html",
        "",
        parts=PARTS,
        **_hand(campaign, campaign.terms.pace),
        **picture,
    )


async def set_state(request: Request) -> Response:
    """Start a campaign, pause it or end it. Answers with its state as it is now."""
    user = manager(request)
    async with request.form() as form:
        state = text_of(form, "state")
    if state not in (CampaignState.RUNNING, CampaignState.PAUSED, CampaignState.FINISHED):
        raise InvalidInput(N_("A campaign can be started, paused or ended."), field="state")
    campaign = await campaign_of(request)
    await services_of(request).campaigns.set_state(campaign.id, CampaignState(state), user.id)
    picture = await feed_of(request).picture(campaign.id)
    return fragment(request, "campaigns/live/state.html", manages=True, **picture)


async def set_pace(request: Request) -> Response:
    """A supervisor's hand on the pace. Answers with the form as it is now; if another has changed the pace since the
    form was shown (`seen`), with what was typed and what holds."""
    user = manager(request)
    async with request.form() as form:
        seen = text_of(form, "seen")
        pace = Pace(
            most_lines=whole(text_of(form, "terms.pace.most_lines") or "0", "terms.pace.most_lines"),
            most_per_operator=_number(form, "terms.pace.most_per_operator"),
            slow=_number(form, "terms.pace.slow") / 100,
        )
    campaign = await campaign_of(request)
    conflict = seen != _mark(campaign.terms.pace)
    if not conflict:
        campaign = await rewrite(request, campaign, user, terms=msgspec.structs.replace(campaign.terms, pace=pace))
    hand = _hand(campaign, pace, conflict=conflict, saved=not conflict)
    return fragment(request, "campaigns/pace.html", campaign=campaign, texts=campaign_words, **hand)


async def copy(request: Request) -> Response:
    """A draft with the same settings and no leads."""
    user = manager(request)
    async with request.form() as form:
        name = text_of(form, "name").strip()
    campaign = await campaign_of(request)
    copied = await services_of(request).campaigns.copy(campaign.id, name, user.id)
    return _go_to(f"/campaigns/{copied.id}/settings")


async def live(socket: WebSocket) -> None:
    """The stream of a campaign's page; closed at once if there is no such campaign."""
    try:
        campaign = await campaign_of(socket)
    except NotFound:
        await socket.close()
        return
    manages = allows(user_of(socket), Permission.MANAGE_CAMPAIGNS)
    messages = feed_of(socket).messages(campaign.id, translator_of(socket), manages=manages)
    await push(socket, Permission.WATCH_BOARD, messages)


def manager(request: Request) -> User:
    """Who asks, if he may manage campaigns."""
    user = user_of(request)
    require(user, Permission.MANAGE_CAMPAIGNS)
    return user


async def campaign_of(connection: HTTPConnection) -> Campaign:
    """The campaign in the address; raises NotFound."""
    return await services_of(connection).campaigns.get(min(connection.path_params["campaign_id"], LARGEST_ID))


async def rewrite(request: Request, campaign: Campaign, user: User, **changes: Any) -> Campaign:
    """The campaign with `changes`, kept. Raises InvalidInput naming the field."""
    planned = ("name", "mode", "priority", "terms", "starts_at", "ends_at")
    values = {name: getattr(campaign, name) for name in planned} | changes
    return await services_of(request).campaigns.update(campaign.id, **values, user=user.id, seen=campaign.updated_at)


async def framed(request: Request, inner: str, tab: str, *, campaign: Campaign, **context: Any) -> Response:
    """A page of a campaign, with its name and the way to the others above."""
    projects = await services_of(request).projects.list_all()
    return await page(
        request,
        "campaigns/frame.html",
        inner=inner,
        tab=tab,
        campaign=campaign,
        project=next(listed.project for listed in projects if listed.project.id == campaign.project_id),
        manages=allows(user_of(request), Permission.MANAGE_CAMPAIGNS),
        **{"texts": campaign_words, **context},
    )


def feed_of(connection: HTTPConnection) -> CampaignFeed:
    """What campaigns' pages are fed from."""
    feed = connection.app.state.campaigns
    assert isinstance(feed, CampaignFeed)  # noqa: S101
    return feed


async def _list(request: Request) -> dict[str, Any]:
    user, services = user_of(request), services_of(request)
    require(user, Permission.WATCH_BOARD)
    wanted = request.query_params.get("state", "")
    everything = await services.campaigns.all()
    shown = [campaign for campaign in everything if wanted in ("", campaign.state)]
    leads = await services.campaigns.lead_counts(campaign.id for campaign in shown)
    return {
        "listed": [(campaign, leads[campaign.id], services.dialer.view(campaign.id)) for campaign in shown],
        "any": bool(everything),
        "wanted": wanted,
        "projects": {listed.project.id: listed.project for listed in await services.projects.list_all()},
        "manages": allows(user, Permission.MANAGE_CAMPAIGNS),
        "texts": campaign_words,
        "plots": campaign_plots,
    }


def _hand(campaign: Campaign, shown: Pace, *, conflict: bool = False, saved: bool = False) -> dict[str, Any]:
    """What the form of the pace is drawn from."""
    return {"seen": _mark(campaign.terms.pace), "pace": shown, "conflict": conflict, "saved": saved}


def _mark(pace: Pace) -> str:
    """By which a form tells whether the pace is as it was."""
    return " ".join(map(str, msgspec.structs.astuple(pace)))


def _mode(text: str) -> DialMode:
    if text not in set(DialMode):
        raise InvalidInput(N_("Choose how calls are placed."), field="mode")
    return DialMode(text)


def _number(form: FormData, field: str) -> float:
    try:
        return read_number(text_of(form, field).strip())
    except ValueError as error:
        raise InvalidInput(N_("This is not a number of the kind expected."), field=field) from error


def _go_to(path: str) -> Response:
    return Response(status_code=204, headers={"HX-Redirect": path})
