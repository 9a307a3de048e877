"""A place in a list that is read page by page, newest first: a moment, and a key among what has the same moment."""

from datetime import UTC, datetime

from telemarket.core.errors import InvalidInput
from telemarket.core.moments import read_moment

_KEYS = range(2**31)


def write(moment: datetime, key: object) -> str:
    """The place as a text for an address."""
    return f"{moment.isoformat()}~{key}"


def read(text: str, message: str) -> tuple[datetime, str]:
    """The moment, in UTC, and the key; raises InvalidInput with `message` for a text that is no place."""
    moment, _, key = text.partition("~")
    return read_moment(moment, message, field="before").astimezone(UTC), key


def read_numbered(text: str, message: str) -> tuple[datetime, int]:
    """The same where keys are numbers."""
    moment, key = read(text, message)
    try:
        number = int(key)
    except ValueError:
        number = -1
    if number not in _KEYS:
        raise InvalidInput(message, field="before")
    return moment, number
