"""Cells of typed columns, brought into the one form in which their values are kept; all raise BadValue."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from telemarket.contacts import typed
from telemarket.contacts.typed import NO, READERS, BadValue, read_number
from telemarket.core.i18n import N_
from telemarket.importing.cells import Cell, ShortenedNumber, digits_text, text_of

__all__ = ["NO", "BadValue", "attribute_reader", "read_code", "read_date", "read_flag", "read_number", "shortened"]

_DAY_ZERO = date(1899, 12, 30)  # of the numbers that spreadsheets keep dates as
_SERIAL_DAYS = range(1, 110_000)


def read_date(cell: Cell) -> str:
    """A date as YYYY-MM-DD."""
    if isinstance(cell, date):
        return (cell.date() if isinstance(cell, datetime) else cell).isoformat()
    if isinstance(cell, float | int) and int(cell) in _SERIAL_DAYS:
        return (_DAY_ZERO + timedelta(days=int(cell))).isoformat()
    return typed.read_date(text_of(cell))


def read_flag(cell: Cell) -> bool:
    """Yes or no, in three languages."""
    return typed.read_flag(text_of(cell))


def read_code(cell: Cell, width: int = 0) -> str:
    """A code as a person wrote it, with the leading zeros that a spreadsheet has swallowed."""
    try:
        text = digits_text(cell)
    except ShortenedNumber as error:
        raise BadValue(shortened(str(error))) from error
    return text.zfill(width) if width and text.isdecimal() else text


def shortened(text: str) -> str:
    """What is said of a number whose digits are lost."""
    return N_("The spreadsheet has shortened the number to %(value)s: its last digits are lost.", value=text)


def attribute_reader(kind: str) -> Callable[[Cell], str] | None:
    """How a cell becomes the text of an attribute of this kind; None for kinds that take any text."""
    if kind == "date":
        return read_date
    if kind not in READERS:
        return None
    reader = READERS[kind]
    return lambda cell: reader(text_of(cell))
