"""Errors a person may read: each names what was wrong, where, and what to do about it."""

from typing import ClassVar


class TelemarketError(Exception):
    """Base of every error Telemarket raises on purpose.

    `error_id` is stable and documented; `retryable` says whether doing the same again can help;
    `remedy` is a sentence for the person who has to mend it (empty if the message says it all).
    """

    error_id: ClassVar[str] = "telemarket"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class ConfigurationError(TelemarketError):
    """The configuration cannot be used as it is written."""

    error_id = "configuration"


class DatabaseUnavailable(TelemarketError):
    """The database did not answer in time."""

    error_id = "database-unavailable"
    retryable = True


class InvalidInput(TelemarketError):
    """A value given by a person or a file is refused; `field` names which."""

    error_id = "invalid-input"

    def __init__(self, message: str, *, field: str = "", remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.field = field


class NotAllowed(TelemarketError):
    """The signed-in person's role does not permit this."""

    error_id = "not-allowed"


class NotFound(TelemarketError):
    """There is no such thing (or it is not for this person to see)."""

    error_id = "not-found"
