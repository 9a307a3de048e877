"""Numbers as people like to read them."""

import re

import phonenumbers
from phonenumbers import NumberParseException

from telemarket.numbers.model import Number

# The last four digits are written in pairs in Ukraine (123 45 67); the library leaves 123 4567.
_PAIRS = re.compile(r"^(\+380 .*\d\d\d \d\d)(\d\d)$")


def format_e164(e164: str, extension: str = "") -> str:
    """`+380441234567` → `+380 44 123 45 67`, with ` ext. 12` where there is an extension."""
    try:
        parsed = phonenumbers.parse(e164, None)
        text = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
        text = _PAIRS.sub(r"\1 \2", text)
    except NumberParseException:
        text = e164
    return f"{text} ext. {extension}" if extension else text


def display(number: Number) -> str:
    """The number in international form, or as it was written if no more is known of it."""
    return format_e164(number.e164, number.extension) if number.e164 else number.raw
