"""One file of exports: its headings and its rows."""

import codecs
import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol
from xml.etree import ElementTree

from telemarket.adapters.onec77.errors import UnreadableBase
from telemarket.adapters.onec77.folders import unreadable
from telemarket.core.i18n import N_

_DELIMITERS = ";\t,|"
_DEFAULT_CODE_PAGE = "cp1251"
_SAMPLE = 1 << 20


class Export(Protocol):
    """A file that is there as a whole. `rows` numbers the rows as a person counts them, the first line being 1."""

    path: Path
    headings: Sequence[str]
    modified: int
    size: int

    def place(self, heading: str) -> int | None:
        """Which column has this heading, whatever its case; None if none has."""

    def rows(self) -> Iterator[tuple[int, Sequence[str]]]:
        """Every row with its number."""


def opened_export(path: Path, code_page: str) -> Export:
    """The export at `path`; raises UnreadableBase."""
    try:
        return XmlExport(path) if path.suffix.lower() == ".xml" else CsvExport(path, code_page)
    except OSError as error:
        raise unreadable(path, error) from error


class _File:
    def __init__(self, path: Path) -> None:
        status = path.stat()
        self.path = path
        self.modified = status.st_mtime_ns
        self.size = status.st_size
        self.headings: Sequence[str] = ()

    def place(self, heading: str) -> int | None:
        wanted = heading.strip().casefold()
        return next((i for i, name in enumerate(self.headings) if name.casefold() == wanted), None)


class CsvExport(_File):
    """Cells separated by ; tabulator , or |, whichever the headings have most of. UTF-8, else `code_page`."""

    def __init__(self, path: Path, code_page: str) -> None:
        super().__init__(path)
        self._encoding = _encoding(path, code_page or _DEFAULT_CODE_PAGE)
        with path.open(encoding=self._encoding, errors="replace") as file:
            first = file.readline().strip("\r\n")
        self._delimiter = max(_DELIMITERS, key=first.count)
        self.headings = [name.strip() for name in next(csv.reader([first], delimiter=self._delimiter), [])]
        if not any(self.headings):
            raise UnreadableBase(N_("%(path)s: there are no headings in it.", path=path))

    def rows(self) -> Iterator[tuple[int, Sequence[str]]]:
        with self.path.open(encoding=self._encoding, errors="replace", newline="") as file:
            reader = csv.reader(file, delimiter=self._delimiter)
            next(reader, None)
            while True:
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error:  # a quotation mark never closed has swallowed too much
                    yield reader.line_num, ()
                    continue
                if cells:
                    yield reader.line_num, cells


class XmlExport(_File):
    """The children of the root are the rows; their XML attributes and their children's texts are the cells."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        headings: dict[str, None] = {}
        self._rows: list[dict[str, str]] = []
        try:
            # Expat itself bounds what entities may expand to, and fetches none from outside.
            root = ElementTree.parse(path).getroot()  # noqa: S314
        except ElementTree.ParseError as error:
            raise UnreadableBase(
                N_("%(path)s is no whole XML: %(reason)s.", path=path, reason=error),
                remedy=N_("Let the export be written under another name, and renamed when it is finished."),
            ) from error
        for row in root:
            cells = dict(row.attrib)
            for cell in row:
                text = "".join(cell.itertext()).strip()
                cells[cell.tag] = f"{cells[cell.tag]}, {text}" if cell.tag in cells else text
            headings |= dict.fromkeys(cells)
            self._rows.append(cells)
        self.headings = list(headings)

    def rows(self) -> Iterator[tuple[int, Sequence[str]]]:
        for number, row in enumerate(self._rows, 1):
            yield number, [row.get(name, "") for name in self.headings]


def _encoding(path: Path, code_page: str) -> str:
    """A byte order mark, UTF-8 if all of the file is, else the code page."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        start = file.read(_SAMPLE)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        part = start
        try:
            while part:
                decoder.decode(part)
                part = file.read(_SAMPLE)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return code_page
    return "utf-8-sig"
