"""Tables handed out as files: a spreadsheet, or a text file of any length."""

import asyncio
import csv
import io
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import xlsxwriter
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response, StreamingResponse

from telemarket.core.errors import InvalidInput
from telemarket.core.i18n import N_
from telemarket.core.text import harmless_cell

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MOST_ROWS = 1_048_576  # of the format
_LONGEST_CELL = 32_767
_BATCH = 500


async def table_file(rows: AsyncIterator[Sequence[str]], name: str, ending: str) -> Response:
    """The rows, headings first, as `name`.xlsx or `name`.csv. Raises InvalidInput for more rows than a spreadsheet
    holds."""
    if ending == "csv":
        headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
        return StreamingResponse(_as_csv(rows), media_type="text/csv; charset=utf-8", headers=headers)
    folder = tempfile.TemporaryDirectory(prefix="telemarket-")
    path = Path(folder.name) / f"{name}.xlsx"
    try:
        await _write(path, rows)
    except BaseException:
        folder.cleanup()
        raise
    return FileResponse(path, media_type=_XLSX, filename=path.name, background=BackgroundTask(folder.cleanup))


async def _as_csv(rows: AsyncIterator[Sequence[str]]) -> AsyncIterator[bytes]:
    yield "\ufeff".encode()  # so that spreadsheet programs read it as UTF-8
    async for batch in _batches(rows):
        text = io.StringIO()
        csv.writer(text).writerows([harmless_cell(cell) for cell in row] for row in batch)
        yield text.getvalue().encode()


async def _write(path: Path, rows: AsyncIterator[Sequence[str]]) -> None:
    # Everything is text: what begins with = is no formula, a number keeps its zeros.
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(path, options)
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    place = 0

    def write(batch: list[Sequence[str]]) -> None:
        for offset, row in enumerate(batch):
            for column, cell in enumerate(row):
                sheet.write_string(place + offset, column, cell[:_LONGEST_CELL])

    try:
        async for batch in _batches(rows):
            if place + len(batch) > _MOST_ROWS:
                raise InvalidInput(N_("A spreadsheet cannot hold so many rows."), remedy=N_("Take the csv file."))
            await asyncio.to_thread(write, batch)
            place += len(batch)
    finally:
        await asyncio.to_thread(book.close)


async def _batches(rows: AsyncIterator[Sequence[str]]) -> AsyncIterator[list[Sequence[str]]]:
    batch: list[Sequence[str]] = []
    async for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
