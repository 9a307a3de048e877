"""Which numbers may be called: deny by default, whatever is written."""

import re

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemarket.calls.outbound import OutboundRules, check_number
from telemarket.core.errors import InvalidInput
from telemarket.numbers import NumberingPlan

RULES = OutboundRules(
    plan=NumberingPlan(),
    allowed_prefixes=("+48", "+1", "+38090012"),
    refused_prefixes=("+4822", "+1876", "+380891"),
)
DIALLABLE = re.compile(r"\+[1-9]\d{7,14}|\d{1,5}")


@pytest.mark.parametrize(
    ("written", "dialled"),
    [
        ("+380 (44) 123-45-67", "+380441234567"),
        ("044 123 45 67", "+380441234567"),
        ("123-45-67", "+380441234567"),
        ("8 050 111 22 33", "+380501112233"),
        ("00380501112233", "+380501112233"),
        ("0 800 500 100", "+380800500100"),
        ("+380441234567 доб. 12", "+380441234567"),
        ("205", "205"),
        ("112", "112"),
        ("+48 58 123 45 67", "+48581234567"),
        ("+1 212 555 2671", "+12125552671"),
        ("+380900123456", "+380900123456"),  # allowed by a prefix of its own
    ],
)
def test_what_may_be_called(written: str, dialled: str) -> None:
    assert check_number(written, RULES) == dialled


@pytest.mark.parametrize(
    "written",
    [
        "",
        "Anna",
        "*21*380441234567#",
        "205&PJSIP/trunk",
        "${EXTEN}",
        "123456",  # more than an extension, less than a number
        "+205",
        "+49 30 123456",  # a country nobody allowed
        "+7 495 123 45 67",
        "+1 900 555 1234",  # premium, though +1 is allowed
        "+1 876 555 1234",  # refused by the longer prefix
        "+48 22 123 45 67",
        "0900 333 444",  # Ukrainian premium
        "+380 900 333 444",
        "+44 70 1234 5678",
        "+380 89 123 45 67",
        "+881 6 1234 5678",
    ],
)
def test_what_may_not_be_called(written: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_number(written, RULES)
    assert refused.value.field == "number"


@given(st.text() | st.from_regex(r"\A[+0-9 ()*#-]{1,20}\Z"))
def test_whatever_is_written_is_refused_or_made_diallable(written: str) -> None:
    try:
        dialled = check_number(written, RULES)
    except InvalidInput:
        return
    assert DIALLABLE.fullmatch(dialled)
    assert check_number(dialled, RULES) == dialled


@given(st.integers(10**6, 10**14))
def test_without_prefixes_only_the_own_country_is_reached(digits: int) -> None:
    try:
        dialled = check_number(f"+{digits}", OutboundRules(plan=NumberingPlan()))
    except InvalidInput:
        return
    assert phonenumbers.region_code_for_number(phonenumbers.parse(dialled)) == "UA"


@given(st.from_regex(r"\A\+[1-9][0-9]{7,14}\Z"))
def test_what_costs_extra_is_refused_though_all_the_world_is_allowed(number: str) -> None:
    everything = OutboundRules(plan=NumberingPlan(), allowed_prefixes=tuple(f"+{digit}" for digit in range(1, 10)))
    try:
        dialled = check_number(number, everything)
    except InvalidInput:
        return
    try:
        kind = phonenumbers.number_type(phonenumbers.parse(dialled))
    except phonenumbers.NumberParseException:  # of a country there is not: nobody earns anything
        return
    assert kind != phonenumbers.PhoneNumberType.PREMIUM_RATE
