"""Telephone numbers as people, backends and the line write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemarket.core.errors import ConfigurationError
from telemarket.numbers import (
    MAX_DIGITS,
    Number,
    NumberingPlan,
    Quality,
    display,
    extract,
    format_e164,
    is_anonymous,
    national_part,
    normalise,
)
from telemarket.numbers.extract import MAX_NUMBERS

PLAN = NumberingPlan(regions=("UA", "RU"), area_code="44")

written_numbers = st.text(alphabet="0123456789 -+().,;/xдобвн\n\u00a0\u2013٣", max_size=60)
ukrainian = st.builds(
    "+380{}{:07d}".format, st.sampled_from(["44", "67", "50", "63", "95"]), st.integers(2_000_000, 9_999_999)
).filter(lambda e164: read(e164).e164 == e164)


def read(text: str) -> Number:
    number = normalise(text, PLAN)
    assert number is not None
    return number


@pytest.mark.parametrize(
    ("text", "e164", "quality"),
    [
        ("+380671234567", "+380671234567", Quality.VALID),
        ("067 123-45-67", "+380671234567", Quality.VALID),
        ("671234567", "+380671234567", Quality.VALID),
        ("80671234567", "+380671234567", Quality.VALID),
        ("8-067-123-45-67", "+380671234567", Quality.VALID),
        ("8(044)291-01-90", "+380442910190", Quality.VALID),
        ("00380671234567", "+380671234567", Quality.VALID),
        ("810380671234567", "+380671234567", Quality.VALID),
        ("380671234567", "+380671234567", Quality.VALID),
        ("84951234567", "+74951234567", Quality.VALID),
        ("8 495 123-45-67", "+74951234567", Quality.VALID),
        ("0049 30 123456", "+4930123456", Quality.VALID),
        ("\uff0b380 67 123\u00a045\u201367", "+380671234567", Quality.VALID),
        ("291-01-90", "+380442910190", Quality.AREA_ASSUMED),
        ("2910190", "+380442910190", Quality.AREA_ASSUMED),
        ("101", "", Quality.WEAK),
        ("12345678901234567890", "", Quality.WEAK),
    ],
)
def test_one_number_has_one_form(text: str, e164: str, quality: Quality) -> None:
    number = read(text)
    assert (number.e164, number.quality) == (e164, quality)
    assert number.digits == (e164.removeprefix("+") or text)
    assert number.reversed == number.digits[::-1]


@pytest.mark.parametrize("word", ["доб.", "вн.", "внутр.", "дод.", "ext", "ext.", "x", "вн", ", доб. №"])
def test_extension_is_kept_apart(word: str) -> None:
    number = read(f"291-01-90 {word} 123")
    assert (number.e164, number.extension) == ("+380442910190", "123")


def test_regions_are_tried_in_order() -> None:
    number = normalise("84951234567", NumberingPlan(regions=("UA",)))
    assert number is not None
    assert number.e164 == ""
    assert read("84951234567").national == "4951234567"


def test_area_code_is_assumed_only_where_configured() -> None:
    number = normalise("291-01-90", NumberingPlan(area_code=""))
    assert number is not None
    assert (number.e164, number.digits, number.quality) == ("", "2910190", Quality.WEAK)


@pytest.mark.parametrize("text", ["", "  ", "нет", "1" * (MAX_DIGITS + 1), "9" * 10_000])
def test_no_number(text: str) -> None:
    assert normalise(text, PLAN) is None


def test_internal_and_mobile_are_told_apart() -> None:
    assert read("101").is_internal
    assert not read("2910190").is_internal
    assert read("0671234567").kind == "mobile"
    assert read("0442910190").kind == "other"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "стац. 238 00 55-общий, 238 05 26, 238 05 25,536 19 80-на",
            ["+380442380055", "+380442380526", "+380442380525", "+380445361980"],
        ),
        ("291-01-91/92", ["+380442910191", "+380442910192"]),
        ("291-01-91/92/3", ["+380442910191", "+380442910192", "+380442910193"]),
        ("291-01-91,92", ["+380442910191", "+380442910192"]),
        ("291-01-91 (91,92)", ["+380442910191", "+380442910192"]),
        ("291-01-(91,92)", ["+380442910191", "+380442910192"]),
        ("т/ф 238 00 55/2380056", ["+380442380055", "+380442380056"]),
        ("067 123 45 67 050 765 43 21", ["+380671234567", "+380507654321"]),
        ("моб 8-067-123-45-67; (044) 291 01 90", ["+380671234567", "+380442910190"]),
        ("101, 102", ["101", "102"]),
        ("291-01-91, кв. 12, 3 этаж", ["+380442910191"]),
        ("291-01-91, 0442910191", ["+380442910191"]),
        ("нет телефона", []),
    ],
)
def test_every_number_of_a_field_is_found(text: str, found: list[str]) -> None:
    assert [number.e164 or number.digits for number in extract(text, PLAN)] == found


def test_each_number_of_a_field_keeps_its_extension() -> None:
    found = extract("291-01-91 вн 105, 291-01-92 (доб. 3), 291-01-93", PLAN)
    assert [number.extension for number in found] == ["105", "3", ""]


def test_a_field_gives_a_bounded_number_of_numbers() -> None:
    text = ", ".join(f"29101{n:02}" for n in range(50))
    assert len(extract(text, PLAN)) == MAX_NUMBERS


@pytest.mark.parametrize(
    ("e164", "text"),
    [("+380441234567", "+380 44 123 45 67"), ("+74951234567", "+7 495 123-45-67"), ("rubbish", "rubbish")],
)
def test_display(e164: str, text: str) -> None:
    assert format_e164(e164) == text
    assert format_e164(e164, "12") == f"{text} ext. 12"


@pytest.mark.parametrize(
    ("e164", "national"), [("+380441234567", "441234567"), ("+74951234567", "4951234567"), ("", "")]
)
def test_national_part(e164: str, national: str) -> None:
    assert national_part(e164) == national


@pytest.mark.parametrize(
    "ani", ["", " ", "Anonymous", "anonymous@anonymous.invalid", "<unknown>", "Unavailable", "RESTRICTED", "\x00"]
)
def test_withheld_numbers(ani: str) -> None:
    assert is_anonymous(ani)


@pytest.mark.parametrize("ani", ["0671234567", "101", "sales", "<script>"])
def test_numbers_that_are_not_withheld(ani: str) -> None:
    assert not is_anonymous(ani)


@pytest.mark.parametrize(("regions", "area_code"), [(("XX",), "44"), ((), "44"), (("UA",), "4x")])
def test_plan_that_cannot_be_used_is_refused(regions: tuple[str, ...], area_code: str) -> None:
    with pytest.raises(ConfigurationError, match=r"numbers\."):
        NumberingPlan(regions=regions, area_code=area_code)


@given(st.one_of(st.text(), written_numbers))
def test_any_text_can_be_read(text: str) -> None:
    is_anonymous(text)
    number = normalise(text, PLAN)
    for each in (*extract(text, PLAN), *([number] if number else [])):
        assert each.digits.isascii()
        assert each.digits.isdigit()
        assert 0 < len(each.digits) <= MAX_DIGITS
        assert bool(each.e164) == (each.quality != Quality.WEAK)
        assert "\x00" not in each.raw


@given(written_numbers)
def test_reading_what_was_displayed_changes_nothing(text: str) -> None:
    number = normalise(text, PLAN)
    if number is not None:
        again = read(display(number))
        assert (again.digits, again.e164, again.extension) == (number.digits, number.e164, number.extension)


@given(st.lists(ukrainian, max_size=8, unique=True), st.sampled_from([", ", "; ", "\n", " / "]))
def test_what_was_displayed_is_found_in_a_list(numbers: list[str], separator: str) -> None:
    text = separator.join(map(format_e164, numbers))
    assert [number.e164 for number in extract(text, PLAN)] == numbers


@given(st.sampled_from(["1 ", "(", "1(", "1-", "+1/", "1,1", "доб. 1 "]), st.integers(1, 10_000))
def test_long_input_is_cut(piece: str, count: int) -> None:
    assert len(extract(piece * count, PLAN)) <= MAX_NUMBERS
