"""Texts of typed values, brought into the one form in which they are kept."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from telemarket.core.clock import utc_now
from telemarket.core.i18n import N_

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
_YEARS_AHEAD = 20
_CURRENCY = re.compile(r"грн\.?|uah|usd|eur|руб\.?|₴|\$|€|%", re.IGNORECASE)
_BLANKS = re.compile(r"[\s'’\u00a0\u202f]+")
_THOUSANDS = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?")


class BadValue(ValueError):
    """A value that is not of its kind; the text (marked for translation) says so."""

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


def read_money(text: str) -> str:
    """The same with two places after the point; raises BadValue."""
    return format(Decimal(read_number(text)).quantize(Decimal("0.01")), "f")


def read_date(text: str) -> str:
    """`31.12.2026 р.` → `2026-12-31`; raises BadValue.

    A year of two digits is the latest one that is not more than 20 years ahead: whoever was born on `12.03.55` is old,
    and what ends on `12.03.35` is in force.
    """
    day = text.split(" ")[0].split("T")[0].rstrip("рг.")
    for form in _DATE_FORMATS:
        try:
            read = datetime.strptime(day, form).date()
            return (_within_reach(read) if "%y" in form else read).isoformat()
        except ValueError:
            continue
    raise BadValue(N_("“%(value)s” is no date.", value=text[:80]))


def _within_reach(day: date) -> date:
    latest = utc_now().year + _YEARS_AHEAD
    return day.replace(year=latest - (latest - day.year) % 100)


def read_flag(text: str) -> bool:
    """Yes or no, in three languages; raises BadValue."""
    word = text.casefold().strip(" .!")
    if word in YES:
        return True
    if word in NO:
        return False
    raise BadValue(N_("“%(value)s” is neither yes nor no.", value=text[:80]))


def _flag(text: str) -> str:
    return "1" if read_flag(text) else "0"


READERS: dict[str, Callable[[str], str]] = {
    "number": read_number,
    "money": read_money,
    "date": read_date,
    "flag": _flag,
}
"""How the text of a value of each kind but text and choice is read; each raises BadValue."""
