"""How many calls a campaign places now: pure, without a clock, input or output.

Build one `Controller` for each campaign. Tell it everything that happens to its calls, ask `decide` once or twice a
second, place as many calls as it says, and store `to_state()` every minute:

    pace = Controller(Limits(target=0.03), Settings())
    decision = pace.decide(Picture(now=now, seats=seats, ringing=dialed_at, lines=20))
    for call in claim(decision.dial):
        pace.dialed(call.id, now)
    ...
    pace.answered(call.id, now)   # somebody is there who takes an operator
    pace.connected(call.id, now)  # or pace.abandoned(call.id, now)
    pace.handled(operator, talk_seconds, wrap_seconds)
    journal(words(decision))
"""

from telemarket.dialer.pacing.budget import Slice
from telemarket.dialer.pacing.controller import Controller, ControllerState
from telemarket.dialer.pacing.model import (
    DAY,
    Decision,
    Denominator,
    Limits,
    Mode,
    Orders,
    Outcome,
    Phase,
    Picture,
    Reason,
    Seat,
    Settings,
    Spent,
)
from telemarket.dialer.pacing.words import words

__all__ = [
    "DAY",
    "Controller",
    "ControllerState",
    "Decision",
    "Denominator",
    "Limits",
    "Mode",
    "Orders",
    "Outcome",
    "Phase",
    "Picture",
    "Reason",
    "Seat",
    "Settings",
    "Slice",
    "Spent",
    "words",
]
