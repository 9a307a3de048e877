"""Calls of campaigns: the lead is called first, for an operator who is free or will be; or an operator sees his card
first.

Until an operator talks with him (`call.unserved`) a lead is in no queue, hears no music, and is nobody's to pick up or
to move: he gets one of his campaign's operators within the seconds its terms allow, or its message. Who calls us goes
first: an operator is available here only if nobody waits whom he may take.
"""

from typing import Any

from telemarket.calls import commands as do
from telemarket.calls import facts
from telemarket.calls.crew import Crew
from telemarket.calls.model import Agent, Call, DialTerms, Leg, LegRole, Project
from telemarket.calls.views import AgentState, CallState, DialMode, Direction, MachineAction
from telemarket.sounds import phrases

UNREACHED = {
    **dict.fromkeys((1, 22, 28), "no-such-number"),
    17: "busy",
    21: "declined",
    **dict.fromkeys((16, 18, 19, 31), "no-answer"),
    27: "out-of-service",
    **dict.fromkeys((2, 3, 20, 25, 34, 38, 41, 42, 44, 47, 102), "congestion"),
}
"""Q.850 causes with which a line ended before it was answered, as results; any other is "failed"."""

UNKNOWN = "ended-unobserved"

MACHINE, SCREENED = "machine", "screened"
HUMANS = frozenset({"human", "unknown", "silence"})
"""Verdicts after which an operator takes the call: who may be one is treated as one."""

RESULTS = {"not-in-service": "out-of-service"}
"""Verdicts whose result has another name."""

TELEPHONE_SECONDS = 1.0
"""A telephone asked to answer by itself has done so by then; an operator whose has not is paused."""

LONGEST_GREETING = 40.0
"""Seconds a machine speaks before its tone, at most; then the message is left all the same."""

SAYING = "lead:"
DETECTING, BEFORE_TONE = "lead-detecting", "lead-before-tone"
DROPPED, INFORMED, LEFT = f"{SAYING}dropped", f"{SAYING}informed", f"{SAYING}message-left"
"""Steps of a lead who listens; what follows SAYING is the result when he has heard the words."""

CUT_SHORT = {DROPPED: "dropped", LEFT: MACHINE, BEFORE_TONE: MACHINE}
"""Results when he hangs up at a step; "hung-up" at any other."""


class Campaign:
    """Handles leads until an operator talks with them."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._floor = crew.floor

    # ---- beginning

    def lead_dialed(self, fact: facts.LeadDialed) -> None:
        """The dialer wants a lead called."""
        floor, terms = self._floor, fact.terms
        if fact.call_id in floor.calls:
            return
        project = floor.projects.get(fact.project_id)
        if project is None:
            self._refuse(fact)
            return
        call = _call_of(fact, project, floor.now)
        floor.add_call(call)
        floor.journal("call.arrived", call=call, **_arrival(fact, call.dnis, project.id))
        if fact.contact_id is not None:
            floor.journal("call.contact", call=call, contact=fact.contact_id)
        agent = floor.agents.get(fact.agent_id) if fact.agent_id is not None else None
        away = agent is None or not agent.available or project.id not in agent.projects
        if not floor.pbx_connected or (terms.mode is DialMode.PREVIEW and away):
            self._crew.ending.end(call, "returned", "telemarket")
            return
        floor.deadlines.set("ghost", call.id, floor.now + floor.settings.ghost_after)
        if terms.mode is not DialMode.MESSAGE:  # nobody sees a card
            floor.emit(do.LookUp(call.id))
        if terms.mode is DialMode.PREVIEW and agent is not None:
            self._preview(call, terms, agent)
        else:
            self._crew.outgoing.dial_customer(call)

    def _refuse(self, fact: facts.LeadDialed) -> None:
        """Its project has just been closed: the lead goes back."""
        emit, at, about = self._floor.emit, self._floor.now, _about(fact.terms)
        emit(do.Journal(at, "call.arrived", _arrival(fact, "", None), fact.call_id))
        never = {"cause": 0, "customer_answered_at": None, "answered_at": None}
        emit(do.Journal(at, "call.ended", {"result": "returned", "by": "telemarket"} | about | never, fact.call_id))

    def withdrawn(self, fact: facts.LeadWithdrawn) -> None:
        """The dialer takes a call back."""
        call = self._floor.calls.get(fact.call_id)
        if call is not None and call.unserved and call.customer_answered_at is None:
            self._crew.ending.end(call, self.result_if_ended(call), "telemarket")

    def result_if_ended(self, call: Call) -> str:
        """What it comes to if we end the call of an unserved lead now."""
        if call.customer_answered_at is not None:
            return CUT_SHORT.get(call.step, "dropped")
        return "no-answer" if call.customer is not None else "returned"

    # ---- preview

    def _preview(self, call: Call, terms: DialTerms, agent: Agent) -> None:
        floor = self._floor
        agent.call = call
        call.screens.add(agent.id)
        floor.journal("call.previewed", call=call, agent=agent, seconds=terms.preview_seconds)
        until = floor.now + terms.preview_seconds if terms.preview_seconds > 0 else None
        floor.set_state(agent, AgentState.PREVIEW, until=until)
        floor.emit(do.PushCard(call.id, agent.id))

    def wants_dial(self, agent: Agent) -> None:
        """He has seen the card, or had his time: his telephone first, then the lead."""
        if agent.state is AgentState.PREVIEW and agent.call is not None:
            self._offer(agent.call, agent, {"strategy": "preview"})

    def wants_skip(self, agent: Agent, fact: facts.WantsSkip) -> None:
        """He will not call this one."""
        if agent.state is AgentState.PREVIEW and agent.call is not None:
            self._floor.journal("call.skipped", call=agent.call, agent=agent, reason=fact.reason)
            self._crew.ending.end(agent.call, "skipped", "operator")

    def give_back(self, agent: Agent) -> None:
        """He leaves before he has decided: somebody else may call this lead."""
        if agent.call is not None:
            self._crew.ending.end(agent.call, "returned", "operator")

    # ---- answered, or not

    def answered(self, call: Call) -> None:
        """The lead said hello. An operator who is on the line already has him now."""
        floor, terms = self._floor, call.unserved
        call.customer_answered_at = floor.now
        floor.journal("call.customer_answered", call=call, agent=call.agent)
        if call.leg is not None:
            self._crew.talking.connect(call)
        elif terms is not None and terms.detect and call.customer is not None:
            call.state, call.step = CallState.LISTENING, DETECTING
            floor.deadlines.set("detect", call.id, floor.now + terms.detect_seconds)
            floor.emit(do.Listen(call.id, call.customer, terms.detect_seconds))
        elif terms is not None:
            self._human(call, terms)

    def answered_unseen(self, leg: Leg) -> None:
        """He answered while the PBX was out of reach, nobody knows when: he has waited long enough."""
        call = leg.call
        self._floor.leg_answered(leg)
        call.up, call.customer_answered_at = True, self._floor.now
        self._floor.journal("call.customer_answered", call=call, agent=call.agent)
        self._drop(call)

    def line_gone(self, leg: Leg, cause: int, observed: bool) -> None:
        """The lead's line ended before he answered."""
        leg.call.cause = cause
        self.not_reached(leg, UNREACHED.get(cause, "failed") if observed else UNKNOWN)

    def not_reached(self, leg: Leg, why: str) -> None:
        """Nobody answered there. An operator who waited for it is ready for the next."""
        call = leg.call
        self._floor.drop_leg(leg)
        call.customer = None
        self._crew.ending.end(call, why if self._floor.pbx_connected else UNKNOWN, "telemarket")

    def customer_gone(self, call: Call, by: str, observed: bool) -> None:
        """He hung up before an operator talked with him."""
        self._crew.ending.end(call, CUT_SHORT.get(call.step, "hung-up") if observed else UNKNOWN, by)

    # ---- who answered

    def detection_ended(self, fact: facts.DetectionEnded) -> None:
        """What answered is known, or that a machine records from now on."""
        call = self._floor.calls.get(fact.call_id)
        terms = call.unserved if call is not None else None
        if call is None or terms is None:
            return
        if call.step == BEFORE_TONE and fact.at_beep:
            self._say(call, terms.machine_message, LEFT)
        elif call.step == DETECTING:
            self._detected(call, terms, fact)

    def _detected(self, call: Call, terms: DialTerms, fact: facts.DetectionEnded) -> None:
        self._floor.journal("call.detected", call=call, verdict=fact.verdict, at_beep=fact.at_beep)
        machine = fact.verdict in (MACHINE, SCREENED)
        if fact.verdict in HUMANS or (machine and terms.on_machine is MachineAction.OPERATOR):
            self._human(call, terms, fact.greeting_seconds)
        elif fact.verdict == MACHINE and terms.on_machine is MachineAction.MESSAGE:
            self._leave_message(call, terms, fact.at_beep)
        else:
            self._crew.ending.end(call, RESULTS.get(fact.verdict, fact.verdict), "telemarket")

    def _leave_message(self, call: Call, terms: DialTerms, at_beep: bool) -> None:
        if at_beep:
            self._say(call, terms.machine_message, LEFT)
        else:
            call.step = BEFORE_TONE
            self._floor.deadlines.set("detect", call.id, self._floor.now + LONGEST_GREETING)

    def detect_due(self, call_id: str) -> None:
        """Nobody could tell in time what answered, or the machine's tone was not heard."""
        call = self._floor.calls.get(call_id)
        terms = call.unserved if call is not None else None
        if call is None or terms is None:
            return
        if call.step == BEFORE_TONE:
            self._say(call, terms.machine_message, LEFT)
        else:
            self._floor.journal("call.detected", call=call, verdict="unknown", at_beep=False)
            self._human(call, terms)

    # ---- an operator in time

    def _human(self, call: Call, terms: DialTerms, greeting: float | None = None) -> None:
        """Somebody listens. The seconds within which he must hear an operator count from the end of his greeting."""
        floor, answered_at = self._floor, call.customer_answered_at or self._floor.now
        floor.deadlines.clear("detect", call.id)
        if terms.mode is DialMode.MESSAGE:
            self._say(call, terms.message, INFORMED)
            return
        greeted_at = floor.now if greeting is None else min(answered_at + greeting, floor.now)
        limit = greeted_at + terms.connect_seconds
        if limit <= floor.now:
            self._drop(call)
            return
        floor.deadlines.set("connect", call.id, limit)
        self._serve(call)

    def _serve(self, call: Call) -> None:
        """He waits: the longest idle of his operators takes him, or the first to come free."""
        terms = call.unserved
        call.state, call.step = CallState.WAITING, ""
        self._floor.leads[call.id] = call
        if terms is None or not self._floor.pbx_connected:
            return
        available = self._floor.available.get(call.project.id, {})
        free = [agent for agent in available.values() if agent.id in terms.operator_ids]
        if free:
            agent = min(free, key=lambda agent: (agent.idle_since, agent.id))
            self._take(call, agent, len(free))

    def serve_next(self, agent: Agent) -> None:
        """`agent` has come free: who answered first of those he may take has him."""
        waiting = [call for call in self._floor.leads.values() if _may_take(agent, call)]
        if waiting and self._floor.pbx_connected:
            self._take(min(waiting, key=lambda call: call.customer_answered_at or 0.0), agent, 1)

    def _take(self, call: Call, agent: Agent, available: int) -> None:
        floor = self._floor
        waited = floor.now - (call.customer_answered_at or floor.now)
        reasons = {
            "strategy": "campaign",
            "idle_seconds": round(floor.now - agent.idle_since, 1),
            "waited": round(waited, 1),
            "available": available,
            "others": [],
            "tried_before": {str(agent_id): why for agent_id, why in call.unresponsive.items()},
        }
        floor.dequeue(call)
        self._offer(call, agent, reasons)

    def _offer(self, call: Call, agent: Agent, reasons: dict[str, Any]) -> None:
        call.state = CallState.RINGING
        self._crew.offering.ring_agent(call, agent, LegRole.OFFERED, reasons, auto_answer=True)

    def nobody_took(self, call: Call) -> None:
        """The operator's telephone did not answer: another's may, in the seconds left."""
        if call.state is not CallState.RINGING:
            return
        if call.customer is None:
            self._crew.ending.end(call, "returned", "operator")
        else:
            self._serve(call)

    def connect_due(self, call_id: str) -> None:
        """No operator was there in time."""
        call = self._floor.calls.get(call_id)
        if call is not None and call.unserved:
            self._drop(call)

    def _drop(self, call: Call) -> None:
        """We have no operator for who answered us: he is told so."""
        self._floor.dequeue(call)
        call.state = CallState.LISTENING
        for leg in call.having(LegRole.OFFERED):
            silent = leg.agent is not None and self._floor.now - leg.agent.since >= TELEPHONE_SECONDS
            if silent and self._floor.pbx_connected:
                self._crew.offering.withdraw(leg, "no-answer", AgentState.PAUSED, "no-answer")
            else:
                self._crew.offering.withdraw(leg, "too-late", AgentState.READY)
        self._say(call, call.terms.message if call.terms else (), DROPPED)

    # ---- being told

    def _say(self, call: Call, sounds: tuple[str, ...], step: str) -> None:
        self._floor.deadlines.clear("detect", call.id)
        call.state, call.step = CallState.LISTENING, step
        language = call.project.plan.language
        if media := sum((phrases.sound(language, name) for name in sounds), ()):
            self._crew.switch.say(call, media)
        else:
            self.heard(call)

    def heard(self, call: Call) -> None:
        """He has heard what he was told."""
        self._crew.ending.end(call, call.step.removeprefix(SAYING), "telemarket")


def of_campaign(call: Call) -> dict[str, Any]:
    """What the end of a campaign's call tells, so that a listener needs nothing else; empty for any other's.

    The campaign is None if a restarted daemon adopted the call.
    """
    if call.direction is not Direction.CAMPAIGN:
        return {}
    times = {"customer_answered_at": call.customer_answered_at, "answered_at": call.answered_at}
    return _about(call.terms) | {"cause": call.cause} | times


def _about(terms: DialTerms | None) -> dict[str, Any]:
    return {
        "direction": Direction.CAMPAIGN.value,
        "campaign": terms.campaign_id if terms else None,
        "lead": terms.lead_id if terms else None,
    }


def _arrival(fact: facts.LeadDialed, dnis: str, project_id: int | None) -> dict[str, Any]:
    about = {"project": project_id, "ani": fact.number, "caller_name": "", "dnis": dnis}
    return about | _about(fact.terms) | {"mode": fact.terms.mode.value}


def _call_of(fact: facts.LeadDialed, project: Project, now: float) -> Call:
    return Call(
        id=fact.call_id,
        project=project,
        ani=fact.number,
        caller_name="",
        dnis=fact.terms.caller_id or next(iter(project.dnis), ""),
        arrived_at=now,
        customer=None,
        direction=Direction.CAMPAIGN,
        contact_id=fact.contact_id,
        number=fact.number,
        terms=fact.terms,
    )


def _may_take(agent: Agent, call: Call) -> bool:
    terms = call.unserved
    return terms is not None and agent.id in terms.operator_ids and call.project.id in agent.projects
