"""Tones in time, and what they mean by frequency and cadence."""

import itertools
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from telemarket.dialer.detection.heard import Verdict
from telemarket.dialer.detection.spectrum import SECONDS, Frame

SHORTEST = 0.08  # seconds: what is shorter is speech or a click
BEEP = (0.14, 2.0)

_DRIFT = 10.0  # Hz: a vowel does not keep its pitch so well
_INTERRUPTION = 0.045  # seconds: a lost packet spoils two frames that overlap it
_MOST = 8  # tones remembered

# Busy and congestion differ in cadence alone. Most of Europe: 425 Hz; Britain: 400; North America: 480 and 620.
_LINE_TONES: tuple[tuple[float, ...], ...] = ((400.0,), (425.0,), (450.0,), (480.0, 620.0))
_LINE_WIDTH = 15.0
_CADENCE = (0.12, 0.72)  # seconds on, and off
_EVEN = 0.07  # seconds by which two periods of one cadence differ at most
_FAST = 0.31  # seconds on: longer is busy
_PERIODS = 3

_SPECIAL = ((900.0, 1000.0), (1330.0, 1470.0), (1740.0, 1840.0))  # Hz: "special information tones" (ITU-T E.180)
_SPECIAL_SECONDS = (0.2, 0.5)

_FAX_ANSWER, _FAX_ANSWER_SECONDS = 2100.0, 1.0  # ITU-T T.30, V.8: at least 2.6 s, in V.8 with turns of phase
_FAX_CALL, _FAX_CALL_SECONDS, _FAX_CALL_PERIOD = 1100.0, (0.4, 0.65), (3.2, 4.0)
_FAX_WIDTH = 40.0


class Tone(NamedTuple):
    """`start` and `seconds` in the time of the stream."""

    frequencies: tuple[float, ...]
    start: float
    seconds: float

    @property
    def end(self) -> float:
        return self.start + self.seconds


class ToneTracker:
    """Puts frames together to tones; a lost packet does not cut one in two."""

    def __init__(self) -> None:
        self.ended: list[Tone] = []
        """The latest tones that are over, the last one last."""
        self._frequencies: tuple[float, ...] = ()
        self._start = 0.0
        self._end = 0.0

    def follow(self, frame: Frame, now: float) -> Tone | None:
        """The tone that is over with this frame, whose end is at `now`; None if none is."""
        if self._frequencies and _same(frame.tones, self._frequencies):
            self._end = now
            return None
        if self._frequencies and not frame.tones and now - self._end <= _INTERRUPTION:
            return None
        over = self.current
        self._frequencies, self._start, self._end = frame.tones, now - SECONDS, now
        if over is not None:
            self.ended = [*self.ended[1 - _MOST :], over]
        return over

    @property
    def current(self) -> Tone | None:
        """The tone that sounds, if it has lasted long enough to be one."""
        tone = Tone(self._frequencies, self._start, self._end - self._start)
        return tone if self._frequencies and tone.seconds >= SHORTEST else None


def meaning(ended: Sequence[Tone], current: Tone | None) -> Verdict | None:
    """What the tones so far say: BUSY, CONGESTION, NOT_IN_SERVICE, FAX or nothing."""
    if _is_fax(ended, current):
        return Verdict.FAX
    if _is_special([*ended, current] if current else ended):
        return Verdict.NOT_IN_SERVICE
    return _cadence(ended[-_PERIODS:]) if len(ended) >= _PERIODS else None


def is_beep(tone: Tone) -> bool:
    """Whether a tone can be that of a machine which begins to record."""
    return len(tone.frequencies) == 1 and _within(tone.seconds, BEEP)


def _is_fax(ended: Sequence[Tone], current: Tone | None) -> bool:
    sounding = [*ended, current] if current else ended
    answering = sum(tone.seconds for tone in sounding if _near(tone, _FAX_ANSWER, _FAX_WIDTH))
    if answering >= _FAX_ANSWER_SECONDS:
        return True
    calling = [t.start for t in ended if _near(t, _FAX_CALL, _FAX_WIDTH) and _within(t.seconds, _FAX_CALL_SECONDS)]
    return len(calling) >= 2 and _within(calling[-1] - calling[-2], _FAX_CALL_PERIOD)


def _is_special(tones: Sequence[Tone]) -> bool:
    """The last two of the three are enough: the first may have sounded before anybody listened."""
    if len(tones) < 2:
        return False
    return all(
        len(tone.frequencies) == 1 and low <= tone.frequencies[0] <= high and _within(tone.seconds, _SPECIAL_SECONDS)
        for tone, (low, high) in zip(tones[-2:], _SPECIAL[1:], strict=True)
    )


def _cadence(tones: Sequence[Tone]) -> Verdict | None:
    if not all(any(_same(tone.frequencies, known, _LINE_WIDTH) for known in _LINE_TONES) for tone in tones):
        return None
    on = [tone.seconds for tone in tones]
    off = [after.start - before.end for before, after in itertools.pairwise(tones)]
    if not all(_within(seconds, _CADENCE) for seconds in (*on, *off)) or not (_even(on) and _even(off)):
        return None
    return Verdict.CONGESTION if max(on) <= _FAST else Verdict.BUSY


def _even(seconds: Iterable[float]) -> bool:
    times = list(seconds)
    return max(times) - min(times) <= _EVEN


def _within(value: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= value <= bounds[1]


def _near(tone: Tone, frequency: float, width: float) -> bool:
    return len(tone.frequencies) == 1 and abs(tone.frequencies[0] - frequency) <= width


def _same(one: tuple[float, ...], other: tuple[float, ...], width: float = _DRIFT) -> bool:
    return len(one) == len(other) and all(abs(a - b) <= width for a, b in zip(one, other, strict=True))
