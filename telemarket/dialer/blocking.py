"""Who must not be called: lists of numbers, of all projects (0) or of one."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.calls.tables import projects
from telemarket.core import cursor
from telemarket.core.audit import AuditLog
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput
from telemarket.core.i18n import N_
from telemarket.core.text import clean_line, trim_line
from telemarket.dialer.tables import do_not_call
from telemarket.numbers import NumberingPlan, digits_of, extract, normalise

ALL_PROJECTS = 0
_BATCH = 5000
_MOST_REFUSALS = 100
_LONGEST_PAGE = 500
_COLUMNS = tuple(do_not_call.c[name] for name in ("number", "project_id", "source", "reason", "added_at", "added_by"))


class Blocked(msgspec.Struct, frozen=True, kw_only=True):
    """A number that must not be called."""

    number: str  # E.164 with its plus
    project_id: int  # 0: of all projects
    source: str  # desk | import: name | disposition
    reason: str
    added_at: datetime
    added_by: int | None


class BlockedPage(msgspec.Struct, frozen=True):
    """A page of numbers, those added last first. `after`, given back, brings the next one; None: this is the last."""

    numbers: tuple[Blocked, ...]
    after: str | None


class Imported(msgspec.Struct, kw_only=True):
    """What became of numbers that were to be put on the list. `refused` are (line, why), the first hundred of them."""

    added: int = 0
    known: int = 0  # they were on it already
    refused_count: int = 0
    refused: list[tuple[str, str]] = []


class DoNotCall:
    """The lists in `database`; numbers are read by `plan`. Changes stand in the audit log, without the numbers."""

    def __init__(self, database: Database, clock: Clock, plan: NumberingPlan) -> None:
        self._database = database
        self._clock = clock
        self._plan = plan
        self._audit = AuditLog(database, clock)

    async def add(
        self, number: str, *, project_id: int = ALL_PROJECTS, source: str = "desk", reason: str = "", user: int | None
    ) -> bool:
        """Let a number not be called any more; False if it was on the list. Raises InvalidInput for what is none."""
        numbers = [self._read(number)]
        async with self._database.write() as connection:
            return await self._insert(connection, numbers, project_id, source, reason, user) > 0

    async def remove(self, number: str, *, project_id: int = ALL_PROJECTS, user: int | None) -> bool:
        """Take a number from the list; False if it was not on it. Raises InvalidInput for what is none."""
        listed = do_not_call.c.number == self._read(number), do_not_call.c.project_id == project_id
        async with self._database.write() as connection:
            removed = (await connection.execute(do_not_call.delete().where(*listed))).rowcount > 0
            if removed:
                await self._audit.append_in(connection, user, "do-not-call.remove", f"{_list(project_id)}: 1")
            return removed

    async def page(
        self, *, project_id: int | None = None, text: str = "", after: str | None = None, limit: int = 50
    ) -> BlockedPage:
        """Those added last first; `project_id` None: of all lists; `text`: a number, or how it begins. Raises
        InvalidInput for an `after` that is no place in the list."""
        limit = max(1, min(limit, _LONGEST_PAGE))
        place = sa.tuple_(do_not_call.c.added_at, do_not_call.c.number, do_not_call.c.project_id)
        wanted = sa.select(*_COLUMNS).order_by(*(column.desc() for column in place.clauses)).limit(limit + 1)
        if project_id is not None:
            wanted = wanted.where(do_not_call.c.project_id == project_id)
        if text.strip():
            wanted = wanted.where(do_not_call.c.number.startswith(self._beginning(text), autoescape=True))
        if after is not None:
            moment, key = cursor.read(after, N_("This is no place in the list."))
            number, _, of_project = key.partition("~")
            behind = (
                sa.literal(moment, do_not_call.c.added_at.type),
                sa.literal(number),
                sa.literal(int(of_project) if of_project.isdecimal() else 0),
            )
            wanted = wanted.where(place < sa.tuple_(*behind))
        async with self._database.read() as connection:
            rows = [Blocked(**row._mapping) for row in await connection.execute(wanted)]
        more = len(rows) > limit
        last = rows[limit - 1] if more else None
        further = cursor.write(last.added_at, f"{last.number}~{last.project_id}") if last else None
        return BlockedPage(tuple(rows[:limit]), further)

    async def take(
        self,
        lines: Iterable[str],
        *,
        project_id: int = ALL_PROJECTS,
        source: str,
        reason: str = "",
        user: int | None,
    ) -> Imported:
        """Put numbers on the list, one or several a line, in any writing; empty lines are passed over. What is none
        is refused and spoils nothing else."""
        done, numbered = Imported(), enumerate(lines, 1)
        while batch := list(islice(numbered, _BATCH)):
            numbers = await asyncio.to_thread(self._read_lines, batch, done)
            async with self._database.write() as connection:
                added = await self._insert(connection, numbers, project_id, source, reason, user)
            done.added += added
            done.known += len(numbers) - added
        return done

    async def export(self, project_id: int | None = None) -> AsyncIterator[Blocked]:
        """Every number of a list, or of all of them."""
        after: str | None = None
        while True:
            page = await self.page(project_id=project_id, after=after, limit=_LONGEST_PAGE)
            for each in page.numbers:
                yield each
            if page.after is None:
                return
            after = page.after

    # ---- numbers

    def _read(self, text: str) -> str:
        number = normalise(text, self._plan)
        if number is None or not number.e164:
            raise InvalidInput(
                N_("%(number)s is not a complete telephone number.", number=trim_line(text, 40)), field="number"
            )
        return number.e164

    def _read_lines(self, lines: Sequence[tuple[int, str]], done: Imported) -> list[str]:
        found: dict[str, None] = {}
        for number, line in lines:
            whole = [each.e164 for each in extract(line, self._plan) if each.e164]
            found.update(dict.fromkeys(whole))
            if not whole and line.strip():
                done.refused_count += 1
                if len(done.refused) < _MOST_REFUSALS:
                    why = N_("“%(text)s” is not a telephone number.", text=trim_line(line, 40))
                    done.refused.append((str(number), why))
        return list(found)

    def _beginning(self, text: str) -> str:
        """How a number that is looked for begins."""
        number = normalise(text, self._plan)
        return number.e164 if number and number.e164 else f"+{digits_of(text)}"

    # ---- writing

    async def _insert(
        self,
        connection: AsyncConnection,
        numbers: Sequence[str],
        project_id: int,
        source: str,
        reason: str,
        user: int | None,
    ) -> int:
        if project_id != ALL_PROJECTS:
            known = await connection.scalar(sa.select(projects.c.id).where(projects.c.id == project_id))
            if known is None:
                raise InvalidInput(N_("There is no such project."), field="project_id")
        values: dict[str, Any] = {
            "project_id": project_id,
            "source": clean_line(source, field="source", limit=80),
            "reason": clean_line(reason, field="reason", limit=200),
            "added_at": self._clock(),
            "added_by": user,
        }
        added = 0
        for some in _pieces(numbers):
            added += await _insert_new(connection, [{"number": number, **values} for number in some])
        if added:
            await self._audit.append_in(connection, user, "do-not-call.add", f"{_list(project_id)}: {added}")
        return added


async def _insert_new(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> int:
    """Insert those that are not there; returns how many."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(do_not_call).values(rows).on_conflict_do_nothing().returning(do_not_call.c.number)
    return len((await connection.execute(statement)).all())


def _pieces(numbers: Sequence[str]) -> Iterator[Sequence[str]]:
    size = 500
    for start in range(0, len(numbers), size):
        yield numbers[start : start + size]


def _list(project_id: int) -> str:
    return "all projects" if project_id == ALL_PROJECTS else f"project {project_id}"
