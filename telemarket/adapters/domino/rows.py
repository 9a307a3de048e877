"""A view's rows, as the three routes over HTTP write them. Pure: from decoded JSON to `Row`."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

Json = Any  # what a server sent: anything JSON can say


class Row(msgspec.Struct, frozen=True):
    """One row. `unid` is empty for a category; `place` is where it stands; `values` are by column, in lower case:
    Notes tells no case in names."""

    unid: str
    place: str
    values: Mapping[str, tuple[str, ...]]


def of_view_entry(entry: Mapping[str, Json]) -> Row:
    """A `viewentry` of ReadViewEntries: each column names the type of its value, or of a list of them."""
    columns = entry.get("entrydata", ())
    values = {_name(column): tuple(_leaves(_typed(column))) for column in columns}
    return Row(str(entry.get("@unid", "")), str(entry.get("@position", "")), values)


def of_object(entry: Mapping[str, Json], place: str) -> Row:
    """An entry of Access Services or the REST API, or a document: columns by name beside what begins with @."""
    values = {name.lower(): tuple(_leaves(value)) for name, value in entry.items() if not name.startswith("@")}
    meta = entry.get("@meta")
    unid = entry.get("@unid") or (meta.get("unid") if isinstance(meta, dict) else "") or ""
    return Row(str(unid), place, values)


def _name(column: Mapping[str, Json]) -> str:
    return str(column.get("@name", "")).lower()


def _typed(column: Mapping[str, Json]) -> list[Json]:
    return [value for name, value in column.items() if not name.startswith("@")]


def _leaves(value: Json) -> Iterator[str]:
    """The texts of a value, a list of values, or an object around them, without empty ones."""
    match value:
        case None | False | True:
            return
        case str() | int() | float():
            text = _number(value) if isinstance(value, float) else str(value)
            if text := text.strip():
                yield text
        case Mapping():
            yield from _all_leaves(value.values())
        case Iterable():
            yield from _all_leaves(value)


def _all_leaves(values: Iterable[Json]) -> Iterator[str]:
    for each in values:
        yield from _leaves(each)


def _number(value: float) -> str:
    """Notes knows no integers: what is one is written like one."""
    return str(int(value)) if value.is_integer() else str(value)
