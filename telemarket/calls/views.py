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
    WATCHING = "watching"  # a supervisor listening to somebody's call
    PREVIEW = "preview"  # a lead's card is before him; his telephone is silent


class CallState(StrEnum):
    """Where a caller is."""

    ARRIVING = "arriving"  # who is it? the look-up is under way
    LISTENING = "listening"  # to a greeting, a menu, a message, or leaving one
    WAITING = "waiting"  # in the queue
    RINGING = "ringing"  # offered to an operator, or an outside number is being called
    TALKING = "talking"
    PARKED = "parked"  # until an operator takes it up again
    ENDED = "ended"


class Direction(StrEnum):
    """Who called whom."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"  # an operator called
    CALLBACK = "callback"  # a caller who asked to be called back keeps his place in the queue
    CAMPAIGN = "campaign"  # the dialer called


class DialMode(StrEnum):
    """How a campaign brings its leads and its operators together."""

    PREVIEW = "preview"  # an operator sees the card first; his telephone is called before the lead's
    PROGRESSIVE = "progressive"  # the lead is called first, for an operator who is free
    PREDICTIVE = "predictive"  # the lead is called first, for an operator who will be free
    MESSAGE = "message"  # the lead hears a recorded message, no operator takes part


class MachineAction(StrEnum):
    """What becomes of a lead's call that a machine answers."""

    HANG_UP = "hang-up"
    MESSAGE = "message"  # leave one
    OPERATOR = "operator"  # as if a human had answered


class ConsultEnd(StrEnum):
    """How a consultation goes on."""

    COMPLETE = "complete"  # the consulted one takes the call
    RETURN = "return"  # the consulted one is let go, the customer comes back
    CONFERENCE = "conference"  # all three talk
    SWAP = "swap"  # talk with the one who is on hold, hold the other


class WatchMode(StrEnum):
    """How a supervisor takes part in a call."""

    LISTEN = "listen"  # nobody hears him
    WHISPER = "whisper"  # the operator hears him
    BARGE = "barge"  # everybody hears him


class PartyView(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody beside the customer and this call's operator: being consulted, in conference, or listening."""

    channel_id: str
    role: str  # consulted | conference | watching
    agent_id: int | None = None
    number: str = ""
    talking: bool = False  # False while it rings
    mode: str = ""  # of who watches: listen | whisper | barge


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
    direction: Direction = Direction.INBOUND
    held: bool = False
    muted: bool = False  # the operator
    recording: bool = False  # a recording is being made
    recording_paused: bool = False
    parties: tuple[PartyView, ...] = ()
    vip: bool = False
    priority: float = 0.0  # now
    position: int = 0  # in its queue, from 1; 0 if it does not wait
    queue_ids: tuple[int, ...] = ()  # projects whose operators it waits for
    transferred_by: int | None = None  # the operator who passed it on
    parked_slot: int = 0
    campaign_id: int | None = None  # of the dialer's call, with its lead
    lead_id: int | None = None
    mode: str = ""  # of the campaign: preview | progressive | predictive | message


class AgentView(msgspec.Struct, frozen=True, kw_only=True):
    """One operator. `until` is when the present state ends by itself (ring time-out, wrap-up, the time to look at
    a lead's card), if it does."""

    id: int
    state: AgentState
    reason: str = ""  # of the pause: a choice's name, or "no-answer"
    since: datetime
    until: datetime | None = None
    call: CallView | None = None  # ringing, talking, or just ended (wrap-up)
    waiting: int = 0  # callers waiting in this operator's projects
    longest_waiting_since: datetime | None = None
    after_call: str = ""  # the state he asked for in mid-call: paused | offline
    page: bool = False  # his desk is open and alive
    overrun: bool = False  # his pause lasts longer than it may
    role: str = ""  # his part in `call`: operator | consulted | conference | listen | whisper | barge
    project_ids: tuple[int, ...] = ()
    calls_today: int = 0


class QueueView(msgspec.Struct, frozen=True, kw_only=True):
    """A project's queue now and today (since midnight of the house's zone). Rates are 0 to 1, None without calls.

    `service_level` is answered within the threshold / (offered - abandoned within the threshold);
    `abandon_rate` is abandoned after the threshold / offered.
    """

    project: ProjectView
    waiting: int
    longest_waiting_since: datetime | None
    expected_wait: float | None  # seconds, for who would arrive now
    offered: int
    answered: int
    abandoned: int
    service_level: float | None
    abandon_rate: float | None
    answer_within: int
    average_speed_of_answer: float | None  # seconds
    ready: int
    on_shift: int
    callbacks: int  # waiting to be called back


class BoardView(msgspec.Struct, frozen=True, kw_only=True):
    """The whole floor at one moment."""

    at: datetime
    queues: tuple[QueueView, ...]
    agents: tuple[AgentView, ...]  # everybody who has a telephone and is not offline, by id
    calls: tuple[CallView, ...]  # living, by arrival


class BoardChanged(msgspec.Struct, frozen=True):
    """Event on the bus, at most once a second: something on the board is different."""


class AgentChanged(msgspec.Struct, frozen=True):
    """Event on the bus: this operator's state, call, or the queue he serves changed; ask `agent_view` again."""

    agent_id: int
