"""What a caller goes through by himself, by ear: greeting, menu, announcements, callback, voicemail, working hours."""

import math

import pytest

from telemarket.asterisk.pbx.tone import RATE, mulaw
from telemarket.calls.plan import (
    Announcements,
    CallbackPlan,
    Hours,
    Node,
    NodeKind,
    Overflow,
    OverflowWhen,
)
from telemarket.sounds import catalog
from tests.integration.calls.people import People
from tests.integration.centre import Centre
from tests.voice import ANNA, BORIS, CALLER, NUMBER, OTHER, SPOKEN

SECONDS = 1.5
CALLBACK_TO = "0501112233"


@pytest.fixture
def phrases(centre: Centre) -> None:
    """Every phrase there is, and a supervisor's `welcome` and `menu`: each a tone."""
    tone = mulaw(0.2 * math.sin(2 * math.pi * SPOKEN * i / RATE) for i in range(int(SECONDS * RATE)))
    names = [f"uk/{name}" for name in (*catalog.phrases("uk"), catalog.TONE)]
    for name in (*names, "uploaded/welcome", "uploaded/menu"):
        path = centre.folder / f"sounds/{name}.ulaw"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(tone)


pytestmark = pytest.mark.usefixtures("phrases")


async def test_a_greeting_is_heard_before_the_queue(centre: Centre, people: People) -> None:
    await centre.prepare()
    await centre.plan(greeting="welcome")
    anna_ = await people.operator("anna", ANNA)
    await centre.start()
    async with centre.ready("anna") as [anna]:
        caller = await people.caller(CALLER)
        await caller.voice.hears(SPOKEN)
        assert anna.agent["state"] == "ready"
        await caller.voice.hears(ANNA)
        await anna_.voice.hears(CALLER)
        await anna.post("/desk/hang-up")
        await anna.state("ready")
    await centre.call()


async def test_a_key_in_the_menu_leads_to_another_queue_before_the_menu_has_been_heard(
    centre: Centre, people: People
) -> None:
    menu = Node(kind=NodeKind.MENU, sound="menu", choices={"2": "queue:078"}, seconds=3)
    await centre.prepare()
    await centre.add_project("078", "200")
    await centre.plan(menu={"start": menu})
    await people.operator("anna", ANNA)
    boris_ = await people.operator("boris", BORIS, project="078")
    await centre.start()
    async with centre.ready("anna", "boris") as [_anna, boris]:
        caller = await people.caller(CALLER)
        await caller.voice.hears(SPOKEN)
        await caller.voice.press("9")  # nothing there: the menu again
        await caller.voice.hears(SPOKEN)
        await caller.voice.press("2")
        await caller.voice.hears(BORIS)
        await boris_.voice.hears(CALLER)
        await boris.post("/desk/hang-up")
        await boris.state("ready")
    await centre.call()


async def test_a_number_keyed_in_is_asked_for_and_kept(centre: Centre, people: People) -> None:
    menu = {"start": Node(kind=NodeKind.ASK, sound="menu", look_up=True)}
    await centre.prepare()
    await centre.plan(menu=menu)
    await people.operator("anna", ANNA)
    await centre.start()
    async with centre.ready("anna") as [anna]:
        caller = await people.caller(CALLER)
        await caller.voice.hears(SPOKEN)
        await caller.voice.press("4711#")
        await caller.voice.hears(ANNA)
        await anna.post("/desk/hang-up")
        await anna.state("ready")
    await centre.call()
    [keyed] = await centre.rows("journal", kind="call.keyed")
    assert b"4711" in keyed["data"]


async def test_a_waiting_caller_is_told_his_place_between_the_music(centre: Centre, people: People) -> None:
    await centre.prepare()
    await centre.plan(announcements=Announcements(every=10.0))
    await people.operator("anna", ANNA)
    await centre.start()
    async with centre.desk("anna") as anna:
        caller = await people.caller(CALLER)
        await caller.voice.hears(OTHER)
        await caller.voice.hears(SPOKEN, deadline=20)
        await caller.voice.hears(OTHER)
        await caller.voice.hears(SPOKEN, deadline=20)
        await anna.ready()
        await caller.voice.hears(ANNA)  # also in the middle of an announcement
        await anna.post("/desk/hang-up")
        await anna.state("ready")
    await centre.call()


@pytest.mark.usefixtures("trunk")
async def test_a_caller_is_called_back_when_it_is_his_turn(centre: Centre, people: People) -> None:
    await centre.prepare()
    await centre.plan(callback=CallbackPlan(key="5"))
    anna_ = await people.operator("anna", ANNA)
    outside = await people.outside(NUMBER)
    await centre.start()
    async with centre.desk("anna") as anna:
        caller = await people.caller(CALLER, caller="380671234567")
        await caller.voice.hears(OTHER)
        await caller.voice.press("5")
        await caller.voice.hears(SPOKEN)
        await caller.voice.press("2")  # another number, please
        await caller.voice.hears(SPOKEN)
        await caller.voice.press(f"{CALLBACK_TO}#")
        await caller.voice.hears(SPOKEN)
        await caller.voice.press("1")  # that one
        await caller.telephone.outcome()
        await anna.ready()
        await anna_.voice.hears(NUMBER)
        await outside.voice.hears(ANNA)
        assert anna.cards
        await anna.post("/desk/hang-up")
        await anna.state("ready")
    [invite] = (await outside.telephone.stop()).invites
    assert invite.line.startswith("INVITE sip:+380501112233@")
    results = {call["direction"]: call["result"] for call in await centre.calls(2)}
    assert results == {"inbound": "callback", "callback": "answered"}


@pytest.mark.usefixtures("trunk")
async def test_nobody_is_called_back_where_calls_may_not_go(centre: Centre, people: People) -> None:
    await centre.prepare()
    await centre.plan(callback=CallbackPlan(key="5", attempts=1))
    await people.operator("anna", ANNA)
    outside = await people.outside(NUMBER)
    await centre.start()
    async with centre.desk("anna") as anna:
        caller = await people.caller(CALLER, caller="anonymous")
        await caller.voice.hears(OTHER)
        await caller.voice.press("5")
        await caller.voice.hears(SPOKEN)
        await caller.voice.press("0900333444#")  # a premium number
        await caller.voice.hears(SPOKEN)
        await caller.voice.press("1")
        await anna.ready()
        await caller.telephone.hang_up()
        await anna.state("ready")
    assert not (await outside.telephone.stop()).invites


async def test_a_closed_project_says_so_and_hangs_up(centre: Centre, people: People) -> None:
    await centre.prepare()
    await centre.plan(hours=Hours(week=((),) * 7))
    await people.operator("anna", ANNA)
    await centre.start()
    async with centre.ready("anna"):
        caller = await people.caller(CALLER)
        await caller.voice.hears(SPOKEN)
        await caller.telephone.outcome()
    assert (await centre.call())["result"] == "closed"


async def test_a_message_left_becomes_a_request(centre: Centre, people: People) -> None:
    await centre.prepare()
    await centre.plan(overflow=(Overflow(when=OverflowWhen.NO_OPERATORS, to="voicemail"),))
    await people.operator("anna", ANNA)
    await centre.start()
    caller = await people.caller(CALLER, caller="380671234567")
    await caller.voice.hears(SPOKEN)
    await centre.written("journal", kind="recording.started")
    await caller.voice.hears()  # he speaks
    await caller.voice.press("#")
    await caller.telephone.outcome()
    call = await centre.call()
    assert call["result"] == "voicemail"
    assert (await centre.recording(call)).stat().st_size > 1000
    [request] = await centre.written("requests", call_id=call["id"])
    assert request["project_id"] == call["project_id"]
