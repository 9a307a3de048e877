"""A call's way: arrives, waits, is offered, is talked over, ends. Every path leads to exactly one `end`."""

from typing import Any

from telemarket.calls import commands as do
from telemarket.calls import facts
from telemarket.calls.floor import Floor
from telemarket.calls.model import Agent, Call, read_leg_id
from telemarket.calls.recordings import recording_path
from telemarket.calls.routing import choose_operator
from telemarket.calls.views import AgentState, CallState

REFUSALS = {17: "busy", 21: "declined", 20: "telephone-unreachable", 3: "telephone-unreachable"}
"""Q.850 causes of an operator's leg that ended before it was answered, as reasons of the pause that follows."""

HANG_UP_ATTEMPTS = 3


class CallFlow:
    """Handles facts about calls and channels."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor

    # ---- arrival

    def caller_arrived(self, fact: facts.CallerArrived) -> None:
        floor = self.floor
        if fact.channel_id in floor.channels:
            return
        project = floor.by_dnis.get(fact.dnis)
        if project is None:
            self._give_back(fact)
            return
        call = Call(
            id=fact.channel_id,
            project=project,
            ani=fact.ani,
            caller_name=fact.caller_name,
            dnis=fact.dnis,
            arrived_at=floor.now,
            answered=fact.answered,
        )
        floor.add_call(call)
        floor.journal("call.arrived", call=call, **_arrival(fact, project.id))
        floor.deadlines.set("lookup", call.id, floor.now + floor.settings.lookup_deadline)
        floor.deadlines.set("ghost", call.id, floor.now + floor.settings.ghost_after)
        floor.emit(do.LookUp(call.id))

    def _give_back(self, fact: facts.CallerArrived) -> None:
        """No project has this number: the PBX administrator's fallback takes the call."""
        floor, call_id = self.floor, fact.channel_id
        if call_id not in floor.given_back:
            floor.given_back.add(call_id)
            floor.emit(do.Journal(floor.now, "call.arrived", _arrival(fact, None), call_id))
            floor.emit(do.Journal(floor.now, "call.ended", {"result": "fallback", "by": "telemarket"}, call_id))
        floor.emit(do.GiveBack(call_id, call_id, fact.dnis))

    def looked_up(self, fact: facts.LookedUp) -> None:
        call = self.floor.calls.get(fact.call_id)
        if call is None:
            return
        if fact.contact_id is not None:
            self._set_contact(call, fact.contact_id)
        self.floor.deadlines.clear("lookup", call.id)
        if call.state is CallState.ARRIVING:
            self.wait(call)
        elif call.agent is not None:  # the look-up came late: the card follows the call
            self.floor.emit(do.PushCard(call.id, call.agent.id))

    def contact_chosen(self, fact: facts.ContactChosen) -> None:
        call = self.floor.calls.get(fact.call_id)
        if call is None:
            entry = do.Journal(self.floor.now, "call.contact", {"contact": fact.contact_id}, fact.call_id)
            self.floor.emit(entry)
        else:
            self._set_contact(call, fact.contact_id)

    def _set_contact(self, call: Call, contact_id: int) -> None:
        if call.contact_id != contact_id:
            call.contact_id = contact_id
            self.floor.journal("call.contact", call=call, contact=contact_id)

    # ---- waiting and offering

    def wait(self, call: Call) -> None:
        """Put the call into its queue; if nobody can take it now, the caller hears music."""
        self.floor.enqueue(call)
        self.route(call.project.id)
        if call.state is CallState.WAITING:
            self._play_music(call)

    def _play_music(self, call: Call) -> None:
        if not call.answered:
            call.answered = True
            self.floor.emit(do.Answer(call.id, call.id))
        if not call.music:
            call.music = True
            self.floor.emit(do.StartMusic(call.id, call.id, call.project.music_class))

    def route(self, project_id: int) -> None:
        """Offer the waiting calls of a project, the one that waited longest first, while operators are available."""
        if not self.floor.pbx_connected:
            return
        for call in tuple(self.floor.waiting.get(project_id, {}).values()):
            choice = choose_operator(self.floor, call)
            if choice is None:
                return
            self.floor.dequeue(call)
            self._offer(call, *choice)

    def _offer(self, call: Call, agent: Agent, reasons: dict[str, object]) -> None:
        floor = self.floor
        call.state, call.agent, agent.call = CallState.RINGING, agent, call
        call.leg = call.next_leg_id(agent, floor.now)
        call.leg_entered = call.card_settled = call.dialed = False
        floor.channels[call.leg] = call
        floor.journal("call.offered", call=call, agent=agent, leg=call.leg, reasons=reasons)
        # A ready phone rings as soon as the card stands; meanwhile the leg is made, which rings nothing.
        floor.set_state(agent, AgentState.RINGING)
        floor.emit(do.PushCard(call.id, agent.id))
        floor.emit(do.CreateLeg(call.id, call.leg, agent.endpoint, call.ani, call.caller_name))
        if not call.answered and not call.ringing:
            call.ringing = True
            floor.emit(do.IndicateRinging(call.id, call.id))
        floor.deadlines.set("card", call.id, floor.now + floor.settings.card_deadline)
        floor.deadlines.set("ring", call.id, floor.now + call.project.ring_seconds)

    def leg_entered(self, fact: facts.LegEntered) -> None:
        call = self.floor.channels.get(fact.channel_id)
        if call is not None and call.leg == fact.channel_id and call.state is CallState.RINGING:
            call.leg_entered = True
            self._dial_when_ready(call)
        elif leg := read_leg_id(fact.channel_id):  # nobody wants it any more
            self.floor.hang_up(leg[1], fact.channel_id)

    def card_shown(self, fact: facts.CardShown) -> None:
        call = self.floor.calls.get(fact.call_id)
        if call is not None and call.agent is not None and call.agent.id == fact.agent_id and not call.card_settled:
            self.floor.journal("call.card_shown", call=call, agent=call.agent)
            self._card_settled(call)

    def _card_settled(self, call: Call) -> None:
        call.card_settled = True
        self.floor.deadlines.clear("card", call.id)
        self._dial_when_ready(call)

    def _dial_when_ready(self, call: Call) -> None:
        ready = call.leg_entered and call.card_settled and not call.dialed
        if not ready or call.leg is None or call.agent is None or call.state is not CallState.RINGING:
            return
        call.dialed = True
        until = self.floor.now + call.project.ring_seconds
        self.floor.deadlines.set("ring", call.id, until)
        self.floor.emit(do.Dial(call.id, call.leg, call.project.ring_seconds + 5))

    def withdraw(self, call: Call, why: str, state: AgentState, reason: str = "") -> None:
        """Take the offer back from its operator, who goes to `state`; the caller keeps his place in the queue."""
        agent = call.agent
        if agent is None:
            return
        self.floor.journal("call.withdrawn", call=call, agent=agent, why=why)
        call.unresponsive[agent.id] = why
        self._drop_leg(call)
        call.agent = agent.call = None
        self.floor.set_state(agent, state, reason)
        self.wait(call)

    def _drop_leg(self, call: Call) -> None:
        self.floor.deadlines.clear("card", call.id)
        self.floor.deadlines.clear("ring", call.id)
        if call.leg is not None:
            self.floor.hang_up(call.id, call.leg)
            call.leg = None

    def route_for(self, agent: Agent) -> None:
        """`agent` may have become available: see whether somebody waits for him."""
        for project_id in sorted(agent.projects, key=self._longest_waiting):
            if not agent.available:
                return
            self.route(project_id)

    def _longest_waiting(self, project_id: int) -> float:
        first = next(iter(self.floor.waiting.get(project_id, {}).values()), None)
        return first.arrived_at if first else float("inf")

    # ---- talking

    def channel_up(self, fact: facts.ChannelUp) -> None:
        call = self.floor.channels.get(fact.channel_id)
        if call is None:
            return
        if fact.channel_id == call.id:
            call.answered = True
        elif fact.channel_id == call.leg and call.state is CallState.RINGING:
            self.connect(call)

    def connect(self, call: Call) -> None:
        """The operator answered: let them talk, and record if the project asks for it."""
        floor, agent, leg = self.floor, call.agent, call.leg
        if agent is None or leg is None:
            return
        if call.music:
            call.music = False
            floor.emit(do.StopMusic(call.id, call.id))
        if not call.answered:
            call.answered = True
            floor.emit(do.Answer(call.id, call.id))
        floor.emit(do.Bridge(call.id, call.bridge_id, (call.id, leg)))
        if call.project.record and not call.recording:
            call.recording = recording_path(call.id, floor.now)
            floor.emit(do.Record(call.id, call.id, call.recording))
        self.talk(call, agent)

    def talk(self, call: Call, agent: Agent) -> None:
        """Caller and operator are connected."""
        floor = self.floor
        floor.deadlines.clear("card", call.id)
        floor.deadlines.clear("ring", call.id)
        floor.deadlines.clear("ghost", call.id)
        floor.dequeue(call)
        call.state, call.agent, agent.call = CallState.TALKING, agent, call
        call.answered_at = call.answered_at or floor.now
        floor.journal("call.answered", call=call, agent=agent, leg=call.leg, recording=call.recording)
        floor.set_state(agent, AgentState.TALKING)

    # ---- the end

    def channel_gone(self, channel_id: str, cause: int = 0, *, observed: bool = True) -> None:
        """A channel is no more. `observed` is False if that was found out only afterwards."""
        call = self.floor.forget_channel(channel_id)
        if call is None or call.state is CallState.ENDED:
            return
        if channel_id == call.id:
            self._caller_gone(call, observed)
        elif channel_id == call.leg:
            self._leg_gone(call, cause, observed)

    def _caller_gone(self, call: Call, observed: bool) -> None:
        by = "caller" if observed else "unobserved"
        if call.state is CallState.TALKING:
            self.end(call, "answered", by)
        else:
            self.end(call, "abandoned" if observed else "ended-unobserved", by)

    def _leg_gone(self, call: Call, cause: int, observed: bool) -> None:
        call.leg = None
        if call.state is CallState.TALKING:
            self.end(call, "answered", "operator" if observed else "unobserved")
        else:
            why = REFUSALS.get(cause, "no-answer")
            self.withdraw(call, why, AgentState.PAUSED, why)

    def end(self, call: Call, result: str, by: str) -> None:
        """Close the call for good: its channels, its bridge, its operator, its record."""
        floor, agent = self.floor, call.agent
        was_talking = call.state is CallState.TALKING
        floor.dequeue(call)
        for kind in ("lookup", "card", "ring", "ghost"):
            floor.deadlines.clear(kind, call.id)
        call.state = CallState.ENDED
        del floor.calls[call.id]
        for channel_id in (call.id, call.leg):
            if channel_id in floor.channels:
                floor.hang_up(call.id, channel_id)
        if was_talking:
            floor.emit(do.DestroyBridge(call.id, call.bridge_id))
        about = {"project": call.project.number, "ani": call.ani, "dnis": call.dnis, "contact": call.contact_id}
        floor.journal("call.ended", call=call, agent=agent, result=result, by=by, **about)
        if agent is None:
            floor.emit(do.ForgetCard(call.id))
        elif was_talking:
            self._wrap_up(agent, call)
        else:
            agent.call = None
            floor.emit(do.ForgetCard(call.id))
            floor.set_state(agent, AgentState.READY)
            self.route_for(agent)

    def _wrap_up(self, agent: Agent, call: Call) -> None:
        if call.project.wrapup_seconds > 0:
            until = self.floor.now + call.project.wrapup_seconds
            self.floor.set_state(agent, AgentState.WRAPUP, until=until)
        else:
            self.leave_call(agent)

    def leave_call(self, agent: Agent) -> None:
        """The operator is done with his call: he goes where he asked to go, or is ready for the next."""
        if agent.call is not None:
            self.floor.emit(do.ForgetCard(agent.call.id))
            agent.call = None
        state, reason = agent.after_call or (AgentState.READY, "")
        agent.after_call = None
        self.floor.set_state(agent, state, reason)
        self.route_for(agent)

    def command_failed(self, fact: facts.CommandFailed) -> None:
        """The PBX refused: the operator's side is given up, the caller never."""
        call = self.floor.calls.get(fact.call_id)
        if call is None or call.agent is None:
            return
        self.floor.journal("call.fault", call=call, agent=call.agent, channel=fact.channel_id, reason=fact.reason)
        if call.state is CallState.RINGING and fact.channel_id == call.leg:
            self.withdraw(call, "telephone-unreachable", AgentState.PAUSED, "telephone-unreachable")
        elif call.state is CallState.TALKING:
            self.floor.emit(do.DestroyBridge(call.id, call.bridge_id))
            self.withdraw(call, "fault", AgentState.PAUSED, "fault")

    # ---- deadlines

    def lookup_due(self, call_id: str) -> None:
        call = self.floor.calls.get(call_id)
        if call is not None and call.state is CallState.ARRIVING:
            self.floor.journal("call.lookup_late", call=call)
            self.wait(call)

    def card_due(self, call_id: str) -> None:
        call = self.floor.calls.get(call_id)
        if call is not None and call.state is CallState.RINGING:
            self.floor.journal("call.card_late", call=call, agent=call.agent)
            self._card_settled(call)

    def ring_due(self, call_id: str) -> None:
        call = self.floor.calls.get(call_id)
        if call is not None and call.state is CallState.RINGING:
            why = "no-answer" if call.leg_entered else "telephone-unreachable"
            self.withdraw(call, why, AgentState.PAUSED, why)

    def reap_due(self, channel_id: str) -> None:
        """A channel told to hang up is still there: tell it again, a few times, then say it is lost."""
        call_id, attempt = self.floor.closing[channel_id]
        if attempt < HANG_UP_ATTEMPTS:
            self.floor.tell_hang_up(call_id, channel_id, attempt + 1)
        else:
            self.floor.emit(do.Journal(self.floor.now, "channel.lost", {"channel": channel_id}, call_id))
            self.floor.forget_channel(channel_id)

    def ghost_due(self, call_id: str) -> None:
        """Nobody waits this long: the channel is a ghost."""
        call = self.floor.calls.get(call_id)
        if call is not None and call.state is not CallState.TALKING:
            self.end(call, "failed", "telemarket")


def _arrival(fact: facts.CallerArrived, project_id: int | None) -> dict[str, Any]:
    return {"project": project_id, "ani": fact.ani, "caller_name": fact.caller_name, "dnis": fact.dnis}
