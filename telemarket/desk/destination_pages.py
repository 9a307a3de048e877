"""Where a call can be passed on to: what the operator's one search field finds."""

from collections.abc import Iterator
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from telemarket.calls.destinations import DestinationKind
from telemarket.calls.views import AgentState, AgentView, QueueView
from telemarket.core.i18n import N_
from telemarket.core.roles import Permission, User, require
from telemarket.desk.context import fragment, numbering_plan, services_of, user_of
from telemarket.desk.rendering import phone
from telemarket.desk.services import DeskServices
from telemarket.desk.words import AGENT_STATES
from telemarket.numbers import dialable

_MOST = 30
_ORDER = (
    AgentState.WRAPUP,
    AgentState.PREVIEW,
    AgentState.RINGING,
    AgentState.TALKING,
    AgentState.WATCHING,
    AgentState.PAUSED,
)


@dataclass(frozen=True, kw_only=True)
class Destination:
    """One line of the list. `to` is in the notation of destinations, or "park"; empty: it cannot be chosen now."""

    kind: str  # operator | queue | number | park
    to: str
    name: str
    detail: str = ""
    state: str = ""
    agent: AgentView | None = None
    queue: QueueView | None = None

    @property
    def asks(self) -> bool:
        """Whether one can talk there before the call is passed on."""
        free = self.agent is not None and self.agent.state is AgentState.READY and self.agent.page
        return free or self.kind == "number"


def routes() -> list[BaseRoute]:
    """The routes of this module."""
    return [
        Route("/desk/destinations", destinations, methods=["GET"]),
        Route("/desk/projects", projects, methods=["GET"]),
    ]


async def destinations(request: Request) -> Response:
    """Operators (free ones first), queues, a number as typed, and parking: those that fit the words of `q`."""
    user, services = user_of(request), services_of(request)
    require(user, Permission.TAKE_CALLS)
    text = request.query_params.get("q", "")[:100]
    people = await services.cards.people.active()
    found = [*_operators(services, people, user), *_queues(services)]
    words = text.casefold().split()
    fitting = [destination for destination in found if _fits(destination, words)]
    if number := dialable(text, numbering_plan(request)):
        fitting.append(_outside(number))
    if not words:
        fitting.append(Destination(kind="park", to="park", name=N_("Park"), detail=N_("anybody can take it up")))
    return fragment(request, "card/destinations.html", destinations=fitting[:_MOST], text=text)


async def projects(request: Request) -> Response:
    """For which of his projects does the operator call?"""
    user, services = user_of(request), services_of(request)
    require(user, Permission.TAKE_CALLS)
    mine = services.call_centre.agent_view(user.id).project_ids
    served = [project for project in await services.projects.load_all() if project.id in mine]
    return fragment(request, "card/projects.html", projects=served)


def _operators(services: DeskServices, people: tuple[User, ...], asking: User) -> list[Destination]:
    agents = {agent.id: agent for agent in services.call_centre.board().agents}
    there = [(agents.get(user.id), user) for user in people if user.id != asking.id and user.endpoint]
    there.sort(key=lambda found: (_order(found[0]), found[1].name))
    return [
        Destination(
            kind="operator",
            to=f"{DestinationKind.OPERATOR}:{user.login}" if agent else "",
            name=user.name,
            detail=user.login,
            state=AGENT_STATES[agent.state if agent else AgentState.OFFLINE],
            agent=agent,
        )
        for agent, user in there
    ]


def _order(agent: AgentView | None) -> int:
    """Who can take a call now comes first, who is not on shift last."""
    if agent is None:
        return len(_ORDER) + 2
    if agent.state is AgentState.READY:
        return 0 if agent.page else 1
    return _ORDER.index(agent.state) + 2


def _queues(services: DeskServices) -> Iterator[Destination]:
    for queue in services.call_centre.board().queues:
        project = queue.project
        to = f"{DestinationKind.QUEUE}:{project.number}"
        yield Destination(kind="queue", to=to, name=project.name, detail=project.number, queue=queue)


def _outside(number: str) -> Destination:
    to = f"{DestinationKind.NUMBER}:{number}"
    return Destination(kind="number", to=to, name=phone(number), detail=N_("outside number"))


def _fits(destination: Destination, words: list[str]) -> bool:
    """Whether each word begins a word of the name, the login or the queue's number."""
    known = f"{destination.name} {destination.detail}".casefold().split()
    return all(any(part.startswith(word) for part in known) for word in words)
