"""A whole base: the dictionary, the tables of its objects and 1C's own, as DBF files or in a database of SQL."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tests.onec77 import dbf
from tests.onec77.dbf import Column, Row

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TITLE_LIMIT, _LABEL_LIMIT = 30, 20
_BLOCK, _FIRST_BLOCK = 80, 71
EMPTY = "     0   "


def base36(number: int) -> str:
    """As 1C writes numbers of objects."""
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"


def identifier(number: int, sign: str = "") -> str:
    """The nine characters of an ID."""
    return base36(number).rjust(6) + sign.ljust(3)


def moment(hour: int, minute: int = 0) -> str:
    """TIME: ten-thousandths of a second."""
    return base36((hour * 60 + minute) * 60 * 10_000).rjust(6)


def attribute(number: int, label: str, kind: str = "C", length: int = 9, precision: int = 0) -> Column:
    """An attribute of the configuration."""
    return Column(f"SP{number}", kind, length, precision, f"(P){label}")


CATALOG_HEAD = (Column("ID", "C", 9, label="ID object"),)
FOLDERS = (Column("PARENTID", "C", 9, label="ID parent obj"),)
CODE = (Column("CODE", "C", 5, label="object code"),)
DESCRIPTION = (Column("DESCR", "C", 60, label="object description"),)
OWNER = (Column("PARENTEXT", "C", 9, label="Parent in other table"),)
IS_FOLDER = (Column("ISFOLDER", "N", 1, label="Flag - Is Line - Folder"),)
CATALOG_TAIL = (
    Column("ISMARK", "C", 1, label="Flag Object is Marked"),
    Column("VERSTAMP", "C", 6, label="Version stamp"),
)

CONSTANTS = (
    Column("OBJID", "C", 9, label="ID obj(0-cons)"),
    Column("ID", "C", 4, label="ID parameter"),
    Column("DATE", "D", 8, label="Fix date"),
    Column("PARTNO", "N", 3, label="Part no"),
    Column("VALUE", "C", 255, label="valume"),
    Column("DOCID", "C", 9, label="ID Document"),
    Column("TIME", "C", 6, label="Time"),
    Column("ACTNO", "N", 6, label="Action No"),
    Column("LINENO", "N", 4, label="LineNo"),
    Column("TVALUE", "C", 3, label="Type of value"),
)
BLOBS = (
    Column("FIELDID", "C", 4, label="ID of field"),
    Column("OBJID", "C", 9, label="ID of object"),
    Column("BLOCKNO", "N", 4, label="Block no"),
    Column("BLOCK", "C", 80, label="Block"),
)
SYSTEM = (
    Column("CURDATE", "D", 8, label="Current date"),
    Column("CURTIME", "C", 6, label="Current time"),
    Column("SNAPSHPER", "C", 1, label="Snapshot period"),
)
JOURNAL = (
    Column("IDJOURNAL", "C", 4, label="ID of Journal"),
    Column("IDDOC", "C", 9, label="ID Document"),
    Column("IDDOCDEF", "C", 4, label="ID Def Document"),
    Column("DATE", "D", 8, label="Date"),
    Column("TIME", "C", 6, label="Time"),
    Column("DOCNO", "C", 10, label="Document No"),
    Column("CLOSED", "N", 1, label="Flag document is clo"),
    Column("ISMARK", "C", 1, label="Doc is Marked for De"),
    Column("VERSTAMP", "C", 6, label="Version stamp"),
)


class Table:
    """One table and its rows, which a test may change before they are written. `memos` are columns in SQL only."""

    def __init__(self, name: str, title: str, columns: Sequence[Column]) -> None:
        self.name = name
        self.title = title
        self.columns = tuple(columns)
        self.rows: list[Row] = []
        self.memos: tuple[Column, ...] = ()

    def add(self, **cells: str) -> None:
        """One more row."""
        self.rows.append(cells)


class Base:
    """Tables by name; `write` makes a folder of DBF files of them, `write_sql` a database."""

    def __init__(self, encoding: str = "cp1251") -> None:
        self.encoding = encoding
        self.tables: dict[str, Table] = {}
        self._long_strings: dict[tuple[str, str], str] = {}
        self.system("1SCONST", "Periodics and Constants", CONSTANTS)
        self.system("1SBLOB", "Memo Field Blocks", BLOBS)
        self.system("1SSYSTEM", "System parameters", SYSTEM)
        self.system("1SJOURN", "Journals", JOURNAL)

    def system(self, name: str, title: str, columns: Sequence[Column]) -> Table:
        """One of 1C's own tables."""
        table = self.tables[name] = Table(name, title, columns)
        return table

    def catalog(
        self, number: int, name: str, *attributes: Column, folders: bool = False, owner: bool = False, code: bool = True
    ) -> Table:
        """A catalog; with `folders` it has groups, with `owner` it is subordinate."""
        columns = [*CATALOG_HEAD, *(FOLDERS if folders else ()), *(CODE if code else ()), *DESCRIPTION]
        columns += [*(OWNER if owner else ()), *(IS_FOLDER if folders else ()), *CATALOG_TAIL, *attributes]
        return self.system(f"SC{number}", f"Справочник {name}", columns)

    def register(self, number: int, name: str, *attributes: Column) -> Table:
        """The totals of a register."""
        period = Column("PERIOD", "D", 8, label="Period Registr")
        return self.system(f"RG{number}", f"Регистр {name}", (period, *attributes))

    def document(self, number: int, name: str, head: Sequence[Column], lines: Sequence[Column]) -> tuple[Table, Table]:
        """Head and lines of a kind of document."""
        iddoc = Column("IDDOC", "C", 9, label="ID Document's")
        return (
            self.system(f"DH{number}", f"Документ {name}", (iddoc, *head)),
            self.system(
                f"DT{number}", f"Документ (Мн.ч.) {name}", (iddoc, Column("LINENO", "N", 4, label="LineNo"), *lines)
            ),
        )

    def periodic(self, number: int, element: str, day: str, value: str, time: str = "     0") -> None:
        """A value that is valid from `day` on."""
        self.tables["1SCONST"].add(OBJID=element, ID=base36(number).rjust(4), DATE=day, VALUE=value, TIME=time)

    def long_string(self, number: int, element: str, text: str) -> None:
        """A string of unlimited length: in its blocks, or in SQL in the column of the catalog's `memos`."""
        self._long_strings[f"SP{number}", element] = text
        parts = [f"{len(text):8x} {text[:_FIRST_BLOCK]}"]
        parts += [text[i : i + _BLOCK] for i in range(_FIRST_BLOCK, len(text), _BLOCK)]
        for i, part in enumerate(parts):
            self.tables["1SBLOB"].add(FIELDID=base36(number).rjust(4), OBJID=element, BLOCKNO=str(i), BLOCK=part)

    def write(self, folder: Path, *, custom_code_page: bool = False) -> Path:
        """The base as a folder; of a custom code page the collation file tells the number."""
        folder.mkdir(parents=True, exist_ok=True)
        digits = self.encoding.removeprefix("cp")
        named = "_CUSTOM" if custom_code_page else f"{digits}RUS"
        (folder / "1Cv7.DD").write_bytes(self.dictionary(named).encode(self.encoding))
        if custom_code_page:
            (folder / "1CV7.ORD").write_bytes(f"{digits}\r\n0 1 2 3\r\n".encode("ascii"))
        for table in self.tables.values():
            dbf.write(folder / f"{table.name}.DBF", table.columns, table.rows, self.encoding)
        return folder

    def dictionary(self, code_page: str = "1251RUS") -> str:
        """The text of 1Cv7.DD."""
        lines = ["#AccWare Data Dictionary", f"D=DDV7120|AccWare Data Dictionary (DDCP={code_page})|"]
        for number, table in enumerate(self.tables.values(), 1):
            lines += [
                "#" + "=" * 79,
                f"#==TABLE no {number:<6}: {table.title}",
                "# Name    |Descr                         |Type[A/S/U]|DBTableName|ReUsable",
                f"T={table.name:<8}|{table.title[:_TITLE_LIMIT]:<30}|A          |{table.name:<11}|1",
                "#-----Fields-------",
                *_fields(table.columns),
                "#----Indexes------",
                f"I=ID       |of ID         |0     |{table.columns[0].name:<36}|ID",
            ]
        return "\r\n".join([*lines, ""])

    def write_sql(self, engine: sa.Engine, dictionary: Path) -> None:
        """The base in SQL, and its 1Cv7.DDS at `dictionary`."""
        lines = ["#AccWare Data Dictionary", "D=ddSQLV7120|AccWare Data Dictionary (DDCP=1251RUS)|"]
        for number, table in enumerate(self.tables.values(), 1):
            stored = f"_{table.name}" if table.name.startswith("1S") else table.name
            columns = [*_in_sql(table), *table.memos]
            lines += [
                f"#==TABLE no {number:<6}: {table.title}",
                f"T={stored:<10}|{table.title[:_TITLE_LIMIT]:<30}|{stored:<11}|R",
                *_fields((Column("ROW_ID", "I", 0, label="Row ID"), *columns)),
                f"P=sp_{stored}|create proc {stored}_TLockX",
                f"as set nocount on declare @i integer select @i=1 from {stored}(TABLOCKX HOLDLOCK)",  # noqa: S608
                "where 0=1|",
            ]
            self._fill(engine, stored, table, columns)
        dictionary.write_bytes("\r\n".join(lines).encode("cp1251"))

    def _fill(self, engine: sa.Engine, stored: str, table: Table, columns: Sequence[Column]) -> None:
        kinds: dict[str, Any] = {"N": sa.Numeric(18, 4), "D": sa.DateTime(), "M": sa.Text()}
        there = sa.Table(
            stored,
            sa.MetaData(),
            sa.Column("ROW_ID", sa.Integer, primary_key=True),
            *(sa.Column(column.name, kinds.get(column.type, sa.String(255))) for column in columns),
        )
        there.create(engine)
        live = [row for row in table.rows if not isinstance(row, dbf.Deleted)]
        if live:
            rows = [_sql_row(columns, {**row, **self._memos(table, row)}) for row in live]
            with engine.begin() as connection:
                connection.execute(there.insert(), rows)

    def _memos(self, table: Table, row: Row) -> dict[str, str]:
        return {memo.name: self._long_strings.get((memo.name, row["ID"]), "") for memo in table.memos}


def _fields(columns: Sequence[Column]) -> Iterator[str]:
    for column in columns:
        label = column.label[:_LABEL_LIMIT]
        yield f"F={column.name:<10}|{label:<20}|{column.type:<4}|{column.length:<6}|{column.precision}"


def _in_sql(table: Table) -> Iterator[Column]:
    """Long strings are columns there, and the journal has its moments in one."""
    for column in table.columns:
        if table.name == "1SJOURN" and column.name == "DATE":
            yield Column("DATE_TIME_IDDOC", "C", 23, label="Date+Time+IDDoc")
        elif not (table.name == "1SJOURN" and column.name == "TIME"):
            yield column


def _sql_row(columns: Sequence[Column], row: Row) -> dict[str, Any]:
    cells: dict[str, Any] = {}
    for column in columns:
        text = row.get(column.name, "")
        if column.name == "DATE_TIME_IDDOC":
            cells[column.name] = f"{row['DATE']}{row.get('TIME', ''):>6}{row['IDDOC']}"
        elif column.type == "N":
            cells[column.name] = Decimal(text or 0)
        elif column.type == "D":
            cells[column.name] = datetime.strptime(text or "17530101", "%Y%m%d")
        else:
            cells[column.name] = text.ljust(column.length)
    return cells
