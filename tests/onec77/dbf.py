"""DBF files byte for byte as 1C 7.7 writes them, and a hand that changes rows in place as 1C does."""

import struct
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

VERSION, MDX, LANGUAGE = 0x03, 0x01, 0x00
END_OF_HEADER, END_OF_FILE = b"\r", b"\x1a"
LIVE, DELETED = b" ", b"*"
LAST_UPDATE = (126, 11, 22)


class Column(NamedTuple):
    """`label` is what the dictionary calls it."""

    name: str
    type: str
    length: int
    precision: int = 0
    label: str = ""


Row = Mapping[str, str]


class Deleted(dict[str, str]):
    """A row in a slot that waits to be used again."""


def header(columns: Sequence[Column], rows: int) -> bytes:
    """The header; the places of columns in the row are left at 0."""
    descriptors = b"".join(
        struct.pack(
            "<11sc4xBB12xBx", column.name.encode("ascii"), column.type.encode(), column.length, column.precision, 0
        )
        for column in columns
    )
    start = 32 + len(descriptors) + 1
    fixed = struct.pack("<4BIHH16xBB2x", VERSION, *LAST_UPDATE, rows, start, width(columns), MDX, LANGUAGE)
    return fixed + descriptors + END_OF_HEADER


def width(columns: Iterable[Column]) -> int:
    """Bytes of a row."""
    return 1 + sum(column.length for column in columns)


def record(columns: Sequence[Column], row: Row, encoding: str) -> bytes:
    """A row: texts to the left, numbers to the right."""
    cells = []
    for column in columns:
        text = row.get(column.name, "")
        cell = text.encode(encoding)
        assert len(cell) <= column.length, f"{column.name}: {text!r} is too long"
        cells.append(cell.rjust(column.length) if column.type == "N" else cell.ljust(column.length))
    return (DELETED if isinstance(row, Deleted) else LIVE) + b"".join(cells)


def write(path: Path, columns: Sequence[Column], rows: Sequence[Row], encoding: str = "cp1251") -> None:
    """A whole file."""
    body = b"".join(record(columns, row, encoding) for row in rows)
    path.write_bytes(header(columns, len(rows)) + body + END_OF_FILE)


class Hand:
    """Changes a file in place, as a running 1C does: rows are overwritten, slots reused, rows appended."""

    def __init__(self, path: Path, columns: Sequence[Column], encoding: str = "cp1251") -> None:
        self._file = path.open("r+b", buffering=0)
        self._columns = columns
        self._encoding = encoding
        self._start = len(header(columns, 0))
        self._width = width(columns)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _type: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None) -> None:
        self._file.close()

    def put(self, slot: int, row: Row) -> None:
        """Overwrite the row in `slot` at once."""
        self._write(self._start + slot * self._width, record(self._columns, row, self._encoding))

    def halves(self, slot: int, row: Row) -> tuple[tuple[int, bytes], tuple[int, bytes]]:
        """The row as two pieces to be written with `write_piece`, one after the other."""
        offset, content = self._start + slot * self._width, record(self._columns, row, self._encoding)
        middle = len(content) // 2
        return (offset, content[:middle]), (offset + middle, content[middle:])

    def write_piece(self, piece: tuple[int, bytes]) -> None:
        """Write a piece of a row."""
        self._write(*piece)

    def append(self, rows: int, row: Row) -> int:
        """Put `row` behind the `rows` there are, then count it; returns the new number of rows."""
        content = record(self._columns, row, self._encoding) + END_OF_FILE
        self._write(self._start + rows * self._width, content)
        self._write(4, struct.pack("<I", rows + 1))
        return rows + 1

    def _write(self, offset: int, content: bytes) -> None:
        self._file.seek(offset)
        self._file.write(content)
