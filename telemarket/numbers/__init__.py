"""Telephone numbers: what a person, a backend or the line wrote, made comparable. Pure functions."""

from telemarket.numbers.caller import is_anonymous
from telemarket.numbers.dial import dialable
from telemarket.numbers.display import display, format_e164
from telemarket.numbers.extract import extract
from telemarket.numbers.model import INTERNAL_DIGITS, MAX_DIGITS, Number, NumberingPlan, Quality
from telemarket.numbers.normalise import national_part, normalise
from telemarket.numbers.text import digits_of

__all__ = [
    "INTERNAL_DIGITS",
    "MAX_DIGITS",
    "Number",
    "NumberingPlan",
    "Quality",
    "dialable",
    "digits_of",
    "display",
    "extract",
    "format_e164",
    "is_anonymous",
    "national_part",
    "normalise",
]
