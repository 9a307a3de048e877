"""Contacts in a CSV file: `phone;name;contract;limit`."""

import asyncio
import csv
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path

import msgspec
import phonenumbers

from telemarket.hookspecs import Found

COLUMNS = ("phone", "name", "contract", "limit")


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One contact of the file."""

    phone: str
    e164: str
    name: str
    contract: str
    limit: str


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """The file as read at one moment. `problem` is empty when it could be read."""

    rows: dict[str, list[Row]] = {}  # by E.164 number
    refused: int = 0
    problem: str = ""


class ContactsFile:
    """The file, read again when its time or size has changed."""

    def __init__(self, path: Path, *, region: str) -> None:
        self.path = path
        self._region = region
        self._stamp: tuple[int, int] | None = None
        self._content = Content()

    async def find(self, number: str) -> Sequence[Row]:
        """Contacts with this number, however it is written."""
        content = await self.content()
        return content.rows.get(e164(number, self._region), [])

    async def content(self) -> Content:
        """What the file holds now. Reads in a thread: a slow disk must not hold up calls."""
        return await asyncio.to_thread(self._read)

    def _read(self) -> Content:
        try:
            stat = self.path.stat()
            stamp = (stat.st_mtime_ns, stat.st_size)
            if stamp != self._stamp:
                self._content = read(self.path, self._region)
                self._stamp = stamp
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            return Content(problem=str(error))
        return self._content


class CsvBackend:
    """Telemarket asks it for every caller, beside its own index."""

    name = "csv"
    title = "Contacts file"

    def __init__(self, file: ContactsFile) -> None:
        self._file = file

    async def look_up(self, e164: str, digits: str) -> Sequence[Found]:
        """Contacts of the file with this number."""
        rows = await self._file.find(e164 or digits)
        return [
            Found(
                key=f"{row.e164}/{row.contract}",
                name=row.name,
                phones=(("main", row.phone),),
                facts=(("Contract", row.contract), ("Limit", row.limit)),
            )
            for row in rows
        ]


def read(path: Path, region: str) -> Content:
    """Read the whole file; rows without a usable number or limit are counted as refused."""
    rows: dict[str, list[Row]] = {}
    refused = 0
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines, delimiter=";")
        if missing := set(COLUMNS) - set(reader.fieldnames or ()):
            return Content(problem=f"columns are missing: {', '.join(sorted(missing))}")
        for line in reader:
            row = _row(line, region)
            if row:
                rows.setdefault(row.e164, []).append(row)
            else:
                refused += 1
    return Content(rows=rows, refused=refused)


def e164(number: str, region: str) -> str:
    """`number` in international form, empty if it is not one."""
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _row(line: dict[str, str | None], region: str) -> Row | None:
    phone, name, contract, limit = ((line[column] or "").strip() for column in COLUMNS)
    number = e164(phone, region)
    try:
        Decimal(limit or "0")
    except InvalidOperation:
        return None
    return Row(phone=phone, e164=number, name=name, contract=contract, limit=limit) if number else None
