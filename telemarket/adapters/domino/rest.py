"""Views and documents by the Domino REST API: `/api/v1`."""

from collections.abc import Mapping, Sequence
from typing import Any

from telemarket.adapters.domino.answer import NotThere
from telemarket.adapters.domino.http import Http
from telemarket.adapters.domino.options import DominoOptions, WriteBackOptions
from telemarket.adapters.domino.rows import Row, of_object
from telemarket.adapters.domino.source import MOST_FOUND, SAMPLE, Page, as_list, columns_of, segment
from telemarket.backend import Result, ResultRefused

_API = "/api/v1"


class RestSource:
    """Reads the lists of a scope: the scope's schema has to allow the views and, for documents, their forms."""

    def __init__(self, http: Http, options: DominoOptions) -> None:
        self._http = http
        self._scope = f"dataSource={segment(options.scope)}"
        self._name = options.view
        self._view = segment(options.view)
        self._phone_view = segment(options.phone_view)
        self._phone_query = options.phone_query
        self._count = options.rows_at_once

    async def page(self, last: Row | None) -> Page:
        """From the number of `last` on."""
        start = int(last.place) if last else 0
        return await self._list(self._view, f"start={start}&count={self._count}", start=start, patient=True)

    async def sample(self) -> Page:
        """From the first on."""
        return await self._list(self._view, f"start=0&count={SAMPLE}")

    async def columns(self, page: Page) -> frozenset[str]:
        """What the design says: rows leave empty columns out."""
        target = f"{_API}/lists?{self._scope}&columns=true&filter={self._view}"
        answer = await self._http.request("GET", target)
        designs = [each for each in as_list(answer.json(), answer.where) if self._name in _names(each)]
        named = (column.get("name", "") for design in designs for column in design.get("columns", ()))
        return frozenset(str(name).lower() for name in named) | columns_of(page)

    async def find(self, number: str) -> Sequence[Row]:
        """The documents under a key, or those that the configured query finds."""
        if self._phone_query:
            return await self._queried(number)
        return (await self._list(self._phone_view, f"key={segment(number)}&start=0&count={MOST_FOUND}")).rows

    async def write(self, result: Result, options: WriteBackOptions) -> None:
        """Keep `result` as a response document to its contact, or on the contact's own document.

        Raises ResultRefused where that is not there.
        """
        try:
            await self._write(result, options)
        except NotThere as error:
            await self.sample()  # it answers for a missing scope alike: then every result waits
            raise ResultRefused(error.message) from error

    async def _write(self, result: Result, options: WriteBackOptions) -> None:
        items = {item: _json(getattr(result, name)) for item, name in options.items.items()}
        unid = segment(result.record_key)
        if options.form:
            target = f"{_API}/document?{self._scope}&parentUnid={unid}"
            await self._http.request("POST", target, json={"Form": options.form, **items})
        else:
            target = f"{_API}/document/{unid}?{self._scope}&mode={segment(options.mode)}"
            await self._http.request("PATCH", target, json=items)

    async def _list(self, view: str, arguments: str, *, start: int = 0, patient: bool = False) -> Page:
        target = f"{_API}/lists/{view}?{self._scope}&scope=documents&{arguments}"
        answer = await self._http.request("GET", target, patient=patient)
        entries = as_list(answer.json(), answer.where)
        return Page([of_object(entry, str(place)) for place, entry in enumerate(entries, start)])

    async def _queried(self, number: str) -> Sequence[Row]:
        target = f"{_API}/query?{self._scope}&action=execute&count={MOST_FOUND}"
        question = {"query": self._phone_query, "variables": {"number": number}}
        answer = await self._http.request("POST", target, json=question)
        return [of_object(entry, "") for entry in as_list(answer.json(), answer.where)]


def _names(design: Mapping[str, Any]) -> set[str]:
    """A list's title and its aliases; the description calls these `aliases`, its example `alias`."""
    return {str(design.get("title", "")), *design.get("alias", ()), *design.get("aliases", ())}


def _json(value: Any) -> Any:
    return value if isinstance(value, str | int) else value.isoformat()
