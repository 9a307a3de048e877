"""What a person or a file wrote about a contact, checked and made into rows."""

import re
from collections.abc import Mapping
from typing import Any

from msgspec import UNSET

from telemarket.contacts.model import PHONE_KINDS, ContactFields
from telemarket.contacts.tables import contacts
from telemarket.core.errors import InvalidInput
from telemarket.core.i18n import N_
from telemarket.core.text import clean_line
from telemarket.numbers import Number, NumberingPlan, extract

MAX_PHONES = 50
MAX_ATTRIBUTES = 50
LONGEST_ATTRIBUTE = 500
LONGEST_RAW = 200
_LONGEST_PHONES_TEXT = 500
_TEXTS = {
    name: contacts.c[name].type.length  # type: ignore[attr-defined]
    for name in ("name", "company", "position", "email", "postal_address", "address", "site", "source")
}
_WORD = re.compile(r"[^\W_]{1,40}")
_MOST_WORDS = 40


def checked(fields: ContactFields) -> dict[str, Any]:
    """Values for the columns of `contacts` that are set; raises InvalidInput naming the field."""
    values: dict[str, Any] = {}
    for name, limit in _TEXTS.items():
        text = getattr(fields, name)
        if text is not UNSET:
            values[name] = clean_line(text, field=name, limit=limit)
    if fields.vip is not UNSET:
        values["vip"] = fields.vip
    if fields.attributes is not UNSET:
        values["attributes"] = _attributes(fields.attributes)
    return values


def _attributes(given: dict[str, str]) -> dict[str, str]:
    if len(given) > MAX_ATTRIBUTES:
        text = N_("Too many further values: %(count)s, at most %(limit)s.", count=len(given), limit=MAX_ATTRIBUTES)
        raise InvalidInput(text, field="attributes")
    return {
        clean_line(name, field="attributes", limit=LONGEST_ATTRIBUTE, required=True): clean_line(
            value, field="attributes", limit=LONGEST_ATTRIBUTE
        )
        for name, value in given.items()
    }


def phone_rows(written: tuple[tuple[str, str], ...], plan: NumberingPlan) -> list[dict[str, Any]]:
    """A row for each number in each field; raises InvalidInput for a kind nobody knows or a field without number."""
    rows = []
    for kind, text in written:
        if kind and kind not in PHONE_KINDS:
            raise InvalidInput(N_("There is no kind of telephone called %(kind)s.", kind=kind), field="phones")
        line = clean_line(text, field="phones", limit=_LONGEST_PHONES_TEXT)
        numbers = extract(line, plan)
        if line and not numbers:
            raise InvalidInput(N_("There is no telephone number in “%(text)s”.", text=line), field="phones")
        rows += [phone_row(number, kind) for number in numbers]
    if len(rows) > MAX_PHONES:
        text = N_("Too many telephones: %(count)s, at most %(limit)s.", count=len(rows), limit=MAX_PHONES)
        raise InvalidInput(text, field="phones")
    return rows


def phone_row(number: Number, kind: str = "") -> dict[str, Any]:
    """The values of one row of the phone index, but for the contact's id."""
    return {
        "kind": kind or number.kind,
        "raw": number.raw[:LONGEST_RAW],
        "e164": number.e164,
        "digits": number.digits,
        "reversed": number.reversed,
        "extension": number.extension,
        "quality": int(number.quality),
    }


def words_of(*texts: str) -> list[str]:
    """The distinct words of `texts`, case folded, for the search."""
    words = dict.fromkeys(_WORD.findall(" ".join(texts).casefold()))
    return list(words)[:_MOST_WORDS]


def searched_words(values: Mapping[str, Any]) -> list[str]:
    """The words by which a contact of these column values is found: name, company, contract and other numbers."""
    texts = [values.get(name, "") for name in ("name", "company", "backend_key")]
    return words_of(*texts, *values.get("attributes", {}).values())
