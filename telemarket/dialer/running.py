"""One campaign while it is looked after: its calls, its pace, and how it stands."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec
import structlog

from telemarket.calls.model import Agent
from telemarket.calls.views import AgentState, DialMode
from telemarket.dialer.model import Attempt, Campaign, CampaignState, DetectorKind, Ended, Outcome, Terms
from telemarket.dialer.pacing import (
    DAY,
    Controller,
    ControllerState,
    Decision,
    Denominator,
    Limits,
    Mode,
    Orders,
    Picture,
    Reason,
    Seat,
    Settings,
    Slice,
    words,
)
from telemarket.dialer.progress import Progress
from telemarket.dialer.views import Abandons, CampaignView, OperatorPhase, OperatorSeat, Rates

_PHASES = {
    AgentState.READY: OperatorPhase.FREE,
    AgentState.RINGING: OperatorPhase.TALKING,
    AgentState.TALKING: OperatorPhase.TALKING,
    AgentState.PREVIEW: OperatorPhase.TALKING,
    AgentState.WRAPUP: OperatorPhase.WRAPUP,
}
LOST_PEOPLE = {DetectorKind.NONE: 0.0, DetectorKind.MODEL: 0.02, DetectorKind.ASTERISK: 0.42}
"""The share of verdicts "machine" that were given of people, where half of those who answer are people: of 322 and 55
such verdicts 5 and 23 (`make bench-detection`). Each counts as so much of an abandoned call."""

log = structlog.get_logger(__name__)
_decode = msgspec.json.Decoder(ControllerState).decode


@dataclass(slots=True)
class LiveCall:
    """An attempt under way."""

    attempt: Attempt
    dialed_at: float  # POSIX seconds
    agent_id: int | None = None  # whom it was previewed to, or who promised it
    previewed: bool = False  # an operator looks at it and has not dialed
    waiting: bool = False  # answered, and has no operator yet
    connected_at: datetime | None = None
    reason: str = ""  # why the operator skipped it


@dataclass(slots=True)
class Figures:
    """What the database counts now and then."""

    today: Rates = field(default_factory=Rates)
    last_hour: Rates = field(default_factory=Rates)
    leads_left: int = 0


class Running:
    """A campaign and its calls. `saved` is what `state` returned, perhaps in an earlier life, and `spent` what of the
    budget is used up as the attempts say it; None: as it is saved."""

    def __init__(self, campaign: Campaign, saved: str = "", spent: Sequence[Slice] | None = None) -> None:
        self.campaign = campaign
        self.calls: dict[str, LiveCall] = {}
        self.progress = Progress()
        self.figures = Figures()
        self.stopped_for = ""
        self.empty_until = 0.0  # no lead may be called before, as far as is known
        self.in_flight = 0  # claims that are being dialed
        self._calls_made = 0
        self._last_reason: Reason | None = None
        self.controller = _controller(campaign, saved, spent)

    def take(self, campaign: Campaign) -> None:
        """The campaign's settings may be others now; what the pace has learned stays."""
        before, self.campaign = self.campaign, campaign
        if (before.mode, before.terms) != (campaign.mode, campaign.terms):
            self.controller = _controller(campaign, self.state())
            for call_id, call in self.calls.items():
                if not call.waiting and call.connected_at is None:
                    self.controller.dialed(call_id, call.dialed_at)

    def state(self) -> str:
        """What the pace has learned, as JSON."""
        return msgspec.json.encode(self.controller.to_state()).decode()

    @property
    def paces(self) -> bool:
        """Whether its calls wait for operators, so that their pace matters."""
        return self.campaign.mode in (DialMode.PROGRESSIVE, DialMode.PREDICTIVE)

    def caller_id(self) -> str:
        """The number to be shown next; empty: the project's own."""
        numbers = self.campaign.terms.caller_ids
        self._calls_made += 1
        return numbers[self._calls_made % len(numbers)] if numbers else ""

    def missed(self, end: Ended) -> None:
        """A call ended that this daemon has not followed: it counts for the limit."""
        at = end.at.timestamp()
        if self.paces and end.outcome is Outcome.DROPPED:
            self.controller.abandoned(end.attempt_id, at)
        elif self.paces and end.connected_at is not None:
            self.controller.connected(end.attempt_id, at)

    # ---- how many calls now

    def ringing(self) -> list[float]:
        """When each call was dialed of which it is not known yet whether it takes an operator."""
        calls = self.calls.values()
        return [call.dialed_at for call in calls if not call.waiting and call.connected_at is None]

    @property
    def unserved(self) -> int:
        """Callees who have answered and wait for an operator."""
        return sum(call.waiting for call in self.calls.values())

    def decide(self, now: float, seats: Sequence[Seat], incoming_rate: float, lines: int, others: int) -> Decision:
        """How many calls to place. The words are kept of decisions that place some, and of the first of a kind.

        `others` are people beside its own callees who will have one of these operators first.
        """
        picture = Picture(
            now=now,
            seats=seats,
            ringing=self.ringing(),
            waiting=self.unserved + others,
            incoming_rate=incoming_rate,
            lines=lines,
        )
        decision = self.controller.decide(picture, self._orders())
        if decision.dial or decision.reason is not self._last_reason:
            self.progress.say(datetime.fromtimestamp(now, UTC), words(decision))
        self._last_reason = decision.reason
        return decision

    def _orders(self) -> Orders:
        pace = self.campaign.terms.pace
        return Orders(
            stop=pace.slow <= 0,
            slow=pace.slow,
            max_lines=pace.most_lines or None,
            max_per_operator=pace.most_per_operator or None,
        )

    def room(self, lines: int) -> int:
        """Calls that may be placed on so many free lines, by the supervisor's cap."""
        pace = self.campaign.terms.pace
        if pace.slow <= 0:
            return 0
        return min(lines, pace.most_lines - len(self.calls)) if pace.most_lines else lines

    # ---- how it stands

    def view(self, now: datetime, agents: Sequence[Agent], lines: int) -> CampaignView:
        """The picture for pages. `lines` are those in use on its trunks, of all campaigns."""
        terms, calls = self.campaign.terms, self.calls.values()
        most = sum(trunk.lines for trunk in terms.trunks)
        return CampaignView(
            campaign_id=self.campaign.id,
            at=now,
            state=self.campaign.state,
            stopped_for=self.stopped_for if self.campaign.state is CampaignState.RUNNING else "",
            lines=lines,
            most_lines=min(most, terms.pace.most_lines) if terms.pace.most_lines else most,
            ringing=len(self.ringing()),
            waiting=self.unserved,
            talking=sum(call.connected_at is not None for call in calls),
            operators=tuple(_seat(agent) for agent in agents),
            today=self.figures.today,
            last_hour=self.figures.last_hour,
            calls_a_minute=self.progress.calls_a_minute(now),
            abandons=self._abandons(),
            said=self.progress.said,
            minutes=self.progress.minutes(now),
            leads_left=self.figures.leads_left,
            ends_at=self.progress.ends_at(),
        )

    def _abandons(self) -> Abandons:
        profile = self.campaign.terms.profile
        spent = self.controller.spent()
        return Abandons(
            rate=spent.abandoned / spent.counted if spent.counted else None,
            upper=spent.upper_bound if spent.counted else None,
            target=profile.target,
            window_days=profile.window_days,
            abandoned=round(spent.abandoned),
            counted=round(spent.counted),
            left=profile.target * spent.counted - spent.abandoned,
        )


def _controller(campaign: Campaign, saved: str, spent: Sequence[Slice] | None = None) -> Controller:
    limits = _limits(campaign.terms)
    mode = Mode.PREDICTIVE if campaign.mode is DialMode.PREDICTIVE else Mode.PROGRESSIVE
    settings = Settings(mode=mode, ring_seconds=campaign.terms.ring_seconds)
    state = Controller(limits, settings).to_state()
    if saved:
        try:
            state = _decode(saved)
        except msgspec.DecodeError as error:  # of another version
            log.warning("a campaign's pace learns anew", campaign=campaign.id, error=str(error))
    if spent is not None:
        state.budget.slices = list(spent)
    return Controller.from_state(limits, settings, state)


def _limits(terms: Terms) -> Limits:
    profile = terms.profile
    return Limits(
        target=profile.target,
        window_seconds=profile.window_days * DAY,
        denominator=Denominator(profile.denominator.value),
        connect_seconds=profile.connect_seconds,
        lost_humans=LOST_PEOPLE[terms.detection.kind],
    )


def _seat(agent: Agent) -> OperatorSeat:
    return OperatorSeat(
        id=agent.id,
        name=agent.login,
        phase=_PHASES.get(agent.state, OperatorPhase.AWAY),
        since=datetime.fromtimestamp(agent.since, UTC),
        reason=agent.reason,
    )
