"""Speech by espeak-ng, as samples of 8 kHz between -1 and 1."""

import functools
import io
import subprocess
import wave

import numpy as np
import numpy.typing as npt

RATE = 8000
Samples = npt.NDArray[np.float64]

# Which accents and which of espeak-ng's variants speak: none of one split is in the other.
ACCENTS = {
    "train": {"uk": ("uk",), "ru": ("ru",), "en": ("en-us", "en-gb")},
    "test": {"uk": ("uk",), "ru": ("ru-lv",), "en": ("en-gb-scotland", "en-gb-x-rp")},
}
VARIANTS = {
    "train": ("m1", "m2", "m3", "m4", "f1", "f2", "f3", "Andy", "Annie"),
    "test": ("m5", "m7", "f4", "f5", "Michael", "Linda"),
}


@functools.lru_cache(maxsize=4096)
def speak(text: str, voice: str, words_a_minute: int, pitch: int) -> Samples:
    """`text` without the silence around it. Raises CalledProcessError, FileNotFoundError without espeak-ng."""
    command = ["espeak-ng", "-v", voice, "-s", str(words_a_minute), "-p", str(pitch), "--stdout", text]
    spoken = subprocess.run(command, capture_output=True, check=True, timeout=60).stdout  # noqa: S603
    with wave.open(io.BytesIO(spoken)) as file:
        rate = file.getframerate()
        samples = np.frombuffer(file.readframes(-1), "<i2").astype(float) / 32768
    return _trimmed(resample(samples, rate))


def resample(samples: Samples, rate: int) -> Samples:
    """The same sound with RATE samples a second."""
    length = round(len(samples) * RATE / rate)
    spectrum = np.fft.rfft(samples)
    return np.fft.irfft(spectrum[: length // 2 + 1], length) * length / len(samples)


def _trimmed(samples: Samples) -> Samples:
    loud = np.flatnonzero(np.abs(samples) > 0.01)
    return samples[loud[0] : loud[-1] + 1] if len(loud) else samples
