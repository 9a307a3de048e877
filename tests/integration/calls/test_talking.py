"""What operators do with a call, by ear: hold, mute, passing on, asking first, conference, keys, parking, calling."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from telemarket.demo.desk_client import DeskClient
from tests.integration.calls.people import People, Person
from tests.integration.centre import Centre
from tests.voice import ANNA, BORIS, CALLER, NUMBER, OTHER

OUTSIDE = "+380501112233"


async def talking(people: People, anna: DeskClient, voice: Person) -> Person:
    """A caller whom Anna has answered."""
    caller = await people.caller(CALLER)
    await anna.state("talking")
    await caller.voice.hears(ANNA)
    await voice.voice.hears(CALLER)
    return caller


def cards_of(shown: dict[str, float], login: str) -> Callable[[dict[str, Any]], None]:
    """Notes when this operator's page was given its first card."""

    def note(message: dict[str, Any]) -> None:
        if message["type"] == "card":
            shown.setdefault(login, time.time())

    return note


async def test_hold_and_back(centre: Centre, people: People) -> None:
    await centre.prepare()
    person = await people.operator("anna", ANNA)
    await centre.start()
    async with centre.ready("anna") as [anna]:
        caller = await talking(people, anna, person)
        await anna.post("/desk/hold", on="1")
        await anna.until(lambda: anna.agent["call"]["held"])
        await caller.voice.hears(OTHER)
        await person.voice.hears()
        await anna.post("/desk/hold", on="0")
        await anna.until(lambda: not anna.agent["call"]["held"])
        await caller.voice.hears(ANNA)
        await person.voice.hears(CALLER)
        await anna.post("/desk/hang-up")
        await anna.state("ready")
    assert (await centre.call())["result"] == "answered"


async def test_a_caller_who_gives_up_on_hold(centre: Centre, people: People) -> None:
    await centre.prepare()
    person = await people.operator("anna", ANNA)
    await centre.start()
    async with centre.ready("anna") as [anna]:
        caller = await talking(people, anna, person)
        await anna.post("/desk/hold", on="1")
        await caller.voice.hears(OTHER)
        await caller.telephone.hang_up()
        await anna.state("ready")
    call = await centre.call()
    assert (call["result"], call["ended_by"]) == ("answered", "caller")


async def test_mute(centre: Centre, people: People) -> None:
    await centre.prepare()
    person = await people.operator("anna", ANNA)
    await centre.start()
    async with centre.ready("anna") as [anna]:
        caller = await talking(people, anna, person)
        await anna.post("/desk/mute", on="1")
        await caller.voice.hears()
        await person.voice.hears(CALLER)
        assert anna.agent["call"]["muted"]
        await anna.post("/desk/mute", on="0")
        await caller.voice.hears(ANNA)
        await anna.post("/desk/hang-up")
        await anna.state("ready")


async def test_keys_reach_the_customer(centre: Centre, people: People) -> None:
    await centre.prepare()
    person = await people.operator("anna", ANNA)
    await centre.start()
    async with centre.ready("anna") as [anna]:
        caller = await talking(people, anna, person)
        await anna.post("/desk/digits", digits="12#")
        await caller.voice.receives_keys("12#")
        await anna.post("/desk/hang-up")
        await anna.state("ready")


async def test_passed_on_to_an_operator_whose_card_comes_before_the_ring(centre: Centre, people: People) -> None:
    await centre.prepare()
    anna_, boris_ = await people.operator("anna", ANNA), await people.operator("boris", BORIS, ring=0.5)
    await centre.start()
    shown: dict[str, float] = {}
    async with (
        centre.ready("anna") as [anna],
        centre.desk("boris", on_message=cards_of(shown, "boris")) as boris,
    ):
        caller = await talking(people, anna, anna_)
        await boris.ready()
        await anna.post("/desk/transfer", to="operator:boris", attended="0")
        await boris.state("talking")
        await anna.state("ready")
        await caller.voice.hears(BORIS)
        await boris_.voice.hears(CALLER)
        assert boris.agent["call"]["passed_by"] == "Anna"
        await caller.telephone.hang_up()
        await boris.state("ready")
    [rang] = (await boris_.telephone.stop()).invites
    assert shown["boris"] < rang.at
    call = await centre.call()
    assert call["result"] == "answered"


async def test_passed_on_to_another_queue(centre: Centre, people: People) -> None:
    await centre.prepare()
    await centre.add_project("078", "200")
    anna_ = await people.operator("anna", ANNA)
    boris_ = await people.operator("boris", BORIS, project="078")
    await centre.start()
    async with centre.ready("anna", "boris") as [anna, boris]:
        caller = await talking(people, anna, anna_)
        await anna.post("/desk/transfer", to="queue:078", attended="0")
        await boris.state("talking")
        await anna.state("ready")
        await caller.voice.hears(BORIS)
        await boris_.voice.hears(CALLER)
        await boris.post("/desk/hang-up")
        await boris.state("ready")
    await centre.call()


@pytest.mark.usefixtures("trunk")
async def test_passed_on_to_a_number_outside(centre: Centre, people: People) -> None:
    await centre.prepare()
    anna_, outside = await people.operator("anna", ANNA), await people.outside(NUMBER)
    await centre.start()
    async with centre.ready("anna") as [anna]:
        caller = await talking(people, anna, anna_)
        await anna.post("/desk/transfer", to=f"number:{OUTSIDE}", attended="0")
        await anna.state("ready")
        await caller.voice.hears(NUMBER)
        await outside.voice.hears(CALLER)
        await caller.telephone.hang_up()
    await centre.call()


async def test_asked_first_then_given(centre: Centre, people: People) -> None:
    await centre.prepare()
    anna_, boris_ = await people.operator("anna", ANNA), await people.operator("boris", BORIS, ring=0.5)
    await centre.start()
    shown: dict[str, float] = {}
    async with (
        centre.ready("anna") as [anna],
        centre.desk("boris", on_message=cards_of(shown, "boris")) as boris,
    ):
        caller = await talking(people, anna, anna_)
        await boris.ready()
        await anna.post("/desk/transfer", to="operator:boris", attended="1")
        await caller.voice.hears(OTHER)
        await anna_.voice.hears(BORIS)
        await boris_.voice.hears(ANNA)
        await anna.post("/desk/consult", how="swap")
        await caller.voice.hears(ANNA)
        await boris_.voice.hears(OTHER)
        await anna.post("/desk/consult", how="swap")
        await boris_.voice.hears(ANNA)
        await anna.post("/desk/consult", how="complete")
        await caller.voice.hears(BORIS)
        await boris_.voice.hears(CALLER)
        await anna.state("ready")
        await boris.state("talking")
        await boris.post("/desk/hang-up")
        await boris.state("ready")
    [rang] = (await boris_.telephone.stop()).invites
    assert shown["boris"] < rang.at
    await centre.call()


async def test_asked_first_and_returned_to_the_customer(centre: Centre, people: People) -> None:
    await centre.prepare()
    anna_, boris_ = await people.operator("anna", ANNA), await people.operator("boris", BORIS)
    await centre.start()
    async with centre.ready("anna") as [anna], centre.desk("boris") as boris:
        caller = await talking(people, anna, anna_)
        await boris.ready()
        await anna.post("/desk/transfer", to="operator:boris", attended="1")
        await boris_.voice.hears(ANNA)
        await anna.post("/desk/consult", how="return")
        await caller.voice.hears(ANNA)
        await anna_.voice.hears(CALLER)
        await boris.state("ready")
        await anna.post("/desk/hang-up")
        await anna.state("ready")
    await centre.call()


@pytest.mark.usefixtures("trunk")
async def test_three_in_conference_with_a_number_outside(centre: Centre, people: People) -> None:
    await centre.prepare()
    anna_, outside = await people.operator("anna", ANNA), await people.outside(NUMBER)
    await centre.start()
    async with centre.ready("anna") as [anna]:
        caller = await talking(people, anna, anna_)
        await anna.post("/desk/transfer", to=f"number:{OUTSIDE}", attended="1")
        await anna_.voice.hears(NUMBER)
        await anna.post("/desk/consult", how="conference")
        await caller.voice.hears(ANNA, NUMBER)
        await anna_.voice.hears(CALLER, NUMBER)
        await outside.voice.hears(CALLER, ANNA)
        await anna.post("/desk/hang-up")  # lets go of the one she asked
        await caller.voice.hears(ANNA)
        await anna.post("/desk/hang-up")
        await anna.state("ready")
    await centre.call()


async def test_an_operator_leaves_a_conference_to_the_others(centre: Centre, people: People) -> None:
    await centre.prepare()
    anna_, boris_ = await people.operator("anna", ANNA), await people.operator("boris", BORIS)
    await centre.start()
    async with centre.ready("anna") as [anna], centre.desk("boris") as boris:
        caller = await talking(people, anna, anna_)
        await boris.ready()
        await anna.post("/desk/transfer", to="operator:boris", attended="1")
        await boris_.voice.hears(ANNA)
        await anna.post("/desk/consult", how="conference")
        await caller.voice.hears(ANNA, BORIS)
        await anna.post("/desk/consult", how="complete")
        await caller.voice.hears(BORIS)
        await anna.state("ready")
        await boris.post("/desk/hang-up")
        await boris.state("ready")
    await centre.call()


async def test_a_busy_colleague_costs_the_customer_nothing(centre: Centre, people: People) -> None:
    await centre.prepare()
    anna_ = await people.operator("anna", ANNA)
    await people.operator("boris", BORIS, refuse_with=486)
    await centre.start()
    async with centre.ready("anna") as [anna], centre.desk("boris") as boris:
        caller = await talking(people, anna, anna_)
        await boris.ready()
        await anna.post("/desk/transfer", to="operator:boris", attended="1")
        await boris.state("paused")
        await caller.voice.hears(ANNA)
        await anna_.voice.hears(CALLER)
        await anna.post("/desk/hang-up")
        await anna.state("ready")
    await centre.call()


async def test_parked_and_taken_up_by_another(centre: Centre, people: People) -> None:
    await centre.prepare()
    anna_, boris_ = await people.operator("anna", ANNA), await people.operator("boris", BORIS)
    await centre.start()
    async with centre.ready("anna") as [anna], centre.desk("boris") as boris:
        caller = await talking(people, anna, anna_)
        call_id = anna.agent["call"]["id"]
        await anna.post("/desk/park")
        await anna.state("ready")
        await caller.voice.hears(OTHER)
        await boris.ready()
        await boris.post(f"/desk/calls/{call_id}/retrieve")
        await boris.state("talking")
        await caller.voice.hears(BORIS)
        await boris_.voice.hears(CALLER)
        await boris.post("/desk/hang-up")
        await boris.state("ready")
    await centre.call()


@pytest.mark.usefixtures("trunk")
async def test_a_number_is_called_from_the_page(centre: Centre, people: People) -> None:
    await centre.prepare()
    anna_, outside = await people.operator("anna", ANNA), await people.outside(NUMBER, ring=0.5)
    await centre.start()
    async with centre.ready("anna") as [anna]:
        await anna.post("/desk/call", number=OUTSIDE)
        await anna.state("talking")
        await anna_.voice.hears(NUMBER)
        await outside.voice.hears(ANNA)
        assert anna.cards
        await anna.post("/desk/hang-up")
        await anna.state("ready")
    call = await centre.call()
    assert (call["direction"], call["result"]) == ("outbound", "answered")


@pytest.mark.usefixtures("trunk")
async def test_a_number_that_is_busy(centre: Centre, people: People) -> None:
    await centre.prepare()
    await people.operator("anna", ANNA)
    await people.outside(NUMBER, refuse_with=486)
    await centre.start()
    async with centre.ready("anna") as [anna]:
        await anna.post("/desk/call", number=OUTSIDE)
        await anna.until(lambda: bool(anna.cards))
        await anna.state("ready")
    call = await centre.call()
    assert call["direction"] == "outbound"
    assert call["answered_at"] is None
