"""Sound in frames of 20 ms: how loud each is, and whether one or two tones are all there is in it."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from telemarket.dialer.detection.heard import RATE

Floats = npt.NDArray[np.float32]

SAMPLES = 160
SECONDS = SAMPLES / RATE
"""Length of a frame."""
SILENT = -96.0

_BYTES = 2 * SAMPLES
_FULL = 32768.0
_WINDOW = 2 * SAMPLES  # samples looked at for tones: two that are 100 Hz apart must be told from one
_SIZE = 512  # of the transform
_BIN = RATE / _SIZE
_LOWEST = int(300 / _BIN)  # below that a voice's hum looks like a tone
_REACH = 4  # bins to each side in which a tone's power lies, with this window
_SINGLE, _PAIR, _OF_PAIR = 0.88, 0.88, 0.15  # shares of the power
_AUDIBLE = -50.0  # dB


class Frame(NamedTuple):
    """`level` in dB, 0 being full scale; `tones` are the frequencies in Hz, ascending, of the one or two tones of which
    the sound consists, none for any other sound."""

    level: float
    tones: tuple[float, ...] = ()


class Spectrum:
    """Cuts a stream of samples into frames. Pieces may have any length, odd ones included."""

    def __init__(self) -> None:
        self._rest = b""
        self._window = np.zeros(_WINDOW, np.float32)
        self._hann = np.hanning(_WINDOW).astype(np.float32)

    def feed(self, pcm: bytes) -> list[Frame]:
        """The frames that are complete with `pcm`."""
        data = self._rest + pcm
        whole = len(data) - len(data) % _BYTES
        self._rest = data[whole:]
        samples = np.frombuffer(data[:whole], "<i2").astype(np.float32) / _FULL
        return [self._frame(samples[at : at + SAMPLES]) for at in range(0, len(samples), SAMPLES)]

    def _frame(self, samples: Floats) -> Frame:
        self._window[:SAMPLES] = self._window[SAMPLES:]
        self._window[SAMPLES:] = samples
        centred = samples - samples.mean()
        power = float(centred @ centred) / SAMPLES
        level = 10 * float(np.log10(power)) if power > 1e-9 else SILENT
        return Frame(level, self._tones() if level > _AUDIBLE else ())

    def _tones(self) -> tuple[float, ...]:
        spectrum = np.fft.rfft(self._window * self._hann, _SIZE)
        power: Floats = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
        power[:4] = 0.0  # whatever is below 60 Hz is none of the call's
        total = float(power.sum())
        first, share = _strongest(power, total)
        if share < _OF_PAIR or first < _LOWEST * _BIN:
            return ()
        if share >= _SINGLE:
            return (first,)
        second, other = _strongest(power, total)
        if share + other < _PAIR or other < _OF_PAIR or second < _LOWEST * _BIN:
            return ()
        return (first, second) if first < second else (second, first)


def _strongest(power: Floats, total: float) -> tuple[float, float]:
    """Frequency of the strongest tone and its share of the power, which is taken out."""
    peak = int(power.argmax())
    around = slice(max(peak - _REACH, 0), peak + _REACH + 1)
    part = power[around]
    mass = float(part.sum())
    frequency = float(part @ np.arange(around.start, around.start + len(part))) / mass * _BIN if mass else 0.0
    power[around] = 0.0
    return frequency, mass / total if total else 0.0
