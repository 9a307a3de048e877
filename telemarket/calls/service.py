"""The call centre as pages see and command it: a thin face of the engine."""

from collections.abc import Callable
from datetime import UTC, datetime

from telemarket.calls import commands as do
from telemarket.calls import facts
from telemarket.calls.floor import Floor
from telemarket.calls.model import Agent, Call, Project
from telemarket.calls.views import AgentChanged, AgentState, AgentView, CallView, ProjectView
from telemarket.core.bus import EventBus
from telemarket.core.errors import InvalidInput, NotAllowed
from telemarket.core.i18n import N_


class CallCentreService:
    """Implements `telemarket.calls.api.CallCentre`. `submit` hands a fact to the engine."""

    def __init__(self, floor: Floor, submit: Callable[[facts.Fact], None], bus: EventBus) -> None:
        self._floor = floor
        self._submit = submit
        self._bus = bus
        self._queues_told: dict[int, int] = {}
        bus.subscribe(do.OperatorChanged, lambda change: bus.publish(AgentChanged(change.agent_id)))
        bus.subscribe(do.QueueChanged, self._queue_changed)

    # ---- looking

    def agent_view(self, agent_id: int) -> AgentView:
        """The operator as he stands now; one who never signed in is offline."""
        agent = self._floor.agents.get(agent_id)
        if agent is None:
            return AgentView(id=agent_id, state=AgentState.OFFLINE, since=_time(self._floor.now))
        queues = [queue for project_id in agent.projects if (queue := self._floor.waiting.get(project_id))]
        longest = min((next(iter(queue.values())).arrived_at for queue in queues), default=None)
        return AgentView(
            id=agent.id,
            state=agent.state,
            reason=agent.reason,
            since=_time(agent.since),
            until=_time(agent.until) if agent.until else None,
            call=_call_view(agent.call) if agent.call else None,
            waiting=sum(map(len, queues)),
            longest_waiting_since=_time(longest) if longest else None,
        )

    def call_view(self, call_id: str) -> CallView | None:
        """A call that lives, or whose operator is still wrapping it up."""
        call = self._floor.calls.get(call_id)
        if call is None:
            kept = (agent.call for agent in self._floor.agents.values() if agent.call and agent.call.id == call_id)
            call = next(kept, None)
        return _call_view(call) if call else None

    # ---- operators' wishes

    def page_connected(self, agent_id: int) -> None:
        """The operator's page opened its live stream."""
        self._submit(facts.PageConnected(agent_id=agent_id))

    def page_lost(self, agent_id: int) -> None:
        """The operator's last stream closed or its heartbeat stopped."""
        self._submit(facts.PageLost(agent_id=agent_id))

    def make_ready(self, agent_id: int) -> None:
        """The operator takes calls from now on; ends a pause or wrap-up."""
        agent = self._operator(agent_id)
        if not agent.page:
            raise NotAllowed(N_("Open your desk first: without it no card can be shown."))
        self._submit(facts.WantsReady(agent_id=agent_id))

    def pause(self, agent_id: int, reason: str) -> None:
        """No calls for now, or after the call at hand; `reason` is a name from the list of pauses."""
        self._operator(agent_id)
        if not reason:
            raise InvalidInput(N_("Say why you pause."), field="reason")
        self._submit(facts.WantsPause(agent_id=agent_id, reason=reason))

    def go_offline(self, agent_id: int) -> None:
        """The operator leaves, now or after the call at hand."""
        self._submit(facts.WantsOffline(agent_id=agent_id))

    def hang_up(self, agent_id: int) -> None:
        """End the operator's current call, or decline the one that rings."""
        if self._operator(agent_id).state not in (AgentState.RINGING, AgentState.TALKING):
            raise NotAllowed(N_("There is no call to end."))
        self._submit(facts.WantsHangUp(agent_id=agent_id))

    def card_shown(self, agent_id: int, call_id: str) -> None:
        """The operator's browser has the card of this call on its screen."""
        self._submit(facts.CardShown(agent_id=agent_id, call_id=call_id))

    def contact_chosen(self, call_id: str, contact_id: int) -> None:
        """The operator said whom this call is from."""
        self._submit(facts.ContactChosen(call_id=call_id, contact_id=contact_id))

    # ---- inside

    def _operator(self, agent_id: int) -> Agent:
        agent = self._floor.agents.get(agent_id)
        if agent is None:
            raise NotAllowed(N_("You are not an operator of any project. Ask your supervisor."))
        return agent

    def _queue_changed(self, change: do.QueueChanged) -> None:
        """Tell a project's operators how many wait, if that is news."""
        length = len(self._floor.waiting.get(change.project_id, ()))
        if self._queues_told.get(change.project_id, 0) == length:
            return
        self._queues_told[change.project_id] = length
        for agent in self._floor.agents.values():
            if agent.page and change.project_id in agent.projects:
                self._bus.publish(AgentChanged(agent.id))


def _time(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _project_view(project: Project) -> ProjectView:
    return ProjectView(
        id=project.id,
        number=project.number,
        name=project.name,
        crm_url=project.crm_url,
        crm_open=project.crm_open,
        show_card=project.show_card,
    )


def _call_view(call: Call) -> CallView:
    return CallView(
        id=call.id,
        state=call.state,
        project=_project_view(call.project),
        ani=call.ani,
        caller_name=call.caller_name,
        dnis=call.dnis,
        contact_id=call.contact_id,
        agent_id=call.agent.id if call.agent else None,
        arrived_at=_time(call.arrived_at),
        answered_at=_time(call.answered_at) if call.answered_at else None,
    )
