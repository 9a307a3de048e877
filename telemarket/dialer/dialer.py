"""The dialer: has the campaigns that run place their calls, and follows each call to its end."""

from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from telemarket.calls.campaign import HUMANS, MACHINE, SCREENED
from telemarket.calls.facts import LeadDialed
from telemarket.calls.floor import Floor
from telemarket.calls.model import Agent
from telemarket.calls.views import DialMode
from telemarket.core.bus import EventBus
from telemarket.core.clock import Clock
from telemarket.core.i18n import to_stored
from telemarket.core.journal import Entry
from telemarket.dialer.arrivals import Arrivals
from telemarket.dialer.claiming import Claims
from telemarket.dialer.dialing import lead_dialed
from telemarket.dialer.handling import Handling
from telemarket.dialer.hindrances import hindrance
from telemarket.dialer.model import Attempt, DetectorKind, Ended, OnMachine, Outcome
from telemarket.dialer.outcomes import LINE_FAILURES, ended, paced
from telemarket.dialer.pacing import words
from telemarket.dialer.running import LiveCall, Running
from telemarket.dialer.seats import may_serve, operators_of, seats, share_out
from telemarket.dialer.trunks import Trunks, fits
from telemarket.dialer.views import CampaignChanged, CampaignView

EMPTY_SECONDS = 5.0
"""A campaign without a lead that may be called is asked again after this."""


class CallCentre(Protocol):
    """What places the calls: `telemarket.calls.service.CallCentreService`."""

    def dial_lead(self, lead: LeadDialed) -> None:
        """Call it."""
        ...

    def withdraw_lead(self, call_id: str) -> None:
        """Take a call back, unless it has been answered."""
        ...


class Dialer:
    """Implements `telemarket.dialer.views.CampaignWatch`. `append` writes to the journal.

    `tick` is to be called twice a second. What `Upkeep` takes from here: `ended`, calls whose end is to be settled, and
    `dialed_late`, attempts their operators had a look at before they called.
    """

    def __init__(
        self,
        floor: Floor,
        centre: CallCentre,
        claims: Claims,
        bus: EventBus,
        append: Callable[[Entry], None],
        clock: Clock,
        house_zone: str,
    ) -> None:
        self._floor = floor
        self._centre = centre
        self._claims = claims
        self._bus = bus
        self._append = append
        self._clock = clock
        self._house_zone = house_zone
        self._handling, self._arrivals, self._trunks = Handling(), Arrivals(), Trunks()
        self.running: dict[int, Running] = {}
        self.promised: dict[int, set[int]] = {}  # by campaign: operators who promised somebody to call about now
        self.ended: deque[Ended] = deque()
        self.dialed_late: deque[str] = deque()
        self._entries: dict[str, Callable[[Running, LiveCall, Entry], None]] = {
            "call.dialing": self._dialing,
            "call.customer_answered": self._answered,
            "call.detected": self._detected,
            "call.skipped": self._skipped,
            "call.answered": self._connected,
            "call.ended": self._ended,
        }
        bus.subscribe(Entry, self._on_entry)

    # ---- looking

    def view(self, campaign_id: int) -> CampaignView | None:
        """The campaign as it stands; None if it is not being looked after."""
        running = self.running.get(campaign_id)
        if running is None:
            return None
        agents = operators_of(self._floor, running.campaign)
        return running.view(self._clock(), agents, self._trunks.busy(running.campaign.terms.trunks))

    def find(self, call_id: str) -> Running | None:
        """The campaign whose call this is."""
        return next((running for running in self.running.values() if call_id in running.calls), None)

    # ---- placing calls

    async def tick(self) -> None:
        """Place the calls that are due now."""
        now = self._clock()
        for running in self.running.values():
            running.stopped_for = hindrance(running, self._floor, self._trunks, now, self._house_zone)
        active = [running for running in self.running.values() if not running.stopped_for]
        shared = share_out(self._floor, [running.campaign for running in active])
        for running in sorted(active, key=lambda running: (running.campaign.priority, running.campaign.id)):
            await self._place(running, shared.get(running.campaign.id, []), now)
        for campaign_id in self.running:
            self._bus.publish(CampaignChanged(campaign_id))

    async def _place(self, running: Running, agents: list[Agent], now: datetime) -> None:
        at = now.timestamp()
        on_shift = seats(agents, at)
        running.progress.look(now, sum(seat.phase.value in ("talking", "wrapup") for seat in on_shift), len(on_shift))
        lines = running.room(sum(self._trunks.free(trunk, at) for trunk in running.campaign.terms.trunks))
        match running.campaign.mode:
            case DialMode.PREVIEW:
                for agent in [agent for agent in agents if agent.available][:lines]:
                    await self._claim_and_dial(running, 1, at, agent)
            case DialMode.MESSAGE:
                await self._claim_and_dial(running, lines, at)
            case _:
                lines -= await self._keep_promises(running, agents[:lines], at)
                incoming = self._arrivals.rate({project for agent in agents for project in agent.projects}, at)
                decision = running.decide(at, on_shift, incoming, lines)
                if await self._claim_and_dial(running, decision.dial, at):
                    said = {"campaign": running.campaign.id, "said": to_stored(words(decision))}
                    self._append(Entry(now, "campaign.paced", said))

    async def _keep_promises(self, running: Running, agents: Sequence[Agent], at: float) -> int:
        """Who was promised a call by an operator who is free now is called for him; returns how many are."""
        promised = self.promised.get(running.campaign.id, set())
        calls = 0
        for agent in [agent for agent in agents if agent.id in promised and agent.available]:
            promised.discard(agent.id)
            calls += await self._claim_and_dial(running, 1, at, agent)
        return calls

    async def _claim_and_dial(self, running: Running, wanted: int, at: float, agent: Agent | None = None) -> int:
        if wanted <= 0 or running.empty_until > at:
            return 0
        attempts = await self._claims.claim(running.campaign, wanted, operator_id=agent.id if agent else None)
        if len(attempts) < wanted:
            running.empty_until = at + EMPTY_SECONDS
        return sum([await self._dial(running, attempt, at, agent) for attempt in attempts])

    async def _dial(self, running: Running, attempt: Attempt, at: float, agent: Agent | None) -> bool:
        campaign = running.campaign
        if not any(fits(trunk, attempt.number) for trunk in campaign.terms.trunks):
            self._settle(Ended(attempt_id=attempt.id, outcome=Outcome.FAILED, at=self._clock(), reason="no-trunk"))
            return False
        trunk = self._trunks.choose(campaign.terms.trunks, attempt.number, at)
        if trunk is None or await self._claims.recheck(attempt) is not None:
            await self._claims.release(attempt.id)
            return False
        preview = campaign.mode is DialMode.PREVIEW
        if not preview:  # before the PBX is told: a daemon that dies here must not have it called twice
            await self._claims.dialed(attempt.id)
            running.controller.dialed(attempt.id, at)
            running.progress.count(self._clock(), dialed=1)
        running.calls[attempt.id] = LiveCall(attempt, at, agent.id if agent else None)
        self._trunks.placed(attempt.id, trunk, at)
        allowed = {agent.id} if agent else {operator.id for operator in operators_of(self._floor, campaign)}
        self._centre.dial_lead(
            lead_dialed(
                campaign,
                attempt,
                trunk,
                running.caller_id(),
                frozenset(allowed),
                agent.id if agent and preview else None,
            )
        )
        return True

    # ---- what becomes of them

    def _on_entry(self, entry: Entry) -> None:
        if entry.kind == "agent.state":
            self._operator_changed(entry)
        elif entry.kind == "call.arrived":
            self._arrivals.take(entry)
        elif entry.call_id is not None and entry.kind in self._entries:
            running = self.find(entry.call_id)
            if running is not None:
                self._entries[entry.kind](running, running.calls[entry.call_id], entry)

    def _operator_changed(self, entry: Entry) -> None:
        handled = self._handling.take(entry)
        agent = self._floor.agents.get(handled.operator_id) if handled is not None else None
        if handled is None or agent is None:
            return
        for running in self.running.values():
            if may_serve(agent, running.campaign):
                running.controller.handled(agent.id, handled.talk_seconds, handled.wrap_seconds)

    def _dialing(self, running: Running, call: LiveCall, entry: Entry) -> None:
        """The operator of a preview has decided to call."""
        if running.campaign.mode is DialMode.PREVIEW:
            self.dialed_late.append(call.attempt.id)
            running.progress.count(entry.at, dialed=1)

    def _answered(self, running: Running, call: LiveCall, entry: Entry) -> None:
        running.progress.count(entry.at, answered=1)
        if running.campaign.terms.detection.kind is DetectorKind.NONE:
            self._wants_operator(running, call, entry)

    def _detected(self, running: Running, call: LiveCall, entry: Entry) -> None:
        verdict, machines = entry.data["verdict"], running.campaign.terms.detection.on_machine
        if verdict in HUMANS or (verdict in (MACHINE, SCREENED) and machines is OnMachine.OPERATOR):
            self._wants_operator(running, call, entry)

    def _skipped(self, running: Running, call: LiveCall, entry: Entry) -> None:  # noqa: ARG002
        call.reason = entry.data["reason"]

    def _wants_operator(self, running: Running, call: LiveCall, entry: Entry) -> None:
        if running.paces:
            call.waiting = True
            running.controller.answered(call.attempt.id, entry.at.timestamp())

    def _connected(self, running: Running, call: LiveCall, entry: Entry) -> None:
        if call.connected_at is not None:  # passed on to another operator
            return
        call.waiting, call.connected_at = False, entry.at
        running.progress.count(entry.at, connected=1)
        if running.paces:
            running.controller.connected(call.attempt.id, entry.at.timestamp())

    def _ended(self, running: Running, call: LiveCall, entry: Entry) -> None:
        del running.calls[call.attempt.id]
        end = ended(entry, call.connected_at, call.reason)
        at = entry.at.timestamp()
        line_fails = self._trunks.ended(call.attempt.id, congested=end.outcome in LINE_FAILURES, now=at)
        if end.outcome is Outcome.DROPPED:
            running.progress.count(entry.at, dropped=1)
        elif end.outcome is Outcome.INFORMED:
            running.progress.count(entry.at, connected=1)
        if running.paces and call.connected_at is None:
            if not call.waiting:
                running.controller.ended(call.attempt.id, at, paced(end.outcome, line_fails))
            elif end.outcome is Outcome.DROPPED:
                running.controller.abandoned(call.attempt.id, at)
        self._settle(end)

    def _settle(self, end: Ended) -> None:
        self.ended.append(end)

    # ---- taking over

    def adopt(self, running: Running, attempt: Attempt, connected_at: datetime | None) -> None:
        """A conversation that an earlier daemon began."""
        running.calls[attempt.id] = LiveCall(attempt, self._clock().timestamp(), connected_at=connected_at)

    def withdraw(self, running: Running) -> None:
        """The campaign stops: leads that operators only look at go back."""
        for call_id, call in tuple(running.calls.items()):
            if call.connected_at is None and running.campaign.mode is DialMode.PREVIEW:
                self._centre.withdraw_lead(call_id)
