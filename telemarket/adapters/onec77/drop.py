"""A folder that 1C exports CSV or XML files into, one a catalog, register or document.

`Контрагенты.csv` is the catalog «Контрагенты»; so is `Контрагенты_20261122.csv`, and of several the newest counts.
Its columns are the attributes, by their headings.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import msgspec

from telemarket.adapters.onec77.errors import BusyBase, unknown
from telemarket.adapters.onec77.exports import Export, opened_export
from telemarket.adapters.onec77.folders import files_in
from telemarket.adapters.onec77.source import Attribute, Thing
from telemarket.adapters.onec77.values import Reference
from telemarket.core.i18n import N_

_SUFFIXES = (".csv", ".txt", ".xml")
_QUIET = 5.0  # seconds after which a file that nobody wrote to is finished
_NAMES = ("наименование", "найменування", "название", "назва", "name")


class Drop:
    """The finished files of `folder`; `identifier` is the heading of the column that identifies a row."""

    def __init__(self, folder: Path, identifier: str, code_page: str) -> None:
        self.refused: list[tuple[str, str]] = []
        self.identifier = identifier
        self._folder = folder
        self._code_page = code_page
        self._exports: dict[str, Export] = {}

    def about(self) -> str:
        """The number of files."""
        return N_("Folder of %(files)s exports", files=len(self._files()))

    def find(self, kind: str, name: str) -> Thing:
        """The newest finished file of this name; raises UnknownName, BusyBase if it is still being written."""
        key = name.strip().casefold()
        if key not in self._exports:
            self._exports[key] = opened_export(self._newest(name), self._code_page)
        return Thing(kind=kind, name=name, key=key)

    def attribute(self, thing: Thing, name: str) -> Attribute:
        """The column with this heading; raises UnknownName."""
        self._place(thing, name)
        return Attribute("C", 0)

    def rows(self, thing: Thing, attributes: Sequence[str]) -> Iterator[tuple[str, ...]]:
        """Identifier (empty in a file without such a column) and attributes; rubbish is refused by its line."""
        export = self._exports[thing.key]
        places = [self._place(thing, name) for name in attributes]
        identifier = export.place(self.identifier)
        for line, cells in export.rows():
            if reason := self._rubbish(export, identifier, cells):
                self.refused.append((f"{export.path.name}:{line}", reason))
            else:
                yield (cells[identifier].strip() if identifier is not None else "", *[cells[place] for place in places])

    def tells_all(self, things: Iterable[Thing]) -> bool:
        """Whether there is no rubbish in any of these files: nobody knows whose row that is."""
        exports = [self._exports[thing.key] for thing in things]
        return not any(
            self._rubbish(export, export.place(self.identifier), cells)
            for export in exports
            for _, cells in export.rows()
        )

    def key(self, thing: Thing, identifier: str) -> str:
        """The name of the export, without capitals, and the identifier."""
        return f"{thing.key}:{identifier}"

    def names(self, thing: Thing) -> Mapping[str, str]:
        """Names by identifier, out of the column «Наименование»."""
        export = self._exports[thing.key]
        places = [place for name in _NAMES if (place := export.place(name)) is not None]
        identifier = export.place(self.identifier)
        if not places or identifier is None:
            return {}
        width = len(export.headings)
        rows = (cells for _, cells in export.rows() if len(cells) == width)
        return {cells[identifier].strip(): cells[places[0]].strip() for cells in rows}

    def reference(self, text: str, _attribute: Attribute) -> Reference | None:
        """An export refers to a row by its identifier."""
        return Reference(text.strip()) if text.strip() else None

    def count(self, thing: Thing) -> int:
        """The number of rows, rubbish included."""
        return sum(1 for _ in self._exports[thing.key].rows())

    def stamp(self, _wanted: Iterable[tuple[Thing, Sequence[str]]]) -> str:
        """A text that changes with the files."""
        stamps = sorted((export.path.name, export.modified, export.size) for export in self._exports.values())
        return sha256(msgspec.msgpack.encode(stamps)).hexdigest()

    def _newest(self, name: str) -> Path:
        files = self._files()
        wanted = name.strip().casefold()
        found = [path for path in files if _stem(path) == wanted or _dated(_stem(path), wanted)]
        if not found:
            message = N_("%(folder)s: there is no export «%(name)s».", folder=self._folder, name=name)
            raise unknown(message, name, [path.stem for path in files])
        finished = [path for path in found if _is_finished(path)]
        if not finished:
            raise BusyBase(N_("%(path)s is still being written.", path=found[0]))
        return max(finished, key=lambda path: path.stat().st_mtime_ns)

    def _files(self) -> list[Path]:
        there = files_in(self._folder)
        return [path for path in there if path.suffix.lower() in _SUFFIXES and path.name[0] not in ".~"]

    def _place(self, thing: Thing, name: str) -> int:
        export = self._exports[thing.key]
        place = export.place(name)
        if place is None:
            message = N_("%(file)s: there is no column «%(name)s».", file=export.path.name, name=name)
            raise unknown(message, name, export.headings)
        return place

    def _rubbish(self, export: Export, identifier: int | None, cells: Sequence[str]) -> str:
        """Why a row cannot be read; empty if it can."""
        if len(cells) != len(export.headings):
            return N_("It has %(there)s cells, not %(wanted)s.", there=len(cells), wanted=len(export.headings))
        if identifier is not None and not cells[identifier].strip():
            return N_("The column %(name)s is empty.", name=self.identifier)
        return ""


def _stem(path: Path) -> str:
    return path.stem.casefold()


def _dated(stem: str, name: str) -> bool:
    """Whether a file is called `name` and a date or number."""
    rest = stem.removeprefix(name)
    return rest != stem and any(c.isdigit() for c in rest) and not any(c.isalpha() for c in rest)


def _is_finished(path: Path) -> bool:
    return not 0 <= time.time() - path.stat().st_mtime < _QUIET
