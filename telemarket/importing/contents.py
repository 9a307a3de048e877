"""What the values of a column look like, whatever its heading says."""

import re
from collections.abc import Callable, Sequence
from datetime import date

import msgspec

from telemarket.importing.cells import Cell, ShortenedNumber, digits_text, text_of
from telemarket.importing.headings import Meaning
from telemarket.importing.values import BadValue, read_date, read_number
from telemarket.numbers import NumberingPlan, extract

_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_SITE = re.compile(r"(https?://|www\.)\S+|[a-z0-9-]+\.(ua|com|ru|org|net|eu|com\.ua|kiev\.ua)/?", re.IGNORECASE)
_PATRONYMIC = re.compile(r"\b\w+(ович|евич|йович|івна|ївна|овна|евна|ична|инична|ильич|ілліч)\b", re.IGNORECASE)
_PERSON = re.compile(r"[^\W\d_][\w'’ʼ-]+( [^\W\d_]([\w'’ʼ-]+|\.)){1,2}( ?[^\W\d_]\.)?")
_COMPANY = re.compile(
    r"\b(тов|ооо|прат|пат|ат|зат|зао|оао|пп|фоп|чп|тдв|ск|llc|ltd|inc|gmbh|corp|плц|кп|дп)\b|[«»]", re.IGNORECASE
)
_ADDRESS = re.compile(
    r"\b(вул|ул|пр|просп|пров|пер|бульв|бул|м|г|буд|д|кв|обл|р-н|street|st|avenue|ave)\b\.? ?\w", re.IGNORECASE
)
_PHONE_DIGITS = range(9, 16)
_MOSTLY = 0.6
_TELLING = 3  # fewer values than this prove little


class Look(msgspec.Struct, frozen=True):
    """Which share of a column's values looks like each target; `filled` is how many have any value."""

    filled: int
    shares: dict[str, float]

    def best(self) -> Meaning:
        """What the values themselves say, with little confidence; nothing, if they could be anything."""
        for target in ("email", "phone", "site", "name", "address:other", "company"):
            if (share := self.shares.get(target, 0.0)) >= _MOSTLY:
                return Meaning(target, round((0.75 if self.filled >= _TELLING else 0.5) * share, 2))
        return Meaning("", 0.0)

    def kind(self) -> str:
        """How the values would be read as an attribute."""
        return next((kind for kind in ("date", "money") if self.shares.get(kind, 0.0) > 0.95), "text")


def look_at(cells: Sequence[Cell], plan: NumberingPlan) -> Look:
    """Look at the values of one column."""
    filled = [cell for cell in cells if text_of(cell)]
    if not filled:
        return Look(0, {})
    shares = {target: sum(map(test, filled)) / len(filled) for target, test in _TESTS.items()}
    shares["phone"] = sum(_is_phone(cell, plan) for cell in filled) / len(filled)
    return Look(len(filled), shares)


def _is_phone(cell: Cell, plan: NumberingPlan) -> bool:
    if isinstance(cell, date):
        return False
    try:
        text = digits_text(cell)
    except ShortenedNumber:
        return True
    if sum(character.isalpha() for character in text) > 12:
        return False
    return any(number.e164 and len(number.digits) in _PHONE_DIGITS for number in extract(text, plan))


def _matches(pattern: re.Pattern[str]) -> Callable[[Cell], bool]:
    return lambda cell: isinstance(cell, str) and pattern.fullmatch(cell.strip()) is not None


def _is_name(cell: Cell) -> bool:
    if not isinstance(cell, str) or _COMPANY.search(cell):
        return False
    return _PATRONYMIC.search(cell) is not None or (_PERSON.fullmatch(cell.strip()) is not None and cell.istitle())


def _is_company(cell: Cell) -> bool:
    return isinstance(cell, str) and _COMPANY.search(cell) is not None


def _is_address(cell: Cell) -> bool:
    return isinstance(cell, str) and "," in cell and _ADDRESS.search(cell) is not None


def _is_date(cell: Cell) -> bool:
    if isinstance(cell, date):
        return True
    try:
        return isinstance(cell, str) and bool(read_date(cell))
    except BadValue:
        return False


def _is_money(cell: Cell) -> bool:
    """A sum has pennies; whole numbers may be codes."""
    if isinstance(cell, float):
        return not cell.is_integer()
    text = text_of(cell)
    try:
        return bool(read_number(text)) and re.search(r"[.,]\d{2}\b|[₴$€]|грн|uah", text, re.IGNORECASE) is not None
    except BadValue:
        return False


_TESTS: dict[str, Callable[[Cell], bool]] = {
    "email": _matches(_MAIL),
    "site": _matches(_SITE),
    "name": _is_name,
    "company": _is_company,
    "address:other": _is_address,
    "date": _is_date,
    "money": _is_money,
}
