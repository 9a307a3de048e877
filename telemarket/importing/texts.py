"""Tables in text files: CSV of any encoding, delimiter and line end."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import msgspec

from telemarket.core.i18n import N_
from telemarket.importing.encoding import detect
from telemarket.importing.errors import UnreadableFile

DELIMITERS = (";", "\t", ",", "|")  # likelier first
LONGEST_CELL = 100_000
_SAMPLE = 1 << 18
_SAMPLE_ROWS = 200
_CONTROLS = frozenset(chr(code) for code in range(32)) - set("\t\n\r\f")


class Text(msgspec.Struct, frozen=True, kw_only=True):
    path: Path
    encoding: str
    delimiter: str
    total: int

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """The rows one by one; raises UnreadableFile at one that cannot be told from the next."""
        csv.field_size_limit(LONGEST_CELL)
        with self.path.open(encoding=self.encoding, errors="replace", newline="") as file:
            reader = csv.reader(file, delimiter=self.delimiter)
            number = 0
            try:
                for number, row in enumerate(reader, 1):
                    if number == 1 and row and row[0].startswith("sep="):  # what Excel reads the delimiter from
                        continue
                    yield number, row
            except csv.Error as error:
                raise UnreadableFile(
                    N_("After row %(row)s the file cannot be read.", row=number),
                    remedy=N_("See that every opening quotation mark there has its closing one."),
                ) from error


def open_text(path: Path) -> Text:
    """How the text is written. Raises UnreadableFile for what is no text."""
    with path.open("rb") as file:
        sample = file.read(_SAMPLE)
        breaks = sample.count(b"\n")
        while block := file.read(1 << 20):
            breaks += block.count(b"\n")
    encoding = detect(sample)
    text = sample.decode(encoding, "replace")
    if not _CONTROLS.isdisjoint(text):
        raise UnreadableFile(
            N_("This is neither a spreadsheet nor a text."), remedy=N_("Send a file of the kind xlsx, xls, ods or csv.")
        )
    return Text(path=path, encoding=encoding, delimiter=_delimiter(text), total=breaks + 1)


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0].rstrip()
    if first.startswith("sep=") and len(first) == 5:
        return first[-1]
    return max(DELIMITERS, key=lambda delimiter: _regularity(text, delimiter))


def _regularity(text: str, delimiter: str) -> float:
    """How many columns most rows agree on, and how many of them do: the right delimiter makes a table."""
    widths: Counter[int] = Counter()
    try:
        for row in islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), _SAMPLE_ROWS):
            if any(row):
                widths[len(row)] += 1
    except csv.Error:
        return 0.0
    width, agreeing = max(widths.items(), key=lambda item: (item[0] > 1, item[1]), default=(1, 0))
    return width * (agreeing / max(1, widths.total())) ** 2 if width > 1 else 0.0
