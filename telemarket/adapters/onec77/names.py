"""Finding what an administrator names: a catalog, register or document, and an attribute of it."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from telemarket.adapters.onec77.dictionary import Dictionary, Field, Table
from telemarket.adapters.onec77.errors import UnknownName, unknown
from telemarket.core.i18n import N_

CATALOG, REGISTER, DOCUMENT = "catalog", "register", "document"
_TABLES = {CATALOG: "SC", REGISTER: "RG", DOCUMENT: "DH"}

# What every catalog has, as 1C's own language calls it.
STANDARD = {
    "код": "CODE",
    "наименование": "DESCR",
    "родитель": "PARENTID",
    "владелец": "PARENTEXT",
}
DOCUMENT_NUMBER, DOCUMENT_DAY = "номердок", "датадок"
JOURNAL_TYPES = {DOCUMENT_NUMBER: "C", DOCUMENT_DAY: "D"}  # what stands in the journal of all documents
FOLDER_PATH = "Папка"
PATH_SEPARATOR = " / "

T = TypeVar("T")


def find_table(dictionary: Dictionary, kind: str, name: str) -> Table:
    """The catalog, register or document (its head) called `name`: by its name, its full title, the beginning of
    either, or the table's name (SC47). Raises UnknownName if there is none or more than one."""
    tables = dictionary.of_kind(_TABLES[kind])
    wanted = name.strip().casefold()
    found = _first_level(
        tables,
        lambda table: table.name.casefold() == wanted,
        lambda table: wanted in (table.label.casefold(), table.title.casefold()),
        lambda table: table.cut and _either_begins(wanted, table.label.casefold(), table.title.casefold()),
        lambda table: table.label.casefold().startswith(wanted) or table.title.casefold().startswith(wanted),
    )
    if not found:
        raise unknown(_nothing(kind, name), name, [table.label for table in tables])
    return _only(found, name, [f"{table.name} ({table.title})" for table in found])


def find_field(table: Table, name: str) -> Field | None:
    """The attribute called `name`: by its name, by its name in 1C, by its beginning, or by the column (SP642).

    None if there is none: its values may stand outside of the table. Raises UnknownName if there is more than one.
    """
    wanted = name.strip().casefold()
    wanted = STANDARD.get(wanted, wanted).casefold()
    found = _first_level(
        list(table.fields.values()),
        lambda field: field.name.casefold() == wanted,
        lambda field: field.label.casefold() == wanted,
        lambda field: field.cut and bool(field.label) and wanted.startswith(field.label.casefold()),
        lambda field: field.name.startswith("SP") and field.label.casefold().startswith(wanted),
    )
    return _only(found, name, [f"{field.name} ({field.label})" for field in found]) if found else None


def attribute_names(tables: Iterable[Table]) -> list[str]:
    """The attributes of `tables` by the names to suggest."""
    there = {name for table in tables for name in table.fields}
    own = [field.label for table in tables for field in table.fields.values() if field.name.startswith("SP")]
    return [name.capitalize() for name, column in STANDARD.items() if column in there] + own


def _first_level(candidates: Sequence[T], *levels: Callable[[T], bool]) -> list[T]:
    """Those of `candidates` that fulfil the first condition that any of them fulfils."""
    return next((found for level in levels if (found := [each for each in candidates if level(each)])), [])


def _only(found: Sequence[T], name: str, shown: Sequence[str]) -> T:
    if len(found) > 1:
        raise UnknownName(
            N_("«%(name)s» may be any of %(names)s.", name=name, names=", ".join(shown)),
            remedy=N_("Name the one that is meant by its table or column, such as %(name)s.", name=shown[0].split()[0]),
        )
    return found[0]


def _either_begins(name: str, *cut: str) -> bool:
    return any(name.startswith(each) for each in cut)


def _nothing(kind: str, name: str) -> str:
    if kind == CATALOG:
        return N_("There is no catalog «%(name)s».", name=name)
    if kind == REGISTER:
        return N_("There is no register «%(name)s».", name=name)
    return N_("There is no kind of document «%(name)s».", name=name)
