"""The dialer: has the campaigns that run place their calls, and follows each call to its end."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import structlog

from telemarket.calls.campaign import HUMANS, MACHINE, SCREENED
from telemarket.calls.facts import LeadDialed
from telemarket.calls.floor import Floor
from telemarket.calls.model import Agent
from telemarket.calls.views import DialMode
from telemarket.core.bus import EventBus
from telemarket.core.clock import Clock
from telemarket.core.errors import DatabaseUnavailable
from telemarket.core.i18n import to_stored
from telemarket.core.journal import Entry
from telemarket.dialer.arrivals import Arrivals
from telemarket.dialer.claiming import Claims
from telemarket.dialer.dialing import lead_dialed
from telemarket.dialer.handling import Handling
from telemarket.dialer.hindrances import NO_LEADS, hindrance
from telemarket.dialer.model import Attempt, DetectorKind, Ended, OnMachine, Outcome
from telemarket.dialer.outcomes import LINE_FAILURES, ended, paced
from telemarket.dialer.pacing import Phase, words
from telemarket.dialer.running import LiveCall, Running
from telemarket.dialer.seats import may_serve, operators_of, seats, share_out
from telemarket.dialer.trunks import FreeLines, Trunks, fits
from telemarket.dialer.views import CampaignChanged, CampaignView

EMPTY_SECONDS = 5.0
"""A campaign without a lead that may be called is asked again after this."""

NO_LINE_SECONDS = 1.0
"""A campaign all of whose leads wait for a line tries again after this."""

BUSY = (Phase.TALKING, Phase.WRAPUP)

log = structlog.get_logger(__name__)


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
        """Place the calls that are due now. One campaign's trouble is not the others'."""
        now = self._clock()
        at = now.timestamp()
        for running in self.running.values():
            running.stopped_for = hindrance(running, self._floor, self._trunks, now, self._house_zone)
        active = [running for running in self.running.values() if self._may_call(running, at)]
        only = {running.campaign.id: self._promised_by(running) for running in active if running.empty_until > at}
        shared = share_out(self._floor, [running.campaign for running in active], only)
        for running in sorted(active, key=lambda running: (running.campaign.priority, running.campaign.id)):
            running.in_flight += 1
            try:
                await self._place(running, shared, now)
            except DatabaseUnavailable:
                raise
            except Exception:
                log.exception("a campaign could not place its calls", campaign=running.campaign.id)
            finally:
                running.in_flight -= 1
        for running in self.running.values():
            if not running.stopped_for and running.empty_until > at and not running.calls:
                running.stopped_for = NO_LEADS
            self._bus.publish(CampaignChanged(running.campaign.id))

    def _may_call(self, running: Running, at: float) -> bool:
        return not running.stopped_for and (running.empty_until <= at or bool(self._promised_by(running)))

    def _promised_by(self, running: Running) -> set[int]:
        return self.promised.get(running.campaign.id, set())

    async def _place(self, running: Running, shared: Mapping[int, list[Agent]], now: datetime) -> None:
        at, agents = now.timestamp(), shared.get(running.campaign.id, [])
        on_shift = seats(agents, at)
        free = sum(seat.phase is Phase.FREE for seat in on_shift)
        running.progress.look(now, sum(seat.phase in BUSY for seat in on_shift), len(on_shift))
        lines = running.room(sum(self._trunks.free(trunk, at) for trunk in running.campaign.terms.trunks))
        match running.campaign.mode:
            case DialMode.PREVIEW:
                mine = self._promised_by(running)
                for agent in sorted(agents, key=lambda agent: agent.id not in mine)[:lines]:
                    await self._preview(running, agent, at)
            case DialMode.MESSAGE:
                await self._claim_and_dial(running, lines, at)
            case _:
                others = self._before_us(running, agents, shared)
                unspoken = free - others - len(running.ringing()) - running.unserved
                lines -= await self._keep_promises(running, agents, min(lines, unspoken))
                incoming = self._arrivals.rate(_projects(agents), at)
                decision = running.decide(at, on_shift, incoming, lines, others)
                if await self._claim_and_dial(running, decision.dial, at):
                    said = {"campaign": running.campaign.id, "said": to_stored(words(decision))}
                    self._append(Entry(now, "campaign.paced", said))

    def _before_us(self, running: Running, agents: Sequence[Agent], shared: Mapping[int, list[Agent]]) -> int:
        """People who will have one of these operators before this campaign's callees: customers who wait, and callees
        of other campaigns that have called more than their own share of operators can take."""
        people = sum(self._floor.callers_waiting(project) for project in _projects(agents))
        for other in self.running.values():
            if other is not running and other.paces and any(may_serve(agent, other.campaign) for agent in agents):
                share = sum(agent.available for agent in shared.get(other.campaign.id, ()))
                people += max(0, len(other.ringing()) + other.unserved - share)
        return people

    async def _keep_promises(self, running: Running, agents: Sequence[Agent], room: int) -> int:
        """Who was promised a call by an operator who is free now, and has none under way, is called for him; returns
        how many are."""
        promised, calls = self._promised_by(running), 0
        taken = {call.agent_id for call in running.calls.values()}
        for agent in [agent for agent in agents if agent.id in promised - taken and agent.available][: max(0, room)]:
            promised.discard(agent.id)
            calls += await self._dial_all(running, await self._claim(running, 1, agent, self._lines(running)), agent)
        return calls

    async def _preview(self, running: Running, agent: Agent, at: float) -> None:
        if not agent.available:
            return
        if agent.id in self._promised_by(running):
            self._promised_by(running).discard(agent.id)
            await self._dial_all(running, await self._claim(running, 1, agent, self._lines(running)), agent)
        else:
            await self._claim_and_dial(running, 1, at, agent)

    async def _claim_and_dial(self, running: Running, wanted: int, at: float, agent: Agent | None = None) -> int:
        if wanted <= 0 or running.empty_until > at:
            return 0
        lines = self._lines(running)
        attempts = await self._claim(running, wanted, agent, lines)
        if len(attempts) < wanted and self._claims.exhausted(running.campaign.id):
            running.empty_until = at + (NO_LINE_SECONDS if lines.lacking else EMPTY_SECONDS)
        return await self._dial_all(running, attempts, agent)

    def _lines(self, running: Running) -> FreeLines:
        return self._trunks.offer(running.campaign.terms.trunks, self._clock().timestamp())

    async def _claim(self, running: Running, wanted: int, agent: Agent | None, lines: FreeLines) -> list[Attempt]:
        operator_id = agent.id if agent else None
        return await self._claims.claim(running.campaign, wanted, operator_id=operator_id, has_line=lines.take)

    async def _dial_all(self, running: Running, attempts: Sequence[Attempt], agent: Agent | None) -> int:
        return sum([await self._dial(running, attempt, agent) for attempt in attempts])

    async def _dial(self, running: Running, attempt: Attempt, agent: Agent | None) -> bool:
        campaign, at = running.campaign, self._clock().timestamp()
        if not any(fits(trunk, attempt.number) for trunk in campaign.terms.trunks):
            self._settle(Ended(attempt_id=attempt.id, outcome=Outcome.FAILED, at=self._clock(), reason="no-trunk"))
            return False
        trunk = self._trunks.choose(campaign.terms.trunks, attempt.number, at)
        if trunk is None or await self._claims.recheck(attempt) is not None:
            await self._claims.release(attempt.id)
            return False
        preview = campaign.mode is DialMode.PREVIEW
        if not preview:  # before the PBX is told: a daemon that dies here must not have it called twice
            if not await self._claims.dialed(attempt.id):
                return False
            running.controller.dialed(attempt.id, at)
            running.progress.count(self._clock(), dialed=1)
        running.calls[attempt.id] = LiveCall(attempt, at, agent.id if agent else None, previewed=preview)
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
        if call.previewed:
            call.previewed = False
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
            if end.outcome is Outcome.DROPPED:
                if not call.waiting:  # it was not even known who answered
                    running.controller.answered(call.attempt.id, at)
                running.controller.abandoned(call.attempt.id, at)
            elif not call.waiting:
                running.controller.ended(call.attempt.id, at, paced(end.outcome, line_fails))
        self._settle(end)

    def _settle(self, end: Ended) -> None:
        self.ended.append(end)

    # ---- taking over

    def adopt(self, running: Running, attempt: Attempt, connected_at: datetime | None) -> None:
        """A conversation that an earlier daemon began: it has a line, and counts for the limit."""
        at = self._clock().timestamp()
        running.calls[attempt.id] = LiveCall(attempt, at, connected_at=connected_at)
        self._trunks.taken_over(attempt.id, running.campaign.terms.trunks, attempt.number, at)
        if running.paces and connected_at is not None:
            running.controller.connected(attempt.id, at)

    def forget(self, running: Running, call_id: str) -> LiveCall:
        """Its end was not seen: it is asked about elsewhere."""
        at = self._clock().timestamp()
        self._trunks.ended(call_id, congested=False, now=at)
        running.controller.ended(call_id, at, paced(Outcome.UNKNOWN, line_fails=False))
        return running.calls.pop(call_id)

    def withdraw(self, running: Running, *, ringing: bool = False) -> None:
        """The campaign stops: leads that operators only look at go back, and those whose telephones ring if
        `ringing`."""
        for call_id, call in tuple(running.calls.items()):
            if call.previewed or (ringing and call.connected_at is None):
                self._centre.withdraw_lead(call_id)


def _projects(agents: Sequence[Agent]) -> set[int]:
    return {project for agent in agents for project in agent.projects}
