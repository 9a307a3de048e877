"""Several numbers out of one field that people filled in by hand.

Meant for fields that hold telephones: in free prose, dates and contract numbers look like numbers too.
"""

import re
from collections.abc import Iterator

from telemarket.numbers.model import INTERNAL_DIGITS, Number, NumberingPlan, Quality
from telemarket.numbers.normalise import normalise
from telemarket.numbers.quick import quick
from telemarket.numbers.text import DASHES, EXTENSION, GAP, SPACES, clean, digits_of

MAX_NUMBERS = 20

_SHORT = rf"\d{{1,4}}(?!{GAP}*\d)"  # the other ending in "291-01-91/92"
_BRACKETED_LIST = re.compile(r"\(\s*(\d{1,4}(?:\s*[,/;]\s*\d{1,4})+)\s*\)")
_COMMA_ENDING = re.compile(rf"(?<=\d)[{SPACES}]*,[{SPACES}]*(?=\d\d(?!{GAP}*\d)(?!\w))")
_NUMBER = re.compile(
    rf"(?P<body>\+?[{SPACES}]?\(?\d(?:{GAP}*\d)*)"
    rf"(?P<open>[{DASHES}]?)(?P<endings>(?:[{SPACES}]*/[{SPACES}]*{_SHORT})*)"
    rf"(?:[\s,;(]*{EXTENSION})?",
    re.IGNORECASE,
)
_MOSTLY_TWO = 13  # a run of this many digits or more is probably two numbers with a blank between


def extract(text: str, plan: NumberingPlan) -> tuple[Number, ...]:
    """The numbers in `text`, in order, each once, at most MAX_NUMBERS. Never raises."""
    if number := quick(text, plan):
        return (number,)
    return _several(text, plan)


def _several(text: str, plan: NumberingPlan) -> tuple[Number, ...]:
    text = _BRACKETED_LIST.sub(lambda found: "/" + re.sub(r"\s*[,;/]\s*", "/", found[1]), clean(text))
    text = _COMMA_ENDING.sub("/", text)
    numbers: dict[tuple[str, str], Number] = {}
    for written in _candidates(text):
        number = normalise(written, plan)
        for part in _parts(number, plan) if number else ():
            numbers.setdefault((part.digits, part.extension), part)
        if len(numbers) >= MAX_NUMBERS:
            break
    return tuple(numbers.values())[:MAX_NUMBERS]


def _candidates(text: str) -> Iterator[str]:
    """Every piece of `text` written like one number, endings put in their places."""
    for found in _NUMBER.finditer(text):
        body, extension = found["body"].strip(), found["extension"]
        endings = [digits_of(ending) for ending in found["endings"].split("/")[1:]]
        if len(digits_of(body)) <= INTERNAL_DIGITS and not endings and not _stands_alone(text, found):
            continue
        if not (endings and found["open"]):  # "291-01-(91,92)": what stands before is no number yet
            yield f"{body} ext. {extension}" if extension else body
        for ending in endings:
            stem = body if found["open"] else _without_last_digits(body, len(ending))
            yield stem + ending


def _stands_alone(text: str, found: re.Match[str]) -> bool:
    """Whether nothing but separators surrounds a short number, so that it is an extension and no floor or flat."""
    before = re.split(r"[,;/\n]", text[: found.start()])[-1]
    after = re.split(r"[,;/\n]", text[found.end() :])[0]
    return not (before + after).strip(" \t+()")


def _without_last_digits(body: str, count: int) -> str:
    places = [place for place, character in enumerate(body) if character.isdecimal()]
    return body[: places[-count]] if count < len(places) else ""


def _parts(number: Number, plan: NumberingPlan) -> list[Number]:
    """`number` itself, or the two or more it turns out to be when nothing but blanks separates them."""
    if number.quality != Quality.WEAK or len(number.digits) < _MOSTLY_TWO:
        return [number]
    parts: list[Number] = []
    group = ""
    for piece in number.raw.split():
        group = f"{group} {piece}".strip()
        part = normalise(group, plan)
        if part and part.e164:
            parts.append(part)
            group = ""
    return parts if parts and not group else [number]
