"""Messages to customers and what became of them: the list, sending one again, taking one back."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from telemarket.core.roles import Permission, User, require
from telemarket.desk.campaign_pages import LARGEST_ID
from telemarket.desk.context import (
    fragment,
    optional_whole,
    page,
    services_of,
    toasted,
    translator_of,
    user_of,
)
from telemarket.messaging.model import Channel, MessageState

_LARGEST_FORM = 4096
_PAGE = 50


def routes() -> list[BaseRoute]:
    """The routes of this module."""
    one = "/messages/{message_id:int}"
    return [
        Route("/messages", overview, methods=["GET"]),
        Route(f"{one}/again", send_again, methods=["POST"], max_body_size=_LARGEST_FORM),
        Route(f"{one}/withdraw", withdraw, methods=["POST"], max_body_size=_LARGEST_FORM),
    ]


async def overview(request: Request) -> Response:
    """The messages, the newest first, page by page."""
    _supervisor(request)
    services, query = services_of(request), request.query_params
    project, state, channel = (query.get(name, "") for name in ("project", "state", "channel"))
    found = await services.outbox.page(
        project_id=optional_whole(project, "project"),
        state=MessageState(state) if state in set(MessageState) else None,
        channel=Channel(channel) if channel in set(Channel) else None,
        after=query.get("after"),
        limit=_PAGE,
    )
    narrowed = (("project", project), ("state", state), ("channel", channel))
    context: dict[str, Any] = {
        "found": found,
        "query": {name: value for name, value in narrowed if value},
        "projects": {listed.project.id: listed.project for listed in await services.projects.list_all()},
        "people": await services.cards.people.names(),
    }
    if "after" in query:
        return fragment(request, "messages/rows.html", **context)
    if request.headers.get("HX-Target") == "message-results":
        return fragment(request, "messages/results.html", **context)
    return await page(request, "messages/list.html", **context)


async def send_again(request: Request) -> Response:
    """Send a message again that failed, or of which nobody knows whether it was sent."""
    user = _supervisor(request)
    await services_of(request).outbox.send_again(_message_id(request), user)
    return toasted(translator_of(request).gettext("The message is sent again."), "messages-changed")


async def withdraw(request: Request) -> Response:
    """Take a message back that has not left yet."""
    user = _supervisor(request)
    await services_of(request).outbox.withdraw(_message_id(request), user)
    return toasted(translator_of(request).gettext("The message is not sent."), "messages-changed")


def _supervisor(request: Request) -> User:
    user = user_of(request)
    require(user, Permission.SUPERVISE)
    return user


def _message_id(request: Request) -> int:
    return min(int(request.path_params["message_id"]), LARGEST_ID)
