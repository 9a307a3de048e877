"""One number in whatever form → one `Number`."""

from collections.abc import Iterator

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, NumberParseException, PhoneNumber, PhoneNumberType

from telemarket.numbers.model import INTERNAL_DIGITS, MAX_DIGITS, Number, NumberingPlan, Quality
from telemarket.numbers.quick import quick
from telemarket.numbers.text import clean, digits_of, split_extension

Reading = tuple[PhoneNumber, int]  # a valid number and its type

_SHORTEST_INTERNATIONAL = 11  # fewer digits without a plus are more likely a national number


def normalise(text: str, plan: NumberingPlan) -> Number | None:
    """Read `text` as one number; None if it holds no number at all. Never raises."""
    return quick(text, plan) or thorough(text, plan)


def thorough(text: str, plan: NumberingPlan) -> Number | None:
    """The same by the library's own rules alone."""
    raw = clean(text)
    body, extension = split_extension(raw)
    digits = digits_of(body)
    if not 0 < len(digits) <= MAX_DIGITS:
        return None
    reading, quality = _read(digits, body.lstrip(" (").startswith("+"), plan)
    if reading is None:
        return Number(raw=raw, digits=digits, national=digits, extension=extension)
    parsed, kind = reading
    e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return Number(
        raw=raw,
        digits=e164.removeprefix("+"),
        national=phonenumbers.national_significant_number(parsed),
        e164=e164,
        extension=extension,
        quality=quality,
        kind="mobile" if kind == PhoneNumberType.MOBILE else "other",
    )


def national_part(e164: str) -> str:
    """The digits of `e164` after its country code."""
    digits = e164.removeprefix("+")
    for length in (1, 2, 3):
        if int(digits[:length] or 0) in COUNTRY_CODE_TO_REGION_CODE:
            return digits[length:]
    return digits


def _read(digits: str, international: bool, plan: NumberingPlan) -> tuple[Reading | None, Quality]:
    """The first reading that a numbering plan allows, and how far it is to be trusted."""
    if international:
        return _valid("+" + digits, None), Quality.VALID
    if len(digits) <= INTERNAL_DIGITS:
        return None, Quality.WEAK
    for written in _international_forms(digits):
        if reading := _valid("+" + written, None):
            return reading, Quality.VALID
    for region in plan.regions:
        for written in _national_forms(digits):
            if reading := _valid(written, region):
                return reading, Quality.VALID
        if region == plan.regions[0] and (reading := _local(digits, plan)):
            return reading, Quality.AREA_ASSUMED
    if len(digits) >= _SHORTEST_INTERNATIONAL and digits[0] not in "08":
        return _valid("+" + digits, None), Quality.VALID
    return None, Quality.WEAK


def _international_forms(digits: str) -> Iterator[str]:
    """The number behind an international prefix: 00, and 8~10 of the old Soviet plan."""
    if digits.startswith("00"):
        yield digits[2:]
    if digits.startswith("810") and len(digits) > _SHORTEST_INTERNATIONAL:
        yield digits[3:]


def _national_forms(digits: str) -> Iterator[str]:
    """As written, then without the old trunk prefix 8 (80 67… in Ukraine)."""
    yield digits
    if digits.startswith("8"):
        yield digits[1:]


def _local(digits: str, plan: NumberingPlan) -> Reading | None:
    """The number once the configured area code is put in front, unless it carries a trunk prefix already."""
    if not plan.area_code or digits.startswith("0"):
        return None
    return _valid(plan.area_code + digits, plan.regions[0])


def _valid(written: str, region: str | None) -> Reading | None:
    """The number and its type if a numbering plan has it: a valid number is one whose type is known."""
    try:
        parsed = phonenumbers.parse(written, region)
    except NumberParseException:
        return None
    kind = phonenumbers.number_type(parsed)
    return None if kind == PhoneNumberType.UNKNOWN else (parsed, kind)
