"""Calls we make: an operator's own (click-to-call), and the customer's leg of a callback. The operator is on the line
first, so that nobody who answers is met with silence."""

from telemarket.calls import commands as do
from telemarket.calls import facts
from telemarket.calls.crew import Crew
from telemarket.calls.model import CUSTOMER_PARTY, Agent, Call, Leg, LegRole
from telemarket.calls.views import AgentState, CallState, Direction

BY_OPERATOR = "operator-hung-up"


class Outgoing:
    """Handles calls whose customer is called by us."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._floor = crew.floor

    def begin_own(self, agent: Agent) -> None:
        """A free operator begins a call of his own wish; after it he returns to the state he was in."""
        if agent.state is AgentState.WRAPUP:
            if agent.call is not None:
                self._crew.ending.clear_screen(agent, agent.call)
        elif agent.state is AgentState.PAUSED:
            agent.after_call = (agent.state, agent.reason)
        elif agent.state is AgentState.OFFLINE:
            agent.after_call = (agent.state, "")

    def wants_call(self, agent: Agent, fact: facts.WantsCall) -> None:
        project = self._floor.projects.get(fact.project_id)
        if project is None or not agent.free or fact.call_id in self._floor.calls:
            return
        self.begin_own(agent)
        call = Call(
            id=fact.call_id,
            project=project,
            ani=fact.number,
            caller_name="",
            dnis=next(iter(project.dnis), ""),
            arrived_at=self._floor.now,
            customer=None,
            direction=Direction.OUTBOUND,
            contact_id=fact.contact_id,
            number=fact.number,
        )
        self._floor.add_call(call)
        self._floor.journal(
            "call.arrived",
            call=call,
            agent=agent,
            project=project.id,
            ani=fact.number,
            caller_name="",
            dnis=call.dnis,
            direction=call.direction.value,
        )
        self._floor.deadlines.set("ghost", call.id, self._floor.now + self._floor.settings.ghost_after)
        self._floor.emit(do.LookUp(call.id))
        self._crew.offering.offer(call, [agent], {"strategy": "own-call"})

    def dial_customer(self, call: Call) -> None:
        """The operator is on the line: call the number."""
        self._crew.waiting.leave(call)
        leg = self._crew.offering.ring_number(call, call.number, LegRole.CUSTOMER, CUSTOMER_PARTY)
        call.customer, call.state = leg.id, CallState.RINGING
        if call.agent is not None:
            self._crew.talking.now_talking(call.agent, call)
        self._floor.journal("call.dialing", call=call, agent=call.agent, number=call.number)
        self._crew.switch.settle(call)

    def customer_answered(self, leg: Leg) -> None:
        """The number answered: let them talk. The leg is the customer's channel from now on."""
        call = leg.call
        self._floor.leg_answered(leg)
        call.up = True
        if call.unserved:
            self._crew.campaign.answered(call)
        elif call.leg is not None:
            self._crew.talking.connect(call)

    def not_reached(self, call: Call, leg: Leg, why: str) -> None:
        """The number did not answer: the operator notes it, a callback is tried again."""
        if call.unserved:
            self._crew.campaign.not_reached(leg, why)
            return
        self._floor.drop_leg(leg)
        call.customer = None
        if call.direction is Direction.CALLBACK:
            self._release_operator(call)
            self._crew.callbacks.attempt_failed(call, why)
        else:
            self._crew.ending.end(call, why, "telemarket")

    def _release_operator(self, call: Call) -> None:
        leg, agent = call.leg, call.agent
        call.leg = None
        if leg is not None:
            self._floor.drop_leg(leg)
        if agent is not None and agent.call is call:
            self._crew.ending.wrap_up(agent, call)
        self._crew.switch.settle(call)

    def operator_gone(self, leg: Leg) -> None:
        """The operator hung up while the number was being called."""
        call = leg.call
        for other in call.having(LegRole.CUSTOMER):
            self._floor.drop_leg(other)
        call.customer = None
        if call.direction is Direction.CALLBACK:
            self._release_operator(call)
            self._crew.callbacks.attempt_failed(call, BY_OPERATOR)
        else:
            self._crew.ending.end(call, "no-answer" if call.unserved else "abandoned", "operator")
