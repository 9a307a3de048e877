"""The pace of one campaign."""

from typing import Self

import msgspec

from telemarket.dialer.pacing.model import (
    Decision,
    Limits,
    Orders,
    Outcome,
    Phase,
    Picture,
    Reason,
    Settings,
)

_AS_CONFIGURED = Orders()


class ControllerState(msgspec.Struct, kw_only=True):
    """What a controller has learned and spent, to be stored as JSON or MessagePack. Its size is bounded."""

    version: int = 1


class Controller:
    """Decides how many calls a campaign places, and learns from what became of them.

    Calls are named by any string the caller likes (their channel's id). What it is told of a call it does not know
    (placed before a restart) counts for the limit, and teaches what it can.
    """

    def __init__(self, limits: Limits, settings: Settings) -> None:
        self.limits, self.settings = limits, settings
        self._dialed: dict[str, float] = {}

    # ---- what happens

    def dialed(self, call: str, now: float) -> None:
        """A call has been placed."""
        self._dialed[call] = now

    def answered(self, call: str, now: float) -> None:
        """Somebody is there who takes an operator: after the verdict, where machines are detected."""
        self._dialed.pop(call, None)

    def ended(self, call: str, now: float, outcome: Outcome) -> None:
        """The call is over and has taken no operator. Only for calls that were not `answered`."""
        self._dialed.pop(call, None)

    def connected(self, call: str, now: float) -> None:
        """An operator talks with the callee."""

    def abandoned(self, call: str, now: float) -> None:
        """The callee was there, and no operator within the seconds of the profile."""

    def handled(self, operator: int, talk_seconds: float, wrap_seconds: float) -> None:
        """An operator is through with a call, whichever it was."""

    def line_failed(self, now: float) -> None:
        """A line, trunk or carrier failed: calls are held back at once. `ended` with CONGESTION says so itself."""

    # ---- what to do

    def decide(self, picture: Picture, orders: Orders = _AS_CONFIGURED) -> Decision:
        """How many calls to place now."""
        free = sum(seat.phase is Phase.FREE for seat in picture.seats)
        dial = max(0, min(free - len(picture.ringing) - picture.waiting, picture.lines))
        return Decision(
            dial=0 if orders.stop else dial,
            reason=Reason.STOPPED if orders.stop else Reason.PROGRESSIVE,
            free_expected=float(free - picture.waiting),
            within=11.0,
            answer_probability=self.settings.answer_probability,
            risk=0.0,
            target=self.limits.target,
            threshold=0.0,
            upper_bound=0.0,
        )

    # ---- a restart

    def to_state(self) -> ControllerState:
        """All that a new controller needs to go on as this one."""
        return ControllerState()

    @classmethod
    def from_state(cls, limits: Limits, settings: Settings, state: ControllerState) -> Self:
        """A controller that goes on where another has stored its state; the limits may have changed meanwhile."""
        return cls(limits, settings)
