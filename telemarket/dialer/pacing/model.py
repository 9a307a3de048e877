"""What the pacing of a campaign is told, and what it answers. Times are POSIX seconds, shares go from 0 to 1."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

DAY = 86_400.0


class Mode(StrEnum):
    """How calls are placed."""

    PROGRESSIVE = "progressive"
    """One call for each operator who is free: nobody is abandoned who waits for the seconds of the profile."""
    PREDICTIVE = "predictive"
    """For operators who are about to be free, too, as far as the limit of abandoned calls allows."""


class Denominator(StrEnum):
    """What the share of abandoned calls is a share of."""

    LIVE = "live"
    """Calls answered by people: connected and abandoned."""
    ANSWERED = "answered"
    """All answered calls, machines among them."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a campaign's legal profile allows."""

    target: float = 0.01
    """The share of calls that may be abandoned over the window; 0: none, which is progressive dialing."""
    window_seconds: float = 30 * DAY
    denominator: Denominator = Denominator.LIVE
    connect_seconds: float = 2.0
    """A callee who has no operator this long after he was there to talk is abandoned."""
    lost_humans: float = 0.0
    """The share of machine verdicts that were people: each verdict counts as so much of an abandoned call."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a campaign's owner decides, and what is believed before anything has been seen."""

    mode: Mode = Mode.PREDICTIVE
    ring_seconds: float = 25.0
    """How long a call rings at most."""
    answer_probability: float = 0.3
    talk_seconds: float = 120.0
    wrapup_seconds: float = 20.0


class Phase(StrEnum):
    """What an operator of the campaign does."""

    FREE = "free"
    TALKING = "talking"
    WRAPUP = "wrapup"
    COMING = "coming"
    """He has said when he will be there: a pause that ends, a shift that begins."""


class Seat(msgspec.Struct, frozen=True):
    """An operator who takes calls of the campaign. Those on a pause without an end, or signed out, have none."""

    operator: int
    phase: Phase
    since: float
    """Since when he does it; when COMING, the moment from which he is there."""
    leaves: float | None = None
    """From then on he takes no call: his shift ends, or (now, or any time past) he asked for a pause after this one."""


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign at this moment."""

    now: float
    seats: Sequence[Seat]
    ringing: Sequence[float] = ()
    """When each call was dialed of which it is not known yet whether it takes an operator."""
    waiting: int = 0
    """Callees who have answered and have no operator yet; a customer who called and waits for this group, too."""
    incoming_rate: float = 0.0
    """Customers a second who call and take operators of this group."""
    lines: int = 1_000_000
    """How many more calls the trunks can carry now."""
    rate: float = 1_000_000.0
    """How many calls a second may be placed."""


class Orders(msgspec.Struct, frozen=True, kw_only=True):
    """What a supervisor has ordered; it holds at the next decision."""

    stop: bool = False
    slow: float = 1.0
    """This part of the target is aimed at; 0: one call for each free operator."""
    max_lines: int | None = None
    """Calls ringing or waiting at a time."""
    max_per_operator: float | None = None
    """Calls ringing or waiting at a time, for each operator who is not leaving."""


class Outcome(StrEnum):
    """How a call ended that took no operator."""

    NO_ANSWER = "no_answer"
    BUSY = "busy"
    FAILED = "failed"
    """A number that is refused or does not exist: it says nothing about our lines."""
    CONGESTION = "congestion"
    """Our line, the trunk or the carrier failed."""
    MACHINE = "machine"
    """The detector's verdict was a machine."""
    CANCELLED = "cancelled"
    """Hung up by ourselves before anything was known: it teaches nothing."""


class Reason(StrEnum):
    """What kept a decision from placing one call more."""

    STOPPED = "stopped"
    NOBODY = "nobody"
    """No operator is there, or all are leaving."""
    LINES_FAIL = "lines_fail"
    NO_LINES = "no_lines"
    RATE = "rate"
    CAPPED = "capped"
    PROGRESSIVE = "progressive"
    """Each free operator has his call."""
    BUDGET = "budget"
    """The limit leaves nothing now: as progressive."""
    RISK = "risk"
    """The next call would find nobody too often."""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """How many calls to place now, and why not more."""

    dial: int
    reason: Reason
    free_expected: float
    """Operators expected to be free when a call placed now is answered, on average, less those who wait for them."""
    within: float
    """Seconds until a call placed now is answered, on average."""
    answer_probability: float
    """Of a call placed now."""
    risk: float
    """The probability that the last call placed now, or else the next, makes somebody be abandoned, if answered."""
    target: float
    """The share of abandoned calls that is aimed at."""
    threshold: float
    """The risk that is accepted now, so that the share becomes the target."""
    upper_bound: float
    """The window's share of abandoned calls will be at most this with 95 % confidence, when what rings is over."""


class Spent(msgspec.Struct, frozen=True):
    """What the window holds."""

    abandoned: float
    """Abandoned calls, and the share of machine verdicts that counts as such."""
    counted: float
    """The calls they are a share of."""
    upper_bound: float
    """The share will be at most this with 95 % confidence, when what rings is over."""
