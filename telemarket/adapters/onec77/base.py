"""A base of 1C 7.7 by the names its administrator knows: catalogs, registers, documents and their attributes."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from operator import itemgetter

from telemarket.adapters.onec77 import system
from telemarket.adapters.onec77.dictionary import Field, Table
from telemarket.adapters.onec77.errors import unknown
from telemarket.adapters.onec77.names import (
    CATALOG,
    DOCUMENT,
    DOCUMENT_NUMBER,
    FOLDER_PATH,
    JOURNAL_TYPES,
    PATH_SEPARATOR,
    REGISTER,
    attribute_names,
    find_field,
    find_table,
)
from telemarket.adapters.onec77.source import Attribute, Thing
from telemarket.adapters.onec77.tables import Tables
from telemarket.adapters.onec77.values import ELEMENT, FOLDER, Reference, reference, short_id
from telemarket.core.i18n import N_

_DEEPEST = 20  # levels of folders; 1C allows ten
_OUTSIDE = re.compile(r"SP(\d+)", re.IGNORECASE)
_ID, _ANY_TYPE = 9, 23  # characters of references
_UNKNOWN = 0

Getter = Callable[[tuple[str, ...]], str]


class Base:
    """Reads through `tables`; periodic attributes are those valid `today`."""

    def __init__(self, tables: Tables, today: date) -> None:
        self.refused: list[tuple[str, str]] = []
        self.identifier = "ID"
        self._tables = tables
        self._dictionary = tables.dictionary
        self._today = today

    def about(self) -> str:
        """Number of tables and code page."""
        known = self._dictionary
        return N_("Base of %(tables)s tables, code page %(page)s", tables=len(known.tables), page=known.encoding)

    def find(self, kind: str, name: str) -> Thing:
        """The catalog, register or document an administrator calls so; raises UnknownName."""
        table = find_table(self._dictionary, kind, name)
        return Thing(kind=kind, name=table.label, key=table.name, number=table.number)

    def attribute(self, thing: Thing, name: str) -> Attribute:
        """The attribute an administrator calls so; raises UnknownName.

        A catalog's attribute that is no column can be named by its number alone (SP642): periodic attributes and
        strings of unlimited length stand in tables of their own.
        """
        if thing.kind == CATALOG and name == FOLDER_PATH:
            return Attribute("C", _UNKNOWN)
        if thing.kind == DOCUMENT and (kind := JOURNAL_TYPES.get(name.casefold())):
            return Attribute(kind, _UNKNOWN)
        tables = self._tables_of(thing)
        for table in tables:
            if field := find_field(table, name):
                return Attribute(field.type, field.length)
        if thing.kind == CATALOG and _OUTSIDE.fullmatch(name):
            return Attribute("C", _UNKNOWN)
        message = N_("«%(thing)s» has no attribute «%(name)s».", thing=thing.name, name=name)
        raise unknown(message, name, attribute_names(tables))

    def rows(self, thing: Thing, attributes: Sequence[str]) -> Iterator[tuple[str, ...]]:
        """Identifier (of registers empty) and attributes; see `Source`."""
        read = {CATALOG: self._elements, REGISTER: self._balances, DOCUMENT: self._lines}[thing.kind]
        return read(thing, attributes)

    def tells_all(self, _things: Iterable[Thing]) -> bool:
        """Always: a row of a base has its identifier."""
        return True

    def key(self, thing: Thing, identifier: str) -> str:
        """The table and the identifier: SC47:1X."""
        return f"{thing.key}:{short_id(identifier)}"

    def names(self, thing: Thing) -> Mapping[str, str]:
        """The names of a catalog's elements by identifier; of one without names their codes."""
        table = self._table(thing)
        shown = "DESCR" if "DESCR" in table.fields else "CODE"
        if shown not in table.fields:
            return {}
        return {element: name.strip() for element, name in self._tables.rows(table, ("ID", shown))}

    def reference(self, text: str, attribute: Attribute) -> Reference | None:
        """What the value of an attribute points to."""
        length = attribute.length
        if length == _UNKNOWN:
            length = _ANY_TYPE if text[:2] in ("B1", "O1") else _ID
        return reference(text, length)

    def count(self, thing: Thing) -> int:
        """How many rows there are, folders, marked and deleted ones included."""
        return self._tables.count(self._tables_of(thing)[-1])

    def stamp(self, wanted: Iterable[tuple[Thing, Sequence[str]]]) -> str:
        """A text that changes with the tables of these attributes."""
        tables: dict[str, Table] = {}
        for thing, attributes in wanted:
            for table in (*self._tables_of(thing), *self._system_tables(thing, attributes)):
                tables[table.name] = table
        return self._tables.stamp(tables.values())

    def _table(self, thing: Thing) -> Table:
        return self._dictionary.tables[thing.key]

    def _tables_of(self, thing: Thing) -> list[Table]:
        """The table of a thing; of a document with its journal and its lines, if it has any, at the end."""
        tables = [self._table(thing)]
        if thing.kind == DOCUMENT:
            others = (self._dictionary.system(system.JOURNAL), self._dictionary.numbered("DT", thing.number))
            tables += [table for table in others if table]
        return tables

    def _system_tables(self, thing: Thing, attributes: Sequence[str]) -> Iterator[Table]:
        names: tuple[str, ...] = ()
        if thing.kind == REGISTER:
            names = (system.SYSTEM,)
        elif thing.kind == CATALOG and any(self._outside(thing, name) for name in attributes):
            names = (system.CONSTANTS, system.LONG_STRINGS)
        return (table for name in names if (table := self._dictionary.system(name)))

    def _outside(self, thing: Thing, name: str) -> bool:
        return name != FOLDER_PATH and find_field(self._table(thing), name) is None

    def _elements(self, thing: Thing, attributes: Sequence[str]) -> Iterator[tuple[str, ...]]:
        table = self._table(thing)
        where = {"ISMARK": ("",), "ISFOLDER": (ELEMENT,)}
        where = {name: values for name, values in where.items() if name in table.fields}
        fields = {name: field for name in attributes if name != FOLDER_PATH and (field := find_field(table, name))}
        columns = ["ID", *(field.name for field in fields.values())]
        if len(fields) == len(attributes):
            yield from self._tables.rows(table, columns, where)
            return
        if FOLDER_PATH in attributes and "PARENTID" in table.fields:
            columns.append("PARENTID")
        getters = [self._getter(table, name, fields, columns) for name in attributes]
        for row in self._tables.rows(table, columns, where):
            yield (row[0], *[get(row) for get in getters])

    def _getter(self, table: Table, name: str, fields: Mapping[str, Field], columns: Sequence[str]) -> Getter:
        """How to find an attribute for a row of `columns`."""
        if name in fields:
            return itemgetter(columns.index(fields[name].name))
        if name == FOLDER_PATH:
            if columns[-1] != "PARENTID":
                return lambda _: ""
            paths = self._folder_paths(table)
            return lambda row: paths.get(row[-1], "")
        values = self._outside_values(name)
        return lambda row: values.get(row[0], "")

    def _outside_values(self, name: str) -> Mapping[str, str]:
        found = _OUTSIDE.fullmatch(name)
        number = int(found[1]) if found else 0
        return {
            **system.periodic_values(self._tables, number, self._today),
            **system.long_strings(self._tables, number),
        }

    def _folder_paths(self, table: Table) -> Mapping[str, str]:
        """Names of folders from the outermost to each, by the folder's identifier."""
        rows = self._tables.rows(table, ("ID", "PARENTID", "DESCR"), {"ISFOLDER": (FOLDER,)})
        folders = {folder: (parent, name.strip()) for folder, parent, name in rows}
        paths = {}
        for folder in folders:
            path: list[str] = []
            step = folder
            while step in folders and len(path) < _DEEPEST:  # a damaged base may have them in a circle
                step, name = folders[step]
                path.insert(0, name)
            paths[folder] = PATH_SEPARATOR.join(path)
        return paths

    def _balances(self, thing: Thing, attributes: Sequence[str]) -> Iterator[tuple[str, ...]]:
        table = self._table(thing)
        columns = [field.name for name in attributes if (field := find_field(table, name))]
        for row in self._tables.rows(table, columns, {"PERIOD": system.balance_period(self._tables, table)}):
            yield ("", *row)

    def _lines(self, thing: Thing, attributes: Sequence[str]) -> Iterator[tuple[str, ...]]:
        """A row for each line where any attribute is one of the lines, otherwise one for each document."""
        head, lines = self._table(thing), self._dictionary.numbered("DT", thing.number)
        of_head = {name: field.name for name in attributes if (field := find_field(head, name))}
        of_journal = {name for name in attributes if name.casefold() in JOURNAL_TYPES}
        of_lines = {
            name: field.name
            for name in attributes
            if name not in of_head and name not in of_journal and lines and (field := find_field(lines, name))
        }
        entries = system.posted(self._tables, thing.number)
        by_document = self._grouped(lines, list(of_lines.values())) if lines and of_lines else None
        for document, *values in self._tables.rows(head, ("IDDOC", *of_head.values())):
            if (entry := entries.get(document)) is None:
                continue
            known = dict(zip(of_head, values, strict=True))
            known |= {name: entry.number if name.casefold() == DOCUMENT_NUMBER else entry.day for name in of_journal}
            for line in [()] if by_document is None else by_document.get(document, []):
                found = known | dict(zip(of_lines, line, strict=True))
                yield (document, *[found[name] for name in attributes])

    def _grouped(self, lines: Table, columns: Sequence[str]) -> Mapping[str, list[tuple[str, ...]]]:
        rows = sorted(self._tables.rows(lines, ("IDDOC", *columns)), key=itemgetter(0))
        return {document: [row[1:] for row in of_one] for document, of_one in groupby(rows, itemgetter(0))}
