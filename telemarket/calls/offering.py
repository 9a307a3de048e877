"""Offering a call: the card on the screen first, then the telephone, to operators or to a number outside."""

from collections.abc import Sequence
from typing import Any

from telemarket.calls import commands as do
from telemarket.calls import facts
from telemarket.calls.crew import Crew
from telemarket.calls.model import OUTSIDE_PARTY, Agent, Call, Leg, LegRole, lead_channel_id, read_leg_id
from telemarket.calls.views import AgentState, CallState, Direction

UNREACHABLE = "telephone-unreachable"
REFUSALS = {17: "busy", 21: "declined", 20: UNREACHABLE, 3: UNREACHABLE}
"""Q.850 causes of a leg that ended before it was answered, as reasons of the pause that follows."""

OUTCOMES = {17: "busy", 21: "declined"}
"""Q.850 causes of a number that was not reached; any other is "no-answer"."""


class Offering:
    """Handles legs until they are answered."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._floor = crew.floor

    # ---- to operators

    def offer(self, call: Call, agents: Sequence[Agent], reasons: dict[str, Any]) -> None:
        """Show the card to these operators and ring them."""
        floor = self._floor
        call.state = CallState.RINGING
        for agent in agents:
            self.ring_agent(call, agent, LegRole.OFFERED, reasons)
        # A free telephone rings as soon as the card stands; meanwhile the leg is made, which rings nothing.
        self._crew.switch.settle(call)
        if len(agents) == 1:
            floor.last_served[call.project.id] = agents[0].id

    def ring_agent(
        self, call: Call, agent: Agent, role: LegRole, reasons: dict[str, Any], *, auto_answer: bool = False
    ) -> Leg:
        """Card first, then the telephone, of one operator. A telephone that answers by itself is not kept waiting for
        the card: somebody has said hello already."""
        floor = self._floor
        leg = Leg(call.new_leg_id(str(agent.id), floor.now), call, role, agent, auto_answer=auto_answer)
        floor.add_leg(leg)
        agent.call = call
        call.screens.add(agent.id)
        floor.journal("call.offered", call=call, agent=agent, leg=leg.id, role=role.value, reasons=reasons)
        floor.set_state(agent, AgentState.RINGING)
        floor.emit(do.PushCard(call.id, agent.id))
        floor.emit(do.CreateLeg(call.id, leg.id, agent.endpoint, call.ani, call.caller_name, auto_answer))
        floor.deadlines.set("card", leg.id, floor.now + floor.settings.card_deadline)
        floor.deadlines.set("ring", leg.id, floor.now + call.project.ring_seconds)
        return leg

    # ---- to numbers outside

    def ring_number(self, call: Call, number: str, role: LegRole, party: str = OUTSIDE_PARTY) -> Leg:
        """Call a number outside; a campaign's lead as its terms say."""
        floor, terms = self._floor, call.terms if role is LegRole.CUSTOMER else None
        leg_id = lead_channel_id(call.id) if terms else call.new_leg_id(party, floor.now)
        leg = Leg(leg_id, call, role, number=number, card_settled=True)
        floor.add_leg(leg)
        endpoint = terms.endpoint if terms else floor.settings.outside_endpoint.replace("{number}", number)
        own = call.dnis or next(iter(call.project.dnis), "")
        floor.emit(do.CreateLeg(call.id, leg.id, endpoint, own, call.project.name))
        floor.deadlines.set("ring", leg.id, floor.now + self._ring_seconds(leg))
        return leg

    # ---- until it rings

    def leg_entered(self, fact: facts.LegEntered) -> None:
        leg = self._floor.legs.get(fact.channel_id)
        if leg is None:
            if named := read_leg_id(fact.channel_id):  # nobody wants it any more
                self._floor.hang_up(named[1], fact.channel_id)
        elif leg.role is LegRole.SNOOP:
            self._crew.supervision.ear_entered(leg)
        else:
            leg.entered = True
            self._dial_when_ready(leg)

    def card_shown(self, fact: facts.CardShown) -> None:
        agent = self._floor.agents.get(fact.agent_id)
        leg = agent.leg if agent is not None else None
        if leg is not None and leg.call.id == fact.call_id and not leg.card_settled:
            self._floor.journal("call.card_shown", call=leg.call, agent=agent)
            self._card_settled(leg)

    def card_due(self, leg_id: str) -> None:
        leg = self._floor.legs.get(leg_id)
        if leg is not None and not leg.card_settled:
            self._floor.journal("call.card_late", call=leg.call, agent=leg.agent)
            self._card_settled(leg)

    def _card_settled(self, leg: Leg) -> None:
        leg.card_settled = True
        self._floor.deadlines.clear("card", leg.id)
        self._dial_when_ready(leg)

    def _dial_when_ready(self, leg: Leg) -> None:
        if not leg.entered or not (leg.card_settled or leg.auto_answer) or leg.dialed:
            return
        leg.dialed = True
        seconds = self._ring_seconds(leg)
        self._floor.deadlines.set("ring", leg.id, self._floor.now + seconds)
        self._floor.emit(do.Dial(leg.call.id, leg.id, int(seconds) + 5))

    def _ring_seconds(self, leg: Leg) -> float:
        terms = leg.call.terms
        if leg.agent is not None:
            return leg.call.project.ring_seconds
        if leg.role is LegRole.CUSTOMER and terms is not None:
            return terms.ring_seconds
        return self._floor.settings.outside_ring_seconds

    # ---- answered

    def answered(self, leg: Leg) -> None:
        """An offered leg was answered: it has the call, the others ring no longer."""
        call = leg.call
        self._floor.leg_answered(leg)
        leg.role, call.leg = LegRole.OWNER, leg
        for other in call.having(LegRole.OFFERED):
            self._floor.journal("call.withdrawn", call=call, agent=other.agent, why="answered-elsewhere")
            self.let_go(other, AgentState.READY)
        if call.customer is None:
            self._crew.outgoing.dial_customer(call)
        else:
            self._crew.talking.connect(call)

    # ---- not answered

    def ring_due(self, leg_id: str) -> None:
        leg = self._floor.legs.get(leg_id)
        if leg is None or leg.up:
            return
        if not self._floor.pbx_connected and leg.role is LegRole.OFFERED:  # not his fault
            self.withdraw(leg, "pbx-lost", AgentState.READY)
        elif leg.entered:
            self.failed(leg, "no-answer")
        else:
            self.failed(leg, UNREACHABLE if leg.agent is not None else "failed")

    def refused(self, leg: Leg, cause: int) -> None:
        """Its channel ended before it was answered."""
        self.failed(leg, (REFUSALS if leg.agent is not None else OUTCOMES).get(cause, "no-answer"))

    def failed(self, leg: Leg, why: str) -> None:
        """Nobody answered there: an operator is paused, because the next call would fare no better."""
        call = leg.call
        if leg.role is LegRole.CUSTOMER:
            self._crew.outgoing.not_reached(call, leg, why)
        elif leg.role is LegRole.WATCHER:
            self._crew.supervision.end_watch(leg)
        else:
            self.withdraw(leg, why, AgentState.PAUSED, why)

    def withdraw(self, leg: Leg, why: str, state: AgentState, reason: str = "") -> None:
        """Take an offer back from its operator, who goes to `state`; the caller keeps his place in the queue."""
        call, role = leg.call, leg.role
        self._floor.journal("call.withdrawn", call=call, agent=leg.agent, why=why)
        if leg.agent is not None:
            call.unresponsive[leg.agent.id] = why
        self.let_go(leg, state, reason)
        if role is LegRole.CONSULTED:
            self._crew.talking.consult_failed(call)
        elif not call.having(LegRole.OFFERED):
            self._nobody_took(call, outside=leg.agent is None)

    def _nobody_took(self, call: Call, *, outside: bool) -> None:
        if call.unserved:
            self._crew.campaign.nobody_took(call)
            return
        if outside and self._crew.entry.turned_away(call):
            return
        if call.direction is Direction.OUTBOUND and call.customer is None:
            self._crew.ending.end(call, "failed", "operator")
        elif call.state is CallState.RINGING:
            self._floor.release_hold(call)
            self._crew.waiting.wait(call)

    def let_go(self, leg: Leg, state: AgentState, reason: str = "") -> None:
        """Drop an unanswered leg and free its operator."""
        agent, call = leg.agent, leg.call
        self._floor.drop_leg(leg)
        if agent is None:
            return
        self._crew.ending.clear_screen(agent, call)
        wanted, agent.after_call = agent.after_call, None
        if wanted is not None and state is AgentState.READY:
            state, reason = wanted
        self._floor.set_state(agent, state, reason)
        self._crew.waiting.nobody_waits_for(agent)
        self._crew.waiting.route_for(agent)
