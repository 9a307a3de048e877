"""What the call engine relies on when people talk, held against a real Asterisk by ear.

The results are collected in docs/reference/asterisk-behaviour.md.
"""

import asyncio
import math
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from telemarket.asterisk.ari import AriConflict
from telemarket.asterisk.ari.errors import AriError
from telemarket.asterisk.ari.models import (
    ChannelDestroyed,
    ChannelDtmfReceived,
    PlaybackFinished,
    PlaybackStarted,
    StasisEnd,
    StasisStart,
)
from telemarket.asterisk.pbx.sipp import FOREVER
from telemarket.asterisk.pbx.tone import RATE, mulaw
from tests.integration.hall import Hall, Person
from tests.voice import ANNA, BORIS, CALLER, CHIEF, OTHER, RING, SPOKEN

BUSY, REJECTED, NORMAL, NO_ANSWER = 17, 21, 16, 19


@pytest.fixture(scope="session")
def speech(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A sound of twenty seconds."""
    path = tmp_path_factory.mktemp("sounds") / "speech.ulaw"
    path.write_bytes(mulaw(0.2 * math.sin(2 * math.pi * SPOKEN * i / RATE) for i in range(20 * RATE)))
    return f"sound:{path.with_suffix('')}"


@pytest.fixture(scope="session")
def word(speech: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A sound of half a second."""
    path = tmp_path_factory.mktemp("sounds") / "word.ulaw"
    path.write_bytes(Path(speech.removeprefix("sound:") + ".ulaw").read_bytes()[: RATE // 2])
    return f"sound:{path.with_suffix('')}"


@pytest.fixture
async def talk(hall: Hall) -> tuple[Person, Person]:
    """A caller and Anna, talking."""
    caller, anna = await hall.caller(CALLER), await hall.operator("anna", ANNA)
    await hall.bridge(caller, anna)
    await caller.voice.hears(ANNA)
    await anna.voice.hears(CALLER)
    return caller, anna


Talk = tuple[Person, Person]
BRIDGE = "tm-talk-bridge"

# ---- bridges


async def test_keys_are_reported_only_in_a_bridge_that_asks_for_them(hall: Hall) -> None:
    caller, anna = await hall.caller(CALLER), await hall.operator("anna", ANNA)
    await hall.bridge(caller, anna, id_="tm-deaf-bridge", type_="mixing")
    await caller.voice.hears(ANNA)
    hall.forget()
    await anna.voice.press("12")
    assert not [event for event in hall.events if isinstance(event, ChannelDtmfReceived)]

    await hall.bridge(caller, anna)  # which takes them out of the other
    await caller.voice.hears(ANNA)
    await anna.voice.press("*1205#")
    await hall.keys(anna.channel, "*1205#")
    await caller.voice.press("7")
    await hall.keys(caller.channel, "7")


async def test_a_bridge_may_be_asked_for_and_joined_twice(hall: Hall, talk: Talk) -> None:
    caller, anna = talk
    with pytest.raises(AriConflict):
        await hall.ari.bridges.create_with_id(BRIDGE, type="mixing,dtmf_events")
    await hall.ari.bridges.add_channel(BRIDGE, channel=[caller.channel, anna.channel])
    await caller.voice.hears(ANNA)
    await anna.voice.hears(CALLER)


async def test_a_list_with_a_channel_that_is_gone_is_refused_whole(hall: Hall, talk: Talk) -> None:
    caller, anna = talk
    boris = await hall.operator("boris", BORIS)
    for request in (hall.ari.bridges.add_channel, hall.ari.bridges.remove_channel):
        with pytest.raises(AriError) as refused:
            await request(BRIDGE, channel=[boris.channel, "tm-gone-leg"])
        assert refused.value.status == 400
    with pytest.raises(AriError) as refused:
        await hall.ari.bridges.remove_channel(BRIDGE, channel=[boris.channel])
    assert refused.value.status == 422
    assert set((await hall.ari.bridges.get(BRIDGE)).channels) == {caller.channel, anna.channel}


async def test_on_hold_and_back(hall: Hall, talk: Talk) -> None:
    caller, anna = talk
    await hall.ari.bridges.remove_channel(BRIDGE, channel=[caller.channel])
    await hall.ari.channels.start_moh(caller.channel)
    await caller.voice.hears(OTHER)
    await anna.voice.hears()
    await hall.ari.channels.stop_moh(caller.channel)
    await hall.ari.bridges.add_channel(BRIDGE, channel=[caller.channel])
    await caller.voice.hears(ANNA)
    await anna.voice.hears(CALLER)


async def test_three_in_conference_and_one_leaves(hall: Hall, talk: Talk) -> None:
    caller, anna = talk
    boris = await hall.operator("boris", BORIS)
    await hall.ari.bridges.add_channel(BRIDGE, channel=[boris.channel])
    await caller.voice.hears(ANNA, BORIS)
    await anna.voice.hears(CALLER, BORIS)
    await boris.voice.hears(CALLER, ANNA)
    await hall.ari.channels.hangup(anna.channel)
    await caller.voice.hears(BORIS)
    await boris.voice.hears(CALLER)


async def test_a_ring_tone_after_the_answer(hall: Hall) -> None:
    caller = await hall.caller(CALLER)
    await hall.ari.channels.ring(caller.channel)
    await caller.voice.hears(RING)
    await hall.ari.channels.ring_stop(caller.channel)
    await caller.voice.hears()


async def test_who_is_muted_is_not_heard_and_can_still_press_keys(hall: Hall, talk: Talk) -> None:
    caller, anna = talk
    await hall.ari.channels.mute(anna.channel, direction="in")
    await caller.voice.hears()
    await anna.voice.hears(CALLER)
    await anna.voice.press("*3")
    await hall.keys(anna.channel, "*3")
    await hall.ari.channels.unmute(anna.channel, direction="in")
    await caller.voice.hears(ANNA)


async def test_digits_are_sent_to_the_telephone_not_reported(hall: Hall, talk: Talk) -> None:
    caller, _ = talk
    await hall.ari.channels.send_dtmf(caller.channel, dtmf="47")
    await caller.voice.receives_keys("47")
    assert not [event for event in hall.events if isinstance(event, ChannelDtmfReceived)]


# ---- listening


@pytest.mark.parametrize(
    ("whisper", "anna_hears", "caller_hears"),
    [("none", {CALLER}, {ANNA}), ("out", {CALLER, CHIEF}, {ANNA}), ("in", {CALLER}, {ANNA, CHIEF})],
)
async def test_who_hears_a_supervisor(
    hall: Hall, talk: Talk, whisper: str, anna_hears: set[int], caller_hears: set[int]
) -> None:
    caller, anna = talk
    chief = await hall.operator("chief", CHIEF)
    await hall.snoop(anna, chief, whisper)
    await chief.voice.hears(CALLER, ANNA)
    await anna.voice.hears(*anna_hears)
    await caller.voice.hears(*caller_hears)
    # and he barges in
    await hall.ari.bridges.add_channel(BRIDGE, channel=[chief.channel])
    await caller.voice.hears(ANNA, CHIEF)


async def test_a_listening_channel_ends_with_the_one_it_listens_to(hall: Hall, talk: Talk) -> None:
    _, anna = talk
    chief = await hall.operator("chief", CHIEF)
    snoop = await hall.snoop(anna, chief, "none")
    assert (await hall.event(StasisStart, channel=snoop)).channel.state == "Up"
    await hall.ari.channels.hangup(anna.channel)
    await hall.event(StasisEnd, channel=snoop)
    await hall.event(ChannelDestroyed, channel=anna.channel)
    assert not [e for e in hall.events if isinstance(e, ChannelDestroyed) and e.channel.id == snoop]
    async with asyncio.timeout(5):  # it has left us; that it is gone nobody tells
        while snoop in [channel.id for channel in await hall.ari.channels.list()]:
            await asyncio.sleep(0.02)


async def test_a_whisper_needs_something_to_be_mixed_into(hall: Hall, talk: Talk) -> None:
    caller, anna = talk
    chief = await hall.operator("chief", CHIEF)
    await hall.snoop(anna, chief, "out")
    await anna.voice.hears(CALLER, CHIEF)
    await hall.ari.bridges.remove_channel(BRIDGE, channel=[caller.channel])
    await anna.voice.hears()
    await hall.ari.bridges.remove_channel(BRIDGE, channel=[anna.channel])
    await hall.ari.channels.start_silence(anna.channel)
    await anna.voice.hears(CHIEF)


# ---- playing


async def test_sounds_one_after_the_other_end_once(hall: Hall, word: str) -> None:
    caller = await hall.caller(CALLER)
    await hall.ari.channels.play_with_id(caller.channel, "tm-1-say", media=["sound:missing", word, word], lang="uk")
    assert (await hall.event(PlaybackFinished, playback="tm-1-say")).playback.state == "done"
    await hall.ari.channels.play_with_id(caller.channel, "tm-2-say", media=[word, "sound:missing"])
    assert (await hall.event(PlaybackFinished, playback="tm-2-say")).playback.state == "failed"


async def test_keys_during_a_playback_and_its_end_on_demand(hall: Hall, speech: str) -> None:
    caller = await hall.caller(CALLER)
    await hall.ari.channels.play_with_id(caller.channel, "tm-1-say", media=[speech])
    await caller.voice.hears(SPOKEN)
    await caller.voice.press("5")
    await hall.keys(caller.channel, "5")
    await hall.ari.playbacks.stop("tm-1-say")
    assert (await hall.event(PlaybackFinished, playback="tm-1-say")).playback.state == "done"
    await caller.voice.hears()


async def test_music_does_not_come_back_after_a_playback(hall: Hall, word: str) -> None:
    caller = await hall.caller(CALLER)
    await hall.ari.channels.start_moh(caller.channel)
    await caller.voice.hears(OTHER)
    await hall.ari.channels.play_with_id(caller.channel, "tm-1-say", media=[word])
    await hall.event(PlaybackFinished, playback="tm-1-say")
    await caller.voice.hears()
    await hall.ari.channels.start_moh(caller.channel)
    await caller.voice.hears(OTHER)


async def test_a_bridge_waits_for_the_end_of_a_playback(hall: Hall, speech: str) -> None:
    caller, anna = await hall.caller(CALLER), await hall.operator("anna", ANNA)
    await hall.ari.channels.play_with_id(caller.channel, "tm-1-say", media=[speech])
    await hall.event(PlaybackStarted, playback="tm-1-say")
    joining = asyncio.create_task(hall.bridge(caller, anna))
    await caller.voice.hears(SPOKEN)
    assert not joining.done()
    await hall.ari.playbacks.stop("tm-1-say")
    await joining
    await caller.voice.hears(ANNA)


async def test_a_playback_ends_with_its_channel(hall: Hall, speech: str) -> None:
    caller = await hall.caller(CALLER)
    await hall.ari.channels.play_with_id(caller.channel, "tm-1-say", media=[speech])
    await caller.voice.hears(SPOKEN)
    await hall.ari.channels.hangup(caller.channel)
    assert (await hall.event(PlaybackFinished, playback="tm-1-say")).playback.state == "failed"
    await hall.event(StasisEnd, channel=caller.channel)


async def test_a_caller_hears_sounds_before_he_is_answered(hall: Hall, speech: str) -> None:
    caller = await hall.caller(CALLER, answered=False)
    await hall.ari.channels.play_with_id(caller.channel, "tm-1-say", media=[speech])
    await caller.voice.hears(SPOKEN)
    assert (await hall.ari.channels.get(caller.channel)).state == "Ring"


# ---- legs


async def test_a_leg_bridged_before_it_is_answered(hall: Hall) -> None:
    caller = await hall.caller(CALLER)
    boris = await hall.telephone("boris", BORIS, ring=2.0)
    boris.channel = await hall.leg("PJSIP/boris")
    await hall.bridge(caller, boris)
    await hall.ari.channels.dial(boris.channel, timeout=10)
    await caller.voice.hears(RING)
    await caller.voice.hears(BORIS)
    await boris.voice.hears(CALLER)


@pytest.fixture
async def outside(hall: Hall) -> AsyncIterator[None]:
    """Numbers 1 to 4 of the context `outside`. A leg that ends while it is still being dialed may forget why."""
    hall.pbx.local_dialplan.write_text("""
[outside]
exten => 1,1,Dial(PJSIP/boris)
exten => 2,1,Wait(0.2)
 same => n,Hangup(17)
exten => 3,1,Wait(0.2)
 same => n,Hangup(21)
exten => 4,1,Progress()
 same => n,PlayTones(ring)
 same => n,Wait(60)
""")
    await asyncio.to_thread(hall.pbx.command, "dialplan reload")
    yield
    hall.pbx.local_dialplan.unlink()
    await asyncio.to_thread(hall.pbx.command, "dialplan reload")


@pytest.mark.usefixtures("outside")
@pytest.mark.parametrize("option", ["", "/n"])
async def test_a_local_leg_is_one_leg_with_our_id(hall: Hall, option: str) -> None:
    caller = await hall.caller(CALLER)
    boris = await hall.telephone("boris", BORIS)
    boris.channel = await hall.leg(f"Local/1@outside{option}")
    await hall.ari.channels.dial(boris.channel, timeout=10)
    await hall.up(boris.channel)
    await hall.bridge(caller, boris)
    await caller.voice.hears(BORIS)
    await boris.voice.hears(CALLER)
    await boris.voice.press("5")
    await hall.keys(boris.channel, "5")
    assert {event.channel.id for event in hall.events if isinstance(event, StasisStart)} == {
        caller.channel,
        boris.channel,
    }
    await hall.ari.channels.hangup(boris.channel)
    assert (await hall.event(ChannelDestroyed, channel=boris.channel)).cause == NORMAL


@pytest.mark.usefixtures("outside")
async def test_a_local_leg_that_is_asked_first_and_then_in_conference(hall: Hall, talk: Talk) -> None:
    caller, anna = talk
    boris = await hall.telephone("boris", BORIS)
    boris.channel = await hall.leg("Local/1@outside/n")
    await hall.ari.bridges.remove_channel(BRIDGE, channel=[caller.channel])
    await hall.ari.channels.dial(boris.channel, timeout=10)
    await hall.up(boris.channel)
    await hall.ari.bridges.add_channel(BRIDGE, channel=[boris.channel])
    await boris.voice.hears(ANNA)
    await hall.ari.bridges.add_channel(BRIDGE, channel=[caller.channel])
    await caller.voice.hears(ANNA, BORIS)
    await anna.voice.hears(CALLER, BORIS)
    await boris.voice.hears(CALLER, ANNA)


@pytest.mark.usefixtures("outside")
@pytest.mark.parametrize(("number", "cause"), [("2", BUSY), ("3", REJECTED), ("9", NORMAL)])
async def test_a_local_leg_ends_with_the_dialplans_cause(hall: Hall, number: str, cause: int) -> None:
    leg = await hall.leg(f"Local/{number}@outside/n")
    await hall.ari.channels.dial(leg, timeout=10)
    assert (await hall.event(ChannelDestroyed, channel=leg)).cause == cause


@pytest.mark.usefixtures("outside")
async def test_early_media_of_a_local_leg_is_heard(hall: Hall) -> None:
    caller = await hall.caller(CALLER)
    outside = Person(caller.voice, caller.telephone, await hall.leg("Local/4@outside/n"))
    await hall.bridge(caller, outside)
    await hall.ari.channels.dial(outside.channel, timeout=30)
    await caller.voice.hears(RING)


async def test_a_leg_nobody_answers_ends_by_itself(hall: Hall) -> None:
    await hall.telephone("boris", BORIS, ring=FOREVER)
    leg = await hall.leg("PJSIP/boris")
    await hall.ari.channels.dial(leg, timeout=1)
    assert (await hall.event(ChannelDestroyed, channel=leg)).cause == NO_ANSWER
