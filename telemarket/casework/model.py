"""Requests (обращения) and the history of a contact as pages see them."""

from datetime import datetime
from enum import StrEnum

import msgspec

from telemarket.core import cursor
from telemarket.core.errors import InvalidInput, TelemarketError
from telemarket.core.i18n import N_

LONGEST_TEXT = 10_000


class ChoiceList(StrEnum):
    """The lists an operator picks from."""

    TOPIC = "topic"
    CATEGORY = "category"
    ACTION = "action"
    SOURCE = "source"
    PAUSE = "pause"


class RequestState(StrEnum):
    """How far a request has come."""

    OPEN = "open"
    WAITING = "waiting"
    DONE = "done"


class RequestOrigin(StrEnum):
    """What made a request, if no person did."""

    VOICEMAIL = "voicemail"  # the caller left a voice message
    CALLBACK = "callback"  # he was to be called back and was not reached


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a list; `project_id` is None when every project offers it."""

    id: int
    list: ChoiceList
    name: str
    project_id: int | None = None
    position: int = 0
    active: bool = True


class RequestFields(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator fills in. Ids are of choices of the list in the field's name, and of a user (consultant)."""

    text: str = ""
    topic_id: int | None = None
    category_id: int | None = None
    action_id: int | None = None
    source_id: int | None = None
    state: RequestState = RequestState.OPEN
    deadline: datetime | None = None  # aware
    consultant_id: int | None = None


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A stored request. `updated_at` is its version: hand it back when saving a change.

    `contact_id` is None if the caller withheld his number, `author_id` (with an empty `author`) if Telemarket wrote it.
    """

    id: int
    contact_id: int | None
    call_id: str | None
    project_id: int | None
    fields: RequestFields
    author_id: int | None
    author: str
    created_at: datetime
    updated_at: datetime


class HistoryEntry(msgspec.Struct, frozen=True):
    """A call with its request, a call alone, or a request alone. Texts are empty where there is nothing.

    `at` is when the call arrived, or when a request without a call was written; `key` tells entries of the same
    moment apart.
    """

    at: datetime
    key: str
    project: str = ""
    project_number: str = ""
    # The call
    call_id: str | None = None
    ani: str = ""
    operator: str = ""
    result: str = ""  # as in the table of calls; empty while the call lives
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    recording: str = ""  # path below the recordings folder
    # The request
    request_id: int | None = None
    text: str = ""
    topic: str = ""
    category: str = ""
    action: str = ""
    source: str = ""
    state: str = ""
    deadline: datetime | None = None
    consultant: str = ""
    author: str = ""
    updated_at: datetime | None = None

    @property
    def cursor(self) -> str:
        """What to give to `history(before=…)` to read on after this entry."""
        return cursor.write(self.at, self.key)

    @property
    def waiting_seconds(self) -> float | None:
        """How long the caller waited for an answer, or until he gave up; None while he waits or without a call."""
        until = self.answered_at or self.ended_at
        return (until - self.at).total_seconds() if self.call_id and until else None

    @property
    def talking_seconds(self) -> float | None:
        """How long they talked; None without an answered and ended call."""
        if self.answered_at is None or self.ended_at is None:
            return None
        return (self.ended_at - self.answered_at).total_seconds()


class RequestConflict(TelemarketError):
    """Somebody saved another version meanwhile: `current`. Nothing was overwritten."""

    error_id = "request-conflict"

    def __init__(self, current: Request) -> None:
        super().__init__(
            N_("This request was changed meanwhile."),
            remedy=N_("Compare both versions and save again."),
        )
        self.current = current


class ChoiceRefused(InvalidInput):
    """The chosen entry is not (or no longer) offered."""

    error_id = "choice-refused"

    def __init__(self, field: str) -> None:
        super().__init__(N_("This choice is no longer offered."), field=field, remedy=N_("Choose another one."))
