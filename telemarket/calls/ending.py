"""The end of a call, and of an operator's part in it. Every path leads to exactly one `end`."""

from telemarket.calls import commands as do
from telemarket.calls import facts
from telemarket.calls.campaign import of_campaign
from telemarket.calls.crew import Crew
from telemarket.calls.model import Agent, Call, LegRole
from telemarket.calls.views import AgentState, CallState, Direction

HANG_UP_ATTEMPTS = 3
CALL_DEADLINES = (
    "lookup",
    "ghost",
    "prefer",
    "relax",
    "overflow",
    "announce",
    "listen",
    "offer",
    "park",
    "retry",
    "heard",
    "detect",
    "connect",
)


class Ending:
    """Closes calls and lets operators go."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._floor = crew.floor

    def end(self, call: Call, result: str, by: str) -> None:
        """Close the call for good: its channels, its bridge, its operators, its record."""
        floor, owner = self._floor, call.agent
        was_talking = call.state is CallState.TALKING
        floor.dequeue(call)
        floor.release_hold(call)
        for kind in CALL_DEADLINES:
            floor.deadlines.clear(kind, call.id)
        call.state = CallState.ENDED
        del floor.calls[call.id]
        for watcher in call.having(LegRole.WATCHER):
            self._crew.supervision.close_ear(watcher)
        for leg in tuple(call.legs.values()):
            floor.drop_leg(leg)
        if call.customer in floor.channels:
            floor.hang_up(call.id, call.customer)
        call.leg = None
        if was_talking or call.bridged:
            floor.emit(do.DestroyBridge(call.id, call.bridge_id))
        about = {"project": call.project.number, "ani": call.ani, "dnis": call.dnis, "contact": call.contact_id}
        floor.journal("call.ended", call=call, agent=owner, result=result, by=by, **about, **of_campaign(call))
        if not call.screens:
            floor.emit(do.ForgetCard(call.id))
        for agent in [floor.agents[agent_id] for agent_id in sorted(call.screens)]:
            if agent.state is AgentState.TALKING and not call.unserved:
                self.wrap_up(agent, call)
            elif agent.state is not AgentState.WRAPUP:
                self.leave(agent)

    # ---- an operator's part

    def wrap_up(self, agent: Agent, call: Call) -> None:
        """He has talked: he gets time to finish what he writes. The call may live on with somebody else."""
        if call.project.wrapup_seconds > 0:
            self._floor.set_state(agent, AgentState.WRAPUP, until=self._floor.now + call.project.wrapup_seconds)
        else:
            self.finish(agent)

    def finish(self, agent: Agent) -> None:
        """He is done with a call he handled. A campaign's tells nothing about callers."""
        if agent.call is not None and agent.call.direction is not Direction.CAMPAIGN:
            self._floor.count_handled(agent.call.project.id, self._floor.now - agent.talking_since)
        self.leave(agent)

    def leave(self, agent: Agent) -> None:
        """He has no part in his call any more: he goes where he asked to go, or is ready for the next."""
        if agent.call is not None:
            self.clear_screen(agent, agent.call)
        state, reason = agent.after_call or (AgentState.READY, "")
        agent.after_call = None
        self._floor.set_state(agent, state, reason)
        self._crew.waiting.route_for(agent)

    def clear_screen(self, agent: Agent, call: Call) -> None:
        """The call is not his any more."""
        agent.call = None
        call.screens.discard(agent.id)
        if not call.screens and call.state is CallState.ENDED:
            self._floor.emit(do.ForgetCard(call.id))

    # ---- channels that do not go

    def reap_due(self, channel_id: str) -> None:
        """A channel told to hang up is still there: tell it again, a few times, then say it is lost."""
        call_id, attempt = self._floor.closing[channel_id]
        if not self._floor.pbx_connected:  # nobody hears: what is left of it the next snapshot tells
            self._floor.deadlines.set("reap", channel_id, self._floor.now + self._floor.settings.reap_after)
        elif attempt < HANG_UP_ATTEMPTS:
            self._floor.tell_hang_up(call_id, channel_id, attempt + 1)
        else:
            self._floor.emit(do.Journal(self._floor.now, "channel.lost", {"channel": channel_id}, call_id))
            self._crew.tell(facts.ChannelGone(channel_id=channel_id))
