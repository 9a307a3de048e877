"""A view is read whole, by each of the three routes, whatever happens meanwhile."""

import pytest
from aiohttp import web

from telemarket.adapters.domino import http
from telemarket.backend import BackendRefused, BackendUnavailable, Batch
from tests.fakes.domino import DominoServer, View, client
from tests.integration.adapters.domino.support import ROUTES, House, all_of, at_request, hang_up, kept, records_of


@pytest.mark.parametrize("route", ROUTES)
async def test_every_document_comes_over_once(server: DominoServer, house: House, route: str) -> None:
    batches = await all_of(house.open(server.options(route, page_size=60)))
    records = records_of(batches)
    assert sorted(record.key for record in records) == sorted(server.database.documents)
    assert all(batch.snapshot for batch in batches)
    first = next(record for record in records if record.name == "Їжакевич № 7")
    assert first.company == "ТОВ «Роги та копита»"
    assert first.phones == (
        ("direct", "(044) 238-00-07"),
        ("mobile", "+38 050 0000007"),
        ("mobile", "+38 067 0000007"),
    )
    assert first.emails == ("client7@example.com",)
    assert first.attributes == (("Ліміт", "10.5"),)
    assert first.url == f"{server.url}/crm/clients.nsf/0/{first.key}?OpenDocument"


@pytest.mark.parametrize("route", ROUTES)
async def test_a_document_in_several_categories_comes_over_once(server: DominoServer, house: House, route: str) -> None:
    batches = await all_of(house.open(server.options(route, view="ByPhone", page_size=60)))
    assert sorted(record.key for record in records_of(batches)) == sorted(server.database.documents)


async def test_a_server_that_gives_fewer_rows_than_asked_for(server: DominoServer, house: House) -> None:
    server.most_lines = 7
    assert kept(await all_of(house.open(server.options("views")))) == server.database.documents.keys()


async def test_access_services_say_what_they_allow(server: DominoServer, house: House) -> None:
    with pytest.raises(BackendRefused, match="Cannot read more than 100 entries"):
        await all_of(house.open(server.options("das", page_size=200)))


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_server_is_asked_again(server: DominoServer, house: House, route: str, status: int) -> None:
    at_request(server, 2, lambda _: web.Response(status=status, headers={"Retry-After": "0"}))
    assert kept(await all_of(house.open(server.options(route, page_size=60)))) == server.database.documents.keys()


async def test_a_long_rest_is_granted(server: DominoServer, house: House) -> None:
    at_request(server, 2, lambda _: web.Response(status=503, headers={"Retry-After": "3600"}))
    with pytest.raises(BackendUnavailable) as busy:
        await all_of(house.open(server.options("views", page_size=60)))
    assert busy.value.retry_after == 3600


@pytest.mark.parametrize("route", ROUTES)
async def test_a_broken_connection_loses_and_doubles_nothing(server: DominoServer, house: House, route: str) -> None:
    at_request(server, 3, hang_up)
    batches = await all_of(house.open(server.options(route, page_size=60)))
    assert sorted(record.key for record in records_of(batches)) == sorted(server.database.documents)


@pytest.mark.parametrize("route", ROUTES)
async def test_a_server_that_dies_leaves_no_complete_snapshot(server: DominoServer, house: House, route: str) -> None:
    seen: list[Batch] = []

    async def die(request: web.Request) -> web.StreamResponse | None:
        return hang_up(request) if seen else None

    server.before = die
    batches = aiter(house.open(server.options(route, page_size=60)).sync(""))
    seen.append(await anext(batches))
    with pytest.raises(BackendUnavailable):
        await anext(batches)
    assert 0 < len(records_of(seen)) < 250
    assert not any(batch.cursor for batch in seen)


@pytest.mark.parametrize("route", ROUTES)
async def test_a_document_deleted_meanwhile_shifts_nobody_out(server: DominoServer, house: House, route: str) -> None:
    first = min(server.database.documents)
    at_request(server, 3, lambda _: server.database.delete(server.database.documents[first]))
    batches = await all_of(house.open(server.options(route, page_size=60)))
    assert kept(batches) == server.database.documents.keys()
    named = [record.key for record in records_of(batches)]
    assert len(named) == len(set(named)) == 250  # the one that went was named, and taken back
    assert first in named


@pytest.mark.parametrize("route", ROUTES)
async def test_a_document_made_or_changed_meanwhile_is_there(server: DominoServer, house: House, route: str) -> None:
    database = server.database
    database.views["Telemarket"] = View(
        database.views["Telemarket"].columns, sort=lambda document: document.items["FullName"]
    )

    def happen(_: web.Request) -> None:
        database.save("new", **client(777) | {"FullName": "А-перший"})
        database.save("client 3", FullName="Я-останній")

    at_request(server, 3, happen)
    records = records_of(await all_of(house.open(server.options(route, page_size=60))))
    assert {record.key for record in records} == database.documents.keys()
    latest = {record.key: record.name for record in records}
    assert latest[database.save("client 3").unid] == "Я-останній"


async def test_a_view_that_never_rests_is_given_up(server: DominoServer, house: House) -> None:
    async def one_less(_: web.Request) -> None:
        server.database.delete(next(iter(server.database.documents.values())))

    server.before = one_less
    with pytest.raises(BackendUnavailable, match="faster than it can be read"):
        await all_of(house.open(server.options("views", page_size=60)))


@pytest.mark.parametrize("route", ROUTES)
async def test_a_view_without_documents_is_no_empty_house(server: DominoServer, house: House, route: str) -> None:
    for document in server.database.documents.values():
        document.readable = False
    with pytest.raises(BackendRefused, match="shows no document"):
        await all_of(house.open(server.options(route)))


async def test_documents_the_user_may_not_read_are_left_out(server: DominoServer, house: House) -> None:
    server.database.save("client 3").readable = False
    assert len(records_of(await all_of(house.open(server.options("views", page_size=60))))) == 249


async def test_a_row_that_says_nothing_is_refused_by_its_key(server: DominoServer, house: House) -> None:
    empty = server.database.save("nobody")
    batches = await all_of(house.open(server.options("views")))
    assert [key for batch in batches for key, _ in batch.refused] == [empty.unid]


async def test_an_endless_answer_is_cut_off(
    server: DominoServer, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "MAX_BODY", 10_000)
    with pytest.raises(BackendRefused, match="page_size"):
        await all_of(house.open(server.options("views")))
