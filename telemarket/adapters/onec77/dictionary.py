"""The data dictionary of a base: 1Cv7.DD beside DBF files, 1Cv7.DDS of a base in SQL.

It says which table holds which object of the configuration. Descriptions are cut (of a table at 30 characters, of a
field at 20); the comment `#==TABLE` above a table has the table's whole name.
"""

import codecs
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from telemarket.adapters.onec77.errors import UnreadableBase
from telemarket.adapters.onec77.folders import files_in, unreadable
from telemarket.core.i18n import N_

DICTIONARIES = ("1cv7.dd", "1cv7.dds")
COLLATION = "1cv7.ord"

_TITLE = re.compile(r"#==TABLE no \d+\s*:\s*(.+)")
_CODE_PAGE = re.compile(rb"DDCP=\s*(\w+)")
_DEFAULT_CODE_PAGE = "1251"
_KIND = re.compile(r"_?([A-Z]{2})(\d+)")
_LEAST_FIELD = 5  # name, description, type, length, precision
_MARK = re.compile(r"^\(\w\)")  # (P) before the name of an attribute
_FIELD_LIMIT = 20
_TITLE_LIMIT = 30


class Field(msgspec.Struct, frozen=True):
    """A column. `label` is the attribute's name, perhaps cut short; `cut` says that it may be."""

    name: str
    label: str
    type: str
    length: int
    cut: bool


class Table(msgspec.Struct, frozen=True):
    """A table. `title` is its whole name («Справочник Контрагенты»), where `cut` is not set; `stored` is what the
    database calls it."""

    name: str
    title: str
    cut: bool
    stored: str
    fields: Mapping[str, Field]

    @property
    def kind(self) -> str:
        """SC catalog, DH head and DT lines of a document, RG totals and RA movements of a register; else empty."""
        found = _KIND.fullmatch(self.name)
        return found[1] if found else ""

    @property
    def number(self) -> int:
        """The object's number in the configuration, 0 for a system table."""
        found = _KIND.fullmatch(self.name)
        return int(found[2]) if found else 0

    @property
    def label(self) -> str:
        """The object's name alone («Контрагенты»)."""
        words = re.sub(r"\([^)]*\)", " ", self.title).split()
        return words[-1] if words else self.name


class Dictionary(msgspec.Struct, frozen=True):
    """All tables by their names in 1C; `encoding` is Python's name of the base's code page."""

    tables: Mapping[str, Table]
    encoding: str
    sql: bool

    def of_kind(self, kind: str) -> Sequence[Table]:
        """The tables of one kind, in the dictionary's order."""
        return [table for table in self.tables.values() if table.kind == kind]

    def numbered(self, kind: str, number: int) -> Table | None:
        """The table of `kind` of the object with this number."""
        return self.tables.get(f"{kind}{number}")

    def system(self, name: str) -> Table | None:
        """The system table 1C calls `name` (1SCONST), whose name has another beginning in SQL."""
        return self.tables.get(name) or self.tables.get(f"_{name}")


def load(path: Path, code_page: str = "") -> Dictionary:
    """Read the dictionary at `path`; `code_page` (cp866) instead of the one it names.

    Raises UnreadableBase if it cannot be read, names no table or a code page nobody knows.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise unreadable(path, error) from error
    encoding = _encoding(code_page or _named_code_page(content, path.parent), path)
    text = content.decode(encoding, errors="replace")
    tables = {table.name: table for table in parse(text)}
    if not tables:
        raise UnreadableBase(
            N_("%(path)s: there is no table in it.", path=path),
            remedy=N_("It must be the 1Cv7.DD or 1Cv7.DDS of a base of 1C:Enterprise 7.7."),
        )
    return Dictionary(tables, encoding, sql="ddsql" in text[:200].casefold())


def parse(text: str) -> Sequence[Table]:
    """The tables of a dictionary's text. Lines it does not understand (SQL procedures among them) say nothing."""
    tables: list[Table] = []
    title = ""
    fields: dict[str, Field] = {}
    for line in text.splitlines():
        if found := _TITLE.match(line):
            title = found[1].strip()
        elif line.startswith("T="):
            fields = {}
            tables.append(_table(title, _cells(line), fields))
            title = ""
        elif line.startswith("F=") and (field := _field(_cells(line))):
            fields[field.name] = field
    return tables


def _table(title: str, cells: list[str], fields: Mapping[str, Field]) -> Table:
    """Of a DBF base: name, description, type (A, S, U), the file's name. SQL has no type."""
    name, description, *rest = [*cells, "", ""]
    stored = next((cell for cell in rest if cell not in ("", "A", "S", "U")), name)
    cut = not title and len(description) >= _TITLE_LIMIT
    return Table(name, title or description or name, cut, stored, fields)


def _field(cells: list[str]) -> Field | None:
    if len(cells) < _LEAST_FIELD or not cells[0].isidentifier() or not cells[3].isdigit():
        return None
    name, description, kind, length = cells[:4]
    return Field(name, _MARK.sub("", description), kind, int(length), cut=len(description) >= _FIELD_LIMIT)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line[2:].split("|")]


def _named_code_page(content: bytes, folder: Path) -> str:
    """What the dictionary says (`DDCP=1251RUS`); for `_CUSTOM` the first line of 1CV7.ORD says it."""
    found = _CODE_PAGE.search(content[:1000])
    named = found[1].decode("ascii", errors="replace") if found else _DEFAULT_CODE_PAGE
    if named.upper() != "_CUSTOM":
        return named
    for path in files_in(folder):
        if path.name.lower() == COLLATION:
            return path.read_bytes()[:20].decode("ascii", errors="replace").split("\n")[0].strip()
    return _DEFAULT_CODE_PAGE


def _encoding(code_page: str, path: Path) -> str:
    digits = re.search(r"\d{3,5}", code_page)
    try:
        return codecs.lookup(f"cp{digits[0]}" if digits else code_page).name
    except LookupError:
        raise UnreadableBase(
            N_("%(path)s: there is no code page %(code_page)s.", path=path, code_page=code_page),
            remedy=N_("Name the base's code page with `code_page`: cp1251, cp866 or cp1125."),
        ) from None
