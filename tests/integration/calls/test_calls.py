"""Calls from the line to the desk, with a real PBX, real SIP telephones and the real daemon."""

import asyncio
import time
from contextlib import AsyncExitStack
from typing import Any

import pytest

from telemarket.asterisk.pbx.sipp import FOREVER
from tests.integration.centre import DNIS, Centre


async def test_the_card_is_there_before_the_phone_rings(centre: Centre, stack: AsyncExitStack) -> None:
    phone = await stack.enter_async_context(centre.sipp.phone(ring=0.3))
    await centre.prepare(wrapup_seconds=1)
    await centre.add_operator("anna", phone)
    await centre.start()
    shown: list[float] = []

    def note(message: dict[str, Any]) -> None:
        if message["type"] == "card":
            shown.append(time.time())

    async with centre.ready("anna", on_message=note) as [anna]:
        outcome = await centre.sipp.call(DNIS, caller="380671234567", name="Іваненко", talk=1.0)
        assert outcome.statuses[-1] == 200
        await anna.state("wrap-up")
        assert anna.agent["call"]["caller"] == "Іваненко"
        await anna.state("ready")
    call = await centre.call()
    assert (call["result"], call["ended_by"]) == ("answered", "caller")
    assert call["ani"] == "380671234567"
    assert call["contact_id"] is not None
    rang = (await phone.stop()).invites[0].at
    assert len(shown) == 1
    assert shown[0] < rang


async def test_a_waiting_caller_hears_music_and_gets_the_next_ready_operator(
    centre: Centre, stack: AsyncExitStack
) -> None:
    phone = await stack.enter_async_context(centre.sipp.phone(ring=0.1))
    await centre.prepare()
    await centre.add_operator("anna", phone)
    await centre.start()
    async with centre.desk("anna") as anna:
        caller = await centre.sipp.start_calls(DNIS)
        await anna.until(lambda: anna.agent.get("waiting") == 1)
        assert "telemarket" in centre.channels()
        await anna.ready()
        await anna.state("talking")
        await anna.until(lambda: anna.agent["waiting"] == 0)
        assert (await caller.hang_up()).statuses[-1] == 200
    assert (await centre.call())["result"] == "answered"


async def test_no_answer_goes_to_the_next_operator_and_pauses_the_first(centre: Centre, stack: AsyncExitStack) -> None:
    silent = await stack.enter_async_context(centre.sipp.phone(ring=FOREVER))
    quick = await stack.enter_async_context(centre.sipp.phone(ring=0.1))
    await centre.prepare(ring_seconds=5)
    await centre.add_operator("anna", silent)
    await centre.add_operator("boris", quick)
    await centre.start()
    async with centre.ready("anna", "boris") as [anna, boris]:
        caller = await centre.sipp.start_calls(DNIS, talk=1.0)
        await anna.state("ringing")
        await boris.state("talking")
        await anna.state("paused")
        assert anna.agent["reason"]
        await caller.outcome()
        await boris.state("ready")
    assert (await centre.call())["result"] == "answered"
    reasons = [row["data"] for row in await centre.rows("journal", kind="call.withdrawn")]
    assert len(reasons) == 1
    assert b"no-answer" in reasons[0]


@pytest.mark.parametrize(("status", "reason"), [(486, b"busy"), (603, b"declined")])
async def test_a_refused_call_goes_on_to_the_next(
    centre: Centre, stack: AsyncExitStack, status: int, reason: bytes
) -> None:
    refusing = await stack.enter_async_context(centre.sipp.phone(refuse_with=status))
    quick = await stack.enter_async_context(centre.sipp.phone(ring=0.1))
    await centre.prepare()
    await centre.add_operator("anna", refusing)
    await centre.add_operator("boris", quick)
    await centre.start()
    async with centre.ready("anna", "boris") as [anna, boris]:
        outcome = await centre.sipp.call(DNIS, talk=0.5)
        assert outcome.statuses[-1] == 200
        await anna.state("paused")
        await boris.state("ready")
    [withdrawn] = await centre.written("journal", kind="call.withdrawn")
    assert reason in withdrawn["data"]


async def test_an_unreachable_telephone_costs_the_caller_nothing(centre: Centre, stack: AsyncExitStack) -> None:
    quick = await stack.enter_async_context(centre.sipp.phone(ring=0.1))
    await centre.prepare()
    await centre.add_operator("anna", quick)
    await centre.add_operator("boris", quick)
    await centre.start()
    # Anna's endpoint vanishes from the PBX while she is ready.
    centre.forget_telephone("anna")
    async with centre.ready("anna", "boris") as [anna, _boris]:
        outcome = await centre.sipp.call(DNIS, talk=0.5)
        assert outcome.statuses[-1] == 200
        await anna.state("paused")
    assert (await centre.call())["result"] == "answered"


async def test_a_caller_who_gives_up(centre: Centre, stack: AsyncExitStack) -> None:
    slow = await stack.enter_async_context(centre.sipp.phone(ring=FOREVER))
    await centre.prepare()
    await centre.add_operator("anna", slow)
    await centre.start()
    async with centre.ready("anna") as [anna]:
        caller = await centre.sipp.start_calls(DNIS, patience=1.5)
        await anna.state("ringing")
        await anna.state("ready")
        await caller.outcome()
    call = await centre.call()
    assert (call["result"], call["ended_by"], call["answered_at"]) == ("abandoned", "caller", None)


async def test_the_operator_ends_the_call_at_his_telephone(centre: Centre, stack: AsyncExitStack) -> None:
    phone = await stack.enter_async_context(centre.sipp.phone(ring=0.1, talk=1.0))
    await centre.prepare()
    await centre.add_operator("anna", phone)
    await centre.start()
    async with centre.ready("anna") as [anna]:
        outcome = await centre.sipp.call(DNIS)
        assert outcome.statuses[-1] == 200
        await anna.state("ready")
    assert (await centre.call())["ended_by"] == "operator"


async def test_the_operator_ends_the_call_in_the_page(centre: Centre, stack: AsyncExitStack) -> None:
    phone = await stack.enter_async_context(centre.sipp.phone(ring=0.1))
    await centre.prepare()
    await centre.add_operator("anna", phone)
    await centre.start()
    async with centre.ready("anna") as [anna]:
        caller = await centre.sipp.start_calls(DNIS)
        await anna.state("talking")
        await anna.post("/desk/hang-up")
        await caller.outcome()
        await anna.state("ready")
    assert (await centre.call())["ended_by"] == "operator"


async def test_a_number_without_a_project_goes_back_to_the_dialplan(centre: Centre) -> None:
    await centre.prepare()
    await centre.start()
    outcome = await centre.sipp.call("555", patience=3)
    assert 183 in outcome.statuses or 503 in outcome.statuses  # the fallback's congestion tone
    call = await centre.call()
    assert (call["result"], call["dnis"]) == ("fallback", "555")


async def test_a_page_closed_while_it_rings_hands_the_call_on(centre: Centre, stack: AsyncExitStack) -> None:
    slow = await stack.enter_async_context(centre.sipp.phone(ring=FOREVER))
    quick = await stack.enter_async_context(centre.sipp.phone(ring=0.1))
    await centre.prepare()
    await centre.add_operator("anna", slow)
    await centre.add_operator("boris", quick)
    await centre.start()
    async with centre.ready("anna", "boris") as [anna, boris]:
        caller = await centre.sipp.start_calls(DNIS, talk=0.5)
        await anna.state("ringing")
        await anna.disconnect()
        await boris.state("talking")  # long before the ring at the first would have ended
        assert (await caller.outcome()).statuses[-1] == 200
    assert (await centre.call())["result"] == "answered"


async def test_a_browser_that_shows_no_card_delays_the_ring_only_a_moment(
    centre: Centre, stack: AsyncExitStack
) -> None:
    phone = await stack.enter_async_context(centre.sipp.phone(ring=0.1))
    await centre.prepare()
    await centre.add_operator("anna", phone)
    await centre.start()
    async with centre.ready("anna", acknowledge=False):
        outcome = await centre.sipp.call(DNIS, talk=0.5)
        assert outcome.statuses[-1] == 200
    await centre.call()
    assert len(await centre.rows("journal", kind="call.card_late")) == 1


async def test_two_calls_from_one_number_at_once_make_one_contact(centre: Centre, stack: AsyncExitStack) -> None:
    phone = await stack.enter_async_context(centre.sipp.phone(ring=0.1))
    await centre.prepare()
    await centre.add_operator("anna", phone)
    await centre.add_operator("boris", phone)
    await centre.start()
    async with centre.ready("anna", "boris"):
        await asyncio.gather(*(centre.sipp.call(DNIS, caller="380501112233", talk=0.5) for _ in range(2)))
    calls = await centre.calls(2)
    assert len({call["contact_id"] for call in calls}) == 1
    assert len(await centre.rows("contacts")) == 1
