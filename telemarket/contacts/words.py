"""The words by which a contact is found."""

import re
from collections.abc import Mapping
from typing import Any

_WORD = re.compile(r"[^\W_]{1,40}")
_MOST_WORDS = 40


def words_of(*texts: str) -> list[str]:
    """The distinct words of `texts`, case folded, for the search."""
    words = dict.fromkeys(_WORD.findall(" ".join(texts).casefold()))
    return list(words)[:_MOST_WORDS]


def searched_words(values: Mapping[str, Any]) -> list[str]:
    """The words by which a contact of these column values is found: name, company, contract and other numbers."""
    texts = [values.get(name, "") for name in ("name", "company")]
    return words_of(*texts, *values.get("attributes", {}).values())
