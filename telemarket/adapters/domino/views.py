"""Views by URL command: `?ReadViewEntries&OutputFormat=JSON`."""

from collections.abc import Sequence
from typing import Any

from telemarket.adapters.domino.http import Http
from telemarket.adapters.domino.links import database_path
from telemarket.adapters.domino.options import DominoOptions
from telemarket.adapters.domino.rows import Row, of_view_entry
from telemarket.adapters.domino.source import MOST_FOUND, SAMPLE, Page, as_list, columns_of, segment


class ViewSource:
    """Reads by the web server itself: nothing has to be installed or switched on."""

    def __init__(self, http: Http, options: DominoOptions) -> None:
        self._http = http
        self._database = "/" + database_path(options.database)
        self._view = segment(options.view)
        self._phone_view = segment(options.phone_view)
        self._count = options.rows_at_once

    async def page(self, last: Row | None) -> Page:
        """From the position of `last` on."""
        start = segment(last.place) if last else "1"
        return await self._read(self._view, f"Start={start}&Count={self._count}&ExpandView", patient=True)

    async def sample(self) -> Page:
        """From the first position on."""
        return await self._read(self._view, f"Start=1&Count={SAMPLE}&ExpandView")

    async def columns(self, page: Page) -> frozenset[str]:
        """What the rows name: all of them name each column."""
        return columns_of(page)

    async def find(self, number: str) -> Sequence[Row]:
        """The documents of one category."""
        page = await self._read(self._phone_view, f"RestrictToCategory={segment(number)}&Count={MOST_FOUND}")
        return page.rows

    async def _read(self, view: str, arguments: str, *, patient: bool = False) -> Page:
        target = f"{self._database}/{view}?ReadViewEntries&OutputFormat=JSON&{arguments}"
        answer = await self._http.request("GET", target, patient=patient)
        said: Any = answer.json()
        # An empty view has no "viewentry" at all.
        entries = as_list(said.get("viewentry", []) if isinstance(said, dict) else said, answer.where)
        return Page([of_view_entry(entry) for entry in entries], _count(said))


def _count(said: Any) -> int | None:
    """The number of entries on the view's first level; a text in Domino's JSON."""
    text = str(said.get("@toplevelentries", "")) if isinstance(said, dict) else ""
    return int(text) if text.isascii() and text.isdigit() else None
