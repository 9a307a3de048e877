"""Talking: hold, mute, consulting, transfer, conference, parking, keys."""

from telemarket.calls import commands as do
from telemarket.calls import facts
from telemarket.calls.crew import Crew
from telemarket.calls.destinations import Destination, DestinationKind
from telemarket.calls.model import Agent, Call, Leg, LegRole
from telemarket.calls.views import AgentState, CallState, ConsultEnd

BROKEN = frozenset({3, 20, 27, 38, 41, 42, 44, 102})
"""Q.850 causes of an operator's leg that was lost rather than hung up: his network, his telephone."""

MOST_FAULTS = 2
"""Times the PBX may fail to connect a caller with an operator."""

TRANSFERRED_FIRST = 20.0
"""Seconds a caller passed on to an operator waits for him before anybody else may take the call."""


class Talking:
    """Handles calls that have an operator. Wishes of one who has no such call are passed over."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._floor = crew.floor

    # ---- connected

    def connect(self, call: Call) -> None:
        """Operator and customer are both there: let them talk, and record if that is asked for."""
        floor, agent, leg = self._floor, call.agent, call.leg
        if leg is None:
            return
        self._crew.switch.hush(call)
        self._crew.switch.answer(call)
        floor.deadlines.clear("ghost", call.id)
        self._crew.waiting.leave(call)
        call.state, call.held, call.at_head, call.waited_music = CallState.TALKING, False, False, False
        self._crew.switch.settle(call)
        self._crew.taping.follow(call, agent)
        self.take_up(call, leg)

    def take_up(self, call: Call, leg: Leg) -> None:
        """Write down who handles the call from now on."""
        call.answered_at = call.answered_at or self._floor.now
        self._floor.journal("call.answered", call=call, agent=leg.agent, leg=leg.id, recording=call.recording)
        if leg.agent is not None:
            self.now_talking(leg.agent, call)
        self._crew.supervision.follow(call)

    def now_talking(self, agent: Agent, call: Call) -> None:
        """The operator is busy with this call."""
        agent.call = call
        call.screens.add(agent.id)
        if agent.state is not AgentState.TALKING:
            agent.talking_since = self._floor.now
            agent.calls_today += 1
            self._floor.set_state(agent, AgentState.TALKING)
        else:  # the same state, but another part in the call, or the number has answered
            self._floor.tell(agent)

    def _owned(self, agent: Agent) -> Call | None:
        call = agent.call
        return call if call is not None and call.agent is agent and call.state is CallState.TALKING else None

    def _changed(self, call: Call, kind: str, agent: Agent | None, **data: object) -> None:
        """The call's connections are different: tell the PBX, the journal and everybody's page."""
        self._crew.switch.settle(call)
        self._floor.journal(kind, call=call, agent=agent, **data)
        for leg in call.legs.values():
            self._floor.tell(leg.agent)

    # ---- hold, mute, keys

    def wants_hold(self, agent: Agent, fact: facts.WantsHold) -> None:
        call = self._owned(agent)
        if call is None or call.held is fact.on or call.having(LegRole.CONSULTED):
            return
        call.held = fact.on
        self._changed(call, "call.held" if fact.on else "call.resumed", agent)

    def wants_mute(self, agent: Agent, fact: facts.WantsMute) -> None:
        leg = agent.leg
        if leg is None or not leg.up or leg.muted is fact.on:
            return
        leg.muted = fact.on
        self._floor.emit(do.Mute(leg.call.id, leg.id, fact.on))
        self._changed(leg.call, "call.muted" if fact.on else "call.unmuted", agent)

    def wants_digits(self, agent: Agent, fact: facts.WantsDigits) -> None:
        call = self._owned(agent)
        if call is None:
            return
        consulted = next((leg for leg in call.having(LegRole.CONSULTED) if leg.up and not leg.held), None)
        target = consulted.id if consulted is not None and call.held else call.customer
        if target is not None:
            self._floor.emit(do.SendDigits(call.id, target, fact.digits))

    # ---- passing on

    def wants_transfer(self, agent: Agent, fact: facts.WantsTransfer) -> None:
        call = self._owned(agent)
        if call is None:
            return
        if fact.attended and fact.to.kind in (DestinationKind.OPERATOR, DestinationKind.NUMBER):
            self._consult(call, agent, fact.to)
        else:
            self._transfer(call, agent, fact.to)

    def _transfer(self, call: Call, agent: Agent, to: Destination) -> None:
        for leg in call.having(LegRole.CONSULTED):
            self._dismiss(leg)
        self._floor.journal("call.transferred", call=call, agent=agent, to=str(to), attended=False)
        self._owner_leaves(call)
        self._crew.entry.send(call, to)

    def _consult(self, call: Call, agent: Agent, to: Destination) -> None:
        target = self._floor.by_login.get(to.value) if to.kind is DestinationKind.OPERATOR else None
        busy = to.kind is DestinationKind.OPERATOR and (target is None or not target.available)
        if busy or call.having(LegRole.CONSULTED):
            return
        call.held, call.transferred_by = True, agent.id
        if target is not None:
            self._crew.offering.ring_agent(call, target, LegRole.CONSULTED, {"strategy": "consulted", "by": agent.id})
        else:
            self._crew.offering.ring_number(call, to.value, LegRole.CONSULTED)
        self._changed(call, "call.consulting", agent, to=str(to))

    def consulted_answered(self, leg: Leg) -> None:
        """Who was asked is on the line with the operator."""
        self._floor.leg_answered(leg)
        if leg.agent is not None:
            self.now_talking(leg.agent, leg.call)
        self._changed(leg.call, "call.consulted", leg.agent, number=leg.number)

    def consult_failed(self, call: Call) -> None:
        """Nobody there: the customer comes back."""
        if call.state is CallState.TALKING:
            call.held = False
            self._changed(call, "call.returned", call.agent)

    def wants_consult(self, agent: Agent, fact: facts.WantsConsult) -> None:
        call = self._owned(agent)
        asked = call.having(LegRole.CONSULTED) if call is not None else []
        if call is None or not asked:
            return
        match fact.how:
            case ConsultEnd.COMPLETE:
                self._hand_over(call, asked[0])
            case ConsultEnd.RETURN:
                for leg in asked:
                    self._dismiss(leg)
                call.held = False
                self._changed(call, "call.returned", agent)
            case ConsultEnd.CONFERENCE:
                call.held = False
                for leg in asked:
                    leg.held = False
                self._changed(call, "call.conference", agent)
            case ConsultEnd.SWAP if asked[0].up:
                call.held = not call.held
                for leg in asked:
                    leg.held = not call.held
                self._changed(call, "call.resumed" if asked[0].held else "call.held", agent)

    def _dismiss(self, leg: Leg) -> None:
        """Let go of who was consulted."""
        agent, call, talked = leg.agent, leg.call, leg.up
        self._floor.drop_leg(leg)
        if agent is not None and agent.call is call:
            if talked:
                self._crew.ending.wrap_up(agent, call)
            else:
                self._crew.ending.leave(agent)

    def _hand_over(self, call: Call, leg: Leg) -> None:
        """The consulted one has the call from now on; if he has not answered yet, it goes on ringing there."""
        owner = call.agent
        self._floor.journal("call.transferred", call=call, agent=owner, to=_name(leg), attended=True)
        if leg.up:
            self._replace_owner(call, leg)
        else:
            leg.role = LegRole.OFFERED
            self._owner_leaves(call)
            call.state, call.waited_music = CallState.RINGING, True
            self._crew.switch.settle(call)

    def _replace_owner(self, call: Call, leg: Leg) -> None:
        self._owner_leaves(call)
        call.leg, leg.role, call.held, leg.held = leg, LegRole.OWNER, False, False
        call.state = CallState.TALKING
        self._crew.switch.settle(call)
        self._crew.taping.follow(call, leg.agent)
        self.take_up(call, leg)

    def _owner_leaves(self, call: Call) -> None:
        """The operator's part is over; the call lives on."""
        leg, agent = call.leg, call.agent
        call.leg = None
        call.held = False
        if leg is not None:
            self._floor.drop_leg(leg)
        if agent is not None:
            call.transferred_by = agent.id
            self._crew.ending.wrap_up(agent, call)

    def take_over(self, call: Call, leg: Leg) -> None:
        """This leg becomes the owner's."""
        for asked in call.having(LegRole.CONSULTED):
            if asked is not leg:
                self._dismiss(asked)
        self._replace_owner(call, leg)

    # ---- parking

    def wants_park(self, agent: Agent) -> None:
        call = self._owned(agent)
        if call is None or call.having(LegRole.CONSULTED):
            return
        taken = {other.slot for other in self._floor.calls.values()}
        call.slot = next(slot for slot in range(1, len(taken) + 2) if slot not in taken)
        self._floor.journal("call.parked", call=call, agent=agent, slot=call.slot)
        self._floor.deadlines.set("park", call.id, self._floor.now + self._floor.settings.park_seconds)
        call.state, call.waited_music = CallState.PARKED, True
        self._owner_leaves(call)
        self._crew.switch.settle(call)

    def park_due(self, call_id: str) -> None:
        """Nobody took it up: back to who parked it, then to anybody."""
        call = self._floor.calls.get(call_id)
        if call is not None and call.state is CallState.PARKED:
            self.unpark(call)
            if call.transferred_by is not None:
                self._floor.hold_for(call, call.transferred_by, TRANSFERRED_FIRST, "parked")
            call.at_head = True
            self._crew.waiting.wait(call)

    def unpark(self, call: Call) -> None:
        """The call leaves its slot."""
        call.slot = 0
        self._floor.deadlines.clear("park", call.id)

    def wants_retrieve(self, agent: Agent, fact: facts.WantsRetrieve) -> None:
        """He takes up a parked call, or picks one that waits."""
        call = self._floor.calls.get(fact.call_id)
        if call is None or not agent.free or call.state not in (CallState.PARKED, CallState.WAITING) or call.unserved:
            return
        self._crew.outgoing.begin_own(agent)
        self.unpark(call)
        self._floor.dequeue(call)
        self._crew.switch.hush(call)
        self._floor.journal("call.retrieved", call=call, agent=agent)
        self._crew.offering.offer(call, [agent], {"strategy": "picked"})

    def wants_recording(self, agent: Agent, fact: facts.WantsRecording) -> None:
        call = self._owned(agent)
        if call is not None and call.recording:
            self._crew.taping.pause(call, agent, paused=not fact.on, by=fact.by)

    # ---- legs that go

    def owner_gone(self, leg: Leg, cause: int, observed: bool) -> None:
        """The operator's telephone is out of the call."""
        call = leg.call
        asked = next(iter(call.having(LegRole.CONSULTED)), None)
        if call.state is not CallState.TALKING:
            self._crew.outgoing.operator_gone(leg)
        elif asked is not None:
            self._hand_over(call, asked)
        elif leg.agent is not None and observed and cause in BROKEN:
            self._lost(leg, AgentState.PAUSED, "connection-lost")
        elif leg.agent is not None and observed and call.unheard:  # the caller has heard nothing but ringing
            self._lost(leg, AgentState.READY, "hung-up-early")
        else:
            self._crew.ending.end(call, "answered", "operator" if observed else "unobserved")

    def broken(self, call: Call) -> None:
        """The PBX could not connect them: another operator has to."""
        leg = call.leg
        if leg is None:
            return
        self._floor.emit(do.DestroyBridge(call.id, call.bridge_id))
        call.joined.clear()
        call.faults += 1
        if call.faults < MOST_FAULTS:
            self._lost(leg, AgentState.READY, "fault")
        else:  # it is not the operators: the PBX's own dialplan may do better
            self._owner_leaves(call)
            self._crew.entry.send(call, Destination(DestinationKind.FALLBACK))

    def _lost(self, leg: Leg, state: AgentState, reason: str) -> None:
        """The line failed, not their talk: the customer goes to the head of the queue, with his card."""
        call, agent = leg.call, leg.agent
        self._floor.journal("call.operator_lost", call=call, agent=agent, reason=reason)
        for asked in call.having(LegRole.CONSULTED):
            self._dismiss(asked)
        self._floor.drop_leg(leg)
        call.leg, call.held, call.at_head, call.waited_music = None, False, True, True
        if agent is not None:
            call.unresponsive[agent.id] = reason
            self._crew.ending.clear_screen(agent, call)
            wanted, agent.after_call = agent.after_call, None
            self._floor.set_state(agent, *(wanted or (state, "" if state is AgentState.READY else reason)))
            self._crew.waiting.nobody_waits_for(agent)
        self._crew.waiting.wait(call)

    def consulted_gone(self, leg: Leg, cause: int) -> None:
        """Who was consulted, or joined the conference, is out of the call."""
        call, agent = leg.call, leg.agent
        if not leg.up:
            self._crew.offering.refused(leg, cause)
            return
        self._floor.forget_leg(leg)
        if agent is not None and agent.call is call:
            self._crew.ending.wrap_up(agent, call)
        call.held = False
        self._changed(call, "call.returned", call.agent)


def _name(leg: Leg) -> str:
    return leg.agent.login if leg.agent is not None else leg.number
