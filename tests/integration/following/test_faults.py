"""The PBX, the connection to it and the daemon die and come back: every call ends up in the history, once."""

import signal
from contextlib import AsyncExitStack

import psutil

from telemarket.asterisk.pbx.sipp import FOREVER
from tests.fakes.proxy import TcpProxy
from tests.integration.following.house import House


async def test_a_conversation_goes_on_while_the_daemon_restarts(house: House, stack: AsyncExitStack) -> None:
    await house.open(stack, anna={"ring": 0.2})
    async with house.desk("anna") as anna:
        caller = await house.sipp.start_calls("400", caller="380671234567", name="Новоха")
        await anna.state("talking")
        await house.stop(signal.SIGKILL)
        await house.start()
        anna.cards.clear()
        await anna.connect()
        await anna.state("talking")
        await anna.until(lambda: bool(anna.cards))
        assert anna.agent["call"]["caller"] == "Новоха"
        await caller.hang_up()
        await anna.state("ready")
    call = await house.call()
    assert (call["result"], call["ended_by"]) == ("answered", "caller")
    for kind in ("call.arrived", "call.answered", "call.ended"):
        assert len(await house.rows("journal", kind=kind)) == 1


async def test_a_call_that_came_while_the_daemon_was_away_is_met_in_the_middle(
    house: House, stack: AsyncExitStack
) -> None:
    await house.open(stack, anna={"ring": 0.2}, boris={"ring": 0.2})
    await house.stop(signal.SIGKILL)
    queued = await house.sipp.start_calls("400", caller="380671234567")
    dialed = await house.sipp.start_calls("102", caller="380501112233")
    await house.connected(4)
    await house.start()
    async with house.desk("anna") as anna, house.desk("boris") as boris:
        await anna.state("talking")
        await boris.state("talking")
        await queued.hang_up()
        await dialed.hang_up()
        await anna.state("ready")
    calls = await house.calls(2)
    assert {(call["ani"], call["result"]) for call in calls} == {
        ("380671234567", "answered"),
        ("380501112233", "answered"),
    }


async def test_a_call_that_ended_while_the_daemon_was_away_is_closed(house: House, stack: AsyncExitStack) -> None:
    await house.open(stack, anna={"ring": FOREVER})
    async with house.desk("anna") as anna:
        caller = await house.sipp.start_calls("400")
        await anna.until(lambda: bool(anna.cards))
        await house.written("journal", kind="call.card_shown")
        await house.stop(signal.SIGKILL)
        await caller.hang_up()
        await house.quiet()
        await house.start()
        await anna.connect()
        await anna.state("ready")
    call = await house.call()
    assert (call["result"], call["ended_by"]) == ("ended-unobserved", "unobserved")


async def test_asterisk_killed_in_mid_call_frees_the_operator(house: House, stack: AsyncExitStack) -> None:
    await house.open(stack, anna={"ring": 0.2})
    async with house.desk("anna") as anna:
        caller = await house.sipp.start_calls("400")
        await anna.state("talking")
        asterisk = psutil.Process(house.pbx.pid())
        asterisk.kill()
        asterisk.wait(5)
        house.pbx.up()
        await anna.state("ready", timeout=15)
        await caller.kill()
        await house.sipp.call("400", caller="380671234567", talk=1.5)
        await anna.state("ready")
    calls = await house.calls(2)
    assert [(call["result"], call["ended_by"]) for call in calls] == [
        ("answered", "unobserved"),
        ("answered", "caller"),
    ]


async def test_a_cut_connection_is_made_anew_and_what_was_missed_is_found(house: House, stack: AsyncExitStack) -> None:
    async with TcpProxy("127.0.0.1", house.pbx.ports.ami) as proxy:
        house.ami_port = proxy.port
        await house.open(stack, anna={"ring": 0.2})
        async with house.desk("anna") as anna:
            caller = await house.sipp.start_calls("400", caller="380671234567")
            await anna.state("talking")
            proxy.pause()
            proxy.cut()
            await caller.hang_up()  # nobody hears of it
            other = await house.sipp.start_calls("400", caller="380501112233")
            await house.connected(2)
            proxy.resume()
            await anna.until(lambda: "1112233" in (anna.agent["call"] or {"caller": ""})["caller"].replace(" ", ""))
            await anna.state("talking")
            await other.hang_up()
            await anna.state("ready")
        calls = {call["ani"]: call for call in await house.calls(2)}
        await house.stop()
    assert (calls["380671234567"]["result"], calls["380671234567"]["ended_by"]) == ("answered", "unobserved")
    assert (calls["380501112233"]["result"], calls["380501112233"]["ended_by"]) == ("answered", "caller")


async def test_the_past_is_imported_beside_what_was_followed_live(house: House, stack: AsyncExitStack) -> None:
    log = house.pbx.folder / "log/queue_log"
    log.write_text("")
    house.pbx.command("logger reload")
    await house.open(stack, anna={"ring": 0.2}, boris={"ring": 0.2})
    await house.sipp.call("400", caller="380671234567", talk=1.5)
    [live] = await house.calls(1)
    await house.stop()
    await house.sipp.call("401", caller="380501112233", talk=1.5)
    first = await house.import_queue_log(log)
    assert (first["imported"], first["known"], first["bad"]) == (1, 1, 0)
    again = await house.import_queue_log(log)
    assert (again["imported"], again["known"]) == (0, 2)
    calls = {call["source"]: call for call in await house.calls(2)}
    assert calls["app_queue"] == live
    past = calls["queue_log"]
    assert (past["ani"], past["result"], past["dnis"]) == ("380501112233", "answered", "401")
    assert past["agent_id"] is not None
    assert past["project_id"] == live["project_id"]
