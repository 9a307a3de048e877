"""Calls in app_queue and at plain extensions: the card while the telephone rings, the history, what operators do."""

import time
from contextlib import AsyncExitStack
from typing import Any

import pytest

from telemarket.asterisk.pbx.sipp import FOREVER
from telemarket.demo.desk_client import DeskClientError
from tests.integration.centre import DNIS
from tests.integration.following.house import House


async def test_a_queue_call_brings_the_card_while_the_telephone_rings(house: House, stack: AsyncExitStack) -> None:
    phones = await house.open(stack, anna={"ring": 0.6})
    shown: list[float] = []

    def note(message: dict[str, Any]) -> None:
        if message["type"] == "card":
            shown.append(time.time())

    async with house.desk("anna", on_message=note) as anna:
        await anna.state("ready")
        caller = await house.sipp.start_calls("400", caller="380671234567", name="Іваненко")
        await anna.state("ringing")
        await anna.until(lambda: bool(anna.agent["call"]["caller"] == "Іваненко"))
        await anna.state("talking")
        await caller.hang_up()
        await anna.state("ready")
        call = await house.call()
        status, page = await anna.get(f"/calls/{call['id']}")
        assert status == 200
        assert "Anna" in page.decode()
    assert (call["result"], call["ended_by"], call["source"]) == ("answered", "caller", "app_queue")
    assert (call["ani"], call["dnis"]) == ("380671234567", "400")
    assert call["contact_id"] is not None
    assert await house.rows("users", id=call["agent_id"], login="anna")
    assert await house.rows("projects", id=call["project_id"], number="077")
    messages = (await phones["anna"].stop()).messages
    [answered] = [message.at for message in messages if message.sent and message.line.startswith("SIP/2.0 200 OK")][:1]
    assert len(shown) == 1
    assert shown[0] < answered
    assert {"call.offered", "call.card_shown", "call.answered"} <= set(await house.journal(call["id"]))
    states = [row["data"] for row in await house.rows("journal", kind="agent.state")]
    assert [word for word in ("ready", "ringing", "talking") if any(word.encode() in data for data in states)]


async def test_a_plain_extension_is_followed_too(house: House, stack: AsyncExitStack) -> None:
    await house.open(stack, anna={"ring": 0.5, "talk": 1.0})
    async with house.desk("anna") as anna:
        await anna.state("ready")
        caller = await house.sipp.start_calls("101", caller="380671234567")
        await anna.state("ringing")
        await anna.state("talking")
        await caller.outcome()
        await anna.state("ready")
        assert len(anna.cards) == 1
    call = await house.call()
    assert (call["result"], call["ended_by"], call["dnis"]) == ("answered", "operator", "101")


async def test_who_gives_up_in_the_queue_has_abandoned(house: House, stack: AsyncExitStack) -> None:
    await house.open(stack, anna={"ring": FOREVER})
    async with house.desk("anna") as anna:
        await anna.state("ready")
        caller = await house.sipp.start_calls("400")
        await anna.state("ringing")
        await caller.hang_up()
        await anna.state("ready")
    call = await house.call()
    assert (call["result"], call["ended_by"], call["answered_at"]) == ("abandoned", "caller", None)


async def test_a_ring_nobody_answers_is_taken_back_and_the_dialplan_goes_on(
    house: House, stack: AsyncExitStack
) -> None:
    await house.open(stack, anna={"ring": FOREVER})
    async with house.desk("anna") as anna:
        await anna.state("ready")
        outcome = await house.sipp.call("101", patience=8)
        assert 200 not in outcome.statuses
        await anna.state("ready")
    call = await house.call()
    assert (call["result"], call["ended_by"]) == ("fallback", "pbx")
    [withdrawn] = await house.rows("journal", kind="call.withdrawn")
    assert b"no-answer" in withdrawn["data"]


async def test_a_member_behind_a_local_channel_is_found_and_the_others_ring_stops(
    house: House, stack: AsyncExitStack
) -> None:
    await house.open(stack, anna={"ring": FOREVER}, boris={"ring": 0.6})
    async with house.desk("anna") as anna, house.desk("boris") as boris:
        await anna.state("ready")
        await boris.state("ready")
        caller = await house.sipp.start_calls("401")
        await anna.state("ringing")
        await boris.state("talking")
        await anna.state("ready")
        await caller.hang_up()
        await boris.state("ready")
    call = await house.call()
    assert call["result"] == "answered"
    assert await house.rows("users", id=call["agent_id"], login="boris")
    assert len(await house.rows("journal", kind="call.answered")) == 1


async def test_the_card_goes_along_with_a_blind_transfer(house: House, stack: AsyncExitStack) -> None:
    await house.open(stack, anna={"ring": 0.2}, boris={"ring": 0.6})
    async with house.desk("anna") as anna, house.desk("boris") as boris:
        await boris.state("ready")
        caller = await house.sipp.start_calls("400", caller="380671234567")
        await anna.state("talking")
        await house.transfer("BlindTransfer", "anna", "102")
        await boris.state("ringing")
        await boris.until(lambda: anna.cards.keys() == boris.cards.keys())
        await anna.state("ready")
        await boris.state("talking")
        await caller.hang_up()
        await boris.state("ready")
    call = await house.call()
    assert (call["result"], call["ended_by"]) == ("answered", "caller")
    assert await house.rows("users", id=call["agent_id"], login="boris")


async def test_the_card_opens_at_a_colleague_who_is_asked_first(house: House, stack: AsyncExitStack) -> None:
    await house.open(stack, anna={"ring": 0.2}, boris={"ring": 0.6})
    house.allow_attended_transfers()
    async with house.desk("anna") as anna, house.desk("boris") as boris:
        await boris.state("ready")
        caller = await house.sipp.start_calls("400", caller="380671234567")
        await anna.state("talking")
        await house.transfer("Atxfer", "anna", "102")
        await boris.state("talking")
        assert anna.agent["state"] == "talking"
        await boris.until(lambda: anna.cards.keys() == boris.cards.keys())
        house.pbx.command(f"channel request hangup {house.channel('anna')}")
        await anna.state("ready")
        await caller.hang_up()
        await boris.state("ready")
    call = await house.call()
    assert (call["result"], call["ended_by"]) == ("answered", "caller")
    assert await house.rows("users", id=call["agent_id"], login="boris")


async def test_pauses_at_the_telephone_show_and_the_page_commands_nothing(house: House, stack: AsyncExitStack) -> None:
    await house.open(stack, boris={"ring": 0.2})
    async with house.desk("boris") as boris:
        await boris.state("ready")
        house.pbx.command("queue pause member Local/102@telephones/n queue 401 reason lunch")
        await boris.state("paused")
        assert boris.agent["reason"] == "lunch"
        with pytest.raises(DeskClientError, match="403"):
            await boris.post("/desk/ready")
        house.pbx.command("queue unpause member Local/102@telephones/n queue 401")
        await boris.state("ready")


async def test_calls_of_telemarkets_own_are_counted_once(house: House, stack: AsyncExitStack) -> None:
    await house.open(stack, anna={"ring": 0.3}, boris={"ring": 0.3})
    await house.serve("boris")
    async with house.desk("boris") as boris, house.desk("anna") as anna:
        await boris.ready()
        await boris.state("ready")
        own = await house.sipp.start_calls(DNIS, caller="380501112233")
        followed = await house.sipp.start_calls("400", caller="380671234567")
        await boris.state("talking")
        await anna.state("talking")
        await own.hang_up()
        await followed.hang_up()
    calls = await house.calls(2)
    assert {(call["source"], call["ani"]) for call in calls} == {("", "380501112233"), ("app_queue", "380671234567")}
    for kind in ("call.arrived", "call.answered", "call.ended"):
        assert len(await house.rows("journal", kind=kind)) == 2
