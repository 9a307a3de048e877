"""Words as they are written, but for the case of their letters."""

import re
from collections.abc import Mapping
from typing import Any

LONGEST_WORD = 40
_WORD = re.compile(rf"[^\W_]{{1,{LONGEST_WORD}}}")
_DIGIT = re.compile(r"\d")
_SIGNS = re.compile(r"[\W_ʼ]+")
_MOST_WORDS = 40


def words_of(*texts: str) -> list[str]:
    """The distinct words of `texts`, case folded."""
    words = dict.fromkeys(_WORD.findall(" ".join(texts).casefold()))
    return list(words)[:_MOST_WORDS]


def whole_word(value: str) -> str:
    """A whole value as one word, without the signs in it: `АА-15/2026` → `аа152026`. Of a long one its beginning."""
    return _SIGNS.sub("", value.casefold().replace("ё", "е"))[:LONGEST_WORD]


def attribute_words(values: Mapping[str, Any]) -> list[str]:
    """What the attributes of a contact with these column values are found by: each whole value, and the words with a
    digit in it, those of short values before those of notes."""
    attributes = sorted(values.get("attributes", {}).values(), key=lambda value: len(value) > LONGEST_WORD)
    wholes = filter(None, map(whole_word, attributes))
    numbers = filter(_DIGIT.search, _WORD.findall(" ".join(attributes).casefold()))
    return list(dict.fromkeys([*wholes, *list(dict.fromkeys(numbers))[:_MOST_WORDS]]))
