"""Leads out of a spreadsheet or a text file: which column is what is recognised, and can be said."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from telemarket.core.errors import InvalidInput
from telemarket.core.threads import iterate
from telemarket.dialer.model import LeadData
from telemarket.importing.cells import Cell, ShortenedNumber, digits_text, text_of
from telemarket.importing.sample import take_sample
from telemarket.importing.tables import open_table
from telemarket.numbers import NumberingPlan

_USUAL_RANK = 100


class LeadColumns(msgspec.Struct, frozen=True, kw_only=True):
    """Headings, by what their columns are. No `numbers`: the columns that look like telephones."""

    numbers: tuple[str, ...] = ()
    best_hours: tuple[str, ...] = ()  # in the order of `numbers`
    name: str = ""
    zone: str = ""
    rank: str = ""


class LeadFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file whose columns are known; every column that is nothing else is shown to the operator."""

    path: Path
    sheet: str
    header: int
    headings: tuple[str, ...]
    columns: LeadColumns
    total: int

    def leads(self, advance: Callable[[int], object]) -> AsyncIterator[LeadData]:
        """The rows; `advance` is told of each."""
        return iterate(lambda: self._rows(advance), name="leads")

    def _rows(self, advance: Callable[[int], object]) -> Iterator[LeadData]:
        table, _ = open_table(self.path, self.sheet)
        for number, cells in table.rows():
            advance(1)
            if number > self.header and any(map(text_of, cells)):
                yield self._lead(number, cells)

    def _lead(self, number: int, cells: Sequence[Cell]) -> LeadData:
        row = dict(zip(self.headings, cells, strict=False))
        columns = self.columns
        written = [(_digits(row.get(name)), index) for index, name in enumerate(columns.numbers)]
        hours = [_whole(row.get(name), None) for name in columns.best_hours]
        told = {*columns.numbers, *columns.best_hours, columns.name, columns.zone, columns.rank}
        return LeadData(
            name=text_of(row.get(columns.name)),
            numbers=tuple(text for text, _ in written if text),
            best_hours=tuple(hours[index] if index < len(hours) else None for text, index in written if text),
            zone=text_of(row.get(columns.zone)),
            rank=_whole(row.get(columns.rank), _USUAL_RANK) or 0,
            values={name: text for name, cell in row.items() if name not in told and (text := text_of(cell))},
            line=str(number),
        )


def open_leads(path: Path, sheet: str, columns: LeadColumns, plan: NumberingPlan) -> LeadFile:
    """The file, its columns recognised as far as they are not named. Raises InvalidInput naming a column it has not,
    and UnreadableFile."""
    if not path.is_file():
        raise InvalidInput(f"{path}: there is no such file.", field="file")
    sample = take_sample(path, sheet)
    headings = tuple(sample.headings())
    named = {*columns.numbers, *columns.best_hours, columns.name, columns.zone, columns.rank} - {""}
    if missing := sorted(named - set(headings)):
        raise InvalidInput(
            f"The file has no column {', '.join(missing)}.", field="columns", remedy=f"It has: {', '.join(headings)}."
        )
    found = {each.column.heading: each.column.target for each in sample.recognise(plan).columns}
    telephones = tuple(name for name in headings if found.get(name, "").partition(":")[0] == "phone")
    names = [name for name in headings if found.get(name) == "name"]
    columns = msgspec.structs.replace(
        columns, numbers=columns.numbers or telephones, name=columns.name or next(iter(names), "")
    )
    if not columns.numbers:
        raise InvalidInput("No column looks like telephone numbers.", field="columns", remedy="Name it with --number.")
    return LeadFile(
        path=path, sheet=sheet, header=sample.header, headings=headings, columns=columns, total=sample.total
    )


def _digits(cell: Cell) -> str:
    try:
        return digits_text(cell)
    except ShortenedNumber:
        return text_of(cell)  # refused for what it is: 3.8067E+11


def _whole(cell: Cell, otherwise: int | None) -> int | None:
    text = text_of(cell)
    return int(text) if text.isdecimal() else (-1 if text else otherwise)
