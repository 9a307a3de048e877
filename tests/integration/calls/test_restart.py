"""The daemon and the PBX die and come back: conversations go on, waiting callers keep their place, nothing is lost."""

import asyncio
import signal
import wave
from contextlib import AsyncExitStack

import psutil

from telemarket.asterisk.pbx.sipp import FOREVER
from tests.integration.centre import DNIS, Centre


async def test_a_conversation_outlives_kill_9_and_is_adopted(centre: Centre, stack: AsyncExitStack) -> None:
    phone = await stack.enter_async_context(centre.sipp.phone(ring=0.1, speak=True))
    await centre.prepare(wrapup_seconds=1)
    await centre.add_operator("anna", phone)
    await centre.start()
    async with centre.ready("anna") as [anna]:
        caller = await centre.sipp.start_calls(DNIS, caller="380671234567", name="Новоха", speak=True)
        await anna.state("talking")
        card = anna.cards[anna.agent["call"]["id"]]["html"]
        await asyncio.sleep(1)  # some speech to record before
        await centre.stop(signal.SIGKILL)
        assert len(centre.channels().splitlines()) == 2, "the conversation was cut"
        await asyncio.sleep(1)  # and some that is recorded while no daemon runs
        await centre.start()
        anna.cards.clear()
        await anna.connect()
        await anna.state("talking")
        assert anna.agent["call"]["caller"] == "Новоха"
        await anna.until(lambda: bool(anna.cards))
        assert "Новоха" in next(iter(anna.cards.values()))["html"]
        assert "Новоха" in card
        await anna.post("/desk/hang-up")
        await anna.state("wrap-up")
        await caller.outcome()
    call = await centre.call()
    assert (call["result"], call["ended_by"]) == ("answered", "operator")
    with wave.open(str(await centre.recording(call))) as recording:
        assert recording.getnframes() / recording.getframerate() > 2.0


async def test_callers_who_wait_while_the_daemon_restarts_keep_their_place(
    centre: Centre, stack: AsyncExitStack
) -> None:
    phone = await stack.enter_async_context(centre.sipp.phone(ring=0.1))
    await centre.prepare()
    await centre.add_operator("anna", phone)
    await centre.start()
    async with centre.desk("anna") as anna:
        first = await centre.sipp.start_calls(DNIS, caller="380509990001")
        await anna.until(lambda: anna.agent.get("waiting") == 1)
        second = await centre.sipp.start_calls(DNIS, caller="380509990002")
        await anna.until(lambda: anna.agent.get("waiting") == 2)
        await centre.stop(signal.SIGKILL)
        await centre.start()
        await anna.connect()
        await anna.until(lambda: anna.agent.get("waiting") == 2)
        await anna.ready()
        await anna.state("talking")
        assert "0001" in anna.agent["call"]["caller"].replace(" ", "")
        await anna.post("/desk/hang-up")
        await anna.until(lambda: "0002" in (anna.agent["call"] or {"caller": ""})["caller"].replace(" ", ""))
        await anna.state("talking")
        await anna.post("/desk/hang-up")
        await asyncio.gather(first.outcome(), second.outcome())
    assert [call["result"] for call in await centre.calls(2)] == ["answered", "answered"]


async def test_a_call_that_rings_when_the_daemon_dies_rings_again(centre: Centre, stack: AsyncExitStack) -> None:
    phone = await stack.enter_async_context(centre.sipp.phone(ring=FOREVER))
    await centre.prepare()
    await centre.add_operator("anna", phone)
    await centre.start()
    async with centre.ready("anna") as [anna]:
        caller = await centre.sipp.start_calls(DNIS)
        await anna.state("ringing")
        await centre.stop(signal.SIGKILL)
        await centre.start()
        await caller.answered()  # he is in the queue, and hears its music
        await anna.connect()
        await anna.state("ringing")
        await caller.hang_up()
        await anna.state("ready")
    assert (await centre.call())["result"] == "abandoned"


async def test_calls_that_came_and_ended_while_the_daemon_was_down_are_found(
    centre: Centre, stack: AsyncExitStack
) -> None:
    phone = await stack.enter_async_context(centre.sipp.phone(ring=0.1))
    await centre.prepare()
    await centre.add_operator("anna", phone)
    await centre.start()
    async with centre.ready("anna") as [anna]:
        known = await centre.sipp.start_calls(DNIS, caller="380671234567", name="Новоха", talk=3)
        await anna.state("talking")
        await centre.stop(signal.SIGKILL)
        await known.outcome()  # this conversation ends while nobody looks
        await centre.sipp.call(DNIS, caller="380671234567", patience=1)  # and this caller finds nobody
        await centre.start()
        await anna.connect()
    by_result = {call["result"]: call for call in await centre.calls(2)}
    assert set(by_result) == {"answered", "while-down"}
    assert by_result["answered"]["ended_by"] == "unobserved"
    missed = by_result["while-down"]
    assert missed["ani"] == "380671234567"
    assert missed["contact_id"] == by_result["answered"]["contact_id"]
    assert missed["arrived_at"] < missed["ended_at"]


async def test_asterisk_killed_and_started_again_frees_operators(centre: Centre, stack: AsyncExitStack) -> None:
    phone = await stack.enter_async_context(centre.sipp.phone(ring=0.1))
    await centre.prepare()
    await centre.add_operator("anna", phone)
    await centre.start()
    async with centre.ready("anna") as [anna]:
        caller = await centre.sipp.start_calls(DNIS)
        await anna.state("talking")
        asterisk = psutil.Process(centre.pbx.pid())
        asterisk.kill()
        asterisk.wait(5)
        centre.pbx.up()
        await anna.state("ready", timeout=10)
        await caller.kill()
        assert (await centre.call())["ended_by"] == "unobserved"
        # and the next call is taken as if nothing had been
        outcome = await centre.sipp.call(DNIS, talk=0.5)
        assert outcome.statuses[-1] == 200
    assert len(await centre.calls(2)) == 2
