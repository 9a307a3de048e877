"""Sounds to test with, and what is in a sound."""

import array
import io
import math
import wave
from itertools import pairwise
from pathlib import Path
from statistics import mean

from telemarket.sounds.audio import RATE, samples_of

PITCH = 440  # hertz, of every sound here that is not silence
OGG = Path(__file__).with_name("second.ogg").read_bytes()  # Vorbis, 22.05 kHz, stereo
FLAC = Path(__file__).with_name("second.flac").read_bytes()  # 16 kHz, mono
MP3 = (b"\xff\xfb\x90\x00" + bytes(413)) * 40  # frames of silence: 40 of 26 ms, 44.1 kHz


def make_wav(seconds: float = 1.0, *, rate: int = 44100, channels: int = 2, width: int = 2) -> bytes:
    """A tone; with one byte a sample, silence."""
    count = round(seconds * rate)
    if width == 1:
        frames = bytes([128]) * count * channels
    else:
        tone = (round(9000 * math.sin(2 * math.pi * PITCH * i / rate)) for i in range(count))
        frames = array.array("h", [sample for sample in tone for _ in range(channels)]).tobytes()
    with io.BytesIO() as file:
        with wave.open(file, "wb") as sound:
            sound.setnchannels(channels)
            sound.setsampwidth(width)
            sound.setframerate(rate)
            sound.writeframes(frames)
        return file.getvalue()


def pitch(sound: bytes) -> float:
    """Hertz of a sound made for a telephone, by how often it crosses zero; gaps in it do not count."""
    samples = array.array("h", samples_of(sound))
    crossings = [at for at, (before, after) in enumerate(pairwise(samples)) if (before < 0) != (after < 0)]
    typical = [after - before for before, after in pairwise(crossings) if after - before < RATE // 100]
    return RATE / 2 / mean(typical)


def loudness(sound: bytes) -> float:
    """Root mean square of a sound made for a telephone, 0 to 32767."""
    samples = array.array("h", samples_of(sound))
    return math.sqrt(sum(sample * sample for sample in samples) / len(samples))
