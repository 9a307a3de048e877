"""Values of typed columns, brought into the one form in which they are kept."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from telemarket.core.i18n import N_
from telemarket.importing.cells import Cell, ShortenedNumber, digits_text, text_of

YES = frozenset({"1", "+", "✓", "x", "х", "v", "y", "yes", "true", "так", "да", "істина", "истина", "given"})
NO = frozenset({"0", "-", "—", "n", "no", "false", "ні", "нет", "немає", "нема", "хибність", "ложь", "refused"})
_DATE_FORMATS = (
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%d-%m-%Y",
    "%Y-%m-%d",
    "%Y.%m.%d",
    "%Y/%m/%d",
    "%d.%m.%y",
    "%d/%m/%y",
    "%d-%m-%y",
)
_DAY_ZERO = date(1899, 12, 30)  # of the numbers that spreadsheets keep dates as
_SERIAL_DAYS = range(1, 110_000)
_CURRENCY = re.compile(r"грн\.?|uah|usd|eur|руб\.?|₴|\$|€|%", re.IGNORECASE)
_BLANKS = re.compile(r"[\s'’\u00a0\u202f]+")
_THOUSANDS = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?")


class BadValue(ValueError):
    """A value that is not of its column's kind; the text (marked for translation) says so."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def read_number(text: str) -> str:
    """`50 000,00 грн` → `50000.00`; raises BadValue."""
    plain = _BLANKS.sub("", _CURRENCY.sub("", text))
    if plain.startswith("(") and plain.endswith(")"):  # as accountants write what is owed
        plain = "-" + plain[1:-1]
    if "," in plain:
        last = max(plain.rfind(","), plain.rfind("."))
        if _THOUSANDS.fullmatch(plain) and ("." in plain or plain.count(",") > 1):
            plain = plain.replace(",", "")
        else:
            plain = plain[:last].replace(",", "").replace(".", "") + "." + plain[last + 1 :]
    try:
        number = Decimal(plain)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) >= 10**15:
        raise BadValue(N_("“%(value)s” is no number.", value=text[:80]))
    return format(number, "f")


def read_date(cell: Cell) -> str:
    """A date as YYYY-MM-DD; raises BadValue."""
    if isinstance(cell, date):
        return (cell.date() if isinstance(cell, datetime) else cell).isoformat()
    if isinstance(cell, float | int) and int(cell) in _SERIAL_DAYS:
        return (_DAY_ZERO + timedelta(days=int(cell))).isoformat()
    text = text_of(cell)
    day = text.split(" ")[0].split("T")[0].rstrip("рг.")
    for form in _DATE_FORMATS:
        try:
            return datetime.strptime(day, form).date().isoformat()
        except ValueError:
            continue
    raise BadValue(N_("“%(value)s” is no date.", value=text[:80]))


def read_flag(cell: Cell) -> bool:
    """Yes or no, in three languages; raises BadValue."""
    text = text_of(cell).casefold().strip(" .!")
    if text in YES:
        return True
    if text in NO:
        return False
    raise BadValue(N_("“%(value)s” is neither yes nor no.", value=text[:80]))


def read_code(cell: Cell, width: int = 0) -> str:
    """A code as a person wrote it, with the leading zeros that a spreadsheet has swallowed; raises BadValue."""
    try:
        text = digits_text(cell)
    except ShortenedNumber as error:
        raise BadValue(shortened(str(error))) from error
    return text.zfill(width) if width and text.isdecimal() else text


def shortened(text: str) -> str:
    """What is said of a number whose digits are lost."""
    return N_("The spreadsheet has shortened the number to %(value)s: its last digits are lost.", value=text)


def _number(cell: Cell) -> str:
    return read_number(text_of(cell))


def _money(cell: Cell) -> str:
    return format(Decimal(read_number(text_of(cell))).quantize(Decimal("0.01")), "f")


def _flag(cell: Cell) -> str:
    return "1" if read_flag(cell) else "0"


ATTRIBUTE_READERS: dict[str, Callable[[Cell], str]] = {
    "number": _number,
    "money": _money,
    "date": read_date,
    "flag": _flag,
}
"""How a cell becomes the text of an attribute of each kind but `text`; each raises BadValue."""
