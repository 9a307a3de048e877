"""The engine's state: projects, operators and calls as they are at this moment."""

import re
from dataclasses import dataclass, field

import msgspec

from telemarket.calls.plan import Plan
from telemarket.calls.views import AgentState, CallState, Direction

LEG_PREFIX = "tm-"
"""Every channel and bridge Telemarket makes has an id of this beginning; no caller's channel has."""

LEG_SUFFIX = "-leg"
BRIDGE_SUFFIX = "-bridge"
"""Ids end alike because Asterisk refuses an id that is the beginning of another, and call ids differ in length."""

_LEG_ID = re.compile(rf"{LEG_PREFIX}(\d+)-\d+-(.+){LEG_SUFFIX}")


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


class RestoredOperator(msgspec.Struct, frozen=True, kw_only=True):
    """The last state the journal holds for an operator."""

    id: int
    state: AgentState
    reason: str
    since: float


@dataclass(slots=True)
class Agent:
    """An operator on shift. `page` says whether his browser is with us."""

    id: int
    endpoint: str
    projects: frozenset[int]
    state: AgentState = AgentState.OFFLINE
    reason: str = ""
    since: float = 0.0
    idle_since: float = 0.0
    until: float | None = None
    page: bool = False
    call: "Call | None" = None
    after_call: tuple[AgentState, str] | None = None  # asked for in mid-call

    @property
    def available(self) -> bool:
        """May be offered a call."""
        return self.state is AgentState.READY and self.page


@dataclass(slots=True)
class Call:
    """One caller, from his arrival to the end."""

    id: str
    project: Project
    ani: str
    caller_name: str
    dnis: str
    arrived_at: float
    state: CallState = CallState.ARRIVING
    contact_id: int | None = None
    answered: bool = False  # by us towards the network; waiting with music needs it
    music: bool = False
    ringing: bool = False
    agent: Agent | None = None
    leg: str | None = None
    leg_entered: bool = False
    card_settled: bool = False  # shown, or waited for long enough
    dialed: bool = False
    last_offer: int = 0
    answered_at: float | None = None
    recording: str = ""
    unresponsive: dict[int, str] = field(default_factory=dict)  # operators this call was offered to, and why not

    @property
    def bridge_id(self) -> str:
        """The id of this call's bridge."""
        return f"{LEG_PREFIX}{self.id}{BRIDGE_SUFFIX}"

    def next_leg_id(self, agent: Agent, now: float) -> str:
        """An id for the next operator's leg: never used before, also by a daemon that died, and from which a
        restarted daemon reads whose it is."""
        self.last_offer = max(self.last_offer + 1, int(now * 1000))
        return f"{LEG_PREFIX}{agent.id}-{self.last_offer}-{self.id}{LEG_SUFFIX}"


def read_leg_id(channel_id: str) -> tuple[int, str] | None:
    """(operator's id, call id) of a leg's channel id; None for any other channel."""
    match = _LEG_ID.fullmatch(channel_id)
    return (int(match[1]), match[2]) if match else None


def read_bridge_id(bridge_id: str) -> str:
    """The call id in the id of one of our bridges."""
    return bridge_id.removeprefix(LEG_PREFIX).removesuffix(BRIDGE_SUFFIX)
