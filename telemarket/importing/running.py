"""Carrying an import out: batch by batch, each with what it did in one transaction."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.contacts.attributes import AttributeTypes
from telemarket.contacts.sync.own import change_many
from telemarket.contacts.tables import import_rows
from telemarket.contacts.writing import Prepared, insert_many
from telemarket.core.bulk import insert_rows
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.errors import TelemarketError
from telemarket.core.i18n import N_, to_stored
from telemarket.core.tables import users
from telemarket.importing.cells import text_of
from telemarket.importing.deciding import Decision, decide
from telemarket.importing.drafting import Draft, Drafter, Registers
from telemarket.importing.known import find_known
from telemarket.importing.model import Counts, Mapping
from telemarket.importing.refused import Refused
from telemarket.importing.sample import Sample, sample_of
from telemarket.importing.store import RUNNING, ImportStore
from telemarket.importing.tables import Row, Table, open_table
from telemarket.importing.undoing import Written
from telemarket.numbers import NumberingPlan

BATCH = 1000
"""Rows in a transaction. In SQLite nobody else writes meanwhile, so it must not last."""

Progress = Callable[[Counts], None]


class ImportRunner:
    """Runs imports over `database`; numbers are read by `plan` unless the mapping says otherwise. `trust` orders the
    origins of values, as for the synchronisation."""

    def __init__(self, database: Database, plan: NumberingPlan, trust: dict[str, int], clock: Clock) -> None:
        self._database = database
        self._plan = plan
        self._trust = trust
        self._clock = clock
        self._store = ImportStore(database, clock)
        self._stopping = False

    def stop(self) -> None:
        """Have the run under way end after the batch it is at; it can be gone on with."""
        self._stopping = True

    async def run(self, import_id: int, path: Path, progress: Progress = lambda _: None) -> Counts:
        """Import the file as the mapping of an import that has begun says; goes on where an earlier run ended.

        Raises UnreadableFile and InvalidInput, after noting them as the import's failure.
        """
        try:
            found = await self._store.get(import_id)
            assert found.mapping is not None  # noqa: S101 - it has been chosen
            async with self._store.alive(import_id):
                work = await self._work(import_id, found.mapping, path, found.counts, found.by)
                stopped = await self._all(work, progress)
        except TelemarketError as error:
            await self._store.end(import_id, "failed", error.message, of=RUNNING)
            raise
        except asyncio.CancelledError:
            await self._store.end(import_id, "stopped", of=RUNNING)
            raise
        except Exception:
            await self._store.end(import_id, "failed", N_("Something went wrong on the server."), of=RUNNING)
            raise
        await self._store.end(import_id, "stopped" if stopped else "done", of=RUNNING)
        return work.counts

    async def rehearse(
        self, mapping: Mapping, path: Path, progress: Progress = lambda _: None
    ) -> tuple[Counts, list[Refused]]:
        """What an import would do: its counts, and the refused rows. Nothing is written."""
        work = await self._work(0, mapping, path, Counts())
        refused: list[Refused] = []
        async with aclosing(work.batches()) as batches:
            async for batch in batches:
                decisions = await self._decide(work, batch)
                _count(work.counts, batch, decisions)
                bad = (each for each in decisions if each.action == "refused")
                refused += [(each.row, work.cells(batch, each.row), each.reason) for each in bad]
                progress(work.counts)
        return work.counts, refused

    async def _work(
        self, import_id: int, mapping: Mapping, path: Path, counts: Counts, by: int | None = None
    ) -> "_Work":
        table, sheets = await asyncio.to_thread(open_table, path, mapping.sheet)
        sample = (await asyncio.to_thread(sample_of, table, sheets)).told(mapping)
        plan = plan_of(mapping, self._plan)
        drafter = Drafter(mapping, sample.headings(), plan, await read_registers(self._database, self._clock))
        work = _Work(import_id, mapping, drafter, sample, table, counts, by)
        await asyncio.to_thread(work.skip_done)
        done = sa.select(import_rows.c.contact_id, import_rows.c.row).where(
            import_rows.c.import_id == import_id, import_rows.c.contact_id.is_not(None)
        )
        async with self._database.read() as connection:
            work.owners.update(map(tuple, await connection.execute(done)))
        return work

    async def _all(self, work: "_Work", progress: Progress) -> bool:
        """Every batch; True if somebody wanted it to stop before the end."""
        async with aclosing(work.batches()) as batches:
            async for batch in batches:
                goes_on = await self._one(work, batch)
                progress(work.counts)
                if not goes_on:
                    return True
        work.counts.total = work.counts.row
        async with self._database.write() as connection:
            await self._store.live(connection, work.import_id, work.counts)
        return False

    async def _one(self, work: "_Work", batch: "_Batch") -> bool:
        """One batch in one transaction; False if somebody wants the import to stop."""
        decisions = await self._decide(work, batch)
        counts = msgspec.structs.replace(work.counts)
        _count(counts, batch, decisions)
        async with self._database.write() as connection:
            await insert_rows(connection, import_rows, await self._write(connection, work, batch, decisions))
            goes_on = await self._store.live(connection, work.import_id, counts)
        work.counts = counts
        return goes_on and not self._stopping

    async def _decide(self, work: "_Work", batch: "_Batch") -> list[Decision]:
        async with self._database.read() as connection:
            known = await find_known(connection, batch.drafts)
        return [
            work.once(decide(draft, known.get(draft.row, []), work.mapping, work.first_row(draft)))
            for draft in batch.drafts
        ]

    async def _write(
        self, connection: AsyncConnection, work: "_Work", batch: "_Batch", decisions: Sequence[Decision]
    ) -> list[dict[str, Any]]:
        """Write the contacts; the rows for the import's own record of what it did."""
        how: dict[str, Any] = {"at": self._clock(), "origin": f"import:{work.import_id}", "by": work.by}
        new = [each for each in decisions if each.action == "new"]
        changed = {each.contact_id: each for each in decisions if each.action == "updated" and each.contact_id}
        prepared = [Prepared(each.values, each.phones) for each in new]
        ids = await insert_many(connection, prepared, **how)
        work.owners |= {contact_id: each.row for each, contact_id in zip(new, ids, strict=True)}
        updates = [(contact_id, Prepared(each.values, each.phones)) for contact_id, each in changed.items()]
        done = await change_many(connection, updates, plan=self._plan, trust=self._trust, **how)
        rows = [_done(work, each, contact_id, b"") for each, contact_id in zip(new, ids, strict=True)]
        for change in done:
            decision = changed[change.contact_id]
            written = Written(before=change.before, after=change.after)
            rows.append(_done(work, decision, change.contact_id, msgspec.json.encode(written)))
        refused = [decision for decision in decisions if decision.action == "refused"]
        return rows + [_done(work, each, None, work.handed_back(batch, each)) for each in refused]


class _Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Some rows: what they say, and as they came, by number."""

    drafts: list[Draft]
    rows: dict[int, Row]


class _Work:
    """The rows of one import, in batches of drafts."""

    def __init__(
        self,
        import_id: int,
        mapping: Mapping,
        drafter: Drafter,
        sample: Sample,
        table: Table,
        counts: Counts,
        by: int | None,
    ) -> None:
        self.import_id = import_id
        self.by = by
        self.mapping = mapping
        self.counts = counts
        self.counts.total = sample.total
        self._drafter = drafter
        self._headings = sample.headings()
        self._header = sample.header
        self._rows = table.rows()
        self._seen: dict[int, int] = {}  # the row of each key, by the key's hash
        self.owners: dict[int, int] = {}  # the row that made or changed each contact, by his id

    def skip_done(self) -> None:
        """Go to where an earlier run ended; keys of the rows before count as seen."""
        last = max(self._header, self.counts.row)
        if not last:  # a file without headings, from its beginning: the first row is one of its contacts
            return
        for row in self._rows:
            if self._header < row[0] <= last and (draft := self._drafter.draft(row)):
                self.first_row(draft)
            if row[0] >= last:
                return

    async def batches(self) -> AsyncGenerator[_Batch]:
        """The rows with anything in them, BATCH at a time; the next ones are read while these are written."""
        following = asyncio.create_task(asyncio.to_thread(self._next_batch))
        try:
            while (batch := await following).drafts:
                following = asyncio.create_task(asyncio.to_thread(self._next_batch))
                yield batch
        finally:
            if not following.done():
                await asyncio.wait((following,))  # a thread cannot be ended from outside

    def _next_batch(self) -> _Batch:
        batch = _Batch(drafts=[], rows={})
        for row in self._rows:
            if draft := self._drafter.draft(row):
                batch.drafts.append(draft)
                batch.rows[row[0]] = row
                if len(batch.drafts) == BATCH:
                    break
        return batch

    def first_row(self, draft: Draft) -> int | None:
        """The earlier row with the same key, if there is one."""
        if draft.key is None or draft.refusal:
            return None
        first = self._seen.setdefault(hash(draft.key), draft.row)
        return first if first != draft.row else None

    def once(self, decision: Decision) -> Decision:
        """The same, or its refusal where an earlier row has made or changed this contact: of two that were written
        neither the count nor the undoing would be right."""
        if decision.action != "updated" or decision.contact_id is None:
            return decision
        first = self.owners.setdefault(decision.contact_id, decision.row)
        if first == decision.row:
            return decision
        reason = N_("Row %(row)s is about the same contact.", row=first)
        return Decision(row=decision.row, action="refused", contact_id=decision.contact_id, reason=reason)

    def cells(self, batch: _Batch, number: int) -> dict[str, str]:
        """A row of the batch as it came, by heading."""
        return dict(zip(self._headings, map(text_of, batch.rows[number][1]), strict=False))

    def handed_back(self, batch: _Batch, decision: Decision) -> bytes:
        """A refused row, to be given back with its reason."""
        return msgspec.json.encode({"cells": self.cells(batch, decision.row), "reason": to_stored(decision.reason)})


def plan_of(mapping: Mapping, plan: NumberingPlan) -> NumberingPlan:
    """How the mapping has numbers read."""
    regions = tuple(dict.fromkeys((mapping.region or plan.regions[0], *plan.regions)))
    area_code = plan.area_code if regions[0] == plan.regions[0] else ""  # of another region it would be wrong
    return NumberingPlan(regions=regions, area_code=mapping.area_code or area_code)


async def read_registers(database: Database, clock: Clock) -> Registers:
    """The registers as they are now."""
    async with database.read() as connection:
        rows = (
            await connection.execute(sa.select(users.c.id, users.c.login, users.c.name).where(users.c.active))
        ).all()
    consultants = {text.casefold(): user_id for user_id, login, name in rows for text in (name, login)}
    return Registers(consultants=consultants, types=await AttributeTypes(database, clock).all())


def _count(counts: Counts, batch: _Batch, decisions: Sequence[Decision]) -> None:
    counts.row = batch.drafts[-1].row
    counts.read += len(batch.drafts)
    for decision in decisions:
        setattr(counts, decision.action, getattr(counts, decision.action) + 1)


def _done(work: _Work, decision: Decision, contact_id: int | None, data: bytes) -> dict[str, Any]:
    return {
        "import_id": work.import_id,
        "row": decision.row,
        "action": decision.action,
        "contact_id": contact_id,
        "data": data,
    }
