"""Recordings as the ledger knows them."""

from datetime import datetime
from enum import StrEnum

import msgspec

NUMBER_DIGITS = 9
"""As many last digits of a number are kept to find its recordings by."""


class RecordingState(StrEnum):
    """What became of a recording."""

    EXPECTED = "expected"  # the call lives, or its file has not been looked at yet
    SOUND = "sound"  # there, readable, and as long as the conversation
    SHORT = "short"  # there, but shorter than the conversation, or without one of its sides
    MISSING = "missing"
    UNREADABLE = "unreadable"
    DELETING = "deleting"  # its time has come: the files go first, then it is DELETED
    DELETED = "deleted"  # on purpose


GAPS = (RecordingState.SHORT, RecordingState.MISSING, RecordingState.UNREADABLE)


class Mark(msgspec.Struct, frozen=True):
    """Something that happened `at` seconds into a recording.

    `kind` is that of the journal's entry; `text` says who did it, or to whom.
    """

    at: float
    kind: str
    text: str = ""


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the ledger. Lengths are seconds; None where not known (yet)."""

    call_id: str
    project_id: int | None = None
    project: str = ""
    agent_id: int | None = None
    operator: str = ""
    number: str = ""  # the customer's, as it came
    contact_id: int | None = None
    contact: str = ""
    file: str
    stereo: bool
    started_at: datetime
    ended_at: datetime | None = None
    state: RecordingState
    expected_seconds: float | None = None
    seconds: float | None = None
    size: int | None = None  # bytes
    sha256: bytes | None = None
    mended: bool = False
    marks: tuple[Mark, ...] = ()
    hold_reason: str = ""
    held_by: str = ""
    held_at: datetime | None = None
    delete_after: datetime | None = None
    deleted_at: datetime | None = None
    deleted_after_days: int | None = None  # as long as its project kept recordings then

    @property
    def playable(self) -> bool:
        """Whether there is something to listen to."""
        return self.state in (RecordingState.SOUND, RecordingState.SHORT)

    @property
    def is_gap(self) -> bool:
        """Whether something is missing that should be there."""
        return self.state in GAPS

    @property
    def cursor(self) -> str:
        """Goes into `Ledger.find(before=…)` to read on after this recording."""
        return f"{self.started_at.isoformat()}~{self.call_id}"


class RecordingFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which recordings; None and "" mean any. `since` ≤ start < `until`; `number` in any spelling."""

    project_id: int | None = None
    agent_id: int | None = None
    state: str = ""  # a RecordingState, "gaps" or "held"
    number: str = ""
    since: datetime | None = None
    until: datetime | None = None


def number_end(number: str) -> str:
    """The digits a number is searched by."""
    return "".join(c for c in number if c in "0123456789")[-NUMBER_DIGITS:]
