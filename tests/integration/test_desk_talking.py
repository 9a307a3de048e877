"""The desk's commands for talking over HTTP: who may, what is refused in words, what the stream then tells."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from telemarket.calls.views import AgentState, CallState, Direction, PartyView
from telemarket.contacts.model import ContactFields
from telemarket.core.roles import Role
from telemarket.desk.cards import passed_on_by
from tests.desk import INNA, PASSWORD, Desk, receive, running_desk, signed_in, stream
from tests.fakes.call_centre import SLOT, new_call

JSON = {"Accept": "application/json"}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with running_desk(tmp_path) as running:
        yield running


@pytest.fixture
async def operator(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    async with signed_in(desk) as client:
        yield client


async def talk(desk: Desk, call_id: str = "c-1", ani: str = INNA) -> None:
    await desk.call_centre.ring(desk.operator.id, new_call(call_id, ani))
    desk.call_centre.answer(desk.operator.id)


async def test_each_command_reaches_the_call_centre(desk: Desk, operator: httpx.AsyncClient) -> None:
    await talk(desk)
    me = desk.operator.id
    for path, form, asked in (
        ("/desk/hold", {"on": "1"}, ("hold", me, True)),
        ("/desk/mute", {"on": "0"}, ("mute", me, False)),
        ("/desk/digits", {"digits": "12#a"}, ("send_digits", me, "12#A")),
        ("/desk/calls/c-1/recording", {"on": "0"}, ("set_recording", me, False, "api")),
        ("/desk/calls/c-1/recording", {"on": "1", "by": "button"}, ("set_recording", me, True, "button")),
        ("/desk/transfer", {"to": "number:0672345678", "attended": "1"}, ("transfer", me, "number:0672345678", True)),
        ("/desk/consult", {"how": "swap"}, ("consult", me, "swap")),
        ("/desk/park", {}, ("park", me)),
        ("/desk/calls/c-1/retrieve", {}, ("retrieve", me, "c-1")),
    ):
        assert (await operator.post(path, data=form)).status_code == 200, path
        assert desk.call_centre.asked[-1] == asked
    desk.call_centre.end(me)
    assert (await operator.post("/desk/wrap-up/extend")).status_code == 200
    placed = await operator.post("/desk/call", data={"number": "(044) 490-00-77", "project_id": "1"})
    assert placed.json() == {"call_id": "out-1", "number": "+380444900077"}
    assert desk.call_centre.asked[-1] == ("call_number", me, "+380444900077", 1, None)


@pytest.mark.parametrize(
    ("path", "form", "field"),
    [
        ("/desk/hold", {}, "on"),
        ("/desk/hold", {"on": "yes"}, "on"),
        ("/desk/transfer", {"to": "nobody", "attended": "1"}, "to"),
        ("/desk/transfer", {"to": "queue:077"}, "attended"),
        ("/desk/consult", {"how": "shout"}, "how"),
        ("/desk/digits", {"digits": "12x"}, "digits"),
        ("/desk/digits", {"digits": "1" * 33}, "digits"),
        ("/desk/call", {"number": "call me"}, "number"),
        ("/desk/call", {"number": "+380672345678", "project_id": "-1"}, "project_id"),
    ],
)
async def test_what_makes_no_sense_is_refused_by_field(
    desk: Desk, operator: httpx.AsyncClient, path: str, form: dict[str, str], field: str
) -> None:
    await talk(desk)
    refused = await operator.post(path, data=form, headers=JSON)
    assert (refused.status_code, refused.json()["field"]) == (422, field)
    assert refused.json()["message"]


async def test_the_recording_of_another_call_is_not_his_to_pause(desk: Desk, operator: httpx.AsyncClient) -> None:
    await talk(desk)
    refused = await operator.post("/desk/calls/c-2/recording", data={"on": "0"}, headers=JSON)
    assert (refused.status_code, refused.json()["error_id"]) == (403, "not-allowed")
    assert not [asked for asked in desk.call_centre.asked if asked[0] == "set_recording"]


async def test_a_display_on_the_wall_can_do_nothing(desk: Desk) -> None:
    await desk.services.identity.create_user("wall", PASSWORD, name="Екран", role=Role.DISPLAY)
    async with signed_in(desk, "wall") as wall:
        for path in ("/desk/hold", "/desk/call", "/desk/park", "/desk/calls/c-1/retrieve"):
            assert not (await wall.post(path, headers=JSON)).is_success
        for path in ("/desk/destinations", "/desk/projects"):
            assert not (await wall.get(path, headers=JSON)).is_success
    assert desk.call_centre.asked == []


async def test_the_stream_tells_how_the_call_stands(desk: Desk, operator: httpx.AsyncClient) -> None:
    async with stream(desk, operator) as page:
        await talk(desk)
        guest = PartyView(channel_id="leg-2", role="consulted", agent_id=desk.colleague.id, talking=True)
        ear = PartyView(channel_id="leg-3", role="watching", agent_id=desk.senior.id, mode="whisper")
        desk.call_centre.change_call(desk.operator.id, held=True, parties=(guest, ear))
        while not (call := (await receive(page, "state"))["agent"]["call"] or {}).get("held"):
            pass
    assert call["parties"] == [{"role": "consulted", "name": "Тарас Коваль", "talking": True}]
    assert (call["direction"], call["recording"], call["passed_by"]) == ("inbound", True, "")


async def test_parked_calls_are_told_to_everybody_and_to_who_comes_later(
    desk: Desk, operator: httpx.AsyncClient
) -> None:
    async with signed_in(desk, "taras") as colleague, stream(desk, colleague) as his_page:
        assert (await receive(his_page, "parked"))["calls"] == []
        await talk(desk)
        await operator.post("/desk/park")
        [parked] = (await receive(his_page, "parked"))["calls"]
        assert (parked["id"], parked["slot"], parked["caller"]) == ("c-1", SLOT, "Новоха Інна Іванівна")
        async with stream(desk, operator) as later:
            assert (await receive(later, "parked"))["calls"] == [parked]
        await operator.post("/desk/calls/c-1/retrieve")
        assert (await receive(his_page, "parked"))["calls"] == []


async def test_words_not_saved_go_along_until_somebody_saves(desk: Desk, operator: httpx.AsyncClient) -> None:
    await talk(desk)
    form = {"to": "operator:taras", "attended": "0", "note": "Питає про поліс <b>"}
    assert (await operator.post("/desk/transfer", data=form)).status_code == 200
    async with signed_in(desk, "taras") as colleague, stream(desk, colleague) as his_page:
        desk.services.cards.push(desk.colleague.id, desk.call_centre.calls["c-1"])
        card = await receive(his_page, "card")
        assert "Питає про поліс &lt;b&gt;" in card["html"]
        assert "data-unsaved" in card["html"]
        saved = {"call_id": "c-1", "contact_id": str(desk.inna.id), "text": "Питає про поліс"}
        assert (await colleague.post("/requests", data=saved)).status_code == 200
        assert "data-unsaved" not in (await colleague.get("/desk/cards/c-1")).text


async def test_what_one_saves_shows_on_the_others_screens(desk: Desk, operator: httpx.AsyncClient) -> None:
    async with signed_in(desk, "taras") as colleague, stream(desk, colleague) as his_page:
        await talk(desk)
        desk.call_centre.consult_operator(desk.operator.id, desk.colleague.id)
        assert (await receive(his_page, "card"))["passed_by"] == "Олена Петренко"
        saved = {"call_id": "c-1", "contact_id": str(desk.inna.id), "text": "Ліміт вичерпано"}
        await operator.post("/requests", data=saved)
        assert "Ліміт вичерпано" in (await receive(his_page, "card_part", part="work"))["html"]


def _view(**values: Any) -> Any:
    return msgspec.structs.replace(new_call("c-1", INNA), **values)


@pytest.mark.parametrize(
    ("call", "by"),
    [
        (_view(agent_id=1), None),  # rings at several at once: the first of them sends nothing
        (_view(agent_id=None, transferred_by=1), 1),
        (_view(agent_id=2, transferred_by=2), None),  # he takes up what he parked
        (_view(agent_id=1, parties=(PartyView(channel_id="", role="consulted", agent_id=2),)), 1),
        (_view(agent_id=1, parties=(PartyView(channel_id="", role="watching", agent_id=2),)), None),
    ],
)
def test_who_passes_a_call_on(call: Any, by: int | None) -> None:
    assert passed_on_by(2, call) == by


# ---- what routing is told


async def test_routing_is_told_whose_customer_calls(desk: Desk) -> None:
    known = await desk.services.cards.prepare(new_call("c-1", INNA))
    assert known == type(known)(
        contact_id=desk.inna.id, vip=True, consultant_id=desk.operator.id, last_operator_id=desk.colleague.id
    )
    stranger = await desk.services.cards.prepare(new_call("c-2", "+380501112233"))
    assert (stranger.consultant_id, stranger.last_operator_id, stranger.vip) == (None, None, False)


@pytest.mark.parametrize(
    ("digits", "found"),
    [("1100039", True), ("0672345678", True), ("0443334455", False), ("9999999", False), ("50", False), ("", False)],
)
async def test_a_caller_keys_in_his_contract_or_his_number(desk: Desk, digits: str, found: bool) -> None:
    call = new_call("c-1", "anonymous")
    await desk.services.cards.prepare(call)
    contact_id = await desk.services.cards.look_up_input(call, digits)
    assert contact_id == (desk.inna.id if found else None)
    card = desk.services.cards.card("c-1")
    assert card is not None
    assert (card.title == "Новоха Інна Іванівна") is found


async def test_a_contract_two_have_opens_neither(desk: Desk) -> None:
    for name in ("Перший", "Друга"):
        await desk.services.contacts.create(ContactFields(name=name, attributes={"Договір": "2200055"}))
    assert await desk.services.cards.look_up_input(new_call("c-1", "anonymous"), "2200055") is None


async def test_a_contract_is_found_by_hand_as_well(desk: Desk, operator: httpx.AsyncClient) -> None:
    assert "Новоха" in (await operator.get("/contacts", params={"q": "1100039"})).text


async def test_a_call_of_another_project_shows_that_projects_lists(desk: Desk, operator: httpx.AsyncClient) -> None:
    other = await desk.services.projects.add("078", name="Медичне")
    async with stream(desk, operator) as page:
        await talk(desk)
        call = desk.call_centre.calls["c-1"]
        moved = msgspec.structs.replace(
            call, project=msgspec.structs.replace(call.project, id=other.id, number="078", name="Медичне")
        )
        desk.services.cards.push(desk.operator.id, moved)
        assert "Медичне" in (await receive(page, "card_part", part="who"))["html"]


async def test_who_is_free_comes_first_among_the_destinations(desk: Desk, operator: httpx.AsyncClient) -> None:
    centre, now = desk.call_centre, datetime.now(UTC)
    centre.set_agent(desk.colleague.id, state=AgentState.TALKING, since=now - timedelta(seconds=90))
    centre.set_agent(desk.senior.id, state=AgentState.READY, page=True)
    html = (await operator.get("/desk/destinations")).text
    assert html.index("operator:iryna") < html.index("operator:taras") < html.index("queue:077")
    assert 'data-to="operator:iryna" data-ask' in html
    assert 'data-to="operator:taras" data-ask' not in html
    assert "operator:olena" not in html
    assert (
        'data-to="number:+380672345678" data-ask'
        in (await operator.get("/desk/destinations", params={"q": "067 234-56-78"})).text
    )


async def test_an_outgoing_calls_card_says_whom_he_calls(desk: Desk, operator: httpx.AsyncClient) -> None:
    async with stream(desk, operator) as page:
        call = msgspec.structs.replace(
            new_call("out-1", INNA), direction=Direction.OUTBOUND, state=CallState.RINGING, contact_id=desk.inna.id
        )
        await desk.services.cards.prepare(call)
        desk.services.cards.push(desk.operator.id, call)
        html = (await receive(page, "card"))["html"]
    assert "Набраний номер" in html
    assert "Дзвонить з" not in html
