"""The operator's search: by the beginnings of words of name and company, or by a number or part of one."""

from typing import Any

import phonenumbers

from telemarket.contacts import queries
from telemarket.contacts.model import Contact
from telemarket.contacts.words import words_of
from telemarket.core.database import Database
from telemarket.core.prepared import Statement
from telemarket.numbers import NumberingPlan, digits_of, normalise

_LONGEST_TEXT = 200
_MOST_WORDS = 4
_SHORTEST_NUMBER = 3
_AFTER_EVERY_LETTER = chr(0x10FFFF)


async def search(database: Database, plan: NumberingPlan, text: str, limit: int) -> list[Contact]:
    """At most `limit` contacts, by name. A text without letters is a contract or other number among a contact's
    values, or a telephone number, or the beginning or end of one."""
    text = text[:_LONGEST_TEXT]
    if any(character.isalpha() for character in text):
        words = sorted(words_of(text)[:_MOST_WORDS], key=len, reverse=True)
        return await _found(database, queries.by_words(len(words)), _word_ranges(words), limit)
    found = await _found(database, queries.BY_WHOLE_WORD, {"word": digits_of(text)}, limit)
    by_number = await _found(database, queries.BY_DIGITS, _number_ranges(text, plan), limit)
    return [*found, *(contact for contact in by_number if contact not in found)][:limit]


async def _found(database: Database, statement: Statement, values: dict[str, Any], limit: int) -> list[Contact]:
    if not values:
        return []
    return list(queries.assemble(await database.fetch(statement, values | {"limit": limit})).values())


def _word_ranges(words: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for place, word in enumerate(words):
        values |= {f"low{place}": word, f"high{place}": word + _AFTER_EVERY_LETTER}
    return values


def _number_ranges(text: str, plan: NumberingPlan) -> dict[str, Any]:
    """Ranges of the index: numbers that begin as typed, begin so after the country code, or end so."""
    number = normalise(text, plan)
    typed = digits_of(text).lstrip("0")
    if number is None or len(typed) < _SHORTEST_NUMBER:
        return {}
    country = str(phonenumbers.country_code_for_region(plan.regions[0]))
    values: dict[str, Any] = {}
    for name, low in (("begins", number.digits), ("national", country + typed), ("ends", typed[::-1])):
        values |= {f"{name}_low": low, f"{name}_high": queries.upper(low)}
    return values
