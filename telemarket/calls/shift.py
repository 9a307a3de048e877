"""An operator's shift: what he presses and whether his page is with us."""

from telemarket.calls import facts
from telemarket.calls.floor import Floor
from telemarket.calls.flow import CallFlow
from telemarket.calls.model import Agent
from telemarket.calls.views import AgentState

GONE = (AgentState.OFFLINE, "page-lost")
"""Where an operator goes whose page did not come back."""


class Shift:
    """Handles facts about operators. An unknown operator's facts are passed over: he has just been removed."""

    def __init__(self, floor: Floor, flow: CallFlow) -> None:
        self.floor = floor
        self.flow = flow

    def page_connected(self, agent: Agent) -> None:
        agent.page = True
        if agent.after_call == GONE:
            agent.after_call = None
        self.floor.deadlines.clear("page", str(agent.id))
        self.floor.refresh_availability(agent)
        self.flow.route_for(agent)

    def page_lost(self, agent: Agent) -> None:
        """He is not rung any more; a call that rings goes on to another at once."""
        agent.page = False
        self.floor.refresh_availability(agent)
        self.floor.deadlines.set("page", str(agent.id), self.floor.now + self.floor.settings.page_grace)
        if agent.state is AgentState.RINGING and agent.call is not None:
            self.flow.withdraw(agent.call, "page-lost", AgentState.READY)

    def page_due(self, agent: Agent) -> None:
        """His page did not come back: he is not there."""
        if not agent.page:
            self._leave(agent, *GONE)

    def wants_ready(self, agent: Agent) -> None:
        if agent.state is AgentState.TALKING:
            agent.after_call = None
        elif agent.state is AgentState.WRAPUP:
            agent.after_call = None
            self.flow.leave_call(agent)
        elif agent.state in (AgentState.OFFLINE, AgentState.PAUSED):
            self.floor.set_state(agent, AgentState.READY)
            self.flow.route_for(agent)

    def wants_pause(self, agent: Agent, fact: facts.WantsPause) -> None:
        self._leave(agent, AgentState.PAUSED, fact.reason)

    def wants_offline(self, agent: Agent) -> None:
        self._leave(agent, AgentState.OFFLINE, "")

    def _leave(self, agent: Agent, state: AgentState, reason: str) -> None:
        """Go to a state without calls: now, or after the call at hand."""
        if agent.state is AgentState.TALKING:
            agent.after_call = (state, reason)
        elif agent.state is AgentState.RINGING and agent.call is not None:
            self.flow.withdraw(agent.call, "operator-left", state, reason)
        elif agent.state is AgentState.WRAPUP:
            agent.after_call = (state, reason)
            self.flow.leave_call(agent)
        else:
            self.floor.set_state(agent, state, reason)

    def wants_hang_up(self, agent: Agent) -> None:
        if agent.call is None:
            return
        if agent.state is AgentState.RINGING:
            self.flow.withdraw(agent.call, "declined", AgentState.PAUSED, "declined")
        elif agent.state is AgentState.TALKING:
            self.flow.end(agent.call, "answered", "operator")

    def state_due(self, agent: Agent) -> None:
        """Wrap-up time is over."""
        if agent.state is AgentState.WRAPUP:
            self.flow.leave_call(agent)
