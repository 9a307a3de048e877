"""Messages, their templates, and what a gateway may say."""

from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from telemarket.core.errors import TelemarketError


class Channel(StrEnum):
    """How a message travels."""

    MAIL = "mail"
    SMS = "sms"


class MessageState(StrEnum):
    """What has become of a message."""

    QUEUED = "queued"
    SENDING = "sending"  # it is with the gateway, which has not answered yet
    SENT = "sent"  # the gateway took it; whether it arrived is not known
    FAILED = "failed"
    UNKNOWN = "unknown"  # it may have been taken: it is not sent again by itself, or somebody might get it twice
    WITHDRAWN = "withdrawn"  # taken back before it left, or not allowed


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """A text with values in it. Only mail has a subject."""

    id: int
    project_id: int
    name: str
    channel: Channel
    subject: str = ""
    body: str


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message to a customer. `recipient` is a mail address, or a number in E.164 with its plus; empty: none known."""

    id: int
    project_id: int
    contact_id: int | None
    template_id: int | None
    call_id: str | None
    channel: Channel
    recipient: str
    subject: str
    body: str
    state: MessageState
    reason: str  # of a failure or withdrawal, or of the last try: in words that can be translated
    tries: int
    queued_at: datetime  # since when it is to be sent
    due_at: datetime
    created_at: datetime
    created_by: int | None
    sent_at: datetime | None
    reference: str  # the gateway's own, of a message it took


class NotTaken(TelemarketError):
    """Certainly nothing was sent, and it may be tried again. The gateway is away, too busy, or refuses the account or
    the sender; with `only_this` it is about this message alone, and others may be taken."""

    error_id = "message-not-taken"
    retryable = True

    def __init__(self, message: str, *, remedy: str = "", only_this: bool = False) -> None:
        super().__init__(message, remedy=remedy)
        self.only_this = only_this


class Refused(TelemarketError):
    """The gateway will never take this message: the recipient does not exist, or the account may not."""

    error_id = "message-refused"


class Uncertain(TelemarketError):
    """The gateway was given the message and did not say what became of it."""

    error_id = "message-uncertain"


class Gateway(Protocol):
    """Carries messages of one channel away. One message at a time; a connection may be kept in between."""

    async def send(self, message: Message) -> str:
        """Hand over a message; returns the gateway's reference. Raises NotTaken, Refused and Uncertain."""
        ...

    async def close(self) -> None:
        """Let the connection go."""
        ...
