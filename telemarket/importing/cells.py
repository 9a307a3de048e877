"""What stands in a cell, as text: numbers as people wrote them before the spreadsheet made them floats."""

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal

Cell = object
"""A text, or whatever a spreadsheet makes of a cell: float, int, bool, date, datetime, time, timedelta."""

_SCIENTIFIC = re.compile(r"[+-]?\d(?:[.,](\d+))?[eE]\+?(\d{1,2})")
_POINT_ZERO = re.compile(r"\d+[.,]0+")
_WHOLE = 1e15  # floats below are exact


class ShortenedNumber(ValueError):
    """A number whose last digits a spreadsheet has thrown away: 3.8067E+11."""


def text_of(cell: Cell) -> str:
    """The cell as one text; empty for an empty one."""
    if isinstance(cell, str):
        return cell.strip()
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < _WHOLE else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "minutes")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return str(cell)


def digits_text(cell: Cell) -> str:
    """The cell of a telephone, a contract number or a code: what a spreadsheet made a number is whole again.

    Raises ShortenedNumber where the digits are lost.
    """
    text = text_of(cell)
    if found := _SCIENTIFIC.fullmatch(text):
        places, exponent = found[1] or "", int(found[2])
        if len(places.rstrip("0")) < exponent and len(places) < exponent:
            raise ShortenedNumber(text)
        return str(int(Decimal(text.replace(",", "."))))
    if _POINT_ZERO.fullmatch(text):
        return re.split(r"[.,]", text)[0]
    return text
