"""Exchange Online as a backend."""

from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path

from telemarket.adapters.exchange.cursor import Cursor, read_cursor
from telemarket.adapters.exchange.graph.client import Graph, Page
from telemarket.adapters.exchange.graph.options import GraphOptions
from telemarket.adapters.exchange.graph.records import contact_record, user_record
from telemarket.adapters.exchange.keys import key_of
from telemarket.adapters.exchange.patience import Patience
from telemarket.adapters.exchange.places import Place
from telemarket.backend import Backend, BackendContext, Batch, Finding, Record
from telemarket.core.errors import TelemarketError
from telemarket.core.i18n import N_

_DIRECTORY = "directory"
_REMOVED = "@removed"


class GraphBackend(Backend):
    """Reads contact folders and the organisation's users. The cursor holds the link at which each goes on."""

    def __init__(self, context: BackendContext, options: GraphOptions) -> None:
        self.name = context.name
        self.title = context.title
        self._options = options
        self._ca_file: Path | None = context.data_dir / options.ca_file if options.ca_file else None
        self._places: dict[str, Place | None] = {str(place): place for place in options.places}
        if options.directory:
            self._places[_DIRECTORY] = None
        self._opened: Graph | None = None

    async def check(self) -> Sequence[Finding]:
        """Signing in, and each folder: whether it is there and may be read."""
        return [await self._finding(name, place) for name, place in self._places.items()]

    async def sync(self, cursor: str) -> AsyncIterator[Batch]:
        """Changes of each folder since the cursor, a page at a time."""
        patience, template = Patience(), self._options.url_template
        links = read_cursor(cursor, self._places, template).places
        for name, place in self._places.items():
            known, last = name in links, False
            while not last:
                page = await patience.ask(partial(self._page, place, links.get(name)))
                links[name], last = page.link, page.last
                yield Batch(
                    records=[record async for record in self._records(place, page, patience, whole=not known)],
                    deleted=[key_of(each["id"]) for each in page.values if _REMOVED in each],
                    cursor=Cursor(url_template=template, places=links).text(),
                    snapshot=not cursor,
                )

    async def close(self) -> None:
        """Close the connections."""
        if self._opened is not None:
            await self._opened.close()

    async def _records(
        self, place: Place | None, page: Page, patience: Patience, *, whole: bool
    ) -> AsyncIterator[Record]:
        for values in page.values:
            if _REMOVED in values:
                continue
            if place is not None:
                yield contact_record(values, self._options.url_template)
            elif whole:
                yield user_record(values)
            # Of a changed user Graph need not tell more than what has changed.
            elif found := await patience.ask(partial(self._graph().user, values["id"])):
                yield user_record(found)

    async def _page(self, place: Place | None, link: str | None) -> Page:
        graph = self._graph()
        if link is None:
            link = graph.users_link() if place is None else await graph.contacts_link(place)
        return await graph.changes(link)

    async def _finding(self, name: str, place: Place | None) -> Finding:
        try:
            page = await self._page(place, None)
        except TelemarketError as error:
            what = N_("%(folder)s: %(reason)s", folder=name, reason=error.message)
            return Finding(what=what, well=False, remedy=error.remedy)
        count = len(page.values)
        text = N_("%(folder)s: %(count)s entries.", folder=name, count=f"{count}{'' if page.last else '+'}")
        return Finding(what=text, well=True)

    def _graph(self) -> Graph:
        if self._opened is None:
            self._opened = Graph(self._options, self._ca_file)
        return self._opened
