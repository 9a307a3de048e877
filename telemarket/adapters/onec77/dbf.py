"""Reading a DBF file that 1C may be writing to at the same time: open, read, close; nothing is locked or written.

Rows are read in blocks, and every block twice with a moment between. A row of which the two readings differ was
caught half-written (or changed just then): it is read again until two readings agree.
"""

import os
import struct
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec

from telemarket.adapters.onec77.errors import BusyBase, UnreadableBase
from telemarket.adapters.onec77.folders import unreadable
from telemarket.core.i18n import N_

_HEADER = struct.Struct("<4xIHH20x")
_COLUMN = struct.Struct("<11sc4xBB14x")
_END_OF_COLUMNS = b"\r"
_BLOCK_BYTES = 1 << 18
_SETTLE = 0.05  # seconds between the two readings of a block
_PAUSES = (0.01, 0.02, 0.05, 0.05, 0.1, 0.1, 0.2, 0.2, 0.5, 0.5, 1.0)  # before reading an unsteady row again

_BAD_HEADER = N_("It must be the file of a base of 1C:Enterprise 7.7; test and repair the base.")


class Column(msgspec.Struct, frozen=True):
    """Where a column lies in a row, whose first byte says whether it is deleted."""

    name: str
    type: str  # C, N or D
    start: int
    end: int


Condition = tuple[Column, Collection[bytes]]
_NOT_DELETED: Condition = (Column("", "C", 0, 1), (b"",))


class Layout(msgspec.Struct, frozen=True):
    """What the header of a file says, and how many rows there are at most."""

    columns: Mapping[str, Column]
    start: int
    row: int  # bytes
    rows: int


class Stamp(msgspec.Struct, frozen=True, array_like=True):
    """What changes when a file is written to."""

    modified: int  # nanoseconds
    size: int
    rows: int


def layout(path: Path) -> Layout:
    """What the file at `path` holds; raises UnreadableBase or BackendUnavailable."""
    with _opened(path) as file:
        return _layout(file, path)


def stamp(path: Path) -> Stamp:
    """What to compare to know whether anything was written; raises UnreadableBase or BackendUnavailable."""
    with _opened(path) as file:
        # Of an open file: a share that 1C keeps its files open on tells others an old time of change.
        status = os.fstat(file.fileno())
        return Stamp(status.st_mtime_ns, status.st_size, _layout(file, path).rows)


def rows(
    path: Path, names: Sequence[str], encoding: str, where: Mapping[str, Collection[str]] | None = None
) -> Iterator[tuple[str, ...]]:
    """The columns `names` of every row that is not deleted, without the blanks that only pad them.

    `where` keeps only rows whose columns have one of the given values, blanks at both ends not counted. Raises
    UnreadableBase (also for a column that is not there), BackendUnavailable; BusyBase when a row does not come to rest.
    """
    with _opened(path) as file:
        there = _layout(file, path)
        wanted = [_column(there, path, name) for name in names]
        conditions = [
            (_column(there, path, name), frozenset(value.encode(encoding) for value in values))
            for name, values in (where or {}).items()
        ]
        for block in _steady_blocks(file, path, there):
            yield from _rows(_kept(block, there.row, conditions), there.row, wanted, encoding)
        if _layout(file, path).rows < there.rows:
            raise BusyBase(N_("%(path)s became shorter while it was read.", path=path))


def _rows(block: bytes, row: int, columns: Sequence[Column], encoding: str) -> Iterator[tuple[str, ...]]:
    """The rows of `block`, cut column by column, which is several times faster than row by row."""
    text = block.decode(encoding, errors="replace")  # one character a byte in all code pages of 1C
    return zip(*(_cells(text, row, column) for column in columns), strict=True)


def _cells(text: str, row: int, column: Column) -> list[str]:
    start, width = column.start, column.end - column.start
    if column.type == "N":
        return [text[i : i + width].strip() for i in range(start, len(text), row)]
    return [text[i : i + width].rstrip() for i in range(start, len(text), row)]


def _kept(block: bytes, row: int, conditions: Sequence[Condition]) -> bytes:
    """The rows of `block` that are not deleted and fulfil the conditions, one after another."""
    rejected: set[int] = set()
    for condition in (_NOT_DELETED, *conditions):
        rejected |= _rejected(block, row, *condition)
    if not rejected:
        return block
    return b"".join(block[i * row : (i + 1) * row] for i in range(len(block) // row) if i not in rejected)


def _rejected(block: bytes, row: int, column: Column, values: Collection[bytes]) -> set[int]:
    """The places of the rows that have none of `values`."""
    width = column.end - column.start
    if width == 1:  # a flag: those of all rows are one slice
        flags = block[column.start :: row]
        wrong = {flag for flag in set(flags) if bytes((flag,)).strip() not in values}
        return {i for i, flag in enumerate(flags) if flag in wrong} if wrong else set()
    cells = (block[i : i + width] for i in range(column.start, len(block), row))
    return {i for i, cell in enumerate(cells) if cell.strip() not in values}


def _steady_blocks(file: BinaryIO, path: Path, there: Layout) -> Iterator[bytes]:
    """All rows in blocks of whole rows; while one block rests before its second reading, the next is read."""
    length = max(1, _BLOCK_BYTES // there.row) * there.row
    end = there.start + there.rows * there.row
    resting: tuple[int, bytes, float] | None = None
    for offset in range(there.start, end, length):
        block = _read(file, path, offset, min(length, end - offset))
        fresh = (offset, block, time.monotonic())
        if resting:
            yield _steady(file, path, there.row, *resting)
        resting = fresh
    if resting:
        yield _steady(file, path, there.row, *resting)


def _steady(file: BinaryIO, path: Path, row: int, offset: int, first: bytes, at: float) -> bytes:
    """The block at `offset`, which was `first` at the moment `at`, with every row as two readings agree on it."""
    time.sleep(max(0.0, at + _SETTLE - time.monotonic()))
    block = _read(file, path, offset, len(first))
    if block == first:
        return block
    rows_of = [slice(i, i + row) for i in range(0, len(block), row)]
    unsteady = [part for part in rows_of if block[part] != first[part]]
    steady = bytearray(block)
    for pause in _PAUSES:
        time.sleep(pause)
        unsteady = [part for part in unsteady if _differs(file, path, offset, steady, part)]
        if not unsteady:
            return bytes(steady)
    raise BusyBase(N_("%(path)s is being written to so much that it cannot be read.", path=path))


def _differs(file: BinaryIO, path: Path, offset: int, block: bytearray, part: slice) -> bool:
    """Read a row of `block` anew into its place; whether it was another one before."""
    again = _read(file, path, offset + part.start, part.stop - part.start)
    differs = block[part] != again
    block[part] = again
    return differs


def _column(there: Layout, path: Path, name: str) -> Column:
    try:
        return there.columns[name]
    except KeyError:
        raise UnreadableBase(
            N_("%(path)s: there is no column %(name)s in it.", path=path, name=name),
            remedy=N_("The dictionary must be the one of this base."),
        ) from None


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb", buffering=0)  # we read in blocks ourselves
    except OSError as error:
        raise unreadable(path, error) from error


def _read(file: BinaryIO, path: Path, offset: int, length: int) -> bytes:
    """Exactly `length` bytes."""
    parts: list[bytes] = []
    try:
        file.seek(offset)
        while length and (part := file.read(length)):
            parts.append(part)
            length -= len(part)
    except OSError as error:
        raise unreadable(path, error) from error
    if length:
        raise BusyBase(N_("%(path)s became shorter while it was read.", path=path))
    return b"".join(parts)


def _layout(file: BinaryIO, path: Path) -> Layout:
    try:
        size = os.fstat(file.fileno()).st_size
    except OSError as error:
        raise unreadable(path, error) from error
    if size < _HEADER.size:
        raise UnreadableBase(N_("%(path)s is no DBF file.", path=path), remedy=_BAD_HEADER)
    rows, start, row = _HEADER.unpack(_read(file, path, 0, _HEADER.size))
    if not _HEADER.size < start <= size or not row:
        raise UnreadableBase(N_("%(path)s is no DBF file.", path=path), remedy=_BAD_HEADER)
    columns = _columns(_read(file, path, _HEADER.size, start - _HEADER.size))
    if sum(column.end - column.start for column in columns.values()) + 1 != row:
        raise UnreadableBase(N_("%(path)s: its header contradicts itself.", path=path), remedy=_BAD_HEADER)
    # Rows that are still being appended may be counted already, or not yet.
    return Layout(columns, start, row, min(rows, (size - start) // row))


def _columns(header: bytes) -> Mapping[str, Column]:
    """The columns one after another: 1C leaves their places in the row at 0."""
    columns = {}
    place = 1
    for i in range(0, len(header) - _COLUMN.size + 1, _COLUMN.size):
        if header[i : i + 1] == _END_OF_COLUMNS:
            break
        name, kind, length, _ = _COLUMN.unpack_from(header, i)
        column = Column(
            name.split(b"\0")[0].decode("ascii", "replace"), kind.decode("ascii", "replace"), place, place + length
        )
        columns[column.name] = column
        place = column.end
    return columns
