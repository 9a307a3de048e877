"""The engine's state: projects, operators and calls as they are at this moment."""

import re
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from telemarket.calls.plan import Plan
from telemarket.calls.views import AgentState, CallState, DialMode, Direction, MachineAction, WatchMode

LEG_PREFIX = "tm-"
"""Every channel and bridge Telemarket makes has an id of this beginning; no caller's channel has."""

LEG_SUFFIX = "-leg"
BRIDGE_SUFFIX = "-bridge"
PLAYBACK_SUFFIX = "-play"
"""Ids end alike because Asterisk refuses an id that is the beginning of another, and call ids differ in length."""

_LEG_ID = re.compile(rf"{LEG_PREFIX}(\d+|customer|outside)-\d+-(.+){LEG_SUFFIX}")


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """A project is a queue with its numbers and habits."""

    id: int
    number: str
    name: str
    music_class: str = "default"
    ring_seconds: int = 20
    wrapup_seconds: int = 30
    record: bool = True
    recording_format: str = "wav"
    recording_stereo: bool = True
    retention_days: int = 0  # of recordings; 0: for ever
    crm_url: str = ""
    crm_open: str = ""
    show_card: bool = True
    dnis: tuple[str, ...] = ()
    operator_ids: frozenset[int] = frozenset()
    ranks: dict[int, int] = {}  # by operator: which of his queues he serves first, least first; 0 if not said
    plan: Plan = Plan()


class OperatorProfile(msgspec.Struct, frozen=True, kw_only=True):
    """What is configured about an operator: anybody with a telephone."""

    id: int
    endpoint: str  # dialable, e.g. "PJSIP/anna"
    login: str = ""
    skills: dict[str, int] = {}  # level, 1 to 100
    record: str = ""  # "always" | "never"; empty: as the project says


class DialTerms(msgspec.Struct, frozen=True, kw_only=True):
    """How a campaign wants one of its leads called. Durations are in seconds; sounds have the names a project calls
    them by."""

    campaign_id: int
    lead_id: int
    mode: DialMode
    endpoint: str  # dialable, e.g. "PJSIP/380441234567@trunk"
    caller_id: str = ""  # empty: the project's own number
    ring_seconds: float = 25.0
    connect_seconds: float = (
        2.0  # from his answer, or the end of his greeting if it is detected, to an operator's voice
    )
    operator_ids: frozenset[int] = frozenset()  # who may take it, of the project's operators
    detect: bool = False  # find out first whether a machine has answered
    detect_seconds: float = 4.0  # after which it counts as a human
    on_machine: MachineAction = MachineAction.HANG_UP
    message: tuple[str, ...] = ()  # for a lead nobody is there for; in the mode "message" for everybody
    machine_message: tuple[str, ...] = ()
    preview_seconds: float = 0.0  # after which the lead is called; 0: only when the operator says so


class RestoredCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call the journal holds as not ended."""

    id: str
    project_id: int | None
    ani: str
    caller_name: str
    dnis: str
    contact_id: int | None
    agent_id: int | None
    arrived_at: float
    answered_at: float | None
    recording: str
    direction: Direction = Direction.INBOUND
    attempts: int = 0  # of a callback
    due_at: float = 0.0  # when a callback may be tried (again)
    requeued: bool = False  # has been talked with, and waits again


class RestoredOperator(msgspec.Struct, frozen=True, kw_only=True):
    """The last state the journal holds for an operator."""

    id: int
    state: AgentState
    reason: str
    since: float


class LegRole(StrEnum):
    """What a leg we made is for."""

    OFFERED = "offered"  # rings an operator, or an outside number the call is passed to
    OWNER = "owner"  # of whoever handles the call
    CONSULTED = "consulted"  # of whom the owner asks, or who joined the conference
    CUSTOMER = "customer"  # the number we call
    WATCHER = "watcher"  # a supervisor's telephone
    SNOOP = "snoop"  # the ear a supervisor listens with


@dataclass(slots=True, eq=False)
class Agent:
    """An operator on shift. `page` says whether his browser is with us."""

    id: int
    endpoint: str
    projects: frozenset[int]
    login: str = ""
    skills: dict[str, int] = field(default_factory=dict)
    record: str = ""
    state: AgentState = AgentState.OFFLINE
    reason: str = ""
    since: float = 0.0
    idle_since: float = 0.0
    until: float | None = None
    page: bool = False
    call: "Call | None" = None  # on his screen: ringing, talking, watched, or being wrapped up
    leg: "Leg | None" = None
    after_call: tuple[AgentState, str] | None = None  # asked for in mid-call
    calls_today: int = 0
    talking_since: float = 0.0

    @property
    def available(self) -> bool:
        """May be offered a call."""
        return self.state is AgentState.READY and self.page

    @property
    def free(self) -> bool:
        """Has no call, so that he may make one, pick one up or listen in."""
        return self.page and self.state in (
            AgentState.READY,
            AgentState.PAUSED,
            AgentState.OFFLINE,
            AgentState.WRAPUP,
        )


@dataclass(slots=True, eq=False)
class Leg:
    """A channel we made for a call."""

    id: str
    call: "Call"
    role: LegRole
    agent: Agent | None = None
    number: str = ""
    entered: bool = False
    card_settled: bool = False  # shown, or waited for long enough
    auto_answer: bool = False  # the telephone is asked to answer by itself
    dialed: bool = False
    up: bool = False
    held: bool = False
    muted: bool = False
    mode: WatchMode | None = None  # of a watcher
    ear: "Leg | None" = None  # a watcher's snoop


@dataclass(slots=True, eq=False)
class Call:
    """One customer's call, from its arrival to its end."""

    id: str
    project: Project
    ani: str
    caller_name: str
    dnis: str
    arrived_at: float
    customer: str | None  # his channel; None while we have yet to call him
    direction: Direction = Direction.INBOUND
    state: CallState = CallState.ARRIVING
    contact_id: int | None = None
    vip: bool = False
    up: bool = False  # his channel is answered; waiting with music needs it
    unheard: bool = False  # the PBX was told to answer him, and has not said that it did
    # ---- what the PBX has been told
    joined: set[str] = field(default_factory=set)  # channels in the bridge
    music: set[str] = field(default_factory=set)
    ringing: set[str] = field(default_factory=set)  # channels that hear the ring tone
    bridged: bool = False
    playback: str = ""
    # ---- who takes part
    legs: dict[str, Leg] = field(default_factory=dict)
    leg: Leg | None = None  # the owner's
    held: bool = False
    last_id: int = 0
    # ---- waiting
    queue_ids: tuple[int, ...] = ()
    known_to: int | None = None  # the operator his project's plan wants him to meet
    known_as: str = ""
    preferred: int | None = None  # only this operator, until
    preferred_until: float = 0.0
    preferred_why: str = ""
    at_head: bool = False  # was being served when something broke: goes first
    waited_music: bool = False
    faults: int = 0  # times the PBX could not connect him
    overflowed: int = 0  # rules of the plan that took effect
    unresponsive: dict[int, str] = field(default_factory=dict)  # operators this call was offered to, and why not
    # ---- being told and asked
    step: str = ""
    keyed: str = ""
    tries: int = 0
    message_since: float = 0.0  # when he began to leave one
    # ---- callbacks
    number: str = ""  # to be called
    attempts: int = 0
    due_at: float = 0.0
    # ---- the dialer's
    terms: DialTerms | None = None  # unknown also of a campaign's call that a restarted daemon adopted
    cause: int = 0  # the Q.850 cause with which the lead's line ended before he answered
    customer_answered_at: float | None = None
    # ---- what is kept of it
    answered_at: float | None = None
    recording: str = ""
    recording_stereo: bool = False
    recording_paused: bool = False
    transferred_by: int | None = None
    slot: int = 0
    screens: set[int] = field(default_factory=set)  # operators who have its card

    @property
    def agent(self) -> Agent | None:
        """Who handles the call now."""
        return self.leg.agent if self.leg else None

    @property
    def priority(self) -> int:
        """Points its project and its caller give it."""
        plan = self.project.plan
        return plan.priority + (plan.vip_priority if self.vip else 0)

    @property
    def unserved(self) -> DialTerms | None:
        """The terms of a lead no operator has talked with yet: the campaign sees to him, not the queue."""
        return self.terms if self.answered_at is None else None

    @property
    def bridge_id(self) -> str:
        """The id of this call's bridge."""
        return f"{LEG_PREFIX}{self.id}{BRIDGE_SUFFIX}"

    def having(self, *roles: LegRole) -> list[Leg]:
        """Its legs of these roles."""
        return [leg for leg in self.legs.values() if leg.role in roles]

    def leg_of(self, agent: Agent) -> Leg | None:
        """The leg of this operator's telephone."""
        return agent.leg if agent.leg is not None and agent.leg.call is self else None

    def new_leg_id(self, party: str, now: float) -> str:
        """An id for the next leg: never used before, also by a daemon that died, and from which a restarted daemon
        reads whose it is."""
        return f"{LEG_PREFIX}{party}-{self._next_id(now)}-{self.id}{LEG_SUFFIX}"

    def new_playback_id(self, now: float) -> str:
        """An id for the next playback."""
        return f"{LEG_PREFIX}{self._next_id(now)}-{self.id}{PLAYBACK_SUFFIX}"

    def _next_id(self, now: float) -> int:
        self.last_id = max(self.last_id + 1, int(now * 1000))
        return self.last_id


CUSTOMER_PARTY = "customer"
OUTSIDE_PARTY = "outside"
"""Whose leg it is if no operator's: stands in the leg's id."""

_LEAD_PREFIX = f"{LEG_PREFIX}{CUSTOMER_PARTY}-1-"  # numbers of other legs are times, and none is 1


def lead_channel_id(call_id: str) -> str:
    """The id of the lead's channel in a campaign's call: the same however often the call is asked for, so that the PBX
    refuses to dial one attempt twice."""
    return f"{_LEAD_PREFIX}{call_id}{LEG_SUFFIX}"


def is_lead_channel(channel_id: str) -> bool:
    """Whether the channel is a lead's in a campaign's call."""
    return channel_id.startswith(_LEAD_PREFIX)


def read_leg_id(channel_id: str) -> tuple[str, str] | None:
    """(party, call id) of a leg's channel id, the party being an operator's id, CUSTOMER_PARTY or OUTSIDE_PARTY;
    None for any other channel."""
    match = _LEG_ID.fullmatch(channel_id)
    return (match[1], match[2]) if match else None


def call_of_playback(playback_id: str) -> str:
    """The call id in the id of one of our playbacks."""
    return playback_id.removeprefix(LEG_PREFIX).partition("-")[2].removesuffix(PLAYBACK_SUFFIX)


def read_bridge_id(bridge_id: str) -> str:
    """The call id in the id of one of our bridges."""
    return bridge_id.removeprefix(LEG_PREFIX).removesuffix(BRIDGE_SUFFIX)
