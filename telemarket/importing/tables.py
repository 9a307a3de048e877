"""Tables in files: workbooks and texts, told apart by their contents; a name only says that a text is no workbook."""

import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
import python_calamine as calamine

from telemarket.core.i18n import N_
from telemarket.importing.cells import Cell
from telemarket.importing.errors import UnreadableFile
from telemarket.importing.texts import open_text

Row = tuple[int, Sequence[Cell]]
"""The row's number as a spreadsheet program shows it, and its cells."""

LARGEST_UNPACKED = 4 << 30
"""Bytes a workbook may have once unpacked; a million rows of ten columns have 0.6 GB."""
_LARGEST_RATIO = 1000  # spreadsheets shrink to a tenth; a thousandth is a bomb
_SMALL = 10 << 20  # too small to harm whatever its ratio
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # the name of a stream in a workbook with a password
_WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xlsb", ".ods"})
"""No program calls a text so; many call one .xls."""
_SAVE_AS = N_("Open it in a spreadsheet program and save it as .xlsx or .csv.")


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """One sheet. `rows` reads it from its beginning, each time anew; `total` is the number of rows, or nearly so.

    `encoding` and `delimiter` are those of a text; empty for a sheet of a workbook.
    """

    name: str
    rows: Callable[[], Iterator[Row]]
    total: int
    encoding: str = ""
    delimiter: str = ""


def open_table(path: Path, sheet: str = "") -> tuple[Table, tuple[str, ...]]:
    """The sheet of this name (empty: the first with anything in it), and the names of all sheets.

    Raises UnreadableFile, which says what is wrong with the file.
    """
    with path.open("rb") as file:
        head = file.read(8192)
    if not head.strip():
        raise UnreadableFile(N_("The file is empty."))
    if head.startswith(_ZIP):
        _check_archive(path)
        return _workbook(path, sheet)
    if head.startswith(_OLE):
        _check_password(path)
        return _workbook(path, sheet)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        raise UnreadableFile(N_("This is a web page or an XML file, whatever its name says."), remedy=_SAVE_AS)
    text = open_text(path)
    if path.suffix.lower() in _WORKBOOKS:
        raise _damaged()
    return Table(name="", rows=text.rows, total=text.total, encoding=text.encoding, delimiter=text.delimiter), ("",)


def _check_archive(path: Path) -> None:
    """Refuse what would not fit into memory once unpacked, before anything is unpacked."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise _damaged() from error
    unpacked = sum(member.file_size for member in members)
    if unpacked > LARGEST_UNPACKED or unpacked > max(_SMALL, path.stat().st_size * _LARGEST_RATIO):
        raise UnreadableFile(
            N_("Unpacked, the file would have %(size)s MB: more than can be read.", size=unpacked >> 20),
            remedy=N_("Delete empty rows and columns and what is not needed, or save it as .csv."),
        )
    if any(member.flag_bits & 1 for member in members):
        raise _locked()


def _check_password(path: Path) -> None:
    with path.open("rb") as file:
        if _ENCRYPTED in file.read(1 << 20):
            raise _locked()


def _workbook(path: Path, wanted: str) -> tuple[Table, tuple[str, ...]]:
    try:
        with calamine.CalamineWorkbook.from_path(path) as book:
            names = tuple(
                sheet.name
                for sheet in book.sheets_metadata
                if sheet.typ in (calamine.SheetTypeEnum.WorkSheet, calamine.SheetTypeEnum.MacroSheet)
            )
            return _table(_sheet(book, names, wanted)), names
    except calamine.PasswordError as error:
        raise _locked() from error
    except calamine.CalamineError as error:
        raise _damaged() from error


def _sheet(book: calamine.CalamineWorkbook, names: Sequence[str], wanted: str) -> calamine.CalamineSheet:
    if wanted:
        if wanted not in names:
            raise UnreadableFile(
                N_("There is no sheet “%(sheet)s” in the file.", sheet=wanted),
                remedy=N_("It has: %(sheets)s.", sheets=", ".join(names)),
            )
        return book.get_sheet_by_name(wanted)
    for name in names:
        if (sheet := book.get_sheet_by_name(name)).height:
            return sheet
    raise UnreadableFile(N_("There is nothing in the file's sheets."))


def _table(sheet: calamine.CalamineSheet) -> Table:
    """The sheet, which the library holds whole; its rows become Python's one by one."""
    return Table(name=sheet.name, rows=lambda: enumerate(sheet.iter_rows(), 1), total=sheet.total_height)


def _locked() -> UnreadableFile:
    return UnreadableFile(
        N_("The file is protected by a password."), remedy=N_("Save it without a password, then import it.")
    )


def _damaged() -> UnreadableFile:
    return UnreadableFile(N_("The file is damaged, or no spreadsheet."), remedy=_SAVE_AS)
