"""What a campaign is: whom it calls, when, how often, how fast, and by whose rules.

Everything a supervisor plans is data, kept with the campaign as JSON; times are seconds unless they are clock times.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec

from telemarket.calls.plan import Hours, Part
from telemarket.calls.views import DialMode


class CampaignState(StrEnum):
    """Where a campaign is in its life."""

    DRAFT = "draft"  # being prepared
    RUNNING = "running"  # calls, when its hours and dates permit
    PAUSED = "paused"  # a supervisor stopped it for a while
    FINISHED = "finished"  # somebody ended it, or its end date has passed


class LeadState(StrEnum):
    """Where a lead is."""

    READY = "ready"  # may be called now, its zone's hours permitting
    WAITING = "waiting"  # until `due_at`
    CLAIMED = "claimed"  # a daemon calls it
    HELD = "held"  # its numbers are to be brought up to date first
    CLOSED = "closed"


class Outcome(StrEnum):
    """What became of an attempt. What an operator found out in a conversation is its disposition."""

    ANSWERED = "answered"  # talked with an operator
    INFORMED = "informed"  # heard the message
    DROPPED = "dropped"  # answered, and no operator was there in time: counts as abandoned
    HUNG_UP = "hung-up"  # answered, and hung up before an operator was there
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    DECLINED = "declined"
    MACHINE = "machine"
    MESSAGE_LEFT = "message-left"  # after a machine's tone
    SCREENED = "screened"  # a telephone's assistant asked who calls
    FAX = "fax"
    NO_SUCH_NUMBER = "no-such-number"
    OUT_OF_SERVICE = "out-of-service"
    CONGESTION = "congestion"  # the lines or the network
    FAILED = "failed"  # the PBX could not make the call
    SKIPPED = "skipped"  # by the operator, in preview
    RETURNED = "returned"  # not called after all: nothing is counted
    UNKNOWN = "unknown"  # nobody saw the end: not called again within the lock-out


NEVER_REACHED = frozenset({Outcome.NO_SUCH_NUMBER, Outcome.OUT_OF_SERVICE})
"""Outcomes by which a number proves dead."""


NOT_CALLED = frozenset({Outcome.CONGESTION, Outcome.FAILED, Outcome.SKIPPED, Outcome.RETURNED})
"""Outcomes of attempts the callee knows nothing of: they do not count as calls to him."""


class Denominator(StrEnum):
    """What abandoned calls are a share of."""

    LIVE = "live"  # calls a person answered: abandoned / (connected + abandoned)
    ANSWERED = "answered"  # every answered call, machines too


class LegalProfile(Part, frozen=True, kw_only=True):
    """What the law, or the house's own promise, asks of a campaign."""

    name: str = ""  # of a built-in profile it was made from; empty: the house's own
    target: float = 0.01  # the share of calls that may be abandoned
    window_days: int = 30  # the days over which it is reckoned
    denominator: Denominator = Denominator.LIVE  # what it is a share of
    connect_seconds: float = 2.0  # from the callee's answer, or the verdict that he is a person, to an operator's voice
    minimum_ring: float = 15.0  # no call is given up before it has rung so long
    lockout_hours: float = 72.0  # not called again after an abandoned call, or one whose end nobody saw
    hours: Hours = Hours()  # by the callee's zone, when he may be called at all
    consent: bool = True  # only who has given his consent is called


class Trunk(Part, frozen=True, kw_only=True):
    """Lines to call by. `endpoint` has `{number}` where the number stands."""

    endpoint: str = "Local/{number}@telemarket-outbound"
    lines: int = 10  # calls at once, of all campaigns that use it
    per_second: float = 2.0  # new calls a second
    prefixes: tuple[str, ...] = ()  # numbers it is for, E.164 with the plus; none: all


class Retry(Part, frozen=True, kw_only=True):
    """After an outcome: how long until the next attempt (of the lead), and after how many of them it is closed."""

    after: float = 3600.0  # seconds
    attempts: int = 3


class OnMachine(StrEnum):
    """What is done with an answering machine."""

    HANG_UP = "hang-up"
    MESSAGE = "message"  # left after the tone
    OPERATOR = "operator"


class DetectorKind(StrEnum):
    """Who tells people from machines."""

    NONE = ""
    ASTERISK = "asterisk"  # AMD()
    MODEL = "model"


class Detection(Part, frozen=True, kw_only=True):
    """Machine detection of a campaign."""

    kind: DetectorKind = DetectorKind.NONE
    on_machine: OnMachine = OnMachine.HANG_UP
    seconds: float = 8.0  # the longest it may take; then it is a human. In four a machine is hardly ever found


class Pace(Part, frozen=True, kw_only=True):
    """A supervisor's hand on the pace."""

    most_lines: int = 0  # calls at once; 0: as many as the trunks have
    most_per_operator: float = 3.0  # calls that ring for each operator, at most
    slow: float = 1.0  # share of what the pacing would dial, 0 to 1; 0: nothing new is dialed


USUAL_RETRIES: dict[str, Retry] = {
    Outcome.BUSY: Retry(after=900, attempts=5),
    Outcome.NO_ANSWER: Retry(after=7200, attempts=5),
    Outcome.DECLINED: Retry(after=86400, attempts=2),
    Outcome.MACHINE: Retry(after=14400, attempts=4),
    Outcome.SCREENED: Retry(after=14400, attempts=2),
    Outcome.HUNG_UP: Retry(after=14400, attempts=3),
    Outcome.CONGESTION: Retry(after=300, attempts=10),
    Outcome.FAILED: Retry(after=600, attempts=5),
    Outcome.SKIPPED: Retry(after=3600, attempts=3),
}


class Terms(Part, frozen=True, kw_only=True):
    """How a campaign calls."""

    caller_ids: tuple[str, ...] = ()  # shown to the callee, one after the other; none: the project's first number
    trunks: tuple[Trunk, ...] = (Trunk(),)
    skill: str = ""  # operators of the project who have it; empty: all of them
    hours: Hours = Hours()  # when the campaign's operators work
    profile: LegalProfile = LegalProfile()
    # By outcome; one not named closes the lead.
    retries: dict[str, Retry] = msgspec.field(default_factory=lambda: dict(USUAL_RETRIES))
    most_attempts: int = 8  # of a lead in all
    per_number_a_day: int = 3  # attempts at one number, of all campaigns
    per_person_a_day: int = 3  # attempts at one person, of all campaigns
    beside_others: bool = False  # may call whom another campaign called today
    ring_seconds: float = 25.0
    preview_seconds: float = 0.0  # after which a previewed lead is dialed; 0: when the operator says so
    detection: Detection = Detection()
    message: str = ""  # a sound, for callees nobody is there for
    machine_message: str = ""  # a sound, for machines, and what a message campaign says
    silent_after: int = 0  # days a number never answered after which it is held to be dead; 0: never
    responsible: str = ""  # login: whose task a dead number is if the contact has no consultant
    debt: str = ""  # the contact's further value that says what is owed; empty: promises are not checked by it
    pace: Pace = Pace()


class Campaign(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign as it is kept. Counts are leads by state."""

    id: int
    project_id: int
    name: str
    mode: DialMode
    state: CampaignState
    priority: int  # 1 is served first
    terms: Terms
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    created_at: datetime
    updated_at: datetime
    stopped_for: str = ""  # why it does not call though it runs; empty: it does


class Act(StrEnum):
    """What a disposition does."""

    CLOSE = "close"
    RETRY = "retry"  # after `after` seconds
    CALLBACK_MINE = "callback-mine"  # this operator calls again, at the time agreed
    CALLBACK_ANY = "callback-any"  # anybody does
    TASK = "task"  # a request for somebody
    PROMISE = "promise"  # a payment promised by a date, checked then
    DEAD_NUMBER = "dead-number"
    DO_NOT_CALL = "do-not-call"


class Disposition(msgspec.Struct, frozen=True, kw_only=True):
    """What a conversation came to, by a project's own list. `key` is the one key that chooses it, "1" to "9"."""

    id: int
    project_id: int
    name: str
    key: str = ""
    act: Act = Act.CLOSE
    after: float = 86400.0  # seconds: of a retry, or proposed for a callback
    success: bool = False  # counts as a hit
    responsible: str = ""  # login, of a task; empty: the contact's consultant
    template_id: int | None = None  # of the message it sends besides
    position: int = 0


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """A disposition as an operator chose it."""

    disposition_id: int
    note: str = ""
    due: datetime | None = None  # of a callback or a task, agreed
    amount: Decimal | None = None  # of a promise
    currency: str = ""
    pay_by: date | None = None  # of a promise: it is checked on the next day


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One call of a lead, claimed: everything the PBX has to be told. `id` is the call's id too."""

    id: str
    campaign_id: int
    lead_id: int
    contact_id: int | None
    number: str  # E.164 with its plus
    zone: str  # the callee's, IANA


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How an attempt ended. Times are aware UTC."""

    attempt_id: str
    outcome: Outcome
    at: datetime
    cause: int = 0  # Q.850
    answered_at: datetime | None = None  # by the callee
    connected_at: datetime | None = None  # with an operator
    agent_id: int | None = None
    reason: str = ""  # of a skip


class LeadData(msgspec.Struct, frozen=True, kw_only=True):
    """A lead to be added. `values` are shown to the operator (a debt, a contract's number); `best_hours` belong to
    `numbers` in their order; `line` says where it stands in what it was read from."""

    contact_id: int | None = None
    name: str = ""
    numbers: tuple[str, ...] = ()  # as written; those of the contact if there are none
    zone: str = ""  # IANA; empty: by the number
    rank: int = 100  # 1 is called first
    due_at: datetime | None = None
    values: dict[str, Any] = {}
    best_hours: tuple[int | None, ...] = ()  # of the callee's day, 0 to 23
    line: str = ""


class Added(msgspec.Struct, kw_only=True):
    """What became of leads that were to be added. `refused` are (line or contact, why), the first hundred of them; so
    are numbers of a lead that was added by others of its numbers, which are not counted."""

    added: int = 0
    doubles: int = 0
    refused_count: int = 0
    refused: list[tuple[str, str]] = []
