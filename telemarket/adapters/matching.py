"""Live questions to sources that search by text: what they are asked for, and whether what was found has it."""

import re

from telemarket.backend import Record

LIVE_FOUND = 20
"""The most records a live question asks for."""
_DIGITS = 9  # a national number without its trunk prefix


def last_digits(e164: str, digits: str) -> str:
    """The digits a source is asked for. Empty for withheld and internal numbers: too many others end in theirs."""
    wanted = (e164 or digits).removeprefix("+")[-_DIGITS:]
    return wanted if wanted.isdecimal() and len(wanted) == _DIGITS else ""


def has_number(record: Record, digits: str) -> bool:
    """Whether one of the record's telephones ends in these digits, whatever separates them."""
    pattern = re.compile(r"\D{0,3}".join(digits) + r"(?!\d)")
    return any(pattern.search(text) for _, text in record.phones)
