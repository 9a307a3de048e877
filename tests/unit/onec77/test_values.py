"""Values as 1C writes them."""

from datetime import date, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemarket.adapters.onec77.values import (
    Reference,
    day,
    day_time,
    from_base36,
    is_posted,
    number,
    reference,
    short_id,
    to_base36,
)
from tests.onec77.writer import identifier, moment

NUMBERS = st.integers(1, 36**6 - 1)
SIGNS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", max_size=3)


@given(NUMBERS)
def test_numbers_in_base_36_come_back(value: int) -> None:
    assert from_base36(to_base36(value).rjust(6)) == value


@given(NUMBERS, SIGNS, NUMBERS, SIGNS)
def test_keys_of_two_elements_are_two(first: int, sign: str, second: int, other: str) -> None:
    one, two = identifier(first, sign).rstrip(), identifier(second, other).rstrip()
    assert (short_id(one) == short_id(two)) == (one == two)
    assert short_id(one) == short_id(one).strip()


@given(NUMBERS, SIGNS, st.integers(1, 36**4 - 1))
def test_references_of_every_length_point_to_the_element(element: int, sign: str, table: int) -> None:
    there = identifier(element, sign)
    typed = to_base36(table).rjust(4) + there
    assert reference(there.rstrip(), 9) == Reference(there.rstrip())
    assert reference(typed.rstrip(), 13) == Reference(there.rstrip(), table)
    assert reference(f"B1{typed}".rstrip(), 23) == Reference(there.rstrip(), table)
    assert reference(f"O1{typed}".rstrip(), 23) == Reference(there.rstrip(), table)


@pytest.mark.parametrize(("text", "length"), [("     0", 9), ("", 9), ("   0     0", 13), ("U", 23), ("N1  12.50", 23)])
def test_empty_references_point_to_nothing(text: str, length: int) -> None:
    assert reference(text, length) is None


@given(st.text(max_size=25), st.sampled_from([9, 13, 23]))
def test_rubbish_is_no_fault(text: str, length: int) -> None:
    reference(text, length)
    day(text)
    day_time(text)
    is_posted(text)


def test_days_and_times() -> None:
    assert day("20261122") == date(2026, 11, 22)
    assert day("17530101") is None  # the empty day of SQL bases
    assert day("") is None
    assert day_time("7579C0") == time(12)
    assert day_time(moment(23, 59)) == time(23, 59)
    assert day_time("ZZZZZZ") is None


@pytest.mark.parametrize(
    ("text", "value"),
    [("12.50", "12.50"), ("", None), ("1 234,5", "1234.5"), ("-3", "-3"), ("1\xa0000", "1000")],
)
def test_numbers(text: str, value: str | None) -> None:
    assert number(text) == (Decimal(value) if value else None)


@pytest.mark.parametrize("text", ["багато", "1.2.3", "NaN", "Infinity"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no number"):
        number(text)


@pytest.mark.parametrize(("closed", "posted"), [("1", True), ("5", True), ("4", False), ("0", False), ("", False)])
def test_the_lowest_bit_says_posted(closed: str, posted: bool) -> None:
    assert is_posted(closed) is posted
