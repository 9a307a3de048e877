"""The beginning of a file, kept beside it, so that columns can be chosen and tried without reading it again."""

from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from telemarket.importing.cells import Cell, text_of
from telemarket.importing.model import HEADER_WITHIN, Mapping
from telemarket.importing.recognition import Recognition, find_header, header_with, headings_of, recognise_rows
from telemarket.importing.tables import Row, Table, open_table
from telemarket.numbers import NumberingPlan

_ROWS = 300


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """The first rows of a sheet. `total` is the number of its rows, or nearly so; `sheets` are all of the file's.

    `header` is the row of the headings; 0: there is none.
    """

    sheet: str
    sheets: tuple[str, ...]
    total: int
    encoding: str
    delimiter: str
    header: int
    cells: list[tuple[int, list[Any]]]

    @property
    def rows(self) -> list[Row]:
        """The rows as the file has them."""
        return [(number, [_restored(cell) for cell in cells]) for number, cells in self.cells]

    def headings(self) -> list[str]:
        """The names of the columns."""
        return headings_of(self.rows, self.header)

    def with_header(self, header: int | None) -> "Sample":
        """The same with its headings in this row (0: it has none); None: where they are already."""
        return self if header is None else msgspec.structs.replace(self, header=header)

    def told(self, mapping: Mapping) -> "Sample":
        """The same with its headings where the mapping says, or where those of the mapping are."""
        likely = self.header if mapping.header is None else mapping.header
        return self.with_header(header_with(self.rows, mapping.headings(), likely))

    def possible_headers(self) -> list[tuple[int, str]]:
        """The rows that may be the headings, and how each begins."""
        texts = ((number, list(filter(None, map(text_of, cells)))) for number, cells in self.rows[:HEADER_WITHIN])
        return [(number, " · ".join(found[:4])[:80]) for number, found in texts if found]

    def recognise(self, plan: NumberingPlan) -> Recognition:
        """What the columns are."""
        return recognise_rows(self.rows, plan, self.header)


def take_sample(path: Path, sheet: str = "") -> Sample:
    """Read the beginning of the file; raises UnreadableFile."""
    return sample_of(*open_table(path, sheet))


def sample_of(table: Table, sheets: tuple[str, ...]) -> Sample:
    """The beginning of the table, one of `sheets`."""
    rows = list(islice(table.rows(), _ROWS))
    return Sample(
        sheet=table.name,
        sheets=sheets,
        total=max(table.total, len(rows)),
        encoding=table.encoding,
        delimiter=table.delimiter,
        header=find_header(rows),
        cells=[(number, [_storable(cell) for cell in cells]) for number, cells in rows],
    )


def keep_sample(path: Path, target: Path, sheet: str = "") -> None:
    """Write the sample of the file to `target`; raises UnreadableFile."""
    target.write_bytes(msgspec.json.encode(take_sample(path, sheet)))


def _storable(cell: Cell) -> Any:
    if isinstance(cell, datetime | date):
        return {"date": cell.isoformat()}
    return text_of(cell) if isinstance(cell, time | timedelta) else cell


def _restored(cell: Any) -> Cell:
    if not isinstance(cell, dict):
        return cell
    moment = datetime.fromisoformat(cell["date"])
    return moment if "T" in cell["date"] else moment.date()
