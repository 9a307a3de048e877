"""Tones, music, noise, and what a telephone line does to sound."""

from collections.abc import Sequence
from random import Random

import numpy as np

from tools.greetings.speech import RATE, Samples

FRAME = 160  # samples of one packet


def silence(seconds: float) -> Samples:
    """Nothing."""
    return np.zeros(round(seconds * RATE))


def tone(seconds: float, *frequencies: float) -> Samples:
    """One or more tones at once, beginning and ending softly enough not to click."""
    times = np.arange(round(seconds * RATE)) / RATE
    sound = sum((np.sin(2 * np.pi * frequency * times) for frequency in frequencies), np.zeros(len(times)))
    edge = np.minimum(1.0, np.minimum(times, times[::-1]) / 0.004) if len(times) else times
    return 0.3 * sound * edge / max(1, len(frequencies))


def cadence(seconds: float, pattern: Sequence[tuple[float, float]], *frequencies: float) -> Samples:
    """(on, off) in seconds, again and again."""
    parts: list[Samples] = []
    length = 0.0
    while length < seconds:
        for on, off in pattern:
            parts += [tone(on, *frequencies), silence(off)]
            length += on + off
    return np.concatenate(parts)[: round(seconds * RATE)]


def melody(seconds: float, chance: Random) -> Samples:
    """Music to wait with: chords of three notes with overtones, in some rhythm."""
    beat = chance.uniform(0.2, 0.6)
    root = chance.uniform(180, 350)
    parts = []
    for _ in range(round(seconds / beat) + 1):
        base = root * 2 ** (chance.choice((0, 2, 4, 5, 7, 9)) / 12)
        notes = [base * interval * k for interval in (1, 1.26, 1.5) for k in (1, 2, 3)]
        times = np.arange(round(beat * RATE)) / RATE
        sound = sum((np.sin(2 * np.pi * note * times) for note in notes), np.zeros(len(times)))
        parts.append(0.05 * sound * np.exp(-times / chance.uniform(0.2, 1.5)))
    return np.concatenate(parts)[: round(seconds * RATE)]


def noise(length: int, chance: Random) -> Samples:
    """Noise of some colour, of level 1."""
    generator = np.random.default_rng(chance.getrandbits(32))
    spectrum = np.fft.rfft(generator.standard_normal(length))
    frequencies = np.maximum(np.fft.rfftfreq(length, 1 / RATE), 50)
    coloured = np.fft.irfft(spectrum * frequencies ** -chance.uniform(0, 1), length)
    return coloured / max(float(np.sqrt(np.mean(coloured**2))), 1e-9)


def through_line(samples: Samples, chance: Random) -> bytes:
    """What arrives: band, level, noise, lost packets, a codec; 16-bit samples."""
    sound = _band(samples, *chance.choice(((300, 3400), (200, 3600), (300, 3000))))
    loudest = max(float(np.abs(sound).max()), 1e-9) if len(sound) else 1.0
    peak = 10 ** (chance.uniform(-20, -2) / 20)
    sound = sound / max(loudest, 0.1) * peak  # where nobody speaks it stays as faint as it is
    if chance.random() < 0.8:  # else a line that sends nothing while nobody speaks
        sound = sound + noise(len(sound), chance) * peak * 10 ** (-chance.uniform(22, 50) / 20)
    if chance.random() < 0.2:
        _lose(sound, chance.uniform(0.002, 0.03), chance)
    return _companded(sound) if chance.random() < 0.7 else _coarse(sound, chance.choice((64, 128, 256)))


def _band(samples: Samples, low: float, high: float) -> Samples:
    spectrum = np.fft.rfft(samples)
    frequencies = np.fft.rfftfreq(len(samples), 1 / RATE)
    gain = 1 / (1 + (low / np.maximum(frequencies, 1)) ** 6) / (1 + (frequencies / high) ** 12)
    return np.fft.irfft(spectrum * gain, len(samples))


def _lose(sound: Samples, share: float, chance: Random) -> None:
    for start in range(0, len(sound), FRAME):
        if chance.random() < share:
            sound[start : start + FRAME] = 0.0


def _companded(sound: Samples) -> bytes:
    """As after G.711 µ-law."""
    clipped = np.clip(sound, -1, 1)
    code = np.round(np.sign(clipped) * np.log1p(255 * np.abs(clipped)) / np.log(256) * 127) / 127
    return _pcm(np.sign(code) * (256 ** np.abs(code) - 1) / 255)


def _coarse(sound: Samples, steps: int) -> bytes:
    """As after a codec of few bits: noise that follows the sound, and silence where it is faint."""
    frames = np.pad(sound, (0, -len(sound) % FRAME)).reshape(-1, FRAME)
    scale = np.maximum(np.abs(frames).max(axis=1, keepdims=True), 1 / 2048)
    return _pcm((np.round(frames / scale * steps / 2) * 2 / steps * scale).ravel()[: len(sound)])


def _pcm(sound: Samples) -> bytes:
    return (np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()
