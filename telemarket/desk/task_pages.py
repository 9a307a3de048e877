"""The task board: requests somebody must still see to, voice messages among them."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from telemarket.casework.model import RequestConflict, RequestOrigin, RequestState
from telemarket.casework.task_board import Task, TaskFilter
from telemarket.core import cursor
from telemarket.core.errors import InvalidInput
from telemarket.core.i18n import N_
from telemarket.core.moments import read_moment
from telemarket.core.roles import Permission, require
from telemarket.desk.call_pages import may_hear_messages
from telemarket.desk.context import fragment, optional_whole, page, services_of, user_of, whole

_PAGE = 30
_LARGEST_FORM = 1000
_FILTERS = ("whose", "project", "state", "only")
ONLY = {
    "overdue": N_("overdue"),
    RequestOrigin.VOICEMAIL: N_("voice messages"),
    RequestOrigin.CALLBACK: N_("not reached by callback"),
}


def routes() -> list[BaseRoute]:
    """The routes of this module."""
    return [
        Route("/requests", task_list, methods=["GET"]),
        Route("/requests/new", news, methods=["GET"]),
        Route("/requests/{request_id}/take", take, methods=["POST"], max_body_size=_LARGEST_FORM),
        Route("/requests/{request_id}/state", set_state, methods=["POST"], max_body_size=_LARGEST_FORM),
    ]


async def task_list(request: Request) -> Response:
    """Requests that are not done, newest first; with a filter, others."""
    services, query = services_of(request), request.query_params
    wanted = read_filter(request)
    found = await services.casework.task_board.find(wanted, query.get("before"), limit=_PAGE + 1)
    shown, more = found[:_PAGE], ""
    if len(found) > _PAGE:
        more = shown[-1].position if wanted.overdue_at is None else shown[-1].position_by_deadline
    context = _context(request, shown) | {"more": more}
    if "before" in query:
        return fragment(request, "requests/rows.html", **context)
    return await page(
        request,
        "requests/list.html",
        projects=await services.projects.load_all(),
        only=ONLY,
        newest=_newest(request, shown) if query.get("state") != RequestState.DONE and not wanted.overdue_at else "",
        **context,
    )


async def news(request: Request) -> Response:
    """What has been added since the page was filled; nothing to swap if nothing was.

    More than a page of them: the list as it is now takes the place of the one shown. Only the list: to load the whole
    page would end the conversation of whoever telephones in it.
    """
    services = services_of(request)
    after = request.query_params.get("after", "")
    found = await services.casework.task_board.find(read_filter(request), after=after, limit=_PAGE + 1)
    if not found:
        return Response(status_code=204)
    if len(found) > _PAGE:  # what is shown would have a gap
        whole_list = await task_list(request)
        whole_list.headers.update({"HX-Retarget": "#view", "HX-Reswap": "innerHTML"})
        return whole_list
    return fragment(request, "requests/news.html", newest=_newest(request, found), more="", **_context(request, found))


async def take(request: Request) -> Response:
    """The person asking sees to it from now on."""
    return await _amend(request, lambda _: {"consultant_id": user_of(request).id})


async def set_state(request: Request) -> Response:
    """Done, or open again."""

    def changes(state: str) -> dict[str, Any]:
        if state not in tuple(RequestState):
            raise InvalidInput(N_("This is not a state of a request."), field="state")
        return {"state": RequestState(state)}

    return await _amend(request, changes)


def read_filter(request: Request) -> TaskFilter:
    """The filter of the list; raises InvalidInput naming the field."""
    query = request.query_params
    only = query.get("only", "")
    if only not in ("", *ONLY):
        raise InvalidInput(N_("There is no such filter."), field="only")
    return TaskFilter(
        consultant_id=user_of(request).id if query.get("whose") == "mine" else None,
        project_id=optional_whole(query.get("project"), "project"),
        state=query.get("state", ""),
        origin=only if only != "overdue" else "",
        overdue_at=services_of(request).clock() if only == "overdue" else None,
    )


async def _amend(request: Request, changes: Callable[[str], dict[str, Any]]) -> Response:
    """Change a request, and show how it stands. If somebody was faster, nothing is changed and that is shown."""
    services, user = services_of(request), user_of(request)
    require(user, Permission.SAVE_REQUEST)
    request_id = whole(request.path_params["request_id"], "request_id")
    form = await request.form()
    changed = changes(str(form.get("state", "")))
    version = read_moment(form.get("version"), N_("This is not a date and time."), field="version")
    overtaken = False
    try:
        await services.casework.amend_request(request_id, user, version, **changed)
    except RequestConflict:
        overtaken = True
    task = await services.casework.task_board.get(request_id)
    return fragment(request, "requests/status.html", task=task, now=services.clock(), overtaken=overtaken)


def _context(request: Request, tasks: list[Task]) -> dict[str, Any]:
    query = request.query_params
    return {
        "tasks": tasks,
        "query": {key: query.get(key, "") for key in _FILTERS},
        "now": services_of(request).clock(),
        "overtaken": False,
        "hears": {task.project_id for task in tasks if may_hear_messages(request, task.project_id)},
    }


def _newest(request: Request, tasks: list[Task]) -> str:
    """Where the next look for news begins."""
    return tasks[0].position if tasks else cursor.write(services_of(request).clock(), 0)
