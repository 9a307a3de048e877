"""A caller is looked up, and the result of his request written back."""

import asyncio

import pytest
from aiohttp import web

from telemarket.adapters.domino import http
from telemarket.backend import BackendRefused, BackendUnavailable, Result, ResultRefused
from tests.fakes.domino import DominoServer
from tests.integration.adapters.domino.support import NOW, ROUTES, House, at_request, hang_up


@pytest.mark.parametrize("route", ROUTES)
async def test_a_caller_is_found_by_the_view_of_numbers(server: DominoServer, house: House, route: str) -> None:
    backend = house.open(server.options(route, phone_keys=["plus", "last9"]))
    found = await backend.look_up("+380500000007", "0500000007")
    assert [record.name for record in found] == ["Їжакевич № 7"]
    assert found[0].key in server.database.documents
    assert await backend.look_up("+380509999999", "0509999999") == ()
    assert await backend.look_up("", "anonymous") == ()


@pytest.mark.parametrize("route", ROUTES)
async def test_a_number_cannot_ask_for_more(server: DominoServer, house: House, route: str) -> None:
    backend = house.open(server.options(route, phone_keys=["plus"]))
    assert await backend.look_up("+1&Count=5000&x=%26#", "") == ()
    assert all("5000&" not in address for address in server.asked)


async def test_a_caller_is_found_by_a_query(server: DominoServer, house: House) -> None:
    query = "CellPhoneNumber = ?number or OfficePhoneNumber = ?number"
    server.database.save("client 5", OfficePhoneNumber="+380442380005")
    options = server.options("rest", phone_view="", phone_query=query, phone_keys=["digits", "plus"])
    found = await house.open(options).look_up("+380442380005", "")
    assert [record.name for record in found] == ["Їжакевич № 5"]


async def test_a_slow_server_is_given_up(server: DominoServer, house: House) -> None:
    given_up = asyncio.Event()

    async def wait(_: web.Request) -> None:
        await given_up.wait()

    server.before = wait
    with pytest.raises(BackendUnavailable, match="no answer within"):
        await house.open(server.options("views", timeout=0.1)).look_up("+380442380005", "")
    given_up.set()


async def test_an_answer_to_a_question_is_short(server: DominoServer, house: House) -> None:
    at_request(server, 1, lambda _: web.Response(text="[" + " " * http.MAX_SMALL_BODY + "]"))
    with pytest.raises(BackendRefused, match="longer than 2 MB"):
        await house.open(server.options("das")).look_up("+380442380005", "")


async def test_rubbish_is_no_answer(server: DominoServer, house: House) -> None:
    for body in ('{"viewentry": [', "[" * 100_000, '["row"]', '{"viewentry": {"0": "row"}}'):
        at_request(server, 1, lambda _, body=body: web.Response(text=body))
        with pytest.raises(BackendUnavailable):
            await house.open(server.options("views")).look_up("+380442380005", "")


def result_for(key: str) -> Result:
    return Result(
        record_key=key, request_id=42, at=NOW, project="077", topic="Виплата", state="done", text="Є", operator="Анна"
    )


async def test_a_result_becomes_a_response_document(server: DominoServer, house: House) -> None:
    contact = server.database.save("client 7")
    items = {"Subject": "topic", "Body": "text", "RequestNumber": "request_id", "Closed": "at"}
    backend = house.open(server.options("rest", write_back={"form": "Call", "items": items}))
    assert "write_back" in backend.abilities
    await backend.write_back(result_for(contact.unid))
    made = list(server.database.documents.values())[-1]
    assert made.items == {
        "Form": "Call",
        "$REF": contact.unid,
        "Subject": "Виплата",
        "Body": "Є",
        "RequestNumber": 42,
        "Closed": NOW.isoformat(),
    }


async def test_a_response_document_is_not_made_twice(server: DominoServer, house: House) -> None:
    contact = server.database.save("client 7")
    backend = house.open(server.options("rest", write_back={"form": "Call", "items": {"Body": "text"}}))
    at_request(server, 1, hang_up)
    with pytest.raises(BackendUnavailable):
        await backend.write_back(result_for(contact.unid))
    assert sum("/document" in address for address in server.asked) == 1


async def test_a_result_is_set_on_the_contact_itself(server: DominoServer, house: House) -> None:
    contact = server.database.save("client 7")
    backend = house.open(server.options("rest", write_back={"items": {"LastCall": "topic"}}))
    await backend.write_back(result_for(contact.unid))
    assert contact.items["LastCall"] == "Виплата"
    with pytest.raises(ResultRefused, match="not found"):
        await backend.write_back(result_for("0" * 32))


async def test_results_wait_while_nothing_of_the_scope_can_be_read(server: DominoServer, house: House) -> None:
    contact = server.database.save("client 7")
    for wrong in ({"scope": "nowhere"}, {"password": "expired"}):
        backend = house.open(server.options("rest", write_back={"items": {"LastCall": "topic"}}) | wrong)
        with pytest.raises(BackendRefused) as refused:
            await backend.write_back(result_for(contact.unid))
        assert not isinstance(refused.value, ResultRefused)


async def test_what_is_not_configured_is_no_ability(server: DominoServer, house: House) -> None:
    assert house.open(server.options("views", phone_view="")).abilities == {"sync"}
    assert house.open(server.options("das")).abilities == {"sync", "look_up"}
