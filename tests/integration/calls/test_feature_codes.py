"""An operator at a desk phone does with keys what others press in the page."""

import pytest

from tests.integration.calls.people import People
from tests.integration.centre import Centre
from tests.voice import ANNA, BORIS, CALLER, NUMBER, OTHER


async def test_hold_ask_first_swap_and_complete_by_keys(centre: Centre, people: People) -> None:
    await centre.prepare()
    anna_, boris_ = await people.operator("201", ANNA), await people.operator("202", BORIS)
    await centre.start()
    async with centre.ready("201") as [anna], centre.desk("202") as boris:
        caller = await people.caller(CALLER)
        await anna.state("talking")
        await boris.ready()
        await anna_.voice.hears(CALLER)
        await anna_.voice.press("*3")
        await caller.voice.hears(OTHER)
        await anna_.voice.press("*3")
        await caller.voice.hears(ANNA)
        await anna_.voice.press("*2202#")
        await caller.voice.hears(OTHER)
        await boris_.voice.hears(ANNA)
        await anna_.voice.press("*9")
        await caller.voice.hears(ANNA)
        await anna_.voice.press("*9")
        await boris_.voice.hears(ANNA)
        await anna_.voice.press("*5")
        await caller.voice.hears(ANNA, BORIS)
        await anna_.voice.press("*4")
        await caller.voice.hears(BORIS)
        await boris_.voice.hears(CALLER)
        await anna.state("ready")
        await boris.post("/desk/hang-up")
        await boris.state("ready")
    await centre.call()


async def test_blind_to_a_queue_and_parking_by_keys(centre: Centre, people: People) -> None:
    await centre.prepare()
    await centre.add_project("078", "200")
    anna_ = await people.operator("201", ANNA)
    boris_ = await people.operator("202", BORIS, project="078")
    await centre.start()
    async with centre.ready("201", "202") as [anna, boris]:
        caller = await people.caller(CALLER)
        await anna.state("talking")
        await anna_.voice.hears(CALLER)
        await anna_.voice.press("*1078#")
        await boris.state("talking")
        await anna.state("ready")
        await caller.voice.hears(BORIS)
        await boris_.voice.press("*7")
        await boris.state("ready")
        await caller.voice.hears(OTHER)
        await caller.telephone.hang_up()
    await centre.call()


@pytest.mark.usefixtures("trunk")
async def test_to_a_number_outside_by_keys(centre: Centre, people: People) -> None:
    await centre.prepare()
    anna_, outside = await people.operator("201", ANNA), await people.outside(NUMBER)
    await centre.start()
    async with centre.ready("201") as [anna]:
        caller = await people.caller(CALLER)
        await anna.state("talking")
        await anna_.voice.hears(CALLER)
        await anna_.voice.press("*10501112233#")
        await anna.state("ready")
        await caller.voice.hears(NUMBER)
        await outside.voice.hears(CALLER)
        await caller.telephone.hang_up()
    await centre.call()


async def test_the_recording_pauses_by_keys(centre: Centre, people: People) -> None:
    await centre.prepare()
    anna_ = await people.operator("201", ANNA)
    await centre.start()
    async with centre.ready("201") as [anna]:
        caller = await people.caller(CALLER)
        await anna.state("talking")
        await anna_.voice.hears(CALLER)
        await anna_.voice.press("*8")
        await anna.until(lambda: anna.agent["call"]["recording_paused"])
        await anna_.voice.press("*8")
        await anna.until(lambda: not anna.agent["call"]["recording_paused"])
        await caller.telephone.hang_up()
        await anna.state("ready")
    await centre.call()
