"""Machine detection on calls of a real Asterisk to telephones that play a sound."""

import asyncio

import numpy as np
import pytest

from telemarket.asterisk.ari.models import StasisEnd, StasisStart
from telemarket.calls.model import read_leg_id
from telemarket.dialer.detection.ears import PREFIX, Copies
from telemarket.dialer.detection.heard import NOTHING, DetectionSettings, GreetingEnd, Heard, Method, Verdict
from telemarket.dialer.detection.service import DetectionService
from tests.integration.dialer.detection.conftest import Call, Callee, no_copies_left
from tests.integration.hall import Hall
from tools.greetings.sound import cadence, silence, tone
from tools.greetings.speech import Samples, speak

GREETING = "This is the mailbox of Peter Miller and his family, who are away, and not back before tomorrow."


def person() -> Samples:
    return np.concatenate([silence(0.4), speak("Hello?", "en-gb+m3", 170, 50)])


def machine() -> Samples:
    return np.concatenate([silence(0.3), speak(GREETING, "en-gb+f2", 150, 50), silence(0.6), tone(0.4, 1000)])


async def heard_of(service: DetectionService, callee: Callee, sound: Samples, **how: object) -> Heard:
    callee.player.play(sound)
    return await service.listen(callee.channel, **how)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sound", "verdict"),
    [
        (person(), Verdict.HUMAN),
        (machine(), Verdict.MACHINE),
        (cadence(4, [(0.35, 0.35)], 425), Verdict.BUSY),
        (cadence(4, [(0.25, 0.25)], 480, 620), Verdict.CONGESTION),
        (np.concatenate([silence(0.5), tone(3, 2100)]), Verdict.FAX),
        (silence(1), Verdict.SILENCE),
    ],
    ids=["person", "machine", "busy", "congestion", "fax", "silence"],
)
async def test_a_verdict_comes_in_time_and_the_call_goes_on(
    service: DetectionService, call: Call, hall: Hall, sound: Samples, verdict: Verdict
) -> None:
    [callee] = await call(1)
    hall.forget()
    heard = await heard_of(service, callee, sound)
    assert heard.verdict is verdict
    assert heard.seconds <= DetectionSettings().longest
    assert (await hall.ari.channels.get(callee.channel)).state == "Up"
    assert not [event for event in hall.events if isinstance(event, StasisEnd) and event.channel.id == callee.channel]


async def test_copies_have_ids_the_engine_leaves_alone(service: DetectionService, call: Call, hall: Hall) -> None:
    [callee] = await call(1)
    hall.forget()
    await heard_of(service, callee, cadence(3, [(0.25, 0.25)], 425))
    entered = [event.channel.id for event in hall.events if isinstance(event, StasisStart)]
    assert len(entered) == 1
    assert entered[0].startswith(PREFIX)
    assert read_leg_id(entered[0]) is None


@pytest.mark.parametrize(("sound", "verdict"), [(person(), Verdict.HUMAN), (machine(), Verdict.MACHINE)])
async def test_asterisks_own_detector_answers_by_the_same_way(
    service: DetectionService, call: Call, sound: Samples, verdict: Verdict
) -> None:
    [callee] = await call(1)
    assert (await heard_of(service, callee, sound, method=Method.AMD)).verdict is verdict


async def test_a_message_can_be_left_after_the_tone(service: DetectionService, call: Call) -> None:
    [callee] = await call(1)
    callee.player.play(
        np.concatenate([silence(0.2), speak("Leave a message.", "en-gb", 160, 50), silence(0.7), tone(0.3, 1400)])
    )
    assert await service.wait_for_beep(callee.channel) is GreetingEnd.TONE


async def test_a_greeting_may_end_without_a_tone_or_not_at_all(service: DetectionService, call: Call) -> None:
    one, other = await call(2)
    one.player.play(speak("Leave a message.", "en-gb", 160, 50))
    other.player.play(speak(GREETING, "en-gb", 160, 50))
    ends = await asyncio.gather(service.wait_for_beep(one.channel), service.wait_for_beep(other.channel, longest=2.0))
    assert ends == [GreetingEnd.SILENCE, GreetingEnd.NONE]


@pytest.mark.parametrize("method", list(Method))
async def test_who_hangs_up_meanwhile_is_listened_to_no_longer(
    service: DetectionService, hall: Hall, method: Method
) -> None:
    customer = await hall.caller(0)
    hall.forget()
    listening = asyncio.create_task(service.listen(customer.channel, method=method))
    assert (await hall.event(StasisStart)).channel.id.startswith(PREFIX)
    await customer.telephone.hang_up()
    heard = await listening
    assert heard.verdict not in (Verdict.HUMAN, Verdict.MACHINE)
    assert heard.seconds < DetectionSettings().silence


async def test_what_is_no_channel_is_not_waited_for(service: DetectionService) -> None:
    assert await service.listen("gone") == NOTHING
    assert await service.listen("gone", method=Method.AMD) == NOTHING
    assert await service.wait_for_beep("gone") is GreetingEnd.NONE


async def test_ten_calls_at_once_each_get_their_own_verdict(service: DetectionService, call: Call) -> None:
    callees = await call(10)
    sounds = [person(), cadence(4, [(0.35, 0.35)], 425)]
    heard = await asyncio.gather(*(heard_of(service, each, sounds[n % 2]) for n, each in enumerate(callees)))
    assert [each.verdict for each in heard] == [Verdict.HUMAN, Verdict.BUSY] * 5


async def test_more_calls_than_may_be_listened_to_cost_nobody_time(hall: Hall, call: Call) -> None:
    one, other = await call(2)
    async with DetectionService(hall.ari, most=1) as service:
        first = asyncio.create_task(heard_of(service, one, person()))
        hall.forget()
        await hall.event(StasisStart)
        assert await service.listen(other.channel) == NOTHING
        assert (await first).verdict is Verdict.HUMAN


@pytest.mark.parametrize("method", list(Method))
async def test_whoever_stops_listening_leaves_nothing_behind(
    service: DetectionService, call: Call, hall: Hall, method: Method
) -> None:
    [callee] = await call(1)
    hall.forget()
    listening = asyncio.create_task(service.listen(callee.channel, method=method))
    await hall.event(StasisStart)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await no_copies_left(hall.ari)
    assert (await hall.ari.channels.get(callee.channel)).state == "Up"


async def test_a_copy_ends_with_our_connection_as_when_the_daemon_dies(hall: Hall, call: Call) -> None:
    [callee] = await call(1)
    async with Copies(hall.ari) as copies, copies.sound(callee.channel) as sound:
        await anext(sound)
        sound.close()
        await no_copies_left(hall.ari)
    assert (await hall.ari.channels.get(callee.channel)).state == "Up"


async def test_a_telephone_that_sends_no_packet_is_silent(service: DetectionService, call: Call) -> None:
    [callee] = await call(1)
    callee.player.silent = True
    assert (await service.listen(callee.channel)).verdict is Verdict.SILENCE
