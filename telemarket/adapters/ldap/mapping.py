"""From an entry's attributes to a record. Pure: knows neither the network nor a library."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote
from uuid import UUID

from telemarket.adapters.mapping import Fields
from telemarket.backend import Record

Values = Mapping[str, Sequence[bytes]]
"""An entry's values by attribute, the names in lower case and without options (`cn;lang-uk` is `cn`)."""


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
        key, fields = self.key(values), Fields()
        for attribute, name, detail in self._fields:
            for text in _texts(values.get(attribute, ())):
                # `$` separates the lines of a postal address (RFC 4517, 3.3.28).
                fields.add(name, detail, text.replace("$", ", ") if name in ("address", "attribute") else text)
        return fields.record(key, url=self._url_template.replace("{key}", quote(key, safe="")))

    def phones(self) -> list[str]:
        """The attributes that hold telephone numbers."""
        return [attribute for attribute, name, _ in self._fields if name == "phone"]


def text_of(raw: bytes) -> str:
    """A value as text; LDAP's is UTF-8, and what is not stays readable as far as it goes."""
    return raw.decode("utf-8", "replace")


def _texts(raw: Sequence[bytes]) -> list[str]:
    return [text for value in raw if (text := text_of(value).strip())]
