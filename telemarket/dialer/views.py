"""What pages are told about a campaign that calls: read-only pictures of the dialer at one moment.

Shares go from 0 to 1, None where nothing has been seen yet; moments are aware UTC.
"""

from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from telemarket.core.i18n import Message
from telemarket.dialer.model import CampaignState

MOST_SAID = 30
"""Decisions a picture holds."""

MINUTES = 60
"""Minutes a picture's series go back."""


class OperatorPhase(StrEnum):
    """What an operator of the campaign does."""

    FREE = "free"
    TALKING = "talking"  # on a call of any kind, also while it rings at his place
    WRAPUP = "wrap-up"
    AWAY = "away"  # on a pause, or has no telephone


class OperatorSeat(msgspec.Struct, frozen=True, kw_only=True):
    """An operator of the campaign who is on shift. `reason` is that of a pause."""

    id: int
    name: str
    phase: OperatorPhase
    since: datetime
    reason: str = ""


class Said(msgspec.Struct, frozen=True):
    """A decision of the pacing in its words."""

    at: datetime
    words: Message


class Minute(msgspec.Struct, frozen=True):
    """One minute's calls, and the share of it that operators on shift talked or finished a call."""

    dialed: int = 0
    answered: int = 0  # by anybody or anything
    connected: int = 0  # with an operator; of a campaign without operators: heard the message
    dropped: int = 0  # answered, and nobody was there in time
    utilisation: float | None = None  # None: nobody was on shift


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """How calls ended over some time."""

    dialed: int = 0
    answer: float | None = None  # answered by people / dialed
    hit: float | None = None  # dispositions that count as a success / connected


class Abandons(msgspec.Struct, frozen=True, kw_only=True):
    """Abandoned calls over the window of the legal profile, against its limit."""

    rate: float | None = None
    upper: float | None = None  # the rate is at most this, with 95 % confidence
    target: float
    window_days: int
    abandoned: int = 0
    counted: int = 0  # calls it is a share of
    left: float = 0.0  # calls that may be abandoned yet before the limit is reached; negative: it is passed


class CampaignView(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign as it stands."""

    campaign_id: int
    at: datetime
    state: CampaignState
    stopped_for: str = ""  # why it does not call though it runs, marked for translation; empty: it does
    lines: int = 0  # calls at once now
    most_lines: int = 0  # calls at once at most, by trunks and by a supervisor's cap
    ringing: int = 0
    waiting: int = 0  # answered, for an operator
    talking: int = 0
    operators: tuple[OperatorSeat, ...] = ()
    today: Rates = Rates()
    last_hour: Rates = Rates()
    calls_a_minute: float = 0.0  # dialed, over the last five minutes
    abandons: Abandons
    said: tuple[Said, ...] = ()  # newest first, MOST_SAID at most; one that says the same as the one before is left out
    minutes: tuple[Minute, ...] = ()  # oldest first, MINUTES at most; the last one is the present minute
    leads_left: int = 0  # not closed
    ends_at: datetime | None = None  # when the leads will be used up at this pace; None: it cannot be told


class CampaignChanged(msgspec.Struct, frozen=True):
    """Something in a campaign's picture is different. Published once a second and campaign at most."""

    campaign_id: int


class CampaignWatch(Protocol):
    """Who knows how campaigns stand."""

    def view(self, campaign_id: int) -> CampaignView | None:
        """The campaign as it stands; None if it is not being looked after: it is a draft, finished or unknown."""
        ...
