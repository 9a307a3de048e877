"""The terms a contact is found by, and queries for them in the language of each database. Pure.

A contact's terms are the folded words of what is written about him, and marks: terms that begin with an underscore and
stand for what a search is narrowed by, so that a common name within a small group is found as quickly as a rare name.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from telemarket.contacts.folding import LONGEST_WORD, folded_words

ARCHIVED = "_archived"
MOST_WORDS = 100
_DIGEST_BYTES = 5  # in ten million contacts no two values are likely to share one
_TEXTS = ("name", "company", "position", "site", "region")
_MARKED = ("kind", "region", "source", "consultant_id", "company_id", "do_not_call", "incomplete")

Word = Sequence[str]
"""A word sought, as one or several folded words: any of them will do."""


def terms_of(values: Mapping[str, Any], *, archived: bool = False, hidden: Collection[str] = ()) -> str:
    """What the full text keeps of a contact with these values of the columns of `contacts`, but for the `hidden`
    attributes."""
    attributes = {name: value for name, value in values["attributes"].items() if name not in hidden}
    texts = [*(values[name] for name in _TEXTS), *values["emails"], *(text for _, text in values["addresses"])]
    words = folded_words(*texts, *attributes.values(), *map(_joined, attributes.values()))[:MOST_WORDS]
    marks = [mark(name, values[name]) for name in _MARKED if values[name]]
    marks += [mark("category", category) for category in values["categories"]]
    marks += [attribute_mark(name, value) for name, value in attributes.items()]
    return " ".join([*words, *marks, *([ARCHIVED] if archived else [])])


def mark(name: str, value: object) -> str:
    """The term of everybody who has this value of what `name` says."""
    text = f"{name}\n{str(value).casefold()}".encode(errors="replace")
    return f"_{hashlib.blake2b(text, digest_size=_DIGEST_BYTES).hexdigest()}"


def attribute_mark(name: str, value: str) -> str:
    """The term of everybody whose attribute `name` is `value`."""
    return mark(f"attribute {name.casefold()}", value)


def query(
    words: Iterable[Word], marks: Iterable[str], *, sqlite: bool, archived: bool = False, beginnings: int = 0
) -> str:
    """Everybody with all the words and marks: for FTS5, or as the text of a tsquery. The last `beginnings` words need
    only be how a word begins. At least one word or mark must be given; without `archived` nobody archived is found."""
    wanted = list(words)
    whole = len(wanted) - beginnings
    parts = [_any(word, sqlite=sqlite, begins=place >= whole) for place, word in enumerate(wanted)]
    parts += [_quoted(term, sqlite=sqlite) for term in (*marks, *([ARCHIVED] if archived else []))]
    if sqlite:
        found = " AND ".join(parts)
        return found if archived else f"({found}) NOT {_quoted(ARCHIVED, sqlite=sqlite)}"
    return " & ".join(parts if archived else [*parts, f"!{_quoted(ARCHIVED, sqlite=sqlite)}"])


def _any(word: Word, *, sqlite: bool, begins: bool) -> str:
    star = ("*" if sqlite else ":*") if begins else ""
    return "(" + (" OR " if sqlite else " | ").join(_quoted(each, sqlite=sqlite) + star for each in word) + ")"


def _quoted(term: str, *, sqlite: bool) -> str:
    """Terms are letters, digits and underscores."""
    return f'"{term}"' if sqlite else f"'{term}'"


def _joined(value: str) -> str:
    """A contract's number may be typed without its signs: АА-123456 as АА123456."""
    joined = "".join(filter(str.isalnum, value))
    return joined if any(map(str.isdigit, joined)) and len(joined) <= LONGEST_WORD else ""
