"""Words as they are written, but for the case of their letters."""

import re
from collections.abc import Mapping
from typing import Any

_WORD = re.compile(r"[^\W_]{1,40}")
_MOST_WORDS = 40


def words_of(*texts: str) -> list[str]:
    """The distinct words of `texts`, case folded."""
    words = dict.fromkeys(_WORD.findall(" ".join(texts).casefold()))
    return list(words)[:_MOST_WORDS]


def attribute_words(values: Mapping[str, Any]) -> list[str]:
    """The words of all attributes of a contact with these column values: numbers of contracts and the like."""
    return words_of(*values.get("attributes", {}).values())
