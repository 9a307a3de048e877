"""The call centre as pages see and command it: a thin face of the engine."""

import time
from collections.abc import Callable

from telemarket.calls import commands as do
from telemarket.calls import facts
from telemarket.calls.destinations import Destination, DestinationKind, parse_destination
from telemarket.calls.engine import Engine
from telemarket.calls.model import Agent, Call
from telemarket.calls.outbound import OutboundRules, check_number
from telemarket.calls.pictures import Pictures
from telemarket.calls.today import Today
from telemarket.calls.views import (
    AgentChanged,
    AgentState,
    AgentView,
    BoardView,
    CallState,
    CallView,
    ConsultEnd,
    Direction,
    WatchMode,
)
from telemarket.core.bus import EventBus
from telemarket.core.errors import InvalidInput, NotAllowed, NotFound
from telemarket.core.i18n import N_

DIGITS = frozenset("0123456789*#ABCD")
MOST_DIGITS = 40


class CallCentreService:
    """Implements `CallCentre` and `LeadCalls` of `telemarket.calls.api`. `submit` hands a fact to the engine; `rules`
    say which numbers outside may be called."""

    def __init__(
        self,
        engine: Engine,
        submit: Callable[[facts.Fact], None],
        bus: EventBus,
        *,
        today: Today,
        rules: OutboundRules,
    ) -> None:
        self._floor = engine.floor
        self._submit = submit
        self._bus = bus
        self._pictures = Pictures(engine, today)
        self._rules = rules
        self._last_id = 0
        self._queues_told: dict[int, int] = {}
        bus.subscribe(do.OperatorChanged, lambda change: bus.publish(AgentChanged(change.agent_id)))
        bus.subscribe(do.QueueChanged, self._queue_changed)

    # ---- looking

    def agent_view(self, agent_id: int) -> AgentView:
        """The operator as he stands now; one who never signed in is offline."""
        return self._pictures.agent(agent_id)

    def call_view(self, call_id: str) -> CallView | None:
        """A call that lives, or whose operator is still wrapping it up."""
        call = self._floor.calls.get(call_id)
        if call is None:
            kept = (agent.call for agent in self._floor.agents.values() if agent.call and agent.call.id == call_id)
            call = next(kept, None)
        return self._pictures.call(call) if call else None

    def board(self) -> BoardView:
        """The whole floor at this moment."""
        return self._pictures.board()

    # ---- operators' wishes

    def page_connected(self, agent_id: int) -> None:
        """The operator's page opened its live stream."""
        self._submit(facts.PageConnected(agent_id=agent_id))

    def page_lost(self, agent_id: int) -> None:
        """The operator's last stream closed or its heartbeat stopped."""
        self._submit(facts.PageLost(agent_id=agent_id))

    def make_ready(self, agent_id: int) -> None:
        """The operator takes calls from now on; ends a pause or wrap-up."""
        agent = self._operator(agent_id)
        if not agent.page:
            raise NotAllowed(N_("Open your desk first: without it no card can be shown."))
        self._submit(facts.WantsReady(agent_id=agent_id))

    def pause(self, agent_id: int, reason: str) -> None:
        """No calls for now, or after the call at hand; `reason` is a name from the list of pauses."""
        agent = self._operator(agent_id)
        if not reason:
            raise InvalidInput(N_("Say why you pause."), field="reason")
        self._check_pauses(agent)
        self._submit(facts.WantsPause(agent_id=agent_id, reason=reason))

    def go_offline(self, agent_id: int) -> None:
        """The operator leaves, now or after the call at hand."""
        self._submit(facts.WantsOffline(agent_id=agent_id))

    def hang_up(self, agent_id: int) -> None:
        """End the operator's current call, or decline the one that rings."""
        if self._operator(agent_id).state not in (AgentState.RINGING, AgentState.TALKING, AgentState.WATCHING):
            raise NotAllowed(N_("There is no call to end."))
        self._submit(facts.WantsHangUp(agent_id=agent_id))

    def card_shown(self, agent_id: int, call_id: str) -> None:
        """The operator's browser has the card of this call on its screen."""
        self._submit(facts.CardShown(agent_id=agent_id, call_id=call_id))

    def contact_chosen(self, call_id: str, contact_id: int) -> None:
        """The operator said whom this call is from."""
        self._submit(facts.ContactChosen(call_id=call_id, contact_id=contact_id))

    def extend_wrapup(self, agent_id: int) -> None:
        """Add the project's extension to the operator's wrap-up, up to its limit."""
        if self._operator(agent_id).state is not AgentState.WRAPUP:
            raise NotAllowed(N_("There is no call to finish."))
        self._submit(facts.WantsMoreWrapUp(agent_id=agent_id))

    def _check_pauses(self, agent: Agent) -> None:
        """As many operators of a project may pause at once as its plan says."""
        for project_id in agent.projects:
            most = self._floor.projects[project_id].plan.max_paused
            paused = sum(
                other.state is AgentState.PAUSED for other in self._floor.on_shift(project_id) if other is not agent
            )
            if most and paused >= most:
                raise NotAllowed(
                    N_("%(paused)s operators are on a pause already.", paused=paused),
                    remedy=N_("Wait until one of them is back, or ask your supervisor."),
                )

    # ---- talking

    def hold(self, agent_id: int, on: bool) -> None:
        """Put the customer on hold with music, or take him back."""
        self._talking(agent_id)
        self._submit(facts.WantsHold(agent_id=agent_id, on=on))

    def mute(self, agent_id: int, on: bool) -> None:
        """Shut or open the operator's microphone."""
        if self._operator(agent_id).leg is None:
            raise NotAllowed(N_("You have no call."))
        self._submit(facts.WantsMute(agent_id=agent_id, on=on))

    def transfer(self, agent_id: int, destination: str, attended: bool) -> None:
        """Pass the call on; attended: after talking with the other side first."""
        call = self._talking(agent_id)
        to = self._destination(destination)
        if attended:
            self._check_consult(call, agent_id, to)
        self._submit(facts.WantsTransfer(agent_id=agent_id, to=to, attended=attended))

    def _check_consult(self, call: Call, agent_id: int, to: Destination) -> None:
        if any(party.role == "consulted" for party in self._pictures.call(call).parties):
            raise NotAllowed(N_("You are asking somebody already."), remedy=N_("Finish that conversation first."))
        if to.kind is DestinationKind.OPERATOR:
            target = self._floor.by_login[to.value]
            if target.id == agent_id:
                raise InvalidInput(N_("That is you."), field="destination")
            if not target.available:
                raise NotAllowed(
                    N_("%(login)s is not free.", login=to.value),
                    remedy=N_("Pass the call on at once: it waits for him, then goes to the queue."),
                )

    def consult(self, agent_id: int, how: str) -> None:
        """How a consultation goes on: complete, return, conference or swap."""
        self._talking(agent_id)
        if how not in set(ConsultEnd):
            raise InvalidInput(N_("It must be one of: %(allowed)s.", allowed=", ".join(ConsultEnd)), field="how")
        self._submit(facts.WantsConsult(agent_id=agent_id, how=ConsultEnd(how)))

    def send_digits(self, agent_id: int, digits: str) -> None:
        """Send DTMF (0-9 * # A-D) to the customer's side."""
        self._talking(agent_id)
        if not digits or len(digits) > MOST_DIGITS or not DIGITS.issuperset(digits):
            raise InvalidInput(N_("Only digits, * and # can be sent."), field="digits")
        self._submit(facts.WantsDigits(agent_id=agent_id, digits=digits))

    def park(self, agent_id: int) -> None:
        """Park the operator's call; anybody may `retrieve` it."""
        self._talking(agent_id)
        self._submit(facts.WantsPark(agent_id=agent_id))

    def retrieve(self, agent_id: int, call_id: str) -> None:
        """Take up a parked call, or pick a waiting one."""
        call = self._floor.calls.get(call_id)
        if call is None or call.unserved or call.state not in (CallState.PARKED, CallState.WAITING):
            raise NotFound(N_("Somebody else has taken this call, or it has ended."))
        self._free(agent_id)
        self._submit(facts.WantsRetrieve(agent_id=agent_id, call_id=call_id))

    def call_number(self, agent_id: int, number: str, project_id: int = 0, contact_id: int | None = None) -> str:
        """Call a number: the operator's telephone first, then the number. Returns the call's id."""
        agent = self._free(agent_id)
        dialed = check_number(number, self._rules)
        project_id = project_id or min(agent.projects, default=0)
        if project_id not in self._floor.projects:
            raise InvalidInput(N_("Say for which project you call."), field="project")
        call_id = self._new_id("out")
        wish = facts.WantsCall(
            agent_id=agent_id, call_id=call_id, number=dialed, project_id=project_id, contact_id=contact_id
        )
        self._submit(wish)
        return call_id

    def set_recording(self, agent_id: int, on: bool, by: str = "button") -> None:
        """Pause the recording of the operator's call (`on` False), or go on."""
        if not self._talking(agent_id).recording:
            raise NotAllowed(N_("This call is not recorded."))
        self._submit(facts.WantsRecording(agent_id=agent_id, on=on, by=by))

    # ---- supervising

    def watch(self, supervisor_id: int, call_id: str, mode: str) -> None:
        """Listen, whisper or barge in; again with another mode changes it."""
        if mode not in set(WatchMode):
            raise InvalidInput(N_("It must be one of: %(allowed)s.", allowed=", ".join(WatchMode)), field="mode")
        call = self._living(call_id)
        if call.state is not CallState.TALKING or call.leg is None:
            raise NotAllowed(N_("Nobody talks in this call now."))
        supervisor = self._operator(supervisor_id)
        if supervisor.call is not call:
            self._free(supervisor_id)
        self._submit(facts.WantsWatch(agent_id=supervisor_id, call_id=call_id, mode=WatchMode(mode)))

    def stop_watching(self, supervisor_id: int) -> None:
        """Leave the call he watches."""
        self._submit(facts.WantsUnwatch(agent_id=supervisor_id))

    def take_over(self, supervisor_id: int) -> None:
        """Take the call he watches away from its operator, who goes to wrap-up."""
        leg = self._operator(supervisor_id).leg
        if leg is None or not leg.up or leg.mode is None:
            raise NotAllowed(N_("Listen to the call first, then take it over."))
        self._submit(facts.WantsTakeOver(agent_id=supervisor_id))

    def set_agent_state(self, supervisor_id: int, agent_id: int, state: str, reason: str = "") -> None:
        """Make another ready, paused or offline; in mid-call after the call."""
        allowed = (AgentState.READY, AgentState.PAUSED, AgentState.OFFLINE)
        if state not in allowed:
            raise InvalidInput(N_("It must be one of: %(allowed)s.", allowed=", ".join(allowed)), field="state")
        agent = self._floor.agents.get(agent_id)
        if agent is None:
            raise NotFound(N_("There is no such operator."))
        if state == AgentState.READY and not agent.page:
            raise NotAllowed(N_("His desk is not open: without it no card can be shown."))
        wish = facts.ForcesState(by=supervisor_id, agent_id=agent_id, state=AgentState(state), reason=reason)
        self._submit(wish)

    def move_call(self, supervisor_id: int, call_id: str, destination: str) -> None:
        """Send a caller who waits elsewhere."""
        call = self._living(call_id)
        to = self._destination(destination)
        movable = call.state in (CallState.WAITING, CallState.LISTENING, CallState.PARKED)
        if call.customer is None or call.unserved or not movable:
            raise NotAllowed(N_("Only a caller who waits can be moved."))
        self._submit(facts.MovesCall(by=supervisor_id, call_id=call_id, to=to))

    def end_call(self, supervisor_id: int, call_id: str) -> None:
        """End somebody's call."""
        self._living(call_id)
        self._submit(facts.EndsCall(by=supervisor_id, call_id=call_id))

    # ---- campaigns

    def preview_dial(self, agent_id: int) -> None:
        """The operator has seen the lead's card: call him now, the operator's own telephone first."""
        self._previewing(agent_id)
        self._submit(facts.WantsDial(agent_id=agent_id))

    def preview_skip(self, agent_id: int, reason: str) -> None:
        """The operator does not call the lead whose card he sees, for this reason."""
        self._previewing(agent_id)
        if not reason:
            raise InvalidInput(N_("Say why you skip this one."), field="reason")
        self._submit(facts.WantsSkip(agent_id=agent_id, reason=reason))

    def dial_lead(self, lead: facts.LeadDialed) -> None:
        """Call a lead. One asked for twice is called once."""
        self._submit(lead)

    def withdraw_lead(self, call_id: str) -> None:
        """Take a call back; one that has been answered goes on."""
        self._submit(facts.LeadWithdrawn(call_id=call_id))

    def detection_ended(
        self, call_id: str, verdict: str, at_beep: bool = False, greeting_seconds: float | None = None
    ) -> None:
        """What answered, as `facts.DetectionEnded` has it."""
        self._submit(
            facts.DetectionEnded(call_id=call_id, verdict=verdict, at_beep=at_beep, greeting_seconds=greeting_seconds)
        )

    # ---- callbacks

    def ask_callback(self, project_id: int, number: str) -> str:
        """Have a number called back in the project's turn, as if it had called now. Returns the call's id."""
        dialed = check_number(number, self._rules)
        if project_id not in self._floor.projects:
            raise InvalidInput(N_("There is no such project."), field="project")
        waiting = (call for call in self._floor.calls.values() if call.direction is Direction.CALLBACK)
        known = next((call for call in waiting if call.number == dialed and call.project.id == project_id), None)
        if known is not None:  # asked for twice: one call is enough
            return known.id
        call_id = self._new_id("cb")
        self._submit(facts.CallbackAsked(call_id=call_id, project_id=project_id, number=dialed))
        return call_id

    # ---- inside

    def _new_id(self, kind: str) -> str:
        self._last_id = max(self._last_id + 1, int(time.time() * 1000))
        return f"{kind}-{self._last_id}"

    def _destination(self, text: str) -> Destination:
        """A destination that exists. Raises InvalidInput."""
        to = parse_destination(text)
        if to.kind is DestinationKind.NUMBER:
            return Destination(to.kind, check_number(to.value, self._rules))
        unknown = (to.kind is DestinationKind.QUEUE and to.value not in self._floor.by_number) or (
            to.kind is DestinationKind.OPERATOR and to.value not in self._floor.by_login
        )
        if unknown:
            raise InvalidInput(N_("There is no %(destination)s here.", destination=text), field="destination")
        return to

    def _living(self, call_id: str) -> Call:
        call = self._floor.calls.get(call_id)
        if call is None:
            raise NotFound(N_("This call has ended."))
        return call

    def _talking(self, agent_id: int) -> Call:
        call = self._operator(agent_id).call
        if call is None or call.state is not CallState.TALKING:
            raise NotAllowed(N_("You have no call."))
        return call

    def _previewing(self, agent_id: int) -> None:
        if self._operator(agent_id).state is not AgentState.PREVIEW:
            raise NotAllowed(N_("No lead waits for your decision."))

    def _free(self, agent_id: int) -> Agent:
        agent = self._operator(agent_id)
        if not agent.page:
            raise NotAllowed(N_("Open your desk first: without it no card can be shown."))
        if not agent.free:
            raise NotAllowed(N_("Finish your call first."))
        return agent

    def _operator(self, agent_id: int) -> Agent:
        agent = self._floor.agents.get(agent_id)
        if agent is None:
            raise NotAllowed(N_("You are not an operator of any project. Ask your supervisor."))
        return agent

    def _queue_changed(self, change: do.QueueChanged) -> None:
        """Tell a project's operators how many wait, if that is news."""
        length = self._floor.callers_waiting(change.project_id)
        if self._queues_told.get(change.project_id, 0) == length:
            return
        self._queues_told[change.project_id] = length
        for agent in self._floor.agents.values():
            if agent.page and change.project_id in agent.projects:
                self._bus.publish(AgentChanged(agent.id))
