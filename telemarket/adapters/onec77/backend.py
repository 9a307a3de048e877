"""1C:Enterprise 7.7 as a backend: all of it is read and compared with what was read last."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from itertools import islice
from typing import TypeVar

import msgspec

from telemarket.adapters.onec77.assembly import SERVICE, Assembly
from telemarket.adapters.onec77.checking import findings
from telemarket.adapters.onec77.known import Digests, Known, digest, stamp_of
from telemarket.adapters.onec77.mapping import OneC77Options
from telemarket.adapters.onec77.opening import opened
from telemarket.adapters.onec77.source import Source
from telemarket.backend import Backend, BackendContext, BackendKind, Batch, CursorRefused, Finding
from telemarket.core.i18n import N_
from telemarket.core.threads import iterate

BATCH = 2_000
_STAMP_CHARACTERS = 16
_FEW = 20
_MOST = 0.5  # of the records; that more of them are gone may be the fault of a base that is not whole

T = TypeVar("T")


class OneC77Backend(Backend):
    """Reads a base, or exports of one; never asks live, as nothing there can be found by its telephone."""

    def __init__(self, context: BackendContext, options: OneC77Options) -> None:
        self.name = context.name
        self.title = context.title
        self._context = context
        self._options = options

    async def check(self) -> Sequence[Finding]:
        """Whether the base can be read, and has everything the mapping names."""
        return await asyncio.to_thread(lambda: findings(self._options, self._open))

    def sync(self, cursor: str) -> AsyncIterator[Batch]:
        """Everything, or with a cursor what differs from what was read then. All of it is read either way, unless
        no file was written to since."""
        return iterate(lambda: self._batches(cursor), name=f"backend {self.name}")

    @contextmanager
    def _open(self) -> Iterator[Source]:
        today = self._context.clock().astimezone(self._context.zone).date()
        with opened(self._options, self._context.data_dir, today) as source:
            yield source

    def _batches(self, cursor: str) -> Iterator[Batch]:
        known = Known(self._context.folder)
        before = known.load(cursor)
        with self._open() as source:
            assembly = Assembly(self._options, source)
            stamp = self._stamp(source, assembly)
            if cursor and stamp and stamp_of(cursor) == stamp:
                yield Batch(cursor=cursor)
                return
            # Where a row does not say whose it is, nobody is gone, and the next reading begins anew.
            tells_all = source.tells_all(assembly.named)
            snapshot = not cursor and tells_all
            reading = _Reading(source, before, self._options.model_dump_json())
            for services in _portions(assembly.services(reading.is_new)):
                yield Batch(services=services, snapshot=snapshot)
            total = None if cursor else assembly.total()
            for records in _portions(assembly.records(reading.is_new)):
                yield Batch(records=records, snapshot=snapshot, total=total)
        deleted = reading.gone(tells_all=tells_all) if cursor else []
        onward = known.save(reading.digests, stamp, cursor) if cursor or tells_all else ""
        yield Batch(deleted=deleted, refused=source.refused, cursor=onward, snapshot=snapshot)

    def _stamp(self, source: Source, assembly: Assembly) -> str:
        """Changes when a file is written to, with the mapping, and every hour: a share may tell an old time of
        change, and on another day other periodic values are valid. Empty if it has to be read to know."""
        files = source.stamp(assembly.wanted)
        if not files:
            return ""
        hour = f"{self._context.clock():%Y%m%d%H}"
        content = msgspec.json.encode([files, self._options.model_dump_json(), hour])
        return sha256(content).hexdigest()[:_STAMP_CHARACTERS]


class _Reading:
    """What one synchronisation reads, held against the digests `before` it."""

    def __init__(self, source: Source, before: Digests, mapping: str) -> None:
        self.digests: Digests = {}
        self._source = source
        self._before = before
        self._mapping = digest(mapping)  # with another mapping all is new

    def is_new(self, key: str, content: object) -> bool:
        """Whether what a record is made of differs from before; the second of two with one key is refused."""
        found = digest((self._mapping, content))
        if self.digests.setdefault(key, found) is not found:
            self._source.refused.append((key, N_("There is another row with the same identifier.")))
            return False
        return self._before.get(key) != found

    def gone(self, *, tells_all: bool) -> list[str]:
        """Keys that were there before. What was refused is kept; and unless the source `tells_all`, everything is.
        Raises CursorRefused where only a whole snapshot can say what is gone: of services, and where it would be most
        of the records."""
        refused = {name for key, _ in self._source.refused for name in (key, f"{SERVICE}{key}")}
        missing = self._before.keys() - self.digests.keys()
        kept = missing & refused if tells_all else missing
        self.digests |= {key: self._before[key] for key in kept}
        gone = missing - kept
        if any(key.startswith(SERVICE) for key in gone) or len(gone) > max(_FEW, len(self._before) * _MOST):
            raise CursorRefused(N_("Services or most of the records are gone; all is read anew."))
        return sorted(gone)


def _portions(items: Iterator[T]) -> Iterator[list[T]]:
    while portion := list(islice(items, BATCH)):
        yield portion


KIND = BackendKind(name="onec77", title="1C:Enterprise 7.7", options=OneC77Options, open=OneC77Backend)
