"""What a live question asks for, and whether a record has it."""

import pytest

from telemarket.adapters.matching import has_number, last_digits
from telemarket.backend import Record


@pytest.mark.parametrize(
    ("e164", "digits", "wanted"),
    [
        ("+380442380526", "0442380526", "442380526"),
        ("", "80442380526", "442380526"),
        ("", "101", ""),
        ("", "", ""),
        ("", "*)(cn=*)(a=*", ""),
    ],
)
def test_a_source_is_asked_for_the_last_digits(e164: str, digits: str, wanted: str) -> None:
    assert last_digits(e164, digits) == wanted


def test_a_number_is_found_however_it_is_written() -> None:
    record = Record(key="1", phones=(("", "238 00 55-main, (044) 238-05-26"), ("", "+380 50 442 38 05 266")))
    assert has_number(record, "442380526")
    assert not has_number(record, "550442380")  # two numbers' digits are no number
    assert not has_number(record, "044238052")  # nor is its beginning
    assert not has_number(record, "442380527")
