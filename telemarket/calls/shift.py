"""An operator's shift: what he presses and whether his page is with us."""

from telemarket.calls import facts
from telemarket.calls.crew import Crew
from telemarket.calls.model import Agent, LegRole
from telemarket.calls.views import AgentState, CallState, ConsultEnd, Direction

GONE = (AgentState.OFFLINE, "page-lost")
"""Where an operator goes whose page did not come back."""

CONNECTION_LOST = "connection-lost"


class Shift:
    """Handles facts about operators. An unknown operator's facts are passed over: he has just been removed."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._floor = crew.floor

    # ---- his page

    def page_connected(self, agent: Agent) -> None:
        agent.page = True
        if agent.after_call == GONE:
            agent.after_call = None
        self._floor.deadlines.clear("page", str(agent.id))
        if agent.state is AgentState.PAUSED and agent.reason == CONNECTION_LOST:
            self._floor.set_state(agent, AgentState.READY)
        self._floor.refresh_availability(agent)
        self._crew.waiting.route_for(agent)

    def page_lost(self, agent: Agent) -> None:
        """He is not rung any more; a call that rings goes on to another at once."""
        agent.page = False
        self._floor.refresh_availability(agent)
        self._floor.deadlines.set("page", str(agent.id), self._floor.now + self._floor.settings.page_grace)
        if agent.state is AgentState.RINGING and agent.leg is not None:
            self._crew.offering.withdraw(agent.leg, "page-lost", AgentState.READY)
        elif agent.state is AgentState.PREVIEW:
            self._crew.campaign.give_back(agent)
        self._floor.board_changed()

    def page_due(self, agent: Agent) -> None:
        """His page did not come back: he is not there."""
        if not agent.page and agent.after_call is None:
            self._leave(agent, *GONE)

    # ---- his state

    def wants_ready(self, agent: Agent) -> None:
        if agent.state in (AgentState.TALKING, AgentState.WATCHING):
            agent.after_call = None
            self._floor.tell(agent)
        elif agent.state is AgentState.WRAPUP:
            agent.after_call = None
            self._crew.ending.finish(agent)
        elif agent.state in (AgentState.OFFLINE, AgentState.PAUSED):
            self._floor.set_state(agent, AgentState.READY)
            self._crew.waiting.route_for(agent)

    def wants_pause(self, agent: Agent, fact: facts.WantsPause) -> None:
        self._leave(agent, AgentState.PAUSED, fact.reason)

    def wants_offline(self, agent: Agent) -> None:
        self._leave(agent, AgentState.OFFLINE, "")

    def _leave(self, agent: Agent, state: AgentState, reason: str) -> None:
        """Go to a state without calls: now, or after the call at hand."""
        if agent.state in (AgentState.TALKING, AgentState.WATCHING):
            agent.after_call = (state, reason)
            self._floor.tell(agent)
        elif agent.state is AgentState.RINGING and agent.leg is not None:
            self._crew.offering.withdraw(agent.leg, "operator-left", state, reason)
        elif agent.state is AgentState.WRAPUP:
            agent.after_call = (state, reason)
            self._crew.ending.finish(agent)
        elif agent.state is AgentState.PREVIEW:
            agent.after_call = (state, reason)
            self._crew.campaign.give_back(agent)
        else:
            self._floor.set_state(agent, state, reason)
        self._crew.waiting.nobody_waits_for(agent)
        self._watch_pause(agent)

    def _watch_pause(self, agent: Agent) -> None:
        longest = self.longest_pause(agent)
        if agent.state is AgentState.PAUSED and longest:
            self._floor.deadlines.set("overrun", str(agent.id), agent.since + longest)

    def longest_pause(self, agent: Agent) -> int:
        """Seconds his pause may last, by the strictest of his projects; 0: as long as he likes."""
        limits = [self._floor.projects[p].plan.longest_pause for p in agent.projects if p in self._floor.projects]
        return min((limit for limit in limits if limit > 0), default=0)

    def overrun_due(self, agent: Agent) -> None:
        """His pause has become too long: let it be seen."""
        self._floor.tell(agent)
        self._floor.board_changed()

    def forces_state(self, agent: Agent, fact: facts.ForcesState) -> None:
        """A supervisor sets his state."""
        self._floor.journal("agent.forced", agent=agent, by=fact.by, state=fact.state.value, reason=fact.reason)
        if fact.state is AgentState.READY:
            if agent.page:
                self.wants_ready(agent)
        else:
            self._leave(agent, fact.state, fact.reason)

    # ---- his calls

    def wants_hang_up(self, agent: Agent) -> None:
        call, leg = agent.call, agent.leg
        if call is None or leg is None:
            return
        if agent.state is AgentState.WATCHING:
            self._crew.supervision.end_watch(leg)
        elif agent.state is AgentState.RINGING:
            own = call.direction in (Direction.OUTBOUND, Direction.CAMPAIGN) and call.customer is None
            state, reason = (AgentState.READY, "") if own else (AgentState.PAUSED, "declined")
            self._crew.offering.withdraw(leg, "declined", state, reason)
        elif leg.role is LegRole.OWNER and call.having(LegRole.CONSULTED):
            self._crew.talking.wants_consult(agent, facts.WantsConsult(agent_id=agent.id, how=ConsultEnd.RETURN))
        elif leg.role is LegRole.OWNER and call.state is CallState.TALKING:
            self._crew.ending.end(call, "answered", "operator")
        else:  # he was consulted, or the number he calls has not answered
            self._floor.hang_up(call.id, leg.id)

    def wants_more_wrapup(self, agent: Agent) -> None:
        if agent.state is not AgentState.WRAPUP or agent.until is None or agent.call is None:
            return
        plan = agent.call.project.plan
        until = min(agent.until + plan.wrapup_extension, agent.since + plan.wrapup_longest)
        self._floor.set_until(agent, max(until, agent.until))
        self._floor.journal("agent.wrapup_extended", agent=agent, call=agent.call, until=agent.until)
        self._floor.tell(agent)

    def state_due(self, agent: Agent) -> None:
        """Wrap-up time is over, or the time to look at a lead's card."""
        if agent.state is AgentState.WRAPUP:
            self._crew.ending.finish(agent)
        elif agent.state is AgentState.PREVIEW:
            self._crew.campaign.wants_dial(agent)
