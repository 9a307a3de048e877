"""What the three routes over HTTP have in common: a view that is read in pages, and asked for a number."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import quote

import msgspec

from telemarket.adapters.domino.rows import Row
from telemarket.backend import BackendUnavailable
from telemarket.core.i18n import N_

MOST_FOUND = 20  # rows asked for with one number
SAMPLE = 50  # rows that a check looks at


class Page(msgspec.Struct, frozen=True):
    """Rows in the view's order. `total` is how many rows stand in the view's first level, and `date` the server's
    clock, where a source knows them."""

    rows: Sequence[Row]
    total: int | None = None
    date: str = ""


class Source(Protocol):
    """One view on one server, and another by number."""

    async def page(self, last: Row | None) -> Page:
        """Rows from `last` on, itself the first of them; from the beginning, if that is None."""
        ...

    async def sample(self) -> Page:
        """The first few rows."""
        ...

    async def columns(self, page: Page) -> frozenset[str]:
        """The view's columns, in lower case; `page` is some of it."""
        ...

    async def find(self, number: str) -> Sequence[Row]:
        """Rows under a number spelled as the view spells it."""
        ...


class Moved(Exception):
    """Rows have changed their places while the view was read."""


async def read_view(source: Source) -> AsyncGenerator[Page, None]:
    """The view once through, each row once; raises Moved when that cannot be said.

    Each page begins with the row the one before ended with: rows that slipped past, or came twice, are noticed. A
    server may give fewer rows than it was asked for, so a page is the last one when nothing new is on it.
    """
    last: Row | None = None
    total: int | None = None
    while True:
        page = await source.page(last)
        if last is not None:
            if not page.rows or page.rows[0].unid != last.unid or page.rows[0].place != last.place:
                raise Moved
            page = msgspec.structs.replace(page, rows=page.rows[1:])
        if None not in (total, page.total) and page.total != total:
            raise Moved
        if not page.rows:
            return
        yield page
        last, total = page.rows[-1], total if page.total is None else page.total


def columns_of(page: Page) -> frozenset[str]:
    """The columns of the documents' rows, where rows name the empty ones, too."""
    return frozenset(column for row in page.rows if row.unid for column in row.values)


def as_list(said: Any, where: str) -> list[Mapping[str, Any]]:
    """A JSON array of objects; raises BackendUnavailable for anything else."""
    if isinstance(said, list) and all(isinstance(each, dict) for each in said):
        return said
    raise BackendUnavailable(N_("%(where)s: the answer is not a list of rows.", where=where))


def segment(text: str) -> str:
    """A piece of a path, percent-encoded."""
    return quote(text, safe="")
