"""Contacts in a CSV file: `contract;name;phone;service;limit`, UTF-8 with a heading."""

import asyncio
import csv
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path

import msgspec

from telemarket.backend import BackendUnavailable, Limit, Record
from telemarket.numbers import NumberingPlan, extract

COLUMNS = ("contract", "name", "phone", "service", "limit")


class FileUnreadable(BackendUnavailable):
    """The file is not there, or is none of ours: an export may just be writing it."""


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """The file as read at one moment. `stamp` changes whenever the file does."""

    stamp: str
    records: tuple[Record, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    by_number: dict[str, list[Record]] = {}


class ContactsFile:
    """The file, read again when its time or size has changed."""

    def __init__(self, path: Path, *, region: str, currency: str) -> None:
        self.path = path
        self._plan = NumberingPlan(regions=(region,), area_code="")
        self._currency = currency
        self._content = Content(stamp="")

    async def content(self) -> Content:
        """What the file holds now. Reads in a thread: a slow disk must not hold up calls. Raises FileUnreadable."""
        return await asyncio.to_thread(self._read)

    async def find(self, number: str) -> Sequence[Record]:
        """Contacts with this number, however it is written. Raises FileUnreadable."""
        content = await self.content()
        return [record for digits in self._digits(number) for record in content.by_number.get(digits, ())]

    def _read(self) -> Content:
        try:
            stat = self.path.stat()
            stamp = f"{stat.st_mtime_ns}-{stat.st_size}"
            if stamp != self._content.stamp:
                self._content = self._parse(stamp)
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise FileUnreadable(f"{self.path} cannot be read: {error}.", remedy="See that the export runs.") from error
        return self._content

    def _parse(self, stamp: str) -> Content:
        records: dict[str, Record] = {}
        refused: list[tuple[str, str]] = []
        by_number: dict[str, list[Record]] = {}
        for line in self._lines():
            try:
                record = self._record(line)
                if record.key in records:
                    raise ValueError("this contract stands in the file twice")
            except ValueError as error:
                refused.append((line["contract"], str(error)))
                continue
            records[record.key] = record
            for digits in self._digits(line["phone"]):
                by_number.setdefault(digits, []).append(record)
        return Content(stamp=stamp, records=tuple(records.values()), refused=tuple(refused), by_number=by_number)

    def _lines(self) -> Iterator[dict[str, str]]:
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, delimiter=";")
            if missing := [column for column in COLUMNS if column not in (reader.fieldnames or ())]:
                raise FileUnreadable(
                    f"{self.path} has no column {', '.join(missing)}.", remedy="Mend the heading of the export."
                )
            for line in reader:
                yield {column: (line[column] or "").strip() for column in COLUMNS}

    def _record(self, line: dict[str, str]) -> Record:
        """Raises ValueError saying what is wrong with the line."""
        if not line["contract"]:
            raise ValueError("there is no contract")
        try:
            left = Decimal(line["limit"]) if line["limit"] else None
        except InvalidOperation as error:
            raise ValueError(f"the limit {line['limit']!r} is no number") from error
        limit = Limit(service=line["service"], contract=line["contract"], amount=left, unit=self._currency)
        return Record(
            key=line["contract"],
            name=line["name"],
            phones=(("", line["phone"]),) if line["phone"] else (),
            limits=(limit,) if left is not None else (),
        )

    def _digits(self, text: str) -> Iterator[str]:
        return (number.digits for number in extract(text, self._plan))
