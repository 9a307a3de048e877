"""Finding contacts by anything that is written about them, and by what narrows the choice."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec
import phonenumbers
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from telemarket.contacts import queries
from telemarket.contacts.folding import on_the_other_layout, typed_words
from telemarket.contacts.model import Contact
from telemarket.contacts.tables import RARE, contact_categories, contact_search, contacts, phones
from telemarket.contacts.terms import Word, attribute_mark, mark, query
from telemarket.core.database import Database
from telemarket.core.prepared import Row, Statement
from telemarket.numbers import NumberingPlan, digits_of, normalise

MOST_FOUND = 500
"""Contacts a text can find: whoever finds more types another letter."""
_LONGEST_TEXT = 200
_MOST_WORDS = 8
_SHORTEST_NUMBER = 3  # digits
_SHORTEST_MISTAKE = 3  # characters that may have been typed in the wrong layout
_AFTER_ALL = 2**31 - 1
_EQUAL = ("kind", "region", "source", "consultant_id", "company_id")
_FLAGS = ("do_not_call", "incomplete")
_ALPHABET = str.maketrans({"ґ": "г\u0301", "є": "е\u0301", "і": "и\u0301", "ї": "и\u0302"})


class ContactFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Who is looked for; what is left empty narrows nothing.

    `text` is beginnings of words in any of the scripts, or a number or part of one. `attribute` is a name and the
    value it must have. Archived contacts are found only with `archived`, and then nobody else.
    """

    text: str = ""
    kind: str = ""
    category: str = ""
    region: str = ""
    source: str = ""
    consultant_id: int | None = None
    company_id: int | None = None
    attribute: tuple[str, str] | None = None
    do_not_call: bool = False
    incomplete: bool = False
    archived: bool = False


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A page of contacts. `after`, given back, brings the next one; None: this is the last.

    `count` is how many were found in all, at most MOST_FOUND; None where no text was sought: then the newest stand
    first, and there is no end to the pages but the last contact. `instead` is the text that was sought because the
    keyboard seems to have been in the wrong layout.
    """

    contacts: tuple[Contact, ...] = ()
    after: int | None = None
    count: int | None = None
    instead: str = ""


class ContactSearch:
    """The search in `database`; numbers are read by `plan`. Raises DatabaseUnavailable."""

    def __init__(self, database: Database, plan: NumberingPlan) -> None:
        self._database = database
        self._plan = plan

    async def find(self, wanted: ContactFilter, limit: int, after: int | None = None) -> Found:
        """A page of at most `limit` contacts."""
        text = wanted.text[:_LONGEST_TEXT].strip()
        if not text and wanted.attribute is None:
            return await self._newest(wanted, limit, after)
        marks, instead = _marks(wanted), ""
        ids = await self._sought(text, marks, wanted.archived)
        if not ids and len(text) >= _SHORTEST_MISTAKE and any(map(str.isalpha, text)):
            ids = await self._sought(on_the_other_layout(text), marks, wanted.archived)
            instead = on_the_other_layout(text) if ids else ""
        start = after or 0
        page = await self._read(ids[start : start + limit])
        further = start + limit if len(ids) > start + limit else None
        return Found(contacts=page, after=further, count=len(ids), instead=instead)

    async def _newest(self, wanted: ContactFilter, limit: int, after: int | None) -> Found:
        statement, values = _walk(wanted, limit + 1)
        values |= {"before": _AFTER_ALL if after is None else after}
        ids = [row[0] for row in await self._database.fetch(statement, values, unhurried=True)]
        return Found(contacts=await self._read(ids[:limit]), after=ids[limit - 1] if len(ids) > limit else None)

    async def _sought(self, text: str, marks: list[str], archived: bool) -> list[int]:
        """The ids of whom the text finds: who has all its words first, then those with a word that begins so."""
        if not text:
            return await self._with_terms([], marks, archived=archived)
        if not any(map(str.isalpha, text)):
            return await self._by_number(text, marks, archived)
        words = typed_words(text)[:_MOST_WORDS]
        words = [word for word in words if len(word[0]) > 1] or words
        if not words:
            return []
        whole = [word[:1] for word in words]
        found = await self._with_terms(whole, marks, archived=archived)
        if len(found) < MOST_FOUND and len(words[-1][0]) > 1:
            found += await self._with_terms([*whole[:-1], words[-1]], marks, beginnings=1, archived=archived)
        if not found and len(words) > 1:
            found = await self._with_terms(words, marks, beginnings=len(words), archived=archived)
        return list(dict.fromkeys(found))[:MOST_FOUND]

    async def _by_number(self, text: str, marks: list[str], archived: bool) -> list[int]:
        """Whose contract or telephone it is, and where either begins (a telephone: or ends) so."""
        digits = digits_of(text)
        if not digits:
            return []
        found = await self._with_terms([(digits,)], marks, archived=archived)
        if ranges := _number_ranges(text, self._plan):
            found += await self._ids(_by_digits(len(marks), archived), ranges | _mark_values(marks))
        if len(digits) >= _SHORTEST_NUMBER:
            found += await self._with_terms([(digits,)], marks, beginnings=1, archived=archived)
        return list(dict.fromkeys(found))[:MOST_FOUND]

    async def _with_terms(
        self,
        words: Sequence[Word],
        marks: list[str],
        *,
        beginnings: int = 0,
        archived: bool = False,
    ) -> list[int]:
        sqlite = self._database.is_sqlite
        wanted = query(words, marks, sqlite=sqlite, archived=archived, beginnings=beginnings)
        return await self._ids(_IN_SQLITE if sqlite else _IN_POSTGRESQL, {"wanted": wanted})

    async def _ids(self, statement: Statement, values: dict[str, Any]) -> list[int]:
        """The first column, in the order of the names."""
        rows = await self._database.fetch(statement, values, unhurried=True)
        return [row[0] for row in sorted(rows, key=_by_name)]

    async def _read(self, ids: list[int]) -> tuple[Contact, ...]:
        found = await queries.by_ids(self._database, ids)
        return tuple(found[contact_id] for contact_id in ids if contact_id in found)


def _by_name(row: Row) -> tuple[bool, str, int]:
    contact_id, name, company = row
    called = name or company
    return not called, called.casefold().translate(_ALPHABET), contact_id


def _named(ids: Statement) -> sa.Select[Any]:
    few = ids.subquery("few")
    return sa.select(contacts.c.id, contacts.c.name, contacts.c.company).join(few, few.c.id == contacts.c.id)


def _at_most(limit: int) -> sa.ColumnElement[int]:
    """A number the planner sees: for a parameter it would prepare for a tenth of all contacts."""
    return sa.literal_column(str(limit), sa.Integer)


_WANTED = sa.bindparam("wanted", type_=sa.String)
_index = sa.table("contact_index", sa.column("rowid", sa.Integer), sa.column("contact_index", sa.String))
_IN_SQLITE = _named(
    sa.select(_index.c.rowid.label("id"))
    .where(_index.c.contact_index.op("MATCH")(_WANTED))
    .order_by(_index.c.rowid.desc())
    .limit(_at_most(MOST_FOUND))
)
_indexed = sa.func.contact_index_terms(contact_search.c.terms)
_IN_POSTGRESQL = _named(
    sa.select(contact_search.c.contact_id.label("id"))
    .where(_indexed.op("@@")(sa.cast(_WANTED, postgresql.TSQUERY)))
    .limit(_at_most(MOST_FOUND))
)


@lru_cache
def _by_digits(marks: int, archived: bool) -> sa.Select[Any]:
    """Contacts with a number that begins or ends as typed, and with so many marks."""
    ranges = (phones.c.digits, "begins"), (phones.c.digits, "national"), (phones.c.reversed, "ends")
    fitting = sa.select(phones.c.contact_id).join(contacts, contacts.c.id == phones.c.contact_id)
    fitting = fitting.where(_is_archived(archived))
    if marks:
        fitting = fitting.join(contact_search, contact_search.c.contact_id == phones.c.contact_id)
    for number in range(marks):
        fitting = fitting.where(contact_search.c.terms.contains(_text(f"mark{number}")))
    parts = [
        fitting.where(column.between(_text(f"{name}_low"), _text(f"{name}_high")))
        .limit(_at_most(MOST_FOUND))
        .subquery()
        for column, name in ranges
    ]
    return _named(sa.union(*(sa.select(part.c.contact_id.label("id")) for part in parts)))


def _mark_values(marks: list[str]) -> dict[str, Any]:
    return {f"mark{number}": each for number, each in enumerate(marks)}


def _number_ranges(text: str, plan: NumberingPlan) -> dict[str, Any]:
    """Ranges of the index: numbers that begin as typed, begin so after the country code, or end so."""
    number, digits = normalise(text, plan), digits_of(text)
    typed = digits.lstrip("0")
    if number is None or not typed or len(digits) < _SHORTEST_NUMBER:
        return {}
    country = str(phonenumbers.country_code_for_region(plan.regions[0]))
    values: dict[str, Any] = {}
    for name, low in (("begins", number.digits), ("national", country + typed), ("ends", typed[::-1])):
        values |= {f"{name}_low": low, f"{name}_high": queries.upper(low)}
    return values


def _marks(wanted: ContactFilter) -> list[str]:
    """The terms that stand for all of the filter but its text."""
    names = (*_EQUAL, "category", *_FLAGS)
    marks = [mark(name, value) for name in names if (value := getattr(wanted, name))]
    return marks if wanted.attribute is None else [*marks, attribute_mark(*wanted.attribute)]


def _walk(wanted: ContactFilter, limit: int) -> tuple[Statement, dict[str, Any]]:
    """Everybody within the filter, the newest first."""
    rare = [name for name in _FLAGS if getattr(wanted, name)]
    equal = {name: value for name in _EQUAL if (value := getattr(wanted, name))}
    if wanted.kind == "company":
        rare.append(equal.pop("kind"))
    values = dict(equal) | ({"category": wanted.category} if wanted.category else {})
    return _walking(tuple(equal), tuple(rare), bool(wanted.category), wanted.archived, limit), values


@lru_cache(256)
def _walking(
    equal: tuple[str, ...], rare: tuple[str, ...], category: bool, archived: bool, limit: int
) -> sa.Select[Any]:
    statement = sa.select(contacts.c.id).where(
        contacts.c.id < sa.bindparam("before", type_=sa.Integer),
        _is_archived(archived),
        *(contacts.c[name] == sa.bindparam(name, type_=contacts.c[name].type) for name in equal),
        *(RARE[name] for name in rare),
    )
    if category:
        within = contact_categories.c.contact_id == contacts.c.id
        statement = statement.join(contact_categories, within).where(contact_categories.c.category == _text("category"))
    return statement.order_by(contacts.c.id.desc()).limit(_at_most(limit))


def _is_archived(archived: bool) -> sa.ColumnElement[bool]:
    return RARE["archived"] if archived else contacts.c.archived_at.is_(None)


def _text(name: str) -> sa.BindParameter[str]:
    return sa.bindparam(name, type_=sa.String)
