"""What a base holds, for whoever writes the mapping."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from telemarket.adapters.onec77 import system
from telemarket.adapters.onec77.dictionary import Dictionary, Table
from telemarket.adapters.onec77.tables import Tables, Where
from telemarket.adapters.onec77.values import from_base36
from telemarket.core.errors import TelemarketError

_TITLES = {"CODE": "Код", "DESCR": "Наименование", "PARENTEXT": "Владелец", "DOCNO": "НомерДок", "DATE": "ДатаДок"}


class AttributeView(msgspec.Struct, frozen=True, kw_only=True):
    """An attribute by its name in 1C (perhaps cut short) and its column."""

    name: str
    column: str
    type: str
    length: int
    cut: bool


class ThingView(msgspec.Struct, frozen=True, kw_only=True):
    """A catalog, register or document. `rows` is None, with the reason in `problem`, where it cannot be read."""

    name: str
    title: str
    table: str
    rows: int | None
    problem: str = ""
    folders: bool = False
    subordinate: bool = False
    attributes: Sequence[AttributeView]
    lines: Sequence[AttributeView] = ()


class OutsideView(msgspec.Struct, frozen=True):
    """An attribute that is no column of its catalog: its number as a mapping names it, and how many values it has."""

    name: str
    values: int


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a mapping can name."""

    code_page: str
    catalogs: Sequence[ThingView]
    registers: Sequence[ThingView]
    documents: Sequence[ThingView]
    periodic: Sequence[OutsideView]
    long_strings: Sequence[OutsideView]


def describe(tables: Tables) -> Description:
    """Look at all of the base. Blocking; of a table that cannot be read it says so and goes on."""
    known = tables.dictionary
    return Description(
        code_page=known.encoding,
        catalogs=[_thing(tables, table) for table in known.of_kind("SC")],
        registers=[_thing(tables, table) for table in known.of_kind("RG")],
        documents=[_thing(tables, table, _lines(known, table)) for table in known.of_kind("DH")],
        periodic=_outside(tables, system.CONSTANTS, "ID"),
        long_strings=_outside(tables, system.LONG_STRINGS, "FIELDID", {"BLOCKNO": ("0",)}),
    )


def _thing(tables: Tables, table: Table, lines: Sequence[AttributeView] = ()) -> ThingView:
    rows, problem = None, ""
    try:
        rows = tables.count(table)
    except TelemarketError as error:
        problem = error.message
    return ThingView(
        name=table.label,
        title=table.title,
        table=table.name,
        rows=rows,
        problem=problem,
        folders="ISFOLDER" in table.fields,
        subordinate="PARENTEXT" in table.fields,
        attributes=_attributes(table),
        lines=lines,
    )


def _lines(known: Dictionary, head: Table) -> Sequence[AttributeView]:
    lines = known.numbered("DT", head.number)
    return _attributes(lines) if lines else ()


def _attributes(table: Table) -> list[AttributeView]:
    return [
        AttributeView(
            name=_TITLES.get(field.name, field.label),
            column=field.name,
            type=field.type,
            length=field.length,
            cut=field.cut and field.name not in _TITLES,
        )
        for field in table.fields.values()
        if field.name in _TITLES or field.name.startswith("SP")
    ]


def _outside(tables: Tables, name: str, column: str, where: Where | None = None) -> list[OutsideView]:
    table = tables.dictionary.system(name)
    if table is None:
        return []
    try:
        found = Counter(_number(text) for (text,) in tables.rows(table, (column,), where))
    except TelemarketError:
        return []
    return [OutsideView(f"SP{number}", values) for number, values in sorted(found.items()) if number]


def _number(text: str) -> int:
    try:
        return from_base36(text)
    except ValueError:
        return 0
