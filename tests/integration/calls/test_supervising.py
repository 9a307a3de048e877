"""What a supervisor does with a call, by ear: listen, whisper, barge in, take over, move a waiting caller."""

from typing import Any

from telemarket.demo.desk_client import DeskClient
from tests.integration.calls.people import People
from tests.integration.centre import DNIS, Centre
from tests.voice import ANNA, BORIS, CALLER, CHIEF


async def _watch(chief: DeskClient, call: dict[str, Any], mode: str) -> None:
    await chief.post("/board/watch", call_id=call["id"], mode=mode)


async def test_listen_whisper_barge_in_and_leave(centre: Centre, people: People) -> None:
    await centre.prepare()
    anna_, chief_ = await people.operator("anna", ANNA), await people.supervisor("chief", CHIEF)
    await centre.start()
    async with centre.ready("anna") as [anna], centre.desk("chief") as chief:
        caller = await people.caller(CALLER)
        await anna.state("talking")
        call = anna.agent["call"]
        await _watch(chief, call, "listen")
        await chief.state("watching")
        await chief_.voice.hears(CALLER, ANNA)
        await anna_.voice.hears(CALLER)
        await caller.voice.hears(ANNA)
        assert not anna.agent["call"]["parties"], "the operator is told that somebody listens"
        await _watch(chief, call, "whisper")
        await anna_.voice.hears(CALLER, CHIEF)
        await caller.voice.hears(ANNA)
        await chief_.voice.hears(CALLER, ANNA)
        await _watch(chief, call, "barge")
        await caller.voice.hears(ANNA, CHIEF)
        await anna_.voice.hears(CALLER, CHIEF)
        await chief_.voice.hears(CALLER, ANNA)
        await chief.post("/board/stop-watching")
        await caller.voice.hears(ANNA)
        await anna_.voice.hears(CALLER)
        assert anna.agent["state"] == "talking"
        await anna.post("/desk/hang-up")
        await anna.state("ready")
    await centre.call()
    watched = {row["action"] for row in await centre.rows("audit_log")}
    assert {"call.listen", "call.whisper", "call.barge"} <= watched


async def test_the_listener_is_let_go_when_the_call_ends(centre: Centre, people: People) -> None:
    await centre.prepare()
    await people.operator("anna", ANNA)
    chief_ = await people.supervisor("chief", CHIEF)
    await centre.start()
    async with centre.ready("anna") as [anna], centre.desk("chief") as chief:
        caller = await people.caller(CALLER)
        await anna.state("talking")
        await _watch(chief, anna.agent["call"], "listen")
        await chief_.voice.hears(CALLER, ANNA)
        await caller.telephone.hang_up()
        await anna.state("ready")
        await chief.until(lambda: chief.agent["state"] != "watching")
        await centre.quiet()


async def test_take_over(centre: Centre, people: People) -> None:
    await centre.prepare()
    anna_, chief_ = await people.operator("anna", ANNA), await people.supervisor("chief", CHIEF)
    await centre.start()
    async with centre.ready("anna") as [anna], centre.desk("chief") as chief:
        caller = await people.caller(CALLER)
        await anna.state("talking")
        await _watch(chief, anna.agent["call"], "listen")
        await chief_.voice.hears(CALLER, ANNA)
        await chief.post("/board/take-over")
        await caller.voice.hears(CHIEF)
        await chief_.voice.hears(CALLER)
        await anna_.voice.hears()
        await anna.state("ready")
        await chief.post("/desk/hang-up")
        await caller.telephone.outcome()
    await centre.call()


async def test_a_waiting_caller_is_moved_to_an_operator(centre: Centre, people: People) -> None:
    await centre.prepare()
    await centre.add_project("078", "200")
    await people.operator("anna", ANNA)
    boris_ = await people.operator("boris", BORIS, project="078")
    await people.supervisor("chief", CHIEF)
    await centre.start()
    async with centre.desk("anna") as anna, centre.ready("boris") as [boris], centre.desk("chief") as chief:
        caller = await people.caller(CALLER, DNIS)
        await anna.until(lambda: anna.agent.get("waiting") == 1)
        [call] = await centre.written("calls")
        await chief.post("/board/move", call_id=call["id"], destination="queue:078")
        await boris.state("talking")
        await caller.voice.hears(BORIS)
        await boris_.voice.hears(CALLER)
        await boris.post("/desk/hang-up")
        await boris.state("ready")
    await centre.call()
