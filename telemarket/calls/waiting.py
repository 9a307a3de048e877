"""Waiting for an operator: the line, who is offered to whom, what happens when it takes too long."""

from telemarket.calls import commands as do
from telemarket.calls.crew import Crew
from telemarket.calls.destinations import DestinationKind, parse_destination
from telemarket.calls.model import Agent, Call, Project
from telemarket.calls.plan import Overflow, OverflowWhen, Sticky
from telemarket.calls.routing import best_call, choose_operators, next_relaxation
from telemarket.calls.views import AgentState, CallState
from telemarket.sounds import phrases

GUESSED_HANDLE_SECONDS = 180.0
"""The time an operator gives a call, as long as none has been seen."""


class Waiting:
    """Handles calls that have nobody yet."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._floor = crew.floor

    # ---- joining

    def admit(self, call: Call) -> None:
        """The call asks for an operator of its project, which may have none or too many waiting."""
        if call.known_to in self._floor.agents:
            self._floor.hold_for(call, call.known_to, call.project.plan.sticky_seconds, call.known_as)
        for when, applies in ((OverflowWhen.NO_OPERATORS, self._unstaffed), (OverflowWhen.FULL, self._full)):
            rule = next((rule for rule in call.project.plan.overflow if rule.when is when), None)
            if rule is not None and applies(call.project) and self._overflow(call, rule):
                return
        self.wait(call)

    def prefer_known(self, call: Call, consultant_id: int | None, last_operator_id: int | None) -> None:
        """A known caller goes to his own operator first, if his project's plan says so."""
        sticky = call.project.plan.sticky
        if sticky is Sticky.NOBODY:
            return
        consultant = consultant_id if sticky is Sticky.CONSULTANT else None
        call.known_to = consultant or last_operator_id
        call.known_as = "consultant" if consultant else "last-operator"

    def wait(self, call: Call) -> None:
        """Take the call's place in its lines; if nobody can take it now, the caller hears music."""
        self._floor.enqueue(call)
        self.route(call)
        if call.state is CallState.WAITING:
            self.watch(call)
            self._crew.switch.answer(call)
            if not call.waited_music:
                call.waited_music = True
                wanted = {need.skill: need.level for need in call.project.plan.skills}
                self._floor.journal(
                    "call.queued", call=call, project=call.project.id, priority=call.priority, skills=wanted
                )
            self._crew.switch.settle(call)

    def leave(self, call: Call) -> None:
        """The call waits no longer."""
        self._floor.dequeue(call)
        self._floor.release_hold(call)
        for kind in ("relax", "overflow", "announce", "offer", "connect"):
            self._floor.deadlines.clear(kind, call.id)

    def watch(self, call: Call) -> None:
        """See to what will happen as the call waits on; what is to come already stays."""
        floor, plan = self._floor, call.project.plan
        relaxes = next_relaxation(call, floor.now)
        if relaxes is not None:
            floor.deadlines.set("relax", call.id, relaxes)
        if not floor.deadlines.is_set("overflow", call.id):
            self._set_overflow(call)
        if call.customer is None:
            return
        for kind, seconds in (("announce", plan.announcements.every), ("offer", plan.callback.offer_after)):
            if seconds > 0 and not floor.deadlines.is_set(kind, call.id):
                floor.deadlines.set(kind, call.id, floor.now + seconds)

    # ---- routing

    def route(self, call: Call) -> None:
        """Offer a waiting call to whom its plan says, if he is there."""
        if not self._floor.pbx_connected or call.state is not CallState.WAITING:
            return
        decision = choose_operators(self._floor, call)
        if decision is None:
            return
        self._floor.dequeue(call)
        self._crew.switch.hush(call)
        self._crew.offering.offer(call, decision.agents, decision.reasons)

    def route_for(self, agent: Agent) -> None:
        """`agent` may have become available: see whether somebody waits for him."""
        if self._floor.pbx_connected and agent.available:
            call = best_call(self._floor, agent)
            if call is not None:
                self.route(call)
        if agent.available:
            self._crew.campaign.serve_next(agent)

    def nobody_waits_for(self, agent: Agent) -> None:
        """He takes no calls now: who waited for him alone need not any more."""
        if agent.state in (AgentState.PAUSED, AgentState.OFFLINE):
            for call in tuple(self._floor.held_for.get(agent.id, {}).values()):
                self.route(call)

    def route_all(self) -> None:
        """Operators or skills may be others: see who can be served now."""
        for agent in tuple(self._floor.agents.values()):
            self.route_for(agent)
        for line in self._floor.waiting.values():  # the strategy may have chosen others than those asked
            for call in tuple(line):
                self.route(call)

    # ---- as time goes by

    def prefer_due(self, call_id: str) -> None:
        """He need not wait for that one operator any longer."""
        call = self._floor.calls.get(call_id)
        if call is not None:
            self._floor.release_hold(call)
            self.route(call)

    def relax_due(self, call_id: str) -> None:
        """Less is asked of an operator from now on."""
        call = self._floor.calls.get(call_id)
        if call is None:
            return
        waited = self._floor.now - call.arrived_at
        levels = {need.skill: need.level_after(waited) for need in call.project.plan.skills}
        self._floor.journal("call.relaxed", call=call, levels=levels)
        relaxes = next_relaxation(call, self._floor.now)
        if relaxes is not None:
            self._floor.deadlines.set("relax", call.id, relaxes)
        self.route(call)

    def announce_due(self, call_id: str) -> None:
        """Tell a waiting caller how he stands."""
        call = self._floor.calls.get(call_id)
        if call is None:
            return
        plan = call.project.plan
        self._floor.deadlines.set("announce", call.id, self._floor.now + plan.announcements.every)
        if call.state is not CallState.WAITING or call.playback:
            return
        media = phrases.thank_you_wait(plan.language)
        place = self._floor.waiting[call.queue_ids[0]].place(call)
        if plan.announcements.position:
            media += phrases.position(plan.language, place)
        if plan.announcements.expected_wait:
            media += phrases.expected_wait(plan.language, self.expected_wait(call.project, place))
        self._floor.journal("call.announced", call=call, place=place)
        self._crew.switch.say(call, media)

    def expected_wait(self, project: Project, place: int) -> float:
        """Seconds until the one at `place` is served: the operators on shift finish `place` calls between them, each in
        the project's average time."""
        serving = sum(agent.state is not AgentState.PAUSED for agent in self._floor.on_shift(project.id))
        handle = self._floor.handle_seconds.get(project.id, GUESSED_HANDLE_SECONDS)
        return handle * place / max(1, serving)

    # ---- overflow

    def _rules_of_waiting(self, call: Call) -> list[Overflow]:
        rules = [rule for rule in call.project.plan.overflow if rule.when is OverflowWhen.WAITED]
        return sorted(rules, key=lambda rule: rule.after)[call.overflowed :]

    def _set_overflow(self, call: Call) -> None:
        rules = self._rules_of_waiting(call)
        if rules and call.customer is not None:
            self._floor.deadlines.set("overflow", call.id, max(self._floor.now, call.arrived_at + rules[0].after))

    def overflow_due(self, call_id: str) -> None:
        """The call has waited as long as a rule allows."""
        call = self._floor.calls.get(call_id)
        if call is None or call.state is not CallState.WAITING:
            return
        rules = self._rules_of_waiting(call)
        if rules:
            call.overflowed += 1
            if not self._overflow(call, rules[0]):
                self._set_overflow(call)
                self.wait(call)

    def _overflow(self, call: Call, rule: Overflow) -> bool:
        """Do what the rule says; True if the call went elsewhere, False if it is served by another queue beside."""
        self._floor.journal("call.overflow", call=call, rule=rule.when.value, to=rule.to)
        to = parse_destination(rule.to)
        if to.kind is not DestinationKind.QUEUE:
            self._crew.entry.send(call, to)
            return True
        beside = self._floor.by_number.get(to.value)
        if beside is not None and beside.id not in call.queue_ids:
            self._floor.dequeue(call)
            call.queue_ids = (*call.queue_ids, beside.id)
        return False

    def _unstaffed(self, project: Project) -> bool:
        return not any(self._floor.on_shift(project.id))

    def _full(self, project: Project) -> bool:
        most = project.plan.max_waiting
        return most > 0 and self._floor.callers_waiting(project.id) >= most

    def queue_due(self, project_id: str) -> None:
        """A queue's length is news."""
        self._floor.emit(do.QueueChanged(int(project_id)))
