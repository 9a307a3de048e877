"""Each route over HTTP keeps the contract of a backend."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from telemarket.adapters.domino import http
from telemarket.backend import Backend
from tests.fakes.domino import Database, DominoServer, View, domino
from tests.fakes.domino.database import last_nine_digits
from tests.fakes.domino.server import PASSWORD
from tests.integration.adapters.contract import BackendContract, Person, cannot
from tests.integration.adapters.domino.support import House, hang_up

COLUMNS = {
    "FullName": "name",
    "CompanyName": "company",
    "JobTitle": "position",
    "OfficePhoneNumber": "phone:direct",
    "CellPhoneNumber": "phone:mobile",
    "OfficeFAXPhoneNumber": "phone:fax",
    "MailAddress": "email",
    "OfficeStreetAddress": "address:work",
}
_READ_WHOLE = "a view is read whole: Domino tells of no deletion"
_NO_CURSOR = "it needs no cursor"


class DominoSource:
    carries = frozenset({"company", "position", "mobile", "direct", "fax", "email", "address"})
    page = 40
    secret = PASSWORD

    def __init__(self, server: DominoServer, house: House, route: str) -> None:
        self._server = server
        self._house = house
        self._options: dict[str, Any] = server.options(route, columns=COLUMNS, page_size=10, timeout=0.5)
        if route == "rest":
            self._options["write_back"] = {"form": "Call", "items": {"Body": "text"}}
        self._answering = asyncio.Event()
        self.backend = house.open(self._options)

    async def put(self, *people: Person) -> None:
        for each in people:
            self._server.database.save(each.id, **_items(each))

    async def remove(self, *ids: str) -> None:
        for each in ids:
            self._server.database.delete(self._server.database.save(each))

    def key(self, person_id: str) -> str:
        return self._server.database.unid(person_id)

    async def forget_cursors(self) -> None:
        raise NotImplementedError

    async def die(self) -> None:
        async def die(request: web.Request) -> web.StreamResponse:
            return hang_up(request)

        self._server.before = die

    async def revive(self) -> None:
        self._server.before = None
        self._answering.set()

    async def stall(self) -> None:
        async def stall(_: web.Request) -> None:
            await self._answering.wait()

        self._server.before = stall

    async def throttle(self, seconds: int) -> None:
        async def refuse(_: web.Request) -> web.Response:
            return web.Response(status=503, headers={"Retry-After": str(seconds)})

        self._server.before = refuse

    def intruder(self) -> Backend:
        return self._house.open(self._options | {"password": "intruder's secret"})

    def unreachable(self) -> Backend:
        return self._house.open(self._options | {"url": "http://localhost:9"})  # discard: nobody listens there

    async def results(self) -> Sequence[str]:
        documents = self._server.database.documents.values()
        return [each.items["Body"] for each in documents if each.items.get("Form") == "Call"]


@asynccontextmanager
async def running(route: str, house: House) -> AsyncIterator[DominoSource]:
    columns = tuple(COLUMNS)
    views = {"Telemarket": View(columns), "ByPhone": View(("$1", *columns), categories=last_nine_digits)}
    async with domino(Database(views)) as server:
        source = DominoSource(server, house, route)
        yield source
        await source.revive()


@pytest.fixture(autouse=True)
def no_long_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MAX_WAIT", 5.0)


class TestViews(BackendContract):
    @pytest.fixture
    async def source(self, house: House) -> AsyncIterator[DominoSource]:
        async with running("views", house) as source:
            yield source

    test_only_what_changed_is_named_again = cannot(_READ_WHOLE)
    test_a_cursor_nobody_knows_is_refused = cannot(_NO_CURSOR)
    test_when_the_source_forgot_the_cursor_everything_comes_anew = cannot(_NO_CURSOR)
    test_the_result_of_a_request_is_kept = cannot("URL commands that write need a form made for browsers")


class TestAccessServices(BackendContract):
    @pytest.fixture
    async def source(self, house: House) -> AsyncIterator[DominoSource]:
        async with running("das", house) as source:
            yield source

    test_only_what_changed_is_named_again = cannot(_READ_WHOLE)
    test_when_the_source_forgot_the_cursor_everything_comes_anew = cannot("the cursor is a moment: none is forgotten")
    test_the_result_of_a_request_is_kept = cannot("the REST API, its successor, does that")


class TestRestApi(BackendContract):
    @pytest.fixture
    async def source(self, house: House) -> AsyncIterator[DominoSource]:
        async with running("rest", house) as source:
            yield source

    test_only_what_changed_is_named_again = cannot(_READ_WHOLE)
    test_a_cursor_nobody_knows_is_refused = cannot(_NO_CURSOR)
    test_when_the_source_forgot_the_cursor_everything_comes_anew = cannot(_NO_CURSOR)


def _items(person: Person) -> dict[str, Any]:
    return {
        "FullName": person.name,
        "CompanyName": person.company,
        "JobTitle": person.position,
        "OfficePhoneNumber": person.direct,
        "CellPhoneNumber": [person.mobile] if person.mobile else [],
        "OfficeFAXPhoneNumber": person.fax,
        "MailAddress": person.email,
        "OfficeStreetAddress": person.address,
    }
