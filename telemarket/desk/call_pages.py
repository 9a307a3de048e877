"""The list of calls, one call, and why it went to whom it went."""

from datetime import datetime, time, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from telemarket.casework.call_log import CallFilter, CallRecord
from telemarket.core.errors import NotAllowed
from telemarket.core.i18n import N_, Translator
from telemarket.core.moments import read_moment
from telemarket.core.roles import Permission, User, allows
from telemarket.desk.context import fragment, optional_whole, page, services_of, translator_of, user_of
from telemarket.desk.words import CALL_RESULTS

_PAGE = 50


def routes() -> list[BaseRoute]:
    """The routes of this module."""
    return [
        Route("/calls", call_list, methods=["GET"]),
        Route("/calls/{call_id}", call_page, methods=["GET"]),
    ]


async def call_list(request: Request) -> Response:
    """Calls, newest first; an operator sees his own, from senior on everybody's."""
    services, user, query = services_of(request), user_of(request), request.query_params
    wanted = read_filter(request)
    records = await services.call_log.find(wanted, query.get("before"), _PAGE + 1)
    context: dict[str, Any] = {
        "records": records[:_PAGE],
        "more": records[_PAGE - 1].cursor if len(records) > _PAGE else "",
        "query": {key: query.get(key, "") for key in ("project", "operator", "result", "day")},
    }
    if "before" in query:
        return fragment(request, "calls/rows.html", **context)
    return await page(
        request,
        "calls/list.html",
        projects=await services.projects.load_all(),
        operators=await services.identity.users() if sees_all(user) else [],
        results=CALL_RESULTS,
        **context,
    )


async def call_page(request: Request) -> Response:
    """One call."""
    services = services_of(request)
    record = await services.call_log.get(request.path_params["call_id"])
    check_open(request, record)
    written = await services.casework.request_of_call(record.id)
    return await page(request, "calls/call.html", record=record, written=written)


def sees_all(user: User) -> bool:
    """Whether `user` may look at other people's calls."""
    return allows(user, Permission.LISTEN_RECORDING)


def read_filter(request: Request) -> CallFilter:
    """The filter of the list; raises InvalidInput naming the field."""
    user, query = user_of(request), request.query_params
    since, until = read_day(query.get("day", ""), translator_of(request))
    return CallFilter(
        project_id=optional_whole(query.get("project"), "project"),
        agent_id=optional_whole(query.get("operator"), "operator") if sees_all(user) else user.id,
        result=query.get("result", ""),
        since=since,
        until=until,
    )


def read_day(text: str, translator: Translator) -> tuple[datetime | None, datetime | None]:
    """The beginning and end of a day in the reader's zone; raises InvalidInput for what is none."""
    if not text:
        return None, None
    day = read_moment(text, N_("This is not a day."), field="day").date()
    first, last = (datetime.combine(d, time(), translator.zone) for d in (day, day + timedelta(days=1)))
    return first, last


def check_open(request: Request, record: CallRecord) -> None:
    """Raises NotAllowed unless this call's page and recording are for this person: a voice message is for all who
    serve its project."""
    if not record.is_message or not may_hear_messages(request, record.project_id):
        check_own(record.agent_id, user_of(request))


def may_hear_messages(request: Request, project_id: int | None) -> bool:
    """Whether the voice messages of this project are for this person."""
    user = user_of(request)
    return sees_all(user) or project_id in services_of(request).call_centre.agent_view(user.id).project_ids


def check_own(agent_id: int | None, user: User) -> None:
    """Raises NotAllowed unless the call of operator `agent_id` is for `user` to open."""
    if agent_id != user.id and not sees_all(user):
        raise NotAllowed(N_("This is another operator's call."), remedy=N_("A senior operator may open it."))
