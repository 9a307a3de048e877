"""What a person or a file wrote about a contact, checked and made into rows."""

import re
from collections.abc import Mapping, Sequence, Sized
from typing import Any

from msgspec import UNSET

from telemarket.contacts.model import ADDRESS_KINDS, CONSENTS, CONTACT_KINDS, PHONE_KINDS, ContactFields
from telemarket.contacts.tables import contacts
from telemarket.core.errors import InvalidInput
from telemarket.core.i18n import N_
from telemarket.core.text import clean_line
from telemarket.numbers import Number, NumberingPlan, extract

MAX_PHONES = 50
MAX_ATTRIBUTES = 50
LONGEST_ATTRIBUTE_NAME = 80
LONGEST_ATTRIBUTE = 500
LONGEST_RAW = 200
_LONGEST_PHONES_TEXT = 500
_TEXTS = {
    name: contacts.c[name].type.length  # type: ignore[attr-defined]
    for name in ("name", "company", "position", "site", "source", "region")
}
_PLAIN = ("company_id", "consultant_id", "vip", "do_not_call")
_CHOSEN = {"kind": CONTACT_KINDS, "consent": CONSENTS}
MAX_VALUES = 50  # of mails, addresses and categories each
LONGEST_EMAIL = 254
LONGEST_ADDRESS = 500
LONGEST_CATEGORY = 80
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def checked(fields: ContactFields) -> dict[str, Any]:
    """Values for the columns of `contacts` that are set; raises InvalidInput naming the field."""
    values: dict[str, Any] = {}
    for name, limit in _TEXTS.items():
        text = getattr(fields, name)
        if text is not UNSET:
            values[name] = clean_line(text, field=name, limit=limit)
    for name in _PLAIN:
        value = getattr(fields, name)
        if value is not UNSET:
            values[name] = value
    for name, choices in _CHOSEN.items():
        code = getattr(fields, name)
        if code is not UNSET:
            values[name] = _chosen(code, choices, field=name)
    if fields.emails is not UNSET:
        values["emails"] = [_email(text) for text in _lines(fields.emails, "emails", LONGEST_EMAIL)]
    if fields.addresses is not UNSET:
        values["addresses"] = _addresses(fields.addresses)
    if fields.categories is not UNSET:
        values["categories"] = _lines(fields.categories, "categories", LONGEST_CATEGORY)
    if fields.attributes is not UNSET:
        values["attributes"] = _attributes(fields.attributes)
    return values


def _chosen(code: str, choices: Sequence[str], *, field: str) -> str:
    if code not in choices:
        raise InvalidInput(N_("“%(value)s” is none of the values there are.", value=code[:80]), field=field)
    return code


def _lines(texts: Sequence[str], field: str, limit: int) -> list[str]:
    """The texts that say something, each once, whatever the case of its letters."""
    found: dict[str, str] = {}
    for text in texts:
        if line := clean_line(text, field=field, limit=limit):
            found.setdefault(line.casefold(), line)
    _refuse_too_many(found, field)
    return list(found.values())


def is_email(text: str) -> bool:
    """Whether it is written as a mail address is."""
    return bool(_EMAIL.fullmatch(text))


def _email(text: str) -> str:
    if not is_email(text):
        raise InvalidInput(N_("“%(text)s” is no mail address.", text=text), field="emails")
    return text


def _addresses(written: Sequence[tuple[str, str]]) -> list[list[str]]:
    found = []
    for kind, text in written:
        if line := clean_line(text, field="addresses", limit=LONGEST_ADDRESS):
            found.append([_chosen(kind or ADDRESS_KINDS[-1], ADDRESS_KINDS, field="addresses"), line])
    _refuse_too_many(found, "addresses")
    return found


def check_counts(values: Mapping[str, Any], phones: Sized) -> None:
    """Raises InvalidInput where these column values and telephones of a contact are more than its form takes."""
    for name in ("emails", "addresses", "categories"):
        _refuse_too_many(values.get(name, ()), name)
    _refuse_too_many_attributes(values.get("attributes", ()))
    _refuse_too_many_phones(phones)


def _refuse_too_many(values: Sized, field: str) -> None:
    if len(values) > MAX_VALUES:
        text = N_("Too many values: %(count)s, at most %(limit)s.", count=len(values), limit=MAX_VALUES)
        raise InvalidInput(text, field=field)


def _refuse_too_many_attributes(given: Sized) -> None:
    if len(given) > MAX_ATTRIBUTES:
        text = N_("Too many further values: %(count)s, at most %(limit)s.", count=len(given), limit=MAX_ATTRIBUTES)
        raise InvalidInput(text, field="attributes")


def _attributes(given: dict[str, str]) -> dict[str, str]:
    """Those with a value: what is emptied is gone."""
    _refuse_too_many_attributes(given)
    cleaned = {
        clean_line(name, field="attributes", limit=LONGEST_ATTRIBUTE_NAME, required=True): clean_line(
            value, field="attributes", limit=LONGEST_ATTRIBUTE
        )
        for name, value in given.items()
    }
    return {name: value for name, value in cleaned.items() if value}


def phone_rows(
    written: tuple[tuple[str, str], ...], plan: NumberingPlan, present: Sequence[dict[str, Any]] = ()
) -> list[dict[str, Any]]:
    """A row for each number in each field; raises InvalidInput for a kind nobody knows or a field without number.

    What is written as it is in a row `present` stays that row: it may have been read by the plan of another country.
    """
    rows = []
    left = [*present]
    for kind, text in written:
        same = next((row for row in left if (row["kind"], row["raw"]) == (kind, text)), None)
        if same is not None:
            left.remove(same)
            rows.append(same)
            continue
        if kind and kind not in PHONE_KINDS:
            raise InvalidInput(N_("There is no kind of telephone called %(kind)s.", kind=kind), field="phones")
        line = clean_line(text, field="phones", limit=_LONGEST_PHONES_TEXT)
        numbers = extract(line, plan)
        if line and not numbers:
            raise InvalidInput(N_("There is no telephone number in “%(text)s”.", text=line), field="phones")
        rows += [phone_row(number, kind) for number in numbers]
    _refuse_too_many_phones(rows)
    return rows


def _refuse_too_many_phones(rows: Sized) -> None:
    if len(rows) > MAX_PHONES:
        text = N_("Too many telephones: %(count)s, at most %(limit)s.", count=len(rows), limit=MAX_PHONES)
        raise InvalidInput(text, field="phones")


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
