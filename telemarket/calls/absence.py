"""Calls that came, or ended, while the daemon was away: found afterwards in Asterisk's call detail records.

Asterisk writes a line for every call to a CSV file (see etc/asterisk/cdr_custom_telemarket.conf). A caller whom
the dialplan sent to Telemarket and whom the journal does not know came while nobody was there; his call is put
into the journal with the result "while-down". A call that ended unobserved gets its true end.
"""

import asyncio
import csv
import io
import os
from collections.abc import Awaitable, Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import sqlalchemy as sa
import structlog

from telemarket.asterisk.pbx.configuration import CDR_COLUMNS
from telemarket.calls.model import LEG_PREFIX
from telemarket.calls.tables import calls
from telemarket.core.database import Database
from telemarket.core.journal import Entry, JournalWriter
from telemarket.core.tables import bookmarks
from telemarket.core.text import trim_line

log = structlog.get_logger(__name__)

READ_EVERY = 30.0
CHUNK = 1024 * 1024
BOOKMARK = "cdr"

Identify = Callable[[str], Awaitable[int | None]]
"""Who calls from this number: the contact's id, if it is certain."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One call detail record of a caller who was sent to Telemarket."""

    call_id: str
    ani: str
    caller_name: str
    dnis: str
    began: datetime
    ended: datetime


class AbsenceReader:
    """Follows the file `cdr_file` (None: there is none to follow)."""

    def __init__(
        self,
        database: Database,
        journal: JournalWriter,
        identify: Identify,
        cdr_file: Path | None,
        contexts: Iterable[str],
    ) -> None:
        self._database = database
        self._journal = journal
        self._identify = identify
        self._file = cdr_file
        self._contexts = frozenset(contexts)

    async def run(self) -> None:
        """Read what is new, now and every half minute, until cancelled."""
        while self._file is not None:
            try:
                while await self.read_some():
                    pass
            except Exception as error:  # the file or the database is away: try again later
                log.warning("call detail records could not be read", file=str(self._file), error=str(error))
            await asyncio.sleep(READ_EVERY)

    async def read_some(self) -> bool:
        """Read the next part of the file; returns whether there may be more."""
        if self._file is None:
            return False
        bookmark = await self._bookmark()
        text, reached = await asyncio.to_thread(read_on, self._file, bookmark)
        if text:
            await self._take(list(parse_records(text, self._contexts)))
            await self._journal.flush()
        if reached != bookmark:
            await self._remember(reached)
        return bool(text)

    async def _take(self, records: list[Record]) -> None:
        await self._journal.flush()  # whatever the daemon itself saw is then in the table
        ids = [record.call_id for record in records]
        known = sa.select(calls.c.id, calls.c.project_id, calls.c.ended_by).where(calls.c.id.in_(ids))
        async with self._database.read() as connection:
            seen = {row.id: row for row in await connection.execute(known)}
        for record in records:
            if record.call_id not in seen:
                await self._journal_missed(record)
            elif seen[record.call_id].ended_by == "unobserved":
                self._journal.append(Entry(record.ended, "call.end_found", {}, record.call_id))

    async def _journal_missed(self, record: Record) -> None:
        arrived = {"project": None, "ani": record.ani, "caller_name": record.caller_name, "dnis": record.dnis}
        self._journal.append(Entry(record.began, "call.arrived", arrived, record.call_id))
        contact_id = await self._identify(record.ani)
        if contact_id is not None:
            self._journal.append(Entry(record.began, "call.contact", {"contact": contact_id}, record.call_id))
        ended = {"result": "while-down", "by": "pbx"}
        self._journal.append(Entry(record.ended, "call.ended", ended, record.call_id))
        log.warning("a call came while nobody was there", call=record.call_id)

    async def _bookmark(self) -> str:
        wanted = sa.select(bookmarks.c.value).where(bookmarks.c.name == BOOKMARK)
        async with self._database.read() as connection:
            return await connection.scalar(wanted) or ""

    async def _remember(self, reached: str) -> None:
        async with self._database.write() as connection:
            await connection.execute(sa.delete(bookmarks).where(bookmarks.c.name == BOOKMARK))
            await connection.execute(sa.insert(bookmarks).values(name=BOOKMARK, value=reached))


def read_on(file: Path, bookmark: str) -> tuple[str, str]:
    """Whole lines after `bookmark` ("inode:offset"), and the bookmark after them.

    The very first time ("") nothing is read: what was before Telemarket is not its business. A file that is another
    than the one read last (the old one was rotated) is read from its beginning; a line longer than a chunk is
    passed over.
    """
    try:
        stream = file.open("rb")
    except FileNotFoundError:
        return "", bookmark or "0:0"
    with stream:
        status = os.fstat(stream.fileno())
        if not bookmark:
            return "", f"{status.st_ino}:{status.st_size}"
        inode, offset = map(int, bookmark.split(":"))
        position = offset if inode == status.st_ino and offset <= status.st_size else 0
        stream.seek(position)
        chunk = stream.read(CHUNK)
    end = chunk.rfind(b"\n") + 1
    if not end and len(chunk) == CHUNK:
        end = CHUNK
    return chunk[:end].decode("utf-8", "replace"), f"{status.st_ino}:{position + end}"


def parse_records(text: str, contexts: frozenset[str]) -> Iterator[Record]:
    """The callers' records among the lines; a line that is no record of ours is passed over."""
    for row in csv.reader(io.StringIO(text.replace("\0", ""), newline="")):
        fields = dict(zip(CDR_COLUMNS, row, strict=False))
        if len(fields) < len(CDR_COLUMNS) or fields["dcontext"] not in contexts:
            continue
        if fields["uniqueid"].startswith(LEG_PREFIX) or fields["uniqueid"] != fields["linkedid"]:
            continue
        try:
            began, ended = (datetime.fromtimestamp(float(fields[name]), UTC) for name in ("start", "end"))
        except (ValueError, OverflowError, OSError):
            continue
        yield Record(
            call_id=fields["uniqueid"],
            ani=trim_line(fields["src"], 80),
            caller_name=trim_line(fields["clid"].partition("<")[0].strip('" '), 200),
            dnis=trim_line(fields["dst"], 80),
            began=began,
            ended=ended,
        )
