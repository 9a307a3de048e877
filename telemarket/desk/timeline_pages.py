"""The course of a call on its page, with the answer to "why this operator?"."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from telemarket.core.roles import Permission, allows
from telemarket.desk.call_pages import check_own
from telemarket.desk.context import fragment, services_of, user_of
from telemarket.desk.services import DeskServices
from telemarket.desk.timeline import Names, steps_of


def routes() -> list[BaseRoute]:
    """The routes of this module."""
    return [Route("/calls/{call_id}/timeline", timeline, methods=["GET"])]


async def timeline(request: Request) -> Response:
    """What happened in a call, read from the journal, for those who may open its page."""
    services, user = services_of(request), user_of(request)
    record = await services.call_log.get(request.path_params["call_id"])
    check_own(record.agent_id, user)
    names = await _names(services)
    entries = await services.timeline.of_call(record.id)
    steps = steps_of(entries, names, supervises=allows(user, Permission.SUPERVISE))
    return fragment(request, "calls/timeline.html", record=record, steps=steps, names=names)


async def _names(services: DeskServices) -> Names:
    people = await services.identity.users()
    projects = await services.projects.load_all()
    return Names(
        people={user.id: user.name for user in people},
        logins={user.login: user.name for user in people},
        projects={project.id: f"{project.name} ({project.number})" for project in projects},
        queues={project.number: project.name for project in projects},
    )
