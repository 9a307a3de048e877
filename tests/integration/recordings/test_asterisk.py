"""What a real Asterisk records, by ear: everybody says a tone of his own."""

import asyncio
import os
import signal
import subprocess
from array import array
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from telemarket.asterisk.ami import AmiClient
from telemarket.asterisk.ari import AriClient
from telemarket.asterisk.pbx.instance import Instance
from telemarket.asterisk.pbx.programs import find_sipp
from telemarket.asterisk.pbx.sipp import Sipp
from telemarket.calls.recordings import Recorder, raw_files
from telemarket.core.database import Database
from telemarket.core.migrate import upgrade
from telemarket.recordings import audio
from telemarket.recordings.model import RecordingState
from tests.integration.conftest import FreshInstance
from tests.integration.hall import Hall, Person, clear
from tests.integration.recordings.support import House, a_call
from tests.pbx import ROOTFS
from tests.voice import ANNA, BORIS, CALLER, CHIEF, NUMBER, OTHER, tones_of

WAV = "2026/11/22/call.wav"
WINDOW = audio.RATE // 5
DEADLINE = 20.0


class Studio:
    """People on telephones whose calls are recorded into `folder`."""

    def __init__(self, hall: Hall, recorder: Recorder, folder: Path) -> None:
        self.hall = hall
        self.recorder = recorder
        self.folder = folder

    async def talk(self, path: str, *, stereo: bool = True) -> tuple[Person, Person]:
        """A caller and Anna, who are recorded and hear each other."""
        caller, anna = await self.hall.caller(CALLER), await self.hall.operator("anna", ANNA)
        await self.hall.bridge(caller, anna)
        await self.recorder.record(caller.channel, path, stereo=stereo)
        await self.hear_each_other(caller, anna)
        return caller, anna

    async def hear_each_other(self, caller: Person, operator: Person, times: int = 2) -> None:
        for _ in range(times):
            await caller.voice.hears(operator.voice.tone)
            await operator.voice.hears(caller.voice.tone)

    async def finished(self, path: str = WAV, *, stereo: bool = True) -> list[list[set[int]]]:
        """The tones in each channel of the recording, window by window, once Asterisk has closed it."""
        async with asyncio.timeout(DEADLINE):
            while True:
                try:
                    await asyncio.to_thread(
                        audio.finish, self.folder, path, stereo=stereo, patient=path.endswith("call.wav")
                    )
                    break
                except (audio.StillOpen, FileNotFoundError):
                    await asyncio.sleep(0.1)
        return channels(self.folder / path)


def channels(path: Path) -> list[list[set[int]]]:
    shape = audio.read_shape(path)
    samples = array("h")
    samples.frombytes(path.read_bytes()[shape.data :][: shape.length])
    sides = [samples[side :: shape.channels] for side in range(shape.channels)]
    return [
        [tones_of([x / 32768 for x in side[at : at + WINDOW]]) for at in range(0, len(side) - WINDOW, WINDOW)]
        for side in sides
    ]


def said(side: list[set[int]]) -> set[int]:
    return set().union(*side)


@asynccontextmanager
async def studio_at(pbx: Instance, sipp: Sipp, folder: Path) -> AsyncIterator[Studio]:
    access = pbx.access
    async with (
        AriClient(pbx.ari_url, access.ari_user, access.ari_password, access.app) as ari,
        AmiClient("127.0.0.1", pbx.ports.ami, access.ami_user, access.ami_password) as ami,
        AsyncExitStack() as parts,
    ):
        await ari.wait_connected()
        await ami.wait_connected()
        yield Studio(Hall(pbx, sipp, ari, parts), Recorder(ami, folder, "", 0), folder)
        if pbx.pid() is not None:
            await clear(ari)


@pytest.fixture
async def studio(pbx: Instance, sipp: Sipp, tmp_path: Path) -> AsyncIterator[Studio]:
    async with studio_at(pbx, sipp, tmp_path / "recordings") as studio:
        yield studio


async def test_caller_and_operator_are_each_in_a_channel_of_their_own(studio: Studio) -> None:
    caller, _ = await studio.talk(WAV)
    await caller.telephone.hang_up()
    left, right = await studio.finished()
    assert said(left[:-1]) == {CALLER}
    assert said(right[:-1]) == {ANNA}
    assert not studio.recorder.failures


async def test_in_mono_both_are_heard_together(studio: Studio) -> None:
    caller, _ = await studio.talk(WAV, stereo=False)
    await caller.telephone.hang_up()
    [both] = await studio.finished(stereo=False)
    assert {CALLER, ANNA} in both
    assert said(both) <= {CALLER, ANNA, OTHER}


@pytest.mark.parametrize("stereo", [True, False])
async def test_ulaw_takes_half_the_space(studio: Studio, stereo: bool) -> None:
    path = "2026/11/22/x.ulaw.wav"
    caller, _ = await studio.talk(path, stereo=stereo)
    await caller.telephone.hang_up()
    await asyncio.sleep(0.5)  # nothing in such a file says that Asterisk has closed it
    made = audio.finish(studio.folder, path, stereo=stereo, patient=False)
    assert made.size / made.seconds == pytest.approx(16000 if stereo else 8000, rel=0.01)
    peaks = audio.peaks(studio.folder / path)
    assert [max(side) > 10 for side in peaks] == [True] * (2 if stereo else 1)


async def test_what_is_said_during_a_pause_is_not_recorded(studio: Studio) -> None:
    """Neither on hold nor in another bridge: a pause lasts until it is ended."""
    caller, anna = await studio.talk(WAV)
    ari = studio.hall.ari
    await studio.recorder.pause(caller.channel, True)
    caller.voice.tone, anna.voice.tone = NUMBER, CHIEF  # a card's number, and the operator who repeats it
    await studio.hear_each_other(caller, anna)
    await ari.bridges.remove_channel("tm-talk-bridge", channel=[caller.channel])
    await ari.channels.start_moh(caller.channel)
    await caller.voice.hears(OTHER)
    await ari.channels.stop_moh(caller.channel)
    await studio.hall.bridge(caller, anna, id_="tm-other-bridge")
    await studio.hear_each_other(caller, anna)
    caller.voice.tone, anna.voice.tone = CALLER, ANNA
    await studio.hear_each_other(caller, anna)
    await studio.recorder.pause(caller.channel, False)
    await studio.recorder.renew(caller.channel, WAV, stereo=True)
    await studio.hear_each_other(caller, anna)
    await caller.telephone.hang_up()
    left, right = await studio.finished()
    assert said(left) <= {CALLER, OTHER}, "OTHER: a window in which a tone begins or ends"
    assert said(right) <= {ANNA, OTHER}
    for side, tone in ((left, CALLER), (right, ANNA)):
        spoken = [window == {tone} for window in side]
        silent = [window == set() for window in side]
        pause = silent.index(True)
        assert sum(silent) * WINDOW / audio.RATE > 2, "the clock of the recording goes on"
        assert all(silent[pause : pause + sum(silent)]), "one silence, without a sound in it"
        assert any(spoken[:pause])
        assert any(spoken[pause:])


async def test_one_recording_follows_the_caller_through_hold_and_transfer(studio: Studio) -> None:
    caller, anna = await studio.talk(WAV)
    ari = studio.hall.ari
    await ari.bridges.remove_channel("tm-talk-bridge", channel=[caller.channel])
    await ari.channels.start_moh(caller.channel)
    await caller.voice.hears(OTHER)
    boris = await studio.hall.operator("boris", BORIS)
    await ari.channels.stop_moh(caller.channel)
    await studio.hall.bridge(caller, boris, id_="tm-other-bridge")
    await studio.recorder.renew(caller.channel, WAV, stereo=True)
    await ari.channels.hangup(anna.channel)
    await studio.hear_each_other(caller, boris)
    await caller.telephone.hang_up()
    left, right = await studio.finished()
    assert said(left[:-1]) <= {CALLER, OTHER}
    order = [window for window in right if window in ({ANNA}, {BORIS})]
    assert order.index({BORIS}) > 0
    assert order == sorted(order, key=lambda window: max(window)), "Anna, then Boris"
    assert right[-2] == {BORIS}


async def test_a_side_that_sends_nothing_is_silence_and_the_other_keeps_its_time(studio: Studio) -> None:
    hall = studio.hall
    caller, mute = await hall.caller(CALLER), await hall.operator("anna", ANNA)
    mute.voice.silent = True
    await hall.bridge(caller, mute)
    await studio.recorder.record(caller.channel, WAV, stereo=True)
    await mute.voice.hears(CALLER)
    mute.voice.silent = False
    await studio.hear_each_other(caller, mute)
    await caller.telephone.hang_up()
    left, right = await studio.finished()
    assert said(left[:-1]) == {CALLER}
    assert right[0] == set()
    assert {ANNA} in right
    assert len(left) == len(right)


async def test_a_stopped_recording_is_closed_while_the_call_goes_on(studio: Studio) -> None:
    caller, anna = await studio.talk(WAV)
    await studio.recorder.stop(caller.channel)
    caller.voice.tone = NUMBER
    await studio.hear_each_other(caller, anna)
    left, _ = await studio.finished()
    assert NUMBER not in said(left)
    await caller.telephone.hang_up()


async def test_what_a_dying_asterisk_left_is_mended(fresh_instance: FreshInstance, tmp_path: Path) -> None:
    pbx = fresh_instance(tmp_path / "pbx").up()
    folder = tmp_path / "recordings"
    async with (
        Sipp(find_sipp(ROOTFS), tmp_path / "sipp", pbx.sip_address) as sipp,
        studio_at(pbx, sipp, folder) as studio,
    ):
        await studio.talk(WAV)
        raw = [folder / name for name in raw_files(WAV, stereo=True).names]
        async with asyncio.timeout(DEADLINE):
            while min(path.stat().st_size for path in raw) < 2 * 32768:  # Asterisk writes 32 kB at a time
                await asyncio.sleep(0.1)
        pid = pbx.pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        async with asyncio.timeout(DEADLINE):
            while pbx.pid() is not None:
                await asyncio.sleep(0.05)
    with pytest.raises(audio.StillOpen):
        audio.finish(folder, WAV, stereo=True, patient=True)
    made = audio.finish(folder, WAV, stereo=True, patient=False)
    assert made.mended
    assert made.seconds >= 4.0
    left, right = channels(folder / WAV)
    assert {CALLER} in left
    assert said(left) <= {CALLER, OTHER}, "OTHER: a window in which a tone begins or ends"
    assert {ANNA} in right
    assert said(right) <= {ANNA, OTHER}


async def test_a_full_disk_costs_no_call_and_the_gap_is_in_the_ledger(
    pbx: Instance, sipp: Sipp, tmp_path: Path
) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'telemarket.db'}")
    await upgrade(database)
    house = House(database, folder)
    await house.prepare()
    try:
        with small_disk(folder):
            async with studio_at(pbx, sipp, folder) as studio:
                entries = a_call("call", 60)
                caller, anna = await studio.talk(entries[1].data["file"])
                await studio.hear_each_other(caller, anna, times=6)
                await caller.telephone.hang_up()
            await house.write(entries)
            with pytest.raises(OSError, match="No space left"):
                await house.keeper.finish_all()
            assert (await house.recording("call")).state is RecordingState.EXPECTED
            enlarge(folder)
            await house.keeper.finish_all()
            found = await house.recording("call")
            assert found.state is RecordingState.SHORT
            assert found.seconds is not None
            assert found.seconds < 10
    finally:
        await house.close()
        await database.close()


def enlarge(folder: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=10m", str(folder)], check=True)


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A disk of 64 kB mounted on `folder`."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
