"""The course of a call on its page, with the answer to "why this operator?"."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from telemarket.core.roles import Permission, allows
from telemarket.desk.call_pages import check_open
from telemarket.desk.context import fragment, services_of, user_of
from telemarket.desk.decision import explain
from telemarket.desk.names import read_names
from telemarket.desk.timeline import steps_of


def routes() -> list[BaseRoute]:
    """The routes of this module."""
    return [Route("/calls/{call_id}/timeline", timeline, methods=["GET"])]


async def timeline(request: Request) -> Response:
    """What happened in a call, read from the journal, for those who may open its page."""
    services, user = services_of(request), user_of(request)
    record = await services.call_log.get(request.path_params["call_id"])
    check_open(request, record)
    names = await read_names(services)
    entries = await services.timeline.of_call(record.id)
    steps = steps_of(entries, names, supervises=allows(user, Permission.SUPERVISE))
    why = explain(record.routing, record.operator, names) if record.routing and not steps else None
    return fragment(request, "calls/timeline.html", record=record, steps=steps, why=why)
