"""What attributes and columns become: the fields of a record, as configurations name them. Pure."""

from collections.abc import Collection
from typing import Any

from telemarket.backend import Record
from telemarket.contacts.model import ADDRESS_KINDS, PHONE_KINDS

SINGLE = ("name", "company", "position", "site", "region")
LISTS = ("email", "category")
_KINDS = {"phone": ("", *PHONE_KINDS), "address": ADDRESS_KINDS}


def check_field(source: str, field: str, more: Collection[str] = ()) -> None:
    """Raise ValueError, with the name of the `source`, if `field` is none of a record; `more` are fields that only this
    kind of source has."""
    name, _, detail = field.partition(":")
    known = detail in _KINDS[name] if name in _KINDS else bool(detail) == (name == "attribute")
    if not known or name not in {*SINGLE, *LISTS, *_KINDS, "attribute", *more}:
        raise ValueError(f"{source}: there is no field {field!r}")


class Fields:
    """What a source says of one contact: by field texts, each with its kind or label, once and in order."""

    def __init__(self) -> None:
        self._found: dict[str, dict[tuple[str, str], None]] = {}

    def add(self, field: str, detail: str, text: str) -> None:
        """One text more. `detail` is the kind of a telephone or address, or the label of an attribute."""
        self._found.setdefault(field, {})[detail, text] = None

    def first(self, field: str) -> str:
        """The text that came first; empty if there is none."""
        return next((text for _, text in self._found.get(field, ())), "")

    def pairs(self, field: str) -> tuple[tuple[str, str], ...]:
        """Each text with its kind."""
        return tuple(self._found.get(field, ()))

    def record(self, key: str, **more: Any) -> Record:
        """The record. Texts of one label, and those of one kind of address, become one: the street and the town.

        `more` are further fields, or others instead.
        """
        values = {
            "key": key,
            **{field: self.first(field) for field in SINGLE},
            "phones": self.pairs("phone"),
            "emails": self._texts("email"),
            "categories": self._texts("category"),
            "addresses": self._joined("address"),
            "attributes": self._joined("attribute"),
        }
        return Record(**(values | more))

    def _texts(self, field: str) -> tuple[str, ...]:
        return tuple(text for _, text in self._found.get(field, ()))

    def _joined(self, field: str) -> tuple[tuple[str, str], ...]:
        parts: dict[str, list[str]] = {}
        for detail, text in self._found.get(field, ()):
            parts.setdefault(detail, []).append(text)
        return tuple((detail, ", ".join(texts)) for detail, texts in parts.items())
