"""Refused rows handed back as a spreadsheet: as they came, each with its row number and the reason."""

from collections.abc import Sequence
from pathlib import Path

import xlsxwriter

from telemarket.core.i18n import N_, Translator

Refused = tuple[int, dict[str, str], str]
"""Number of the row, its cells by heading, and the reason (marked for translation)."""

ROW, REASON = N_("Row"), N_("Why it was refused")
_LONGEST_CELL = 32_767  # of the format
_WIDTHS = (8, 48, 24)  # of the number, the reason and the other columns, in characters
_MOST_ROWS = 1_048_575


def write_refused(path: Path, rows: Sequence[Refused], translator: Translator) -> None:
    """Write the rows to `path`. Everything is text: what begins with = is no formula, a number keeps its zeros."""
    headings = list(dict.fromkeys(heading for _, cells, _ in rows for heading in cells))
    with xlsxwriter.Workbook(
        path, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        sheet = book.add_worksheet()
        bold, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
        sheet.set_column(0, 0, _WIDTHS[0])
        sheet.set_column(1, 1, _WIDTHS[1])
        sheet.set_column(2, max(2, len(headings) + 1), _WIDTHS[2], text)
        sheet.freeze_panes(1, 2)
        sheet.write_row(0, 0, [translator.message(ROW), translator.message(REASON), *headings], bold)
        for place, (number, cells, reason) in enumerate(rows[:_MOST_ROWS], 1):
            sheet.write_number(place, 0, number)
            sheet.write_string(place, 1, translator.message(reason)[:_LONGEST_CELL])
            for column, heading in enumerate(headings, 2):
                if value := cells.get(heading):
                    sheet.write_string(place, column, value[:_LONGEST_CELL], text)
