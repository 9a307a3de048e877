"""What a heading means, in Ukrainian, Russian and English."""

import re
import unicodedata
from functools import lru_cache

import msgspec

from telemarket.importing.heading_words import CODES, FIELDS, KINDS
from telemarket.importing.model import ATTRIBUTE, LONGEST_ATTRIBUTE_NAME


class Meaning(msgspec.Struct, frozen=True):
    """A target, how surely the heading says so (0 to 1), and how an attribute's values are read."""

    target: str
    confidence: float
    kind: str = "text"
    width: int = 0


def _pattern(words: str) -> re.Pattern[str]:
    return re.compile("|".join(line.strip() for line in words.strip().splitlines()))


_FIELDS = tuple((target, confidence, _pattern(words)) for target, confidence, words in FIELDS)
_CODES = tuple((width, _pattern(words)) for width, words in CODES)
_KINDS = {kind: _pattern(words) for kind, words in KINDS}
_ORDINAL = re.compile(r"(№|n|no|nn|#)( ?(п п|пп|з п|зп))?|п п|пп")
_NO_LETTERS = re.compile(r"[^\w№#]+")


def plain(heading: str) -> str:
    """The heading without case, punctuation and needless blanks: headings that are the same are equal."""
    text = unicodedata.normalize("NFC", heading).casefold().replace("ё", "е").replace("_", " ")
    return " ".join(_NO_LETTERS.sub(" ", text.replace("№", " № ")).split())


@lru_cache(1024)
def meaning(heading: str) -> Meaning:
    """What the heading says; a heading that says nothing known is an attribute of that name."""
    text = plain(heading)
    if not text or _ORDINAL.fullmatch(text):  # the rows' own numbers are nobody's value
        return Meaning("", 0.9 if text else 0.0)
    for target, confidence, pattern in _FIELDS:
        if pattern.search(text):
            return Meaning(target, confidence)
    name = ATTRIBUTE + attribute_name(heading)
    for width, pattern in _CODES:
        if pattern.search(text) and not _KINDS["date"].search(text):
            return Meaning(name, 0.85, "text", width)
    for kind, pattern in _KINDS.items():
        if pattern.search(text):
            return Meaning(name, 0.85, kind)
    return Meaning(name, 0.5)


def attribute_name(heading: str) -> str:
    """The heading as the name of a further value."""
    return " ".join(heading.split())[:LONGEST_ATTRIBUTE_NAME].rstrip(" :.;,")
