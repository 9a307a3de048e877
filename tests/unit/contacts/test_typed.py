"""Typed values of attributes: whatever way they are written, they are kept in one."""

import pytest

from telemarket.contacts.attributes import AttributeType, canonical
from telemarket.core.clock import utc_now
from telemarket.core.errors import InvalidInput


def of(kind: str, *choices: str) -> AttributeType:
    return AttributeType(id=1, name="Значення", kind=kind, choices=choices)


@pytest.mark.parametrize(
    ("kind", "written", "kept"),
    [
        ("text", "  АА 123 ", "АА 123"),
        ("number", "1 234,5", "1234.5"),
        ("number", "-7", "-7"),
        ("money", "50 000 грн", "50000.00"),
        ("money", "1,234,567.5", "1234567.50"),
        ("date", "31.12.2026", "2026-12-31"),
        ("date", "2026-12-31", "2026-12-31"),
        ("flag", "Так", "1"),
        ("flag", "нет", "0"),
        ("number", " ", ""),
    ],
)
def test_a_value_is_kept_in_its_one_form(kind: str, written: str, kept: str) -> None:
    assert canonical({"Значення": written}, [of(kind)]) == {"Значення": kept}


def test_a_choice_is_one_of_those_there_are() -> None:
    types = [of("choice", "Стандарт", "Преміум")]
    assert canonical({"Значення": " преміум "}, types) == {"Значення": "Преміум"}
    with pytest.raises(InvalidInput, match="Значення: “Люкс”"):
        canonical({"Значення": "Люкс"}, types)


@pytest.mark.parametrize(
    ("kind", "text"), [("number", "багато"), ("money", "∞"), ("date", "завтра"), ("flag", "мабуть")]
)
def test_what_is_of_another_kind_is_refused_by_the_attributes_name(kind: str, text: str) -> None:
    with pytest.raises(InvalidInput, match="Значення") as refused:
        canonical({"Значення": text, "Інше": "так"}, [of(kind)])
    assert refused.value.field == "attributes"


def test_what_has_no_type_is_text_and_a_value_suits_the_type_of_any_project() -> None:
    types = [of("number"), AttributeType(id=2, project_id=7, name="Значення", kind="date")]
    assert canonical({"Значення": "31.12.2026", "Інше": "як є"}, types) == {"Значення": "2026-12-31", "Інше": "як є"}


def test_a_year_of_two_digits_is_at_most_20_years_ahead() -> None:
    this = utc_now().year
    for year in (this - 79, this - 1, this, this + 20):
        assert canonical({"Значення": f"12.03.{year % 100:02}"}, [of("date")]) == {"Значення": f"{year}-03-12"}
    assert canonical({"Значення": "29.02.00"}, [of("date")]) == {"Значення": "2000-02-29"}
