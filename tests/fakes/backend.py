"""A backend in memory, with everything a backend can do and everything that can befall one."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence

from telemarket.backend import Backend, Batch, CursorRefused, Finding, Record, Result, Service
from telemarket.core.errors import TelemarketError


class FakeBackend(Backend):
    """Its records have numbers of change: the cursor is the greatest so far.

    `fault`, while set, is raised by whatever is asked of it. While `stalled`, look-ups wait for ever. `asked` are the
    cursors of the synchronisations begun; `results` what was written back.
    """

    def __init__(self, name: str = "fake", title: str = "Fake", *, page: int = 3) -> None:
        self.name = name
        self.title = title
        self.services: Sequence[Service] = ()
        self.fault: TelemarketError | None = None
        self.stalled = False
        self.closed = False
        self.asked: list[str] = []
        self.results: list[Result] = []
        self._page = page
        self._records: dict[str, tuple[int, Record]] = {}
        self._deleted: dict[str, int] = {}
        self._changes = 0
        self._oldest = 0

    @property
    def records(self) -> Mapping[str, Record]:
        """What it holds, by key."""
        return {key: record for key, (_, record) in self._records.items()}

    def put(self, *records: Record) -> None:
        """Add records, or change those of the same key."""
        for record in records:
            self._changes += 1
            self._records[record.key] = (self._changes, record)
            self._deleted.pop(record.key, None)

    def remove(self, *keys: str) -> None:
        """Delete records."""
        for key in keys:
            self._changes += 1
            del self._records[key]
            self._deleted[key] = self._changes

    def forget(self) -> None:
        """Refuse every cursor given out so far."""
        self._changes += 1
        self._oldest = self._changes

    async def check(self) -> Sequence[Finding]:
        if self.fault is not None:
            return [Finding(what=self.fault.message, well=False, remedy=self.fault.remedy)]
        return [Finding(what=f"{len(self._records)} records", well=True)]

    async def sync(self, cursor: str) -> AsyncIterator[Batch]:
        self._ask()
        self.asked.append(cursor)
        since = self._since(cursor)
        changed = sorted((n, record) for n, record in self._records.values() if n > since)
        for start in range(0, len(changed), self._page):
            page = changed[start : start + self._page]
            place = str(page[-1][0]) if since else ""  # a whole synchronisation that breaks off begins anew
            yield Batch(records=[record for _, record in page], snapshot=not since, total=len(changed), cursor=place)
            self._ask()
        deleted = [key for key, n in self._deleted.items() if n > since] if since else []
        cursor = str(max(self._changes, self._oldest, 1))
        yield Batch(services=self.services, deleted=deleted, snapshot=not since, cursor=cursor)

    async def look_up(self, e164: str, digits: str) -> Sequence[Record]:
        self._ask()
        if self.stalled:
            await asyncio.Event().wait()
        wanted = (e164 or digits).removeprefix("+")
        return [record for record in self.records.values() if wanted in _numbers(record)]

    async def write_back(self, result: Result) -> None:
        self._ask()
        self.results.append(result)

    async def close(self) -> None:
        self.closed = True

    def _ask(self) -> None:
        if self.fault is not None:
            raise self.fault

    def _since(self, cursor: str) -> int:
        if not cursor:
            return 0
        if not cursor.isdecimal() or int(cursor) < self._oldest:
            raise CursorRefused("The cursor is not known any more.")
        return int(cursor)


def _numbers(record: Record) -> set[str]:
    return {re.sub(r"\D", "", text) for _, text in record.phones}
