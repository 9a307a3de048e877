"""Finished recordings out of what Asterisk wrote, whole or cut off."""

import hashlib
import struct
import wave
from array import array
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemarket.calls.recordings import raw_files, recording_path
from telemarket.recordings import audio
from tests.sounds import put, tone

WAV, ULAW = "2026/11/22/1.1.wav", "2026/11/22/1.1.ulaw.wav"


def sides(folder: Path, path: str = WAV) -> tuple[Path, Path]:
    raw = raw_files(path, stereo=True)
    return folder / raw.customer, folder / raw.operator


def read(path: Path) -> "tuple[int, array[int]]":
    with wave.open(str(path)) as file:
        assert (file.getsampwidth(), file.getframerate()) == (2, audio.RATE)
        samples = array("h")
        samples.frombytes(file.readframes(file.getnframes()))
        return file.getnchannels(), samples


def test_two_sides_become_one_stereo_file(tmp_path: Path) -> None:
    customer, operator = sides(tmp_path)
    put(customer, tone(2, 0.5))
    put(operator, tone(3, 0.1))
    made = audio.finish(tmp_path, WAV, stereo=True, patient=True)
    channels, samples = read(tmp_path / WAV)
    assert channels == 2
    assert samples[0::2] == tone(2, 0.5) + array("h", bytes(2 * audio.RATE)), "the shorter side ends in silence"
    assert samples[1::2] == tone(3, 0.1)
    content = (tmp_path / WAV).read_bytes()
    assert made == audio.Finished(3.0, len(content), hashlib.sha256(content).digest(), mended=False)
    assert not customer.exists()
    assert not operator.exists()
    assert audio.finish(tmp_path, WAV, stereo=True, patient=True) == made, "doing it again changes nothing"


def test_what_an_interrupted_finishing_left_is_tidied_up(tmp_path: Path) -> None:
    customer, operator = sides(tmp_path)
    put(customer, tone(1))
    put(operator, tone(1))
    made = audio.finish(tmp_path, WAV, stereo=True, patient=True)
    put(operator, tone(1))  # the finished file was in place, but not both parts were removed
    assert audio.finish(tmp_path, WAV, stereo=True, patient=True) == made
    assert not operator.exists()


@pytest.mark.parametrize("stereo", [False, True])
def test_a_file_asterisk_could_not_close_is_mended(tmp_path: Path, stereo: bool) -> None:
    for path in sides(tmp_path) if stereo else (tmp_path / WAV,):
        put(path, tone(2), closed=False)
        with path.open("ab") as file:
            file.write(b"\x01")  # cut in the middle of a sample
    with pytest.raises(audio.StillOpen):
        audio.finish(tmp_path, WAV, stereo=stereo, patient=True)
    made = audio.finish(tmp_path, WAV, stereo=stereo, patient=False)
    assert (made.seconds, made.mended) == (2.0, True)
    channels, samples = read(tmp_path / WAV)
    assert samples[0::channels] == tone(2)


@pytest.mark.parametrize("path", [WAV, ULAW])
@pytest.mark.parametrize("missing", [0, 1])
def test_a_missing_side_is_silence_beside_the_other(tmp_path: Path, path: str, missing: int) -> None:
    there = sides(tmp_path, path)[1 - missing]
    put(there, tone(2) if path == WAV else bytes([0x10]) * 2 * audio.RATE)
    with pytest.raises(FileNotFoundError):
        audio.finish(tmp_path, path, stereo=True, patient=True)
    made = audio.finish(tmp_path, path, stereo=True, patient=False)
    assert (made.seconds, made.mended, made.one_sided) == (2.0, True, True)
    lanes = audio.peaks(tmp_path / path)
    assert set(lanes[missing]) == {0}
    assert min(lanes[1 - missing]) > 0
    assert not there.exists()


def test_a_waveform_drawn_too_early_is_drawn_again(tmp_path: Path) -> None:
    put(tmp_path / WAV, tone(1))
    early = audio.peaks(tmp_path / WAV)
    put(tmp_path / WAV, tone(1) + array("h", bytes(2 * audio.RATE)))
    audio.finish(tmp_path, WAV, stereo=False, patient=False)
    assert audio.peaks(tmp_path / WAV) != early


def test_ulaw_is_kept_as_it_came(tmp_path: Path) -> None:
    customer, operator = sides(tmp_path, ULAW)
    put(customer, bytes([0x10]) * 8000)
    put(operator, bytes([0x90]) * 4000)
    with pytest.raises(audio.StillOpen):
        audio.finish(tmp_path, ULAW, stereo=True, patient=True)
    made = audio.finish(tmp_path, ULAW, stereo=True, patient=False)
    assert (made.seconds, made.mended) == (1.0, False)
    content = (tmp_path / ULAW).read_bytes()
    assert struct.unpack("<HHIIHH", content[20:36]) == (7, 2, 8000, 16000, 2, 8)
    assert content[-16000:] == bytes([0x10, 0x90]) * 4000 + bytes([0x10, 0xFF]) * 4000
    assert int.from_bytes(content[4:8], "little") == len(content) - 8


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"RIFF",
        b"RIFF\0\0\0\0WAVE",
        b"x" * 100,
        b"RIFF\0\0\0\0WAVEfmt \xff\xff\xff\xff",
        b"RIFF\0\0\0\0WAVEdata" + bytes(40),
    ],
)
def test_what_is_no_sound_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.wav").write_bytes(content)
    with pytest.raises(audio.UnreadableSound, match=r"x\.wav"):
        audio.finish(tmp_path, "x.wav", stereo=False, patient=False)


@given(st.binary(max_size=200))
def test_no_file_is_too_strange_to_look_at(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "strange.wav"
    for strange in (content, b"RIFF\0\0\0\0WAVE" + content):
        path.write_bytes(strange)
        try:
            shape = audio.read_shape(path)
        except audio.UnreadableSound:
            continue
        assert 0 <= shape.length <= len(strange)


def test_without_a_file_there_is_nothing_to_finish(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        audio.finish(tmp_path, WAV, stereo=True, patient=False)


@pytest.mark.parametrize(("path", "loud"), [(WAV, 100), (ULAW, 125)])
def test_the_waveform_shows_who_speaks_when(tmp_path: Path, path: str, loud: int) -> None:
    customer, operator = sides(tmp_path, path)
    if path == WAV:
        silence = array("h", bytes(2 * 8000))
        put(customer, tone(1, 0.8) + silence)
        put(operator, silence + tone(1, 0.8))
    else:
        put(customer, bytes([0x00]) * 8000 + bytes([0xFF]) * 8000)
        put(operator, bytes([0xFF]) * 8000 + bytes([0x80]) * 8000)
    audio.finish(tmp_path, path, stereo=True, patient=False)
    computed = audio.peaks(tmp_path / path)
    assert audio.peaks(tmp_path / path) == computed, "read from beside the recording the second time"
    first, second = computed
    half = audio.PEAKS // 2
    assert len(first) == len(second) == audio.PEAKS
    assert min(first[:half]) >= loud
    assert set(first[half:]) == {0}
    assert set(second[:half]) == {0}
    assert min(second[half:]) >= loud


def test_deleting_leaves_nothing(tmp_path: Path) -> None:
    for path in sides(tmp_path):
        put(path, tone(1))
    audio.finish(tmp_path, WAV, stereo=True, patient=False)
    audio.peaks(tmp_path / WAV)
    audio.delete(tmp_path, WAV, stereo=True)
    audio.delete(tmp_path, WAV, stereo=True)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_names_are_safe_and_tell_the_format() -> None:
    assert recording_path("1795357190.0", 1795357190.0) == "2026/11/22/1795357190.0.wav"
    assert recording_path("../x;y", 0.0, "ulaw") == "1970/01/01/.._x_y.ulaw.wav"
