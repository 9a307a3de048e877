"""All documents of a view as batches, also of a view that changes while it is read."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import structlog

from telemarket.adapters.domino.records import RowMapping, is_empty
from telemarket.adapters.domino.source import Moved, Page, Source, read_view
from telemarket.backend import BackendRefused, BackendUnavailable, Batch, Record
from telemarket.core.backoff import jittered
from telemarket.core.i18n import N_

log = structlog.get_logger(__name__)

_READINGS = 6
_NOTHING_IN_IT = N_("The row has no name, company, telephone or address of mail in the columns that are read.")


class Snapshot:
    """One synchronisation. It is complete when a reading went through with nothing moving; what an earlier reading
    has handed over already is not handed over again unless it changed, and taken back if it is no longer there."""

    def __init__(self, source: Source, mapping: RowMapping, view: str) -> None:
        self._source = source
        self._mapping = mapping
        self._view = view
        self._named: dict[str, int] = {}  # key → hash of the record
        self._present: set[str] = set()
        self.first: Page | None = None
        """The page with which the last reading began."""

    async def batches(self) -> AsyncGenerator[Batch, None]:
        """The documents, each once. Raises BackendUnavailable if the view does not come to rest, BackendRefused if
        none of its documents can be read."""
        for reading in range(_READINGS):
            await asyncio.sleep(jittered(reading, base=1.0, cap=20.0))
            try:
                async with aclosing(self._reading()) as batches:
                    async for batch in batches:
                        yield batch
            except Moved:
                log.info("the view changed while it was read", view=self._view, reading=reading + 1)
                continue
            if not self._present:
                raise nobody_in(self._view)
            yield Batch(deleted=sorted(self._named.keys() - self._present), snapshot=True)
            return
        raise BackendUnavailable(
            N_("The view %(view)s changes faster than it can be read.", view=self._view),
            remedy=N_(
                "Sort it by something that never changes, such as @DocumentUniqueID, and read it at quieter hours."
            ),
        )

    async def _reading(self) -> AsyncGenerator[Batch, None]:
        self._present.clear()
        self.first = None
        async with aclosing(read_view(self._source)) as pages:
            async for page in pages:
                self.first = self.first or page
                yield self._batch(page)

    def _batch(self, page: Page) -> Batch:
        records: list[Record] = []
        refused: list[tuple[str, str]] = []
        for row in page.rows:
            if not row.unid or row.unid in self._present:  # a category, or a document that stands in two of them
                continue
            self._present.add(row.unid)
            record = self._mapping.record(row)
            if is_empty(record):
                refused.append((row.unid, _NOTHING_IN_IT))
            elif self._named.get(row.unid) != (known := hash(record)):
                self._named[row.unid] = known
                records.append(record)
        categorised = any(not row.unid for row in page.rows)
        return Batch(records=records, refused=refused, snapshot=True, total=None if categorised else page.total)


def nobody_in(view: str) -> BackendRefused:
    """No document at all is a lost right or a view being rebuilt, not an empty house: what was read stays."""
    return BackendRefused(
        N_("The view %(view)s shows no document to this user.", view=view),
        remedy=N_("Check the view's selection, the user's access and the documents' reader fields."),
    )
