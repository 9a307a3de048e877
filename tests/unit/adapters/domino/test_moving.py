"""A view that changes while it is read, in whatever way."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telemarket.adapters.domino import snapshot
from telemarket.adapters.domino.links import Links
from telemarket.adapters.domino.options import DominoOptions
from telemarket.adapters.domino.records import RowMapping
from telemarket.adapters.domino.rows import Row
from telemarket.adapters.domino.snapshot import Snapshot
from telemarket.adapters.domino.source import Page
from telemarket.backend import Batch

Change = tuple[str, int]

OPTIONS = DominoOptions.model_validate(
    {"route": "views", "url": "https://d", "database": "d.nsf", "view": "v", "columns": {"Name": "name"}}
)
MAPPING = RowMapping(OPTIONS.columns, "person", Links(OPTIONS))


class MovingView:
    """Documents in the order of their numbers, `size` to a page; before each page the next changes happen. One that
    `counts` says with each page how many there are."""

    def __init__(self, count: int, size: int, changes: Sequence[Sequence[Change]], *, counts: bool = True) -> None:
        self.documents = dict.fromkeys(range(0, count * 10, 10), 0)
        self.always = set(self.documents)
        self._size = size
        self._counts = counts
        self._changes = iter(changes)

    async def page(self, last: Row | None) -> Page:
        for what, number in next(self._changes, ()):
            self._change(what, number)
        start = int(last.place) if last else 0
        numbers = sorted(self.documents)[start : start + self._size]
        rows = [self._row(number, place) for place, number in enumerate(numbers, start)]
        return Page(rows, len(self.documents) if self._counts else None)

    async def find(self, number: str) -> Sequence[Row]:
        raise NotImplementedError

    def _change(self, what: str, number: int) -> None:
        if what == "make":
            self.documents.setdefault(number, 0)
        elif number in self.documents and what == "change":
            self.documents[number] += 1
        elif number in self.documents:
            del self.documents[number]
            self.always.discard(number)

    def _row(self, number: int, place: int) -> Row:
        return Row(f"{number:04}", str(place), {"name": (f"{number}/{self.documents[number]}",)})


async def _read(view: MovingView) -> list[Batch]:
    return [batch async for batch in Snapshot(view, MAPPING, "v").batches()]


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "jittered", lambda *_, **__: 0.0)


CHANGES = st.lists(
    st.lists(
        st.tuples(st.sampled_from(["make", "change", "delete"]), st.integers(0, 24).map(lambda number: number * 5)),
        max_size=3,
    ),
    max_size=5,
)


@given(count=st.integers(1, 12), size=st.integers(2, 4), changes=CHANGES, counts=st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
def test_whoever_is_there_all_the_time_is_named_and_nobody_stays_who_was_taken_away(
    count: int, size: int, changes: list[list[Change]], counts: bool
) -> None:
    view = MovingView(count, size, [[], *changes], counts=counts)
    before = set(view.documents)
    try:
        batches = asyncio.run(_read(view))
    except snapshot.BackendRefused:
        assert not view.documents
        return
    named: dict[str, str] = {}
    for batch in batches:
        keys = [record.key for record in batch.records]
        assert len(keys) == len(set(keys))
        named |= {record.key: record.name for record in batch.records}
        for key in batch.deleted:
            del named[key]
    assert {f"{number:04}" for number in before & view.always} <= named.keys()
    assert all(batch.snapshot for batch in batches)


def test_a_view_at_rest_is_read_with_one_row_of_overlap() -> None:
    view = MovingView(10, 4, [])
    batches = asyncio.run(_read(view))
    assert [len(batch.records) for batch in batches] == [4, 3, 3, 0]
