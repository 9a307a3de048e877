"""Sounds from outside become sounds a telephone carries, or are refused."""

import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemarket.core.errors import InvalidInput
from telemarket.sounds.audio import seconds_of
from telemarket.sounds.convert import convert
from tests.integration.sounds.audio import FLAC, MP3, OGG, PITCH, loudness, make_wav, pitch

LIMIT = 60.0
HOSTILE = {
    "nothing": b"",
    "a text": b"root:x:0:0:root:/root:/bin/bash\n" * 20,
    "a page": b"<!doctype html><script>alert(1)</script>",
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(400),
    "a WAV without samples": make_wav(0),
    "a WAV of no known kind": make_wav()[:20] + b"\x55\x55" + make_wav()[22:],
    "the beginning of a FLAC": FLAC[:60],
    "the beginning of an OGG": OGG[:60],
}


@pytest.mark.parametrize(
    "data", [make_wav(), make_wav(rate=8000, channels=1), OGG, FLAC], ids=["wav", "telephone", "ogg", "flac"]
)
def test_sounds_of_every_kind_keep_their_length_and_pitch(data: bytes) -> None:
    sound = convert(data, LIMIT)
    assert seconds_of(sound) == pytest.approx(1.0, abs=0.05)
    assert pitch(sound) == pytest.approx(PITCH, rel=0.03)


def test_an_mp3_is_read() -> None:
    sound = convert(MP3, LIMIT)
    assert seconds_of(sound) == pytest.approx(1.0, abs=0.1)
    assert loudness(sound) == 0


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_sound_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput, match="not a sound") as refused:
        convert(data, LIMIT)
    assert refused.value.field == "file"


def test_a_sound_too_long_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"too long.*At most 1 minutes"):
        convert(make_wav(61, rate=8000, channels=1, width=1), LIMIT)


def test_the_decoder_knows_none_of_our_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spy = tmp_path / "spy"
    spy.write_text("#!/bin/sh\nenv\n")
    spy.chmod(0o700)
    monkeypatch.setenv("TELEMARKET_DATABASE_URL", "postgresql://user:secret@db")
    monkeypatch.setattr(sys, "executable", str(spy))
    assert b"secret" not in convert(b"", LIMIT)


@settings(max_examples=20, deadline=None)
@given(st.sampled_from([make_wav(0.1), OGG, FLAC, MP3]), st.data())
def test_a_damaged_file_is_converted_or_refused_and_nothing_else(data: bytes, draw: st.DataObject) -> None:
    damaged = bytearray(data)
    for _ in range(8):
        damaged[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    with suppress(InvalidInput):
        assert seconds_of(convert(bytes(damaged), LIMIT)) <= LIMIT
