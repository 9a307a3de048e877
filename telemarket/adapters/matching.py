"""Whether what a live question found has the number in fact: sources search by text, and text has separators."""

import re

from telemarket.backend import Record

LIVE_DIGITS = 9
"""The last digits that a live question asks for: the national number without its trunk prefix."""
LIVE_FOUND = 20
"""The most records a live question asks for."""


def has_number(record: Record, digits: str) -> bool:
    """Whether one of the record's telephones has these digits in a row, whatever separates them."""
    pattern = re.compile(r"\D{0,3}".join(digits))
    return any(pattern.search(text) for _, text in record.phones)
