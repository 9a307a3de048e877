"""Values as 1C 7.7 writes them into its tables.

They arrive here without the blanks at their ends. Those at the beginning belong to an identifier: its first six
characters are a right-aligned number in base 36, the further three the sign of the distributed base it was made in.
"""

from datetime import date, time, timedelta
from decimal import Decimal, InvalidOperation

import msgspec

from telemarket.core.i18n import N_

_ID_LENGTH = 9
_NUMBER_LENGTH = 6
_TYPE_LENGTH = 4
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TICKS_A_SECOND = 10_000
_EARLIEST = 1800  # SQL bases write an empty date as a day of 1753
_POSTED = 1

FOLDER, ELEMENT = "1", "2"
MARKED = "*"


class Reference(msgspec.Struct, frozen=True):
    """What a value points to. `table` is the number of a catalog or document, None where the field decides it."""

    id: str
    table: int | None = None


def from_base36(text: str) -> int:
    """The number that right-aligned base-36 digits are; raises ValueError for anything else."""
    text = text.strip()
    if not text.isalnum() or not text.isascii():
        raise ValueError(f"{text!r} is no number in base 36")
    return int(text, 36)


def to_base36(number: int) -> str:
    """`number`, not negative, in base 36 with capitals."""
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"


def is_empty(identifier: str) -> bool:
    """Whether an identifier points to nothing."""
    return identifier.strip() in ("", "0")


def short_id(identifier: str) -> str:
    """An identifier without the blanks that only pad it; two different ones stay different."""
    number, sign = identifier[:_NUMBER_LENGTH].lstrip(), identifier[_NUMBER_LENGTH:]
    return f"{number}.{sign}" if sign else number


def reference(text: str, length: int) -> Reference | None:
    """What a reference of a field of `length` (9, 13 or 23 characters) points to; None for nothing.

    Of the 23 characters of a value of any type only catalogs (B1) and documents (O1) are references.
    """
    table: int | None = None
    if length == _TYPE_LENGTH + _ID_LENGTH:
        table, text = _number(text[:_TYPE_LENGTH]), text[_TYPE_LENGTH:]
    elif length > _TYPE_LENGTH + _ID_LENGTH:
        if text[:2] not in ("B1", "O1"):
            return None
        table, text = _number(text[2 : 2 + _TYPE_LENGTH]), text[2 + _TYPE_LENGTH :]
    text = text[:_ID_LENGTH].rstrip()
    return None if is_empty(text) else Reference(text, table)


def day(text: str) -> date | None:
    """YYYYMMDD as a date; None where there is none."""
    try:
        found = date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None
    return found if found.year > _EARLIEST else None


def day_time(text: str) -> time | None:
    """The time of day that base 36 of ten-thousandths of a second says; None where it says none."""
    try:
        seconds = from_base36(text) // _TICKS_A_SECOND
    except ValueError:
        return None
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return time(hour, minute, second) if hour < timedelta(days=1) // timedelta(hours=1) else None


def number(text: str) -> Decimal | None:
    """A number; None for an empty field. Raises ValueError, with a text for people, for what is no number."""
    text = text.strip().replace("\xa0", "").replace(" ", "").replace(",", ".")
    if not text:
        return None
    try:
        found = Decimal(text)
    except InvalidOperation:
        raise _no_number(text) from None
    if not found.is_finite():
        raise _no_number(text)
    return found


def _no_number(text: str) -> ValueError:
    return ValueError(N_("“%(text)s” is no number.", text=text))


def is_posted(closed: str) -> bool:
    """Whether CLOSED of a document says that it is posted: the lowest of its bits."""
    return closed.strip().isdecimal() and bool(int(closed) & _POSTED)


def _number(text: str) -> int | None:
    try:
        return from_base36(text)
    except ValueError:
        return None
