"""One synchronisation of one backend, from the cursor it ended at to the present."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TypeVar

import structlog

from telemarket.backend import Backend, BackendRefused, BackendUnavailable, Batch, CursorRefused
from telemarket.contacts.sync.services import ServiceStore
from telemarket.contacts.sync.states import Counts, LostClaim, SyncStates
from telemarket.contacts.sync.store import PORTION, RecordStore, Taken
from telemarket.core.i18n import N_

log = structlog.get_logger(__name__)

BATCH_DEADLINE = 300.0
"""Seconds a backend may take for its next batch."""
BEAT_SECONDS = 1.0
_MOST_REFUSALS = 50
_LOSS_ALLOWED = 0.5
_FEW = 20  # so few records may all go without a question

T = TypeVar("T")
Progress = Callable[[Counts], None]


class AlreadyRunning(BackendUnavailable):
    """Another process synchronises this backend at this moment."""

    error_id = "backend-busy"


class SyncRunner:
    """Synchronises backends into `store`, one run at a time each, whichever process it is in.

    `owner` names this process. With `accept_loss` a source may lose most of its records.
    """

    def __init__(
        self, store: RecordStore, services: ServiceStore, states: SyncStates, owner: str, *, accept_loss: bool = False
    ) -> None:
        self._store = store
        self._services = services
        self._states = states
        self._owner = owner
        self._accept_loss = accept_loss

    async def run(self, backend: Backend, progress: Progress = lambda _: None, *, from_nothing: bool = False) -> Counts:
        """Synchronise `backend`, with `from_nothing` as if it had never been; what was stored before a failure stays,
        and the next run goes on from there.

        Raises AlreadyRunning, BackendUnavailable, BackendRefused, and whatever a faulty backend raises; the state
        keeps it.
        """
        name = backend.name
        if not await self._states.claim(name, self._owner):
            raise AlreadyRunning(N_("“%(title)s” is being synchronised already.", title=backend.title))
        counts = Counts()
        beating = asyncio.create_task(self._beat(name, counts, progress))
        try:
            cursor = "" if from_nothing else (await self._states.read(name)).cursor
            try:
                await self._pass(backend, counts, beating, cursor)
            except CursorRefused:
                log.info("backend does not know its cursor any more: everything is read anew", backend=name)
                await self._states.keep_cursor(name, "")
                await self._pass(backend, counts, beating, "")
        except BaseException as error:
            await _end(beating)
            await self._note_failure(name, error if isinstance(error, Exception) else _interrupted(), counts)
            raise
        await _end(beating)
        await self._states.succeeded(name, counts)
        progress(counts)
        return counts

    async def _pass(self, backend: Backend, counts: Counts, beating: asyncio.Task[None], cursor: str) -> None:
        run = _Run(self._store, self._services, self._states, backend, counts, beating, accept_loss=self._accept_loss)
        await run.follow(cursor)

    async def _note_failure(self, name: str, error: Exception, counts: Counts) -> None:
        try:
            await self._states.failed(name, error, counts)
        except Exception as second:  # the database is away; the run counts as dead after a while
            log.warning("the end of a synchronisation could not be written", backend=name, error=str(second))

    async def _beat(self, name: str, counts: Counts, progress: Progress) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            progress(counts)
            try:
                await self._states.beat(name, counts)
            except LostClaim:
                raise
            except Exception as error:  # the run itself will say that the database is away
                log.warning("a sign of life could not be written", backend=name, error=str(error))


class _Run:
    """One pass over what the backend names, as long as `beating` goes on."""

    def __init__(
        self,
        store: RecordStore,
        services: ServiceStore,
        states: SyncStates,
        backend: Backend,
        counts: Counts,
        beating: asyncio.Task[None],
        *,
        accept_loss: bool,
    ) -> None:
        self._store = store
        self._services = services
        self._states = states
        self._backend = backend
        self._counts = counts
        self._beating = beating
        self._accept_loss = accept_loss
        self._snapshot = False
        self._seen: set[int] = set()  # hashes of keys: some sixty bytes each
        self._seen_services: set[str] = set()
        self._known: int | None = None  # how many records there were, once something goes

    async def follow(self, cursor: str) -> None:
        name, held = self._backend.name, ""
        batches = aiter(self._backend.sync(cursor))
        try:
            async for batch in _in_time(batches, self._backend.title):
                self._snapshot |= batch.snapshot
                await self._take(batch)
                if not batch.cursor:
                    continue
                if self._snapshot:
                    # A run broken off has to name everything again, or nobody would learn what is gone.
                    held = batch.cursor
                else:
                    await self._states.keep_cursor(name, batch.cursor)
        finally:
            if close := getattr(batches, "aclose", None):
                await close()
        await self._store.link_companies(name)
        if self._snapshot:
            await self._sweep()
            await self._states.keep_cursor(name, held)

    async def _take(self, batch: Batch) -> None:
        name, counts = self._backend.name, self._counts
        counts.total = batch.total if batch.total is not None else counts.total
        for part in _portions(batch.records):
            self._check_claim()
            self._count(await self._store.take_over(name, part), len(part))
        if batch.snapshot:
            self._seen.update(hash(getattr(record, "key", "")) for record in batch.records)
            self._seen.update(hash(key) for key, _ in batch.refused)
        self._refuse(batch.refused)
        if batch.deleted:
            await self._check_loss(counts.gone + len(batch.deleted))
        for keys in _portions(batch.deleted):
            self._check_claim()
            counts.gone += await self._store.let_go(name, keys)
        if batch.services:
            self._refuse(await self._services.take_over(name, batch.services))
            self._seen_services.update(str(getattr(service, "key", "")) for service in batch.services)
            counts.services += len(batch.services)

    def _check_claim(self) -> None:
        """Raises LostClaim once another process is at this backend."""
        if self._beating.done():
            self._beating.result()

    def _count(self, taken: Taken, read: int) -> None:
        counts = self._counts
        counts.read += read
        counts.new += taken.new
        counts.joined += taken.joined
        counts.changed += taken.changed
        counts.unchanged += taken.unchanged
        self._refuse(taken.refused)

    def _refuse(self, refused: Sequence[tuple[str, str]]) -> None:
        self._counts.refused += len(refused)
        self._counts.refusals += refused[: max(0, _MOST_REFUSALS - len(self._counts.refusals))]

    async def _sweep(self) -> None:
        """What a whole snapshot did not name is gone, unless that is most of what there was."""
        name, gone, after = self._backend.name, [], ""
        while keys := await self._store.keys(name, after, PORTION):
            gone += [key for key in keys if hash(key) not in self._seen]
            after = keys[-1]
        await self._check_loss(self._counts.gone + len(gone))
        for part in _portions(gone):
            self._check_claim()
            self._counts.gone += await self._store.let_go(name, part)
        await self._services.let_go(name, self._seen_services)

    async def _check_loss(self, gone: int) -> None:
        """Raises BackendRefused if so many are most of what there was."""
        if gone <= _FEW or self._accept_loss:
            return
        if self._known is None:
            self._known = await self._store.count(self._backend.name) + self._counts.gone
        if gone > self._known * _LOSS_ALLOWED:
            raise BackendRefused(
                N_(
                    "“%(title)s” no longer names %(gone)s of its %(known)s records; they were not removed.",
                    title=self._backend.title,
                    gone=gone,
                    known=self._known,
                ),
                remedy=N_(
                    "See whether the source is whole. If it is, run: telemarket backend sync %(name)s --accept-loss",
                    name=self._backend.name,
                ),
            )


async def _in_time(batches: AsyncIterator[Batch], title: str) -> AsyncIterator[Batch]:
    while True:
        try:
            async with asyncio.timeout(BATCH_DEADLINE):
                batch = await anext(batches)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            raise BackendUnavailable(
                N_("“%(title)s” sent nothing for %(seconds)s s.", title=title, seconds=BATCH_DEADLINE)
            ) from error
        yield batch


def _portions(items: Sequence[T]) -> list[Sequence[T]]:
    return [items[start : start + PORTION] for start in range(0, len(items), PORTION)]


def _interrupted() -> BackendUnavailable:
    return BackendUnavailable(N_("The synchronisation was interrupted."))


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
