"""A voice message on a real PBX: recorded, made a request, heard on the desk, lost in no crash."""

import asyncio
import math
import signal
import wave

import pytest

from telemarket.asterisk.pbx.tone import RATE, mulaw
from telemarket.calls.plan import Overflow, OverflowWhen, Plan
from telemarket.sounds import catalog
from tests.integration.calls.people import People, Person
from tests.integration.centre import Centre
from tests.voice import ANNA, CALLER, SPOKEN

ANI = "380671234567"
BYTES_A_SECOND = 2 * RATE
pytestmark = pytest.mark.usefixtures("prompt")


@pytest.fixture
def prompt(centre: Centre) -> None:
    """What asks for a message, a tone of a second."""
    tone = mulaw(0.2 * math.sin(2 * math.pi * SPOKEN * i / RATE) for i in range(RATE))
    for name in ("voicemail", catalog.TONE):
        path = centre.folder / f"sounds/uk/{name}.ulaw"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(tone)


async def speak(centre: Centre, people: People) -> Person:
    """Somebody calls when nobody is on shift, and is speaking."""
    await centre.prepare(plan=Plan(overflow=(Overflow(when=OverflowWhen.NO_OPERATORS, to="voicemail"),)))
    await people.operator("anna", ANNA)
    await centre.start()
    caller = await people.caller(CALLER, caller=ANI)
    await caller.voice.hears(SPOKEN)
    async with asyncio.timeout(20):
        while not any(path.stat().st_size > 2 * BYTES_A_SECOND for path in centre.recordings.rglob("*.wav")):
            await asyncio.sleep(0.05)
    return caller


async def leave_message(centre: Centre, people: People) -> None:
    """Somebody has spoken, and hangs up."""
    caller = await speak(centre, people)
    await caller.telephone.hang_up()


async def test_a_voice_message_can_be_heard_on_the_desk(centre: Centre, people: People) -> None:
    await leave_message(centre, people)
    call = await centre.call()
    assert call["result"] == "voicemail"
    [request] = await centre.written("requests")
    assert (request["call_id"], request["state"], request["author_id"]) == (call["id"], "open", None)
    assert request["text"].startswith("Голосове повідомлення, 0:0")
    [phone] = await centre.rows("phones", contact_id=request["contact_id"])
    assert phone["e164"] == f"+{ANI}"
    with wave.open(str(await centre.recording(call))) as message:
        assert message.getnframes() / message.getframerate() > 1
    async with centre.desk("anna") as anna:
        _, page = await anna.get("/requests")
        assert f"/recordings/{call['id']}/player" in page.decode()
        status, heard = await anna.get(f"/recordings/{call['id']}")
        assert (status, heard[:4]) == (200, b"RIFF")


async def test_a_daemon_killed_as_the_caller_hangs_up_loses_no_message(centre: Centre, people: People) -> None:
    await leave_message(centre, people)
    await centre.call()
    await centre.stop(signal.SIGKILL)
    await centre.start()
    [request] = await centre.written("requests")
    await centre.stop()
    await centre.start()
    assert await centre.rows("requests") == [request]


async def test_a_daemon_killed_while_the_caller_speaks_loses_no_message(centre: Centre, people: People) -> None:
    caller = await speak(centre, people)
    await centre.stop(signal.SIGKILL)
    await centre.start()
    await caller.telephone.hang_up()
    call = await centre.call()
    [request] = await centre.written("requests")
    assert request["call_id"] == call["id"]
    async with centre.desk("anna") as anna:
        _, page = await anna.get("/requests")
        assert f"/recordings/{call['id']}/player" in page.decode()
