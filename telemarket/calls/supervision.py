"""Supervision: listening, whispering, barging in, taking over; setting others' states, moving and ending their calls.

A supervisor who watches has a leg like any telephone. To listen or whisper it is bridged with an ear, a channel that
snoops on the operator's leg; to barge in it joins the call's own bridge.
"""

from telemarket.calls import commands as do
from telemarket.calls import facts
from telemarket.calls.crew import Crew
from telemarket.calls.model import BRIDGE_SUFFIX, LEG_PREFIX, Agent, Call, Leg, LegRole
from telemarket.calls.views import AgentState, CallState, WatchMode


def watch_bridge(leg: Leg) -> str:
    """The bridge of a watcher's telephone and his ear."""
    return f"{LEG_PREFIX}{leg.call.id}-watch-{leg.agent.id if leg.agent else 0}{BRIDGE_SUFFIX}"


class Supervision:
    """Handles facts of supervisors. Who may do what is checked before they come here."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._floor = crew.floor

    # ---- watching

    def wants_watch(self, agent: Agent, fact: facts.WantsWatch) -> None:
        call = self._floor.calls.get(fact.call_id)
        if call is None or call.leg is None or call.state is not CallState.TALKING or call.agent is agent:
            return
        leg = call.leg_of(agent)
        if leg is not None and leg.role is LegRole.WATCHER:
            self._change_mode(leg, fact.mode)
        elif agent.free:
            self._begin(call, agent, fact.mode)

    def _begin(self, call: Call, agent: Agent, mode: WatchMode) -> None:
        floor = self._floor
        self._crew.outgoing.begin_own(agent)
        leg = Leg(call.new_leg_id(str(agent.id), floor.now), call, LegRole.WATCHER, agent, card_settled=True, mode=mode)
        floor.add_leg(leg)
        agent.call = call
        call.screens.add(agent.id)
        floor.journal("call.watched", call=call, agent=agent, mode=mode.value)
        floor.set_state(agent, AgentState.WATCHING, mode.value)
        floor.emit(do.PushCard(call.id, agent.id))
        floor.emit(do.CreateLeg(call.id, leg.id, agent.endpoint, call.ani, call.caller_name))
        floor.deadlines.set("ring", leg.id, floor.now + call.project.ring_seconds)

    def answered(self, leg: Leg) -> None:
        """The supervisor's telephone is on the line."""
        leg.up = True
        self._floor.deadlines.clear("ring", leg.id)
        self._open(leg)

    def _change_mode(self, leg: Leg, mode: WatchMode) -> None:
        if leg.mode is mode or leg.agent is None:
            return
        self.close_ear(leg)
        leg.mode = mode
        self._floor.journal("call.watched", call=leg.call, agent=leg.agent, mode=mode.value)
        self._floor.set_state(leg.agent, AgentState.WATCHING, mode.value)
        self._crew.switch.settle(leg.call)
        if leg.up:
            self._open(leg)

    def _open(self, leg: Leg) -> None:
        call = leg.call
        if leg.mode is WatchMode.BARGE:
            self._crew.switch.settle(call)
            for other in call.legs.values():
                self._floor.tell(other.agent)
        elif call.leg is not None:
            ear = Leg(call.new_leg_id(str(leg.agent.id if leg.agent else 0), self._floor.now), call, LegRole.SNOOP)
            leg.ear = ear
            self._floor.add_leg(ear)
            self._floor.emit(do.Snoop(call.id, call.leg.id, ear.id, leg.mode is WatchMode.WHISPER))

    def ear_entered(self, ear: Leg) -> None:
        """The ear is open: let the supervisor hear."""
        ear.entered = ear.up = True
        watcher = next((leg for leg in ear.call.having(LegRole.WATCHER) if leg.ear is ear), None)
        if watcher is None:
            self._floor.drop_leg(ear)
        else:
            self._floor.emit(do.Bridge(ear.call.id, watch_bridge(watcher), (ear.id, watcher.id)))

    def close_ear(self, leg: Leg) -> None:
        """The watcher hears no longer what is said."""
        ear, leg.ear = leg.ear, None
        if ear is not None:
            if ear.entered:
                self._floor.emit(do.DestroyBridge(leg.call.id, watch_bridge(leg)))
            self._floor.drop_leg(ear)

    def follow(self, call: Call) -> None:
        """The call has another operator: ears belong on his line."""
        for leg in call.having(LegRole.WATCHER):
            if leg.up and leg.mode is not WatchMode.BARGE:
                self.close_ear(leg)
                if call.agent is None:  # a stranger outside is not whispered to
                    leg.mode = WatchMode.LISTEN
                self._open(leg)

    def ear_failed(self, ear: Leg) -> None:
        """The PBX would not open it: the supervisor does not stay in silence."""
        for leg in ear.call.having(LegRole.WATCHER):
            if leg.ear is ear:
                self.end_watch(leg)

    def bridge_failed(self, call: Call, bridge_id: str) -> None:
        """A watcher could not be connected with his ear."""
        for leg in call.having(LegRole.WATCHER):
            if watch_bridge(leg) == bridge_id:
                self.end_watch(leg)

    def ear_gone(self, ear: Leg) -> None:
        """Its channel ended: with the line it was on."""
        for leg in ear.call.having(LegRole.WATCHER):
            if leg.ear is ear:
                self.close_ear(leg)
        self._floor.forget_leg(ear)

    def wants_unwatch(self, agent: Agent) -> None:
        if agent.leg is not None and agent.leg.role is LegRole.WATCHER:
            self.end_watch(agent.leg)

    def end_watch(self, leg: Leg) -> None:
        """The supervisor is out of the call."""
        call, agent = leg.call, leg.agent
        self.close_ear(leg)
        self._floor.journal("call.unwatched", call=call, agent=agent)
        self._floor.drop_leg(leg)
        self._crew.switch.settle(call)
        if agent is not None and agent.call is call:
            self._crew.ending.leave(agent)

    def wants_take_over(self, agent: Agent) -> None:
        leg = agent.leg
        if leg is None or leg.role is not LegRole.WATCHER or not leg.up or leg.call.state is not CallState.TALKING:
            return
        self.close_ear(leg)
        leg.mode = None
        self._floor.journal("call.taken_over", call=leg.call, agent=leg.call.agent, by=agent.id)
        self._crew.talking.take_over(leg.call, leg)

    # ---- others' calls

    def moves_call(self, fact: facts.MovesCall) -> None:
        call = self._floor.calls.get(fact.call_id)
        if call is None or call.state not in (CallState.WAITING, CallState.LISTENING, CallState.PARKED):
            return
        if call.customer is None or call.unserved:
            return
        self._floor.journal("call.moved", call=call, by=fact.by, to=str(fact.to))
        self._crew.talking.unpark(call)
        self._crew.entry.send(call, fact.to)

    def ends_call(self, fact: facts.EndsCall) -> None:
        call = self._floor.calls.get(fact.call_id)
        if call is not None:
            refused = self._crew.campaign.result_if_ended(call) if call.unserved else "refused"
            result = "answered" if call.state is CallState.TALKING else refused
            self._floor.journal("call.ended_by_supervisor", call=call, by=fact.by)
            self._crew.ending.end(call, result, "supervisor")
