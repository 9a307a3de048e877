"""Sound as a telephone carries it: WAV, 8 kHz, mono, 16 bits, which Asterisk plays and browsers do too.

A signal of a caller's line has no more; files of 16 kHz would only help between two wide-band telephones.
"""

import array
import io
import math
import wave
from collections.abc import Iterable

RATE = 8000  # samples a second
SAMPLE_BYTES = 2
_TONE_HERTZ = 1000
_TONE_SECONDS = 0.4
_FADE = 80  # samples; a tone cut off clicks


class Undecodable(Exception):
    """This is no sound that can be read."""


def wav(parts: Iterable[bytes]) -> bytes:
    """Samples, one part after the other, as a WAV."""
    with io.BytesIO() as file:
        with wave.open(file, "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(SAMPLE_BYTES)
            sound.setframerate(RATE)
            for part in parts:
                sound.writeframes(part)
        return file.getvalue()


def samples_of(data: bytes) -> bytes:
    """The samples of a WAV made for a telephone. Raises Undecodable for any other."""
    try:
        with wave.open(io.BytesIO(data)) as sound:
            if (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) != (RATE, 1, SAMPLE_BYTES):
                raise Undecodable
            return bytes(sound.readframes(sound.getnframes()))
    except (wave.Error, EOFError) as error:
        raise Undecodable from error


def seconds_of(data: bytes) -> float:
    """How long a WAV made for a telephone lasts."""
    return len(samples_of(data)) / (RATE * SAMPLE_BYTES)


def tone() -> bytes:
    """The signal before a message, as WAV."""
    count = int(RATE * _TONE_SECONDS)
    samples = array.array("h")
    for i in range(count):
        fade = min(1.0, i / _FADE, (count - i) / _FADE)
        samples.append(round(12000 * fade * math.sin(2 * math.pi * _TONE_HERTZ * i / RATE)))
    return wav([samples.tobytes()])
