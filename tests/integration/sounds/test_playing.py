"""A caller on a real Asterisk hears what is played: spoken phrases, Asterisk's own recordings, uploaded files."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from telemarket.asterisk.ari import AriClient
from telemarket.asterisk.ari.models import PlaybackFinished, RecordingFinished, StasisStart
from telemarket.asterisk.pbx.instance import Instance
from telemarket.asterisk.pbx.sipp import Sipp
from telemarket.sounds import phrases
from telemarket.sounds.audio import samples_of, seconds_of
from telemarket.sounds.convert import convert
from telemarket.sounds.files import write_file
from tests.integration.ari_support import Recorder
from tests.integration.sounds.audio import OGG, PITCH, loudness, make_wav, pitch

APP = "telemarket"
AUDIBLE = 300  # root mean square
QUIET = 10


@dataclass
class Caller:
    """Somebody on the line in our application."""

    client: AriClient
    events: Recorder
    channel: str
    recordings: Path

    async def hears(self, folder: Path, names: Sequence[str], language: str = "uk") -> tuple[str, bytes]:
        """How the playing ended, and what came out of the PBX meanwhile, as WAV."""
        spy = await self.client.channels.snoop_channel(self.channel, app=APP, spy="out")
        await self.events.next(StasisStart)
        await self.client.channels.record(spy.id, name=spy.id, format="wav")
        await self.client.channels.play(self.channel, media=phrases.media(str(folder), names), lang=language)
        finished = await self.events.next(PlaybackFinished)
        await self.client.recordings.stop(spy.id)
        await self.events.next(RecordingFinished)
        await self.client.channels.hangup(spy.id)
        return finished.playback.state, await asyncio.to_thread((self.recordings / f"{spy.id}.wav").read_bytes)


@pytest.fixture
async def caller(pbx: Instance, sipp: Sipp) -> AsyncIterator[Caller]:
    async with AriClient(pbx.ari_url, pbx.access.ari_user, pbx.access.ari_password, APP) as client:
        events = Recorder(client)
        await client.wait_connected()
        run = await sipp.start_calls("0800300077")
        channel = (await events.next(StasisStart)).channel.id
        await client.channels.answer(channel)
        yield Caller(client, events, channel, pbx.folder / "spool/recording")
        await client.channels.hangup(channel)
        await run.outcome()


async def test_silence_is_what_a_caller_hears_of_a_file_that_is_not_there(caller: Caller, tmp_path: Path) -> None:
    state, heard = await caller.hears(tmp_path, ("uk/nothing",))
    assert state == "failed"
    assert not samples_of(heard) or loudness(heard) < QUIET


@pytest.mark.parametrize("language", phrases.LANGUAGES)
async def test_a_caller_hears_his_place_in_every_language(caller: Caller, sounds_folder: Path, language: str) -> None:
    state, heard = await caller.hears(sounds_folder, phrases.position(language, 2), language)
    assert state == "done"
    assert loudness(heard) > AUDIBLE


async def test_a_number_is_read_out_from_many_files(caller: Caller, sounds_folder: Path) -> None:
    _, *names, _ = phrases.callback_confirm("uk", "+380 44")
    files = [(sounds_folder / f"{name}.wav").read_bytes() for name in names]
    state, heard = await caller.hears(sounds_folder, names)
    assert state == "done"
    assert seconds_of(heard) == pytest.approx(sum(map(seconds_of, files)), rel=0.2)


async def test_an_uploaded_file_sounds_as_it_did(caller: Caller, tmp_path: Path) -> None:
    write_file(tmp_path / "uploaded/greeting.wav", await asyncio.to_thread(convert, OGG, 10))
    state, heard = await caller.hears(tmp_path, phrases.sound("uk", "greeting"))
    assert state == "done"
    assert loudness(heard) > AUDIBLE
    assert pitch(heard) == pytest.approx(PITCH, rel=0.1)


async def test_a_sound_in_the_callers_language_goes_before_that_for_all(caller: Caller, tmp_path: Path) -> None:
    write_file(tmp_path / "uploaded/greeting.wav", make_wav(0.5, rate=8000, channels=1))
    write_file(tmp_path / "uploaded/ru/greeting.wav", make_wav(2.5, rate=8000, channels=1))
    names = phrases.sound("ru", "greeting")
    _, russian = await caller.hears(tmp_path, names, "ru")
    _, other = await caller.hears(tmp_path, names, "uk")
    assert seconds_of(russian) > 2
    assert seconds_of(other) < 2


async def test_what_is_missing_among_others_is_left_out(caller: Caller, sounds_folder: Path) -> None:
    state, heard = await caller.hears(sounds_folder, ("uk/nothing", "uk/digit-3"))
    assert state == "done"
    assert loudness(heard) > AUDIBLE
