"""Text from outside is cleaned, and what is too long is refused rather than cut."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemarket.core.errors import InvalidInput
from telemarket.core.text import clean_line, clean_text, harmless_cell


def test_control_characters_go_and_line_ends_become_one_kind() -> None:
    assert clean_text(" a\x00b\r\nc\rd\te\x1b[0m\ud800 ", field="text", limit=100) == "ab\nc\nd\te[0m"


def test_a_line_has_single_spaces() -> None:
    assert clean_line("  Новоха \n\t Інна  ", field="name", limit=100) == "Новоха Інна"


def test_what_is_too_long_is_refused_by_field() -> None:
    with pytest.raises(InvalidInput, match="101 characters, at most 100") as refused:
        clean_text("я" * 101, field="text", limit=100)
    assert refused.value.field == "text"


def test_an_empty_required_value_is_refused() -> None:
    with pytest.raises(InvalidInput):
        clean_line(" \x00\n ", field="name", limit=100, required=True)


@given(st.text(alphabet=st.characters(codec=None)))
def test_what_remains_can_be_stored_anywhere(value: str) -> None:
    cleaned = clean_text(value, field="text", limit=10_000)
    cleaned.encode()  # no lone surrogate
    assert all(c in "\n\t" or unicodedata.category(c) != "Cc" for c in cleaned)
    assert clean_text(cleaned, field="text", limit=10_000) == cleaned


@pytest.mark.parametrize("cell", ["=2+5+cmd|' /C calc'!A0", "-2+3+cmd|x", "+1+cmd|x", "@SUM(1)", "\t=1"])
def test_what_a_spreadsheet_would_take_for_a_formula_is_a_text(cell: str) -> None:
    assert harmless_cell(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["+380671234567, +380445555555", "-12", "Новоха = Інна", ""])
def test_numbers_and_names_stay_as_they_are(cell: str) -> None:
    assert harmless_cell(cell) == cell
