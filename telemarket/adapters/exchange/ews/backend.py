"""Exchange Server as a backend."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from telemarket.adapters.exchange.cursor import Cursor, read_cursor
from telemarket.adapters.exchange.ews.options import EwsOptions
from telemarket.adapters.exchange.patience import Patience
from telemarket.adapters.exchange.places import Place
from telemarket.adapters.matching import last_digits
from telemarket.backend import Backend, BackendContext, Batch, Finding, Record
from telemarket.core.errors import TelemarketError
from telemarket.core.i18n import N_

if TYPE_CHECKING:  # exchangelib takes long to import: it is, in the thread that needs it
    from telemarket.adapters.exchange.ews.client import Mailboxes

T = TypeVar("T")

_PUBLIC_PAGE = 500
_THREADS = 2  # a synchronisation, and a live question beside it


class EwsBackend(Backend):
    """Reads contact folders. The cursor holds Exchange's sync state of each; public folders have none."""

    def __init__(self, context: BackendContext, options: EwsOptions) -> None:
        self.name = context.name
        self.title = context.title
        self._options = options
        self._ca_file: Path | None = context.data_dir / options.ca_file if options.ca_file else None
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix=f"backend {self.name}")
        self._opening = asyncio.Lock()
        self._opened: Mailboxes | None = None

    async def check(self) -> Sequence[Finding]:
        """Each folder: whether it is there, can be read, and how much is in it."""
        return [await self._finding(place) for place in self._options.places]

    async def sync(self, cursor: str) -> AsyncIterator[Batch]:
        """Changes of each folder since the cursor, a page at a time."""
        options, patience = self._options, Patience()
        resumed = read_cursor(cursor, [str(place) for place in options.places], options.url_template)
        snapshot = not cursor or bool(options.public_folders)
        states = {} if snapshot else resumed.places
        mailboxes = await self._mailboxes()

        async def ask(work: Callable[..., T], *arguments: object) -> T:
            return await patience.ask(lambda: self._run(work, *arguments))

        for place in options.places:
            if place.public:
                ids = await ask(mailboxes.ids, place)
                for start in range(0, max(len(ids), 1), _PUBLIC_PAGE):
                    part = ids[start : start + _PUBLIC_PAGE]
                    yield Batch(records=await ask(mailboxes.contacts, place, part), snapshot=True)
                continue
            last = False
            while not last:
                page = await ask(mailboxes.changes, place, states.get(str(place), ""))
                states[str(place)], last = page.state, page.last
                onward = Cursor(url_template=options.url_template, places=states).text()
                yield Batch(records=page.records, deleted=page.deleted, cursor=onward, snapshot=snapshot)

    async def look_up(self, e164: str, digits: str) -> Sequence[Record]:
        """Contacts with the number, as far as Exchange finds it by its spelling."""
        wanted = last_digits(e164, digits)
        if not wanted:
            return ()
        mailboxes = await self._mailboxes()
        found = [await self._run(mailboxes.with_number, place, wanted) for place in self._options.places]
        return [record for records in found for record in records]

    async def close(self) -> None:
        """Close the connections, and let the threads end."""
        if self._opened is not None:
            await self._run(self._opened.close)
            self._opened = None
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _finding(self, place: Place) -> Finding:
        try:
            mailboxes = await self._mailboxes()
            count = await self._run(mailboxes.count, place)
        except TelemarketError as error:
            what = N_("%(folder)s: %(reason)s", folder=str(place), reason=error.message)
            return Finding(what=what, well=False, remedy=error.remedy)
        return Finding(what=N_("%(folder)s: %(count)s entries.", folder=str(place), count=count), well=True)

    async def _mailboxes(self) -> "Mailboxes":
        async with self._opening:
            if self._opened is None:
                self._opened = await self._run(_opened, self._options, self._ca_file)
            return self._opened

    async def _run(self, work: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: work(*arguments))


def _opened(options: EwsOptions, ca_file: Path | None) -> "Mailboxes":
    from telemarket.adapters.exchange.ews.client import Mailboxes

    return Mailboxes(options, ca_file)
