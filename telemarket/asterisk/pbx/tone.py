"""Sound made here, so that none has to be shipped: music on hold and a test caller's voice, in G.711 µ-law."""

import math
from collections.abc import Iterable, Iterator

RATE = 8000  # samples a second
CHORDS = ((261.6, 329.6, 392.0), (220.0, 261.6, 329.6), (174.6, 220.0, 261.6), (196.0, 246.9, 293.7))
BIAS = 0x84
CLIP = 32635


def music() -> bytes:
    """Sixteen seconds of quiet broken chords."""
    return mulaw(_chords())


def voice(seconds: float = 4.0) -> bytes:
    """Something with the rhythm of speech: a buzz of changing pitch in syllables of a quarter second."""
    return mulaw(_syllables(int(seconds * RATE)))


def _chords() -> Iterator[float]:
    note_length = RATE // 2
    for chord in CHORDS:
        for note in (*chord, chord[1]) * 2:
            for i in range(note_length):
                fade = math.exp(-3 * i / note_length) * min(1.0, i / 200)
                yield (
                    0.12
                    * fade
                    * (math.sin(2 * math.pi * note * i / RATE) + 0.3 * math.sin(4 * math.pi * note * i / RATE))
                )


def _syllables(samples: int) -> Iterator[float]:
    for i in range(samples):
        pitch = 140 + 30 * math.sin(2 * math.pi * i / RATE)
        loudness = max(0.0, math.sin(4 * math.pi * i / RATE))
        yield 0.3 * loudness * sum(math.sin(2 * math.pi * pitch * k * i / RATE) / k for k in (1, 2, 3))


def mulaw(samples: Iterable[float]) -> bytes:
    """Samples between -1 and 1 in G.711 µ-law."""
    return bytes(_encode(round(sample * 32767)) for sample in samples)


def _encode(sample: int) -> int:
    """One 16-bit sample in G.711 µ-law."""
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), CLIP) + BIAS
    exponent = magnitude.bit_length() - 8
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    return ~(sign | exponent << 4 | mantissa) & 0xFF
