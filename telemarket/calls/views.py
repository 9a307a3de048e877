"""What pages are told about calls and operators: read-only pictures of the engine's state at one moment."""

from datetime import datetime
from enum import StrEnum

import msgspec


class AgentState(StrEnum):
    """What an operator is doing, in the field's own words."""

    OFFLINE = "offline"
    READY = "ready"
    RINGING = "ringing"  # a call has been offered: the card is on its way or his telephone rings
    TALKING = "talking"
    WRAPUP = "wrap-up"
    PAUSED = "paused"


class CallState(StrEnum):
    """Where a caller is."""

    ARRIVING = "arriving"  # who is it? the look-up is under way
    WAITING = "waiting"  # in the queue
    RINGING = "ringing"  # offered to an operator
    TALKING = "talking"
    ENDED = "ended"


class ProjectView(msgspec.Struct, frozen=True, kw_only=True):
    """A project as the card needs it."""

    id: int
    number: str
    name: str
    crm_url: str = ""
    crm_open: str = ""
    show_card: bool = True


class CallView(msgspec.Struct, frozen=True, kw_only=True):
    """One call. Times are aware UTC; numbers are as they arrived from the PBX, cleaned of control characters."""

    id: str
    state: CallState
    project: ProjectView
    ani: str
    caller_name: str
    dnis: str
    contact_id: int | None
    agent_id: int | None
    arrived_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime | None = None


class AgentView(msgspec.Struct, frozen=True, kw_only=True):
    """One operator. `until` is when the present state ends by itself (ring time-out, wrap-up), if it does."""

    id: int
    state: AgentState
    reason: str = ""  # of the pause: a choice's name, or "no-answer"
    since: datetime
    until: datetime | None = None
    call: CallView | None = None  # ringing, talking, or just ended (wrap-up)
    waiting: int = 0  # callers waiting in this operator's projects
    longest_waiting_since: datetime | None = None


class AgentChanged(msgspec.Struct, frozen=True):
    """Event on the bus: this operator's state, call, or the queue he serves changed; ask `agent_view` again."""

    agent_id: int
