"""From rows to records. Pure: knows neither the network nor a driver."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote

from telemarket.adapters.mapping import LISTS, SINGLE, Fields
from telemarket.backend import Limit, Record, Service
from telemarket.core.i18n import N_

Row = Mapping[str, Any]
"""The values of a row by column, the names in lower case."""

OWN_FIELDS = ("kind", "company_key")
"""Fields that a row has beside the usual ones."""
_USUAL = {
    **{name: name for name in (*SINGLE, *LISTS, *OWN_FIELDS)},
    "phone": "phone",
    **{kind: f"phone:{kind}" for kind in ("mobile", "fax")},
    "address": "address:other",
}
_AMOUNTS = ("amount", "of_amount", "quantity", "of_quantity")
_SERVICE_TEXTS = ("key", "name", "code", "group", "provider", "currency", "unit")
_PLACE = re.compile(r"\{(\w+)\}")


class NoNumber(ValueError):
    """A column that should hold a number holds something else; the text says which, marked for translation."""


class RowMapping:
    """Makes records of rows. `mapping` is the configuration's; `limits` has the columns of each limit by field."""

    def __init__(
        self, key: str, mapping: Mapping[str, str], limits: Sequence[Mapping[str, str]], url_template: str
    ) -> None:
        self._key = key.lower()
        self._mapping = {column.lower(): field for column, field in mapping.items()}
        self._limits = [{field: column.lower() for field, column in each.items()} for each in limits]
        self._url_template = url_template
        self._meanings: dict[str, tuple[str, str]] = {}  # of columns seen so far
        self._in_limits = {column for each in self._limits for column in each.values()}

    @property
    def needed(self) -> list[str]:
        """The columns that the configuration names: without them an answer is not what it should be."""
        places = [name.lower() for name in _PLACE.findall(self._url_template)]
        return list(dict.fromkeys([self._key, *self._mapping, *self._in_limits, *places]))

    def key(self, row: Row) -> str:
        """The key of a row; empty if it has none."""
        return text_of(row.get(self._key))

    def record(self, rows: Sequence[Row]) -> tuple[Record, list[str]]:
        """The record of rows with one key, and what in them could not be read."""
        fields = self._fields(rows)
        limits, complaints = self._read_limits(rows)
        record = fields.record(
            self.key(rows[0]),
            kind="company" if fields.first("kind").lower() == "company" else "person",
            company_key=fields.first("company_key"),
            addresses=fields.pairs("address"),
            limits=limits,
            url=fill(self._url_template, rows[0]) if self._url_template else "",
        )
        return record, complaints

    def _fields(self, rows: Sequence[Row]) -> Fields:
        """What all columns say; several mails or categories may stand side by side in one text."""
        fields = Fields()
        for row in rows:
            for column, value in row.items():
                name, detail = self._meanings.get(column) or self._meaning(column)
                if name and (text := text_of(value)):
                    for part in _parts(text) if name in LISTS else (text,):
                        fields.add(name, detail, part)
        return fields

    def _meaning(self, column: str) -> tuple[str, str]:
        """The field a column becomes, and its kind or label; nothing for one that is left out."""
        silent = column == self._key or column in self._in_limits
        default = "" if silent else _USUAL.get(column, f"attribute:{_label(column)}")
        name, _, detail = self._mapping.get(column, default).partition(":")
        self._meanings[column] = name, detail
        return name, detail

    def _read_limits(self, rows: Sequence[Row]) -> tuple[tuple[Limit, ...], list[str]]:
        limits: dict[Limit, None] = {}
        complaints = []
        for row in rows:
            for columns in self._limits:
                try:
                    if limit := _limit({field: row.get(column) for field, column in columns.items()}):
                        limits[limit] = None
                except NoNumber as error:
                    complaints.append(error.args[0])  # not its str: it is marked for translation
        return tuple(limits), complaints


def _label(column: str) -> str:
    """A column's name as a label on the card: databases keep neither its case nor its blanks."""
    return column.replace("_", " ").strip().capitalize()


def service(row: Row) -> Service:
    """A service of a row with the usual column names. Raises NoNumber, and ValueError without key or name."""
    texts = {name: text_of(row.get(name)) for name in _SERVICE_TEXTS}
    if not texts["key"] or not texts["name"]:
        raise ValueError(N_("The service has no key or no name."))
    return Service(**texts, price=_number(row.get("price")))


def fill(template: str, values: Mapping[str, Any]) -> str:
    """`template` with each {name} replaced by its value, percent-encoded; empty if one of them is not there."""
    names = {name.lower() for name in _PLACE.findall(template)}
    if not all(text_of(values.get(name)) for name in names):
        return ""
    return _PLACE.sub(lambda place: quote(text_of(values[place[1].lower()]), safe="", errors="replace"), template)


def text_of(value: Any) -> str:
    """A value as people read it."""
    match value:
        case str():
            return value.strip()
        case None:
            return ""
        case bytes():
            return value.hex()
        case float():
            return f"{value:.15g}"
        case Decimal():
            return f"{value:f}"
        case datetime():
            return value.isoformat(" ", "minutes")
        case date():
            return value.isoformat()
        case _:
            return str(value).strip()


def _limit(values: Mapping[str, Any]) -> Limit | None:
    """A limit, unless the service or any number is lacking: an outer join leaves them empty."""
    fields: dict[str, Any] = {
        field: _number(value) if field in _AMOUNTS else text_of(value) for field, value in values.items()
    }
    limit = Limit(**fields)
    return limit if limit.service and (limit.amount, limit.quantity) != (None, None) else None


def _number(value: Any) -> Decimal | None:
    """A number, also out of a text such as "1 234,50"; raises NoNumber."""
    if isinstance(value, int):
        return Decimal(value)
    text = text_of(value)
    if not text:
        return None
    if isinstance(value, str):
        text = re.sub(r"\s", "", text).replace(",", ".")
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise NoNumber(N_("“%(value)s” is no number.", value=text_of(value)[:40]))
    return number


def _parts(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"[,;\n]", text) if part.strip()]
