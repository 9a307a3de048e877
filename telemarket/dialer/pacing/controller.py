"""The pace of one campaign."""

import math
from typing import NamedTuple, Self

import msgspec

from telemarket.dialer.pacing import answers, budget, handling
from telemarket.dialer.pacing.answers import Answers, AnswersState, Row
from telemarket.dialer.pacing.budget import Budget, BudgetState
from telemarket.dialer.pacing.cohorts import Cohorts
from telemarket.dialer.pacing.handling import Handling, HandlingState
from telemarket.dialer.pacing.lines import Congestion, Throttle
from telemarket.dialer.pacing.model import (
    Decision,
    Limits,
    Mode,
    Orders,
    Outcome,
    Phase,
    Picture,
    Reason,
    Settings,
    Spent,
)
from telemarket.dialer.pacing.risk import foretell

_AS_CONFIGURED = Orders()
_MOST_AT_A_TIME = 200
"""Calls a decision places at most, which bounds how long it takes."""


class ControllerState(msgspec.Struct, kw_only=True):
    """What a controller has learned and spent, to be stored as JSON or MessagePack. Its size is bounded."""

    budget: BudgetState
    answers: AnswersState
    handling: HandlingState


class _Staff(NamedTuple):
    """Operators who take a call yet."""

    here: int
    free: int
    coming: list[Row]  # of each who is not free, or not for long: P(he is there at each node)


class _Room(NamedTuple):
    """How many calls may be placed at most, and what keeps it so."""

    calls: int
    reason: Reason


class Controller:
    """Decides how many calls a campaign places, and learns from what became of them.

    Calls are named by any string the caller likes (their channel's id). What it is told of a call it does not know
    (placed before a restart) counts for the limit, and teaches what it can.
    """

    def __init__(self, limits: Limits, settings: Settings) -> None:
        self.limits, self.settings = limits, settings
        self._budget = Budget(limits, budget.unspent())
        self._answers = Answers(answers.unlearned(settings))
        self._handling = Handling(handling.unlearned(settings))
        self._congestion, self._throttle = Congestion(), Throttle()
        self._cohorts = Cohorts()

    # ---- what happens

    def dialed(self, call: str, now: float) -> None:
        """A call has been placed."""
        self._cohorts.placed(call, now)

    def answered(self, call: str, now: float) -> None:
        """Somebody is there who takes an operator: after the verdict, where machines are detected."""
        self._congestion.worked()
        self._learn(call, True, now)

    def ended(self, call: str, now: float, outcome: Outcome) -> None:
        """The call is over and has taken no operator. Only for calls that were not `answered`."""
        if outcome is Outcome.CONGESTION:
            self.line_failed(now)
        if outcome in (Outcome.CONGESTION, Outcome.CANCELLED):
            self._cohorts.withdraw(call)
            return
        self._congestion.worked()
        if outcome is Outcome.MACHINE:
            self._budget.machine(now)
        self._learn(call, False, now)

    def connected(self, call: str, now: float) -> None:  # noqa: ARG002
        """An operator talks with the callee."""
        self._budget.live(False, now)

    def abandoned(self, call: str, now: float) -> None:  # noqa: ARG002
        """The callee was there, and no operator within the seconds of the profile."""
        self._budget.live(True, now)

    def handled(self, operator: int, talk_seconds: float, wrap_seconds: float) -> None:
        """An operator is through with a call, whichever it was."""
        self._handling.learn(operator, talk_seconds, wrap_seconds)

    def line_failed(self, now: float) -> None:
        """A line, trunk or carrier failed: calls are held back at once. `ended` with CONGESTION says so itself."""
        self._congestion.failed(len(self._cohorts), now)

    # ---- what to do

    def decide(self, picture: Picture, orders: Orders = _AS_CONFIGURED) -> Decision:
        """How many calls to place now."""
        self._answers.refresh()
        horizons = tuple([node + self.limits.connect_seconds for node in self._answers.nodes])
        self._handling.refresh(horizons)
        staff = self._staff(picture, horizons)
        predicts = self._predicts(orders, picture.now)
        threshold = self._budget.threshold(picture.now, orders.slow if predicts else 0.0)
        without = Reason.BUDGET if predicts else Reason.PROGRESSIVE
        room = self._room(picture, orders, staff)
        progressive = staff.free - picture.waiting - len(picture.ringing)
        dial, risk = self._weigh(picture, staff, threshold, room.calls, progressive)
        reason = room.reason if dial >= room.calls else Reason.RISK if threshold > 0.0 else without
        self._throttle.use(dial)
        return self._decision(picture, staff, dial, risk, threshold, reason)

    def spent(self, now: float | None = None) -> Spent:
        """What the window of the limit holds now, or as of the last decision or call."""
        if now is not None:
            self._budget.forget(now)
        return self._budget.spent()

    def _predicts(self, orders: Orders, now: float) -> bool:
        predictive = self.settings.mode is Mode.PREDICTIVE and self.limits.target > 0.0
        return predictive and self._answers.known(now) and orders.slow > 0.0 and not orders.stop

    def _staff(self, picture: Picture, horizons: Row) -> _Staff:
        count = free = 0
        coming: list[Row] = []
        now, talking, wrapping = picture.now, self._handling.talking, self._handling.wrapping
        for seat in picture.seats:
            if seat.leaves is not None and seat.leaves <= now:
                continue
            count += 1
            if seat.phase is Phase.TALKING:
                row = talking(seat.operator, now - seat.since)
            elif seat.phase is Phase.WRAPUP:
                row = wrapping(seat.operator, now - seat.since)
            elif seat.phase is Phase.COMING:
                row = tuple([float(seat.since <= now + horizon) for horizon in horizons])
            elif seat.leaves is None or seat.leaves > now + horizons[-1]:
                free += 1
                continue
            else:
                row = (1.0,) * len(horizons)
            coming.append(row if seat.leaves is None else _until(seat.leaves - now, row, horizons))
        return _Staff(count, free, coming)

    def _room(self, picture: Picture, orders: Orders, staff: _Staff) -> _Room:
        """The least of all that limits calls, the first of equals."""
        now, ringing = picture.now, len(picture.ringing)
        at_once = ringing + picture.waiting
        most = math.inf if orders.max_lines is None else orders.max_lines
        if orders.max_per_operator is not None:
            most = min(most, orders.max_per_operator * staff.here)
        limits = (
            (0 if orders.stop else math.inf, Reason.STOPPED),
            (math.inf if staff.here else 0, Reason.NOBODY),
            (self._congestion.room(ringing, now), Reason.LINES_FAIL),
            (picture.lines, Reason.NO_LINES),
            (most - at_once, Reason.CAPPED),
            (min(_MOST_AT_A_TIME, self._throttle.room(picture.rate, now)), Reason.RATE),
        )
        least, reason = min(limits, key=lambda limit: limit[0])
        return _Room(max(0, int(least)), reason)

    def _weigh(
        self, picture: Picture, staff: _Staff, threshold: float, most: int, progressive: int
    ) -> tuple[int, float]:
        """How many, and the risk of the last of them, or else of the next."""
        rows = [self._answers.row(picture.now - dialed) for dialed in picture.ringing]
        arrivals = tuple([picture.incoming_rate * node for node in self._answers.nodes])
        risk = foretell(staff.free - picture.waiting, staff.coming, rows, arrivals)
        new = self._answers.row(0.0)
        dial, last = 0, risk.mean()
        self._budget.foresee(sum([row[-1] for row in rows]), last)
        following = last
        while dial < most and (dial < progressive or (threshold > 0.0 and following <= threshold)):
            dial += 1
            last = following
            risk.add(new)
            following = risk.mean()
        return dial, last

    def _decision(
        self, picture: Picture, staff: _Staff, dial: int, risk: float, threshold: float, reason: Reason
    ) -> Decision:
        nodes = len(self._answers.nodes)
        expected = staff.free - picture.waiting + sum(map(sum, staff.coming)) / nodes
        return Decision(
            dial=dial,
            reason=reason,
            free_expected=expected,
            within=self._answers.mean,
            answer_probability=self._answers.probability,
            risk=risk,
            target=self.limits.target,
            threshold=threshold,
            upper_bound=self._budget.spent().upper_bound,
        )

    # ---- a restart

    def to_state(self) -> ControllerState:
        """All that a new controller needs to go on as this one, but the calls that ring now."""
        return ControllerState(
            budget=self._budget.to_state(), answers=self._answers.to_state(), handling=self._handling.to_state()
        )

    @classmethod
    def from_state(cls, limits: Limits, settings: Settings, state: ControllerState) -> Self:
        """A controller that goes on where another has stored its state; the limits may have changed meanwhile."""
        state = msgspec.convert(msgspec.to_builtins(state), ControllerState)  # nothing is shared with the other
        controller = cls(limits, settings)
        controller._budget = Budget(limits, state.budget)
        controller._answers = Answers(state.answers)
        controller._handling = Handling(state.handling)
        return controller

    def _learn(self, call: str, answered: bool, now: float) -> None:
        for learned in self._cohorts.over(call, answered, now):
            self._answers.learn(learned.rang, learned.answered, learned.at)


def _until(leaves: float, row: Row, horizons: Row) -> Row:
    """`row` of one who takes no call when `leaves` seconds have passed."""
    return tuple([p if horizon < leaves else 0.0 for p, horizon in zip(row, horizons, strict=True)])
