"""Views by Domino Access Services: `/api/data/collections`."""

from collections.abc import Mapping, Sequence
from typing import Any

from telemarket.adapters.domino.http import Http
from telemarket.adapters.domino.links import database_path
from telemarket.adapters.domino.options import DominoOptions
from telemarket.adapters.domino.rows import Row, of_object
from telemarket.adapters.domino.source import MOST_FOUND, SAMPLE, Page, as_list, columns_of, segment


class AccessServicesSource:
    """Reads by the data service, which has to be enabled for the server, the database and its views.

    Pages are asked for by `start` and `count`, not by `page` and `ps`, since a page has to begin with the last row of
    the one before.
    """

    def __init__(self, http: Http, options: DominoOptions) -> None:
        self._http = http
        self._data = f"/{database_path(options.database)}/api/data"
        self._view = segment(options.view)
        self._phone_view = segment(options.phone_view)
        self._count = options.rows_at_once

    async def page(self, last: Row | None) -> Page:
        """From the number of `last` on."""
        start = int(last.place) if last else 0
        return await self._read(self._view, f"start={start}&count={self._count}", start=start, patient=True)

    async def sample(self) -> Page:
        """From the first on."""
        return await self._read(self._view, f"start=0&count={SAMPLE}")

    async def columns(self, page: Page) -> frozenset[str]:
        """What the rows name: all of them name each column."""
        return columns_of(page)

    async def find(self, number: str) -> Sequence[Row]:
        """The documents of one category."""
        arguments = f"category={segment(number)}&start=0&count={MOST_FOUND}"
        return (await self._read(self._phone_view, arguments)).rows

    async def changed_since(self, moment: str) -> bool:
        """Whether a document of the database, of whatever view, was made or changed since `moment` (ISO 8601).

        Deleted ones do not count."""
        answer = await self._http.request("GET", f"{self._data}/documents?since={segment(moment)}", patient=True)
        return bool(as_list(answer.json(), answer.where))

    async def _read(self, view: str, arguments: str, *, start: int = 0, patient: bool = False) -> Page:
        target = f"{self._data}/collections/name/{view}?{arguments}"
        answer = await self._http.request("GET", target, patient=patient)
        entries = as_list(answer.json(), answer.where)
        rows = [of_object(entry, str(place)) for place, entry in enumerate(entries, start)]
        return Page(rows, _total(entries), answer.headers.get("date", ""))


def _total(entries: Sequence[Mapping[str, Any]]) -> int | None:
    """The number of rows on the first level, by what one of them says of its siblings.

    The header Content-Range says it, too, but not with every page; the two may count hidden documents differently.
    """
    siblings = (entry.get("@siblings") for entry in entries if "." not in str(entry.get("@position", ".")))
    return next((count for count in siblings if isinstance(count, int)), None)
