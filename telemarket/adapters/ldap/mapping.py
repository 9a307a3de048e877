"""From an entry's attributes to a record. Pure: knows neither the network nor a library."""

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote
from uuid import UUID

from telemarket.backend import Record

Values = Mapping[str, Sequence[bytes]]
"""An entry's values by attribute, the names in lower case and without options (`cn;lang-uk` is `cn`)."""

_PLAIN = ("name", "company", "position", "site", "region", "email", "category")
_KINDS = {
    "phone": ("", "mobile", "direct", "main", "home", "fax", "other"),
    "address": ("legal", "postal", "home", "work", "other"),
}


def check_field(attribute: str, field: str) -> None:
    """Raise ValueError if `field` is none an attribute can become."""
    name, _, detail = field.partition(":")
    known = detail in _KINDS[name] if name in _KINDS else bool(detail) == (name == "attribute")
    if not known or name not in {*_PLAIN, *_KINDS, "attribute"}:
        raise ValueError(f"{attribute}: there is no field {field!r}")


class EntryMapping:
    """Makes records of entries. `fields` says of each attribute what it becomes, in the order of precedence."""

    def __init__(self, fields: Mapping[str, str], key: str, url_template: str) -> None:
        self.attributes = [*fields, key]
        self._fields = [(attribute.lower(), *field.partition(":")[::2]) for attribute, field in fields.items()]
        self._key = key.lower()
        self._url_template = url_template

    def key(self, values: Values) -> str:
        """The entry's lasting key; empty if it has none, or the reader may not see it."""
        raw = next(iter(values.get(self._key, ())), b"")
        if self._key == "objectguid" and len(raw) == 16:
            return str(UUID(bytes_le=raw))
        return text_of(raw).strip()

    def record(self, values: Values) -> Record:
        """The record of an entry that has a key."""
        key = self.key(values)
        found = [(name, detail, _texts(values.get(attribute, ()))) for attribute, name, detail in self._fields]

        def all_of(field: str) -> list[tuple[str, str]]:
            return [(detail, text) for name, detail, texts in found if name == field for text in texts]

        def first(field: str) -> str:
            return next((text for _, text in all_of(field)), "")

        def distinct(field: str) -> tuple[str, ...]:
            return tuple(dict.fromkeys(text for _, text in all_of(field)))

        return Record(
            key=key,
            name=first("name"),
            company=first("company"),
            position=first("position"),
            phones=tuple(dict.fromkeys(all_of("phone"))),
            emails=distinct("email"),
            addresses=_joined(all_of("address")),
            site=first("site"),
            region=first("region"),
            categories=distinct("category"),
            attributes=_joined(all_of("attribute")),
            url=self._url_template.replace("{key}", quote(key, safe="")),
        )

    def phones(self) -> list[str]:
        """The attributes that hold telephone numbers."""
        return [attribute for attribute, name, _ in self._fields if name == "phone"]


def text_of(raw: bytes) -> str:
    """A value as text; LDAP's is UTF-8, and what is not stays readable as far as it goes."""
    return raw.decode("utf-8", "replace")


def _texts(raw: Sequence[bytes]) -> list[str]:
    return [text for value in raw if (text := text_of(value).strip())]


def _joined(found: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """One text for each kind or label; `$` separates the lines of a postal address (RFC 4517, 3.3.28)."""
    parts: dict[str, list[str]] = {}
    for name, text in found:
        parts.setdefault(name, []).append(text.replace("$", ", "))
    return tuple((name, ", ".join(dict.fromkeys(texts))) for name, texts in parts.items())
