"""Leads as pages and exports see them."""

from datetime import datetime
from typing import Any

import msgspec

from telemarket.dialer.model import LeadState


class LeadNumber(msgspec.Struct, frozen=True, kw_only=True):
    """A number of a lead. `dropped`: it proved to reach nobody, and is not called for this lead any more."""

    number: str  # E.164 with its plus
    zone: str  # see `zones`
    best_hour: int | None = None  # of the callee's day, 0 to 23
    dropped: bool = False


class PastAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt, ended or not. Times are aware UTC."""

    id: str
    campaign_id: int
    lead_id: int
    contact_id: int | None
    number: str
    agent_id: int | None
    claimed_at: datetime
    dialed_at: datetime | None
    answered_at: datetime | None
    connected_at: datetime | None
    ended_at: datetime | None
    outcome: str  # empty while it lives
    cause: int
    reason: str
    disposition_id: int | None
    note: str


class Lead(msgspec.Struct, frozen=True, kw_only=True):
    """A lead. In a list `past` is left out."""

    id: int
    campaign_id: int
    contact_id: int | None
    name: str
    values: dict[str, Any]
    state: LeadState
    zone: str
    rank: int
    due_at: datetime
    operator_id: int | None
    operator_until: datetime | None
    next_number: int
    attempts: int
    tries: dict[str, int]
    outcome: str
    disposition_id: int | None
    closed_why: str
    added_at: datetime
    changed_at: datetime
    attempt_id: str
    numbers: tuple[LeadNumber, ...] = ()
    past: tuple[PastAttempt, ...] = ()  # newest first


class LeadPage(msgspec.Struct, frozen=True):
    """A page of leads. `after`, given back, brings the next one; None: this is the last. A page that was searched for
    a name may be short, or empty, and not the last."""

    leads: tuple[Lead, ...]
    after: int | None


class AttemptPage(msgspec.Struct, frozen=True):
    """A page of attempts, newest first. `after`, given back, brings the next one; None: this is the last."""

    attempts: tuple[PastAttempt, ...]
    after: str | None


class LeadFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which of a campaign's leads; what is left empty narrows nothing."""

    state: LeadState | None = None
    outcome: str = ""  # of the last attempt
    closed_why: str = ""
    disposition_id: int | None = None
