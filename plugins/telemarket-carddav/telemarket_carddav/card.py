"""From a vCard (2.1, 3.0 or 4.0) to a record. Pure."""

import logging
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

import vobject  # type: ignore[import-untyped]
from vobject.base import VObjectError  # type: ignore[import-untyped]

from telemarket.backend import Record

# What it cannot read it quotes, and what it quotes is somebody's.
logging.getLogger("vobject.base").setLevel(logging.CRITICAL)

_PHONE_KINDS = (("fax", "fax"), ("cell", "mobile"), ("iphone", "mobile"), ("main", "main"), ("home", "home"))
_ATTRIBUTES = (("nickname", "Nickname"), ("bday", "Birthday"), ("note", "Note"))


class Unreadable(ValueError):
    """The text is no vCard."""


def record_of(text: str, key: str, template: str) -> Record:
    """The record of a card. `template` is the address that opens it. Raises Unreadable."""
    try:
        card = next(vobject.readComponents(text, ignoreUnreadable=True), None)
    except (VObjectError, ValueError, IndexError, KeyError, AttributeError, UnicodeError, TypeError):
        card = None  # the library stumbles over broken lines in many ways
    if card is None or card.name != "VCARD":
        raise Unreadable("this is no vCard")
    organisation = _parts(_first(card, "org"))
    company = organisation[0] if organisation else ""
    is_company = _word(card, "kind") == "org" or _word(card, "x-abshowas") == "company"
    name = _text(_first(card, "fn")) or " ".join(_text(_first(card, "n")).split()) or company
    departments = [("Department", ", ".join(organisation[1:]))] if organisation[1:] else []
    values = {"uid": _text(_first(card, "uid")), "file": key}
    return Record(
        key=key,
        kind="company" if is_company else "person",
        name=name,
        company="" if is_company else company,
        position=_text(_first(card, "title")) or _text(_first(card, "role")),
        phones=tuple((_phone_kind(each), _number(each)) for each in _all(card, "tel")),
        emails=tuple(_text(each) for each in _all(card, "email")),
        addresses=tuple((_address_kind(each), _lines(each)) for each in _all(card, "adr")),
        site=_text(_first(card, "url")),
        categories=tuple(part for each in _all(card, "categories") for part in _parts(each)),
        attributes=(*departments, *((label, _text(_first(card, field))) for field, label in _ATTRIBUTES)),
        url=_filled(template, values),
    )


def _all(card: Any, name: str) -> list[Any]:
    return [each for each in card.contents.get(name, ()) if _text(each)]


def _first(card: Any, name: str) -> Any:
    """The first of a card's lines with this name, or None."""
    return next(iter(card.contents.get(name, ())), None)


def _text(line: Any) -> str:
    return "" if line is None else str(line.value).strip()


def _word(card: Any, name: str) -> str:
    return _text(_first(card, name)).lower()


def _parts(line: Any) -> list[str]:
    """A line of several values."""
    value = [] if line is None else line.value
    return [text for each in (value if isinstance(value, list) else [value]) if (text := str(each).strip())]


def _types(line: Any) -> set[str]:
    """What kind of number or address it is: TYPE=CELL,VOICE, TYPE="cell,voice", or simply CELL in version 2.1."""
    given: Iterable[str] = line.params.get("TYPE", ())
    return {word.lower() for text in (*given, *line.singletonparams) for word in text.split(",")}


def _phone_kind(line: Any) -> str:
    types = _types(line)
    return next((kind for word, kind in _PHONE_KINDS if word in types), "direct" if "work" in types else "")


def _number(line: Any) -> str:
    return _text(line).removeprefix("tel:").replace(";ext=", " ext. ")


def _address_kind(line: Any) -> str:
    types = _types(line)
    return next((kind for kind in ("work", "home", "postal") if kind in types), "other")


def _lines(line: Any) -> str:
    address = line.value
    fields: Sequence[Any] = (
        *(address.street, address.extended, address.box, address.city),
        *(address.region, address.code, address.country),
    )
    texts = (", ".join(each) if isinstance(each, list) else str(each) for each in fields)
    return ", ".join(text for each in texts if (text := each.strip()))


def _filled(template: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        template = template.replace(f"{{{name}}}", quote(value, safe=""))
    return template
