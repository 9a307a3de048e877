"""An operator's day: what he is to do today or tomorrow, and conversations whose result he has not given."""

from datetime import date, datetime, time, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from telemarket.core.errors import NotFound
from telemarket.core.i18n import N_
from telemarket.core.roles import Permission, require
from telemarket.desk.context import fragment, page, services_of, translator_of, user_of, whole
from telemarket.dialer.missing_results import MissingResult

DAYS = {"": N_("Today"), "tomorrow": N_("Tomorrow")}
_REMEMBERED = timedelta(days=7)


def routes() -> list[BaseRoute]:
    """The routes of this module."""
    return [
        Route("/day", tasks, methods=["GET"]),
        Route("/day/tasks/{day}/{kind}/{about}/done", done, methods=["POST"]),
        Route("/day/missing", missing, methods=["GET"]),
        Route("/day/missing/{call_id}", choice, methods=["GET"]),
    ]


async def tasks(request: Request) -> Response:
    """The tasks of today, or of tomorrow (`day`), in the order of work."""
    wanted = "tomorrow" if request.query_params.get("day") == "tomorrow" else ""
    day = _today(request) + timedelta(days=1 if wanted else 0)
    context = await _tasks(request, day)
    return await page(
        request, "day/day.html", days=DAYS, wanted=wanted, missing=await _missing(request), gone=False, **context
    )


async def done(request: Request) -> Response:
    """A task is done: the list as it is then. If the day has been planned anew without it, that is told."""
    require(user_of(request), Permission.TAKE_CALLS)
    try:
        day = date.fromisoformat(request.path_params["day"])
    except ValueError as error:
        raise NotFound(N_("There is no such task.")) from error
    kind, about = request.path_params["kind"], whole(request.path_params["about"], "about")
    gone = False
    try:
        await services_of(request).day_tasks.done(user_of(request).id, day, kind, about)
    except NotFound:
        gone = True
    return fragment(request, "day/tasks.html", **await _tasks(request, day), gone=gone)


async def missing(request: Request) -> Response:
    """His conversations without a result."""
    return fragment(request, "day/missing.html", missing=await _missing(request))


async def choice(request: Request) -> Response:
    """The results to choose from for one of them."""
    call_id = request.path_params["call_id"]
    found = next((each for each in await _missing(request) if each.call_id == call_id), None)
    if found is None:
        raise NotFound(N_("This conversation has its result, or was not yours."))
    offered = await services_of(request).lead_reader.choice(found.project_id)
    return fragment(request, "day/choice.html", call_id=call_id, choice=offered)


async def _tasks(request: Request, day: date) -> dict[str, Any]:
    listed = await services_of(request).day_tasks.of_operator(user_of(request).id, day)
    return {"day": day, "tasks": listed, "left": sum(not task.done for task in listed)}


async def _missing(request: Request) -> tuple[MissingResult, ...]:
    """Those of a week; not the conversation he is finishing just now."""
    services, user = services_of(request), user_of(request)
    midnight = datetime.combine(_today(request), time(), translator_of(request).zone)
    found = await services.missing_results.of_operator(user.id, midnight - _REMEMBERED)
    present = services.call_centre.agent_view(user.id).call
    return tuple(each for each in found if present is None or each.call_id != present.id)


def _today(request: Request) -> date:
    return services_of(request).clock().astimezone(translator_of(request).zone).date()
