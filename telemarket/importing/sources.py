"""Where scheduled imports come from: a folder, an HTTP address, a database query, as the administrator set them up."""

import csv
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO

import aiohttp
import msgspec
from pydantic import SecretStr

from telemarket.adapters.sql.connections import Database as SourceDatabase
from telemarket.adapters.sql.mapping import Row
from telemarket.adapters.sql.options import SqlOptions
from telemarket.backend import BackendRefused, BackendUnavailable
from telemarket.core.i18n import N_
from telemarket.core.settings import ImportSource
from telemarket.importing.errors import SourceUnavailable

_BLOCK = 1 << 16
_STILL_WRITTEN = 5.0  # seconds a file must have been left alone


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """A file to import. `marks` are remembered once it has been; `taken` is then done with the file itself."""

    path: Path
    title: str
    marks: dict[str, str]
    moved_to: Path | None = None


@asynccontextmanager
async def fetched(
    name: str, source: ImportSource, data_dir: Path, marks: dict[str, str], now: float, largest: int
) -> AsyncIterator[list[Fetched]]:
    """What is new in the source since `marks` were made; files fetched from afar are gone when the block ends.

    `now` is the time of day in seconds, `largest` the greatest number of bytes. Raises SourceUnavailable.
    """
    with TemporaryDirectory(prefix="telemarket-import-") as folder:
        target = Path(folder) / "table"
        match source.kind:
            case "folder":
                yield _from_folder(source, data_dir, marks, now)
            case "http":
                found = await _from_address(name, source, target, marks, largest)
                yield [found] if found else []
            case "sql":
                yield [await _from_database(name, source, data_dir, target, largest)]


def _from_folder(source: ImportSource, data_dir: Path, marks: dict[str, str], now: float) -> list[Fetched]:
    """Files that are new or changed, oldest first; one that is still being written waits for the next time."""
    folder = data_dir / (source.folder or "")
    try:
        files = [(path, path.stat()) for path in folder.glob(source.pattern) if path.is_file() and path.name[0] != "."]
    except OSError as error:
        raise SourceUnavailable(N_("The folder cannot be read: %(reason)s.", reason=error.strerror or "?")) from error
    if not folder.is_dir():
        raise SourceUnavailable(N_("There is no folder %(folder)s.", folder=str(folder)))
    present = {path.name: f"{stat.st_mtime_ns} {stat.st_size}" for path, stat in files}
    kept = {file: mark for file, mark in marks.items() if file in present}
    found = []
    for path, stat in sorted(files, key=lambda each: each[1].st_mtime_ns):
        if present[path.name] != marks.get(path.name) and now - stat.st_mtime >= _STILL_WRITTEN:
            kept = {**kept, path.name: present[path.name]}
            done = data_dir / source.done / path.name if source.done else None
            found.append(Fetched(path=path, title=path.name, marks=kept, moved_to=done))
    return found


def put_away(file: Fetched) -> None:
    """Move a file that has been imported to where the source wants it, be it on another disk; a like-named one there
    is replaced. Raises OSError."""
    if file.moved_to is not None:
        file.moved_to.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(file.path, file.moved_to)


async def _from_address(
    name: str, source: ImportSource, target: Path, marks: dict[str, str], largest: int
) -> Fetched | None:
    """The file at the address; None where the server says that it is the one read last."""
    asked = {header: value.get_secret_value() for header, value in source.headers.items()}
    for header, mark in (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")):
        if mark in marks:
            asked[header] = marks[mark]
    url = source.url.get_secret_value()
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=source.timeout)) as session,
            # The administrator named this address and no other: where it leads on to, nobody has looked.
            session.get(url, headers=asked, allow_redirects=False) as answer,
        ):
            if answer.status == 304:
                return None
            if answer.status != 200:
                raise SourceUnavailable(N_("The server answered %(status)s.", status=answer.status))
            await _store(answer, target, largest)
            kept = {mark: answer.headers[mark] for mark in ("ETag", "Last-Modified") if mark in answer.headers}
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        # By its kind alone: the text may quote the address, and that a password.
        raise SourceUnavailable(N_("The server did not answer: %(reason)s.", reason=type(error).__name__)) from error
    return Fetched(path=target, title=name, marks=kept)


async def _store(answer: aiohttp.ClientResponse, target: Path, largest: int) -> None:
    size = 0
    with target.open("wb") as file:
        async for block in answer.content.iter_chunked(_BLOCK):
            size += len(block)
            if size > largest:
                raise SourceUnavailable(N_("The file is larger than %(size)s MB.", size=largest >> 20))
            file.write(block)


async def _from_database(name: str, source: ImportSource, data_dir: Path, target: Path, largest: int) -> Fetched:
    """What the query gives, as a table with the columns' names above it."""
    options = SqlOptions(
        url=source.url, password=source.password or SecretStr(""), query=source.query, timeout=source.timeout
    )
    try:
        async with SourceDatabase(options, data_dir).session() as session:
            with target.open("w", encoding="utf-8", newline="") as file:
                await _write_rows(session.rows(source.query, {}), file, largest)
    except (BackendUnavailable, BackendRefused) as error:
        raise SourceUnavailable(error.message, remedy=error.remedy) from error
    return Fetched(path=target, title=name, marks={})


async def _write_rows(batches: AsyncIterator[Sequence[Row]], file: TextIO, largest: int) -> None:
    writer = None
    async for rows in batches:
        if writer is None:
            writer = csv.writer(file, delimiter=";")
            writer.writerow(rows[0])
        writer.writerows(["" if value is None else value for value in row.values()] for row in rows)
        if file.tell() > largest:
            raise SourceUnavailable(N_("The file is larger than %(size)s MB.", size=largest >> 20))
