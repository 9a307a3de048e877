"""Where somebody speaks: runs of speech in time, found by level against a floor and a peak that are learned."""

from collections import deque
from typing import NamedTuple

from telemarket.dialer.detection.spectrum import SECONDS, SILENT

_ABOVE_FLOOR = 9.0  # dB
_BELOW_PEAK = 26.0
_FAINTEST = -46.0  # dB below full scale that can be speech
_LOUDEST_FLOOR = -30.0  # a floor above that is speech without a pause
_FLOOR_FRAMES = 75  # 1.5 s in which there is a gap even in fluent speech
_BRIDGED = 0.1  # seconds of a gap that is part of a word
_SHORTEST = 0.06  # seconds of a run: less is a click


class Run(NamedTuple):
    """Speech from `start` to `end`, in seconds."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        return self.end - self.start


class Activity:
    """Follows one stream, a frame after the other."""

    def __init__(self) -> None:
        self._ended: list[Run] = []
        self._levels: deque[float] = deque(maxlen=_FLOOR_FRAMES)
        self._peak = SILENT
        self._start = 0.0
        self._end: float | None = None  # of the run that goes on

    def follow(self, level: float, now: float, *, tone: bool) -> None:
        """A frame that ends at `now`. A tone is no speech, however loud."""
        if not tone and self._is_speech(level):
            if self._end is None:
                self._start = now - SECONDS
            self._end = now
        elif self._end is not None and now - self._end > _BRIDGED:
            self._close()
        self._levels.append(level)

    @property
    def runs(self) -> list[Run]:
        """All speech so far, the run that goes on included."""
        going_on = Run(self._start, self._end) if self._end is not None else None
        return [*self._ended, going_on] if going_on and going_on.seconds >= _SHORTEST else self._ended

    def _is_speech(self, level: float) -> bool:
        floor = min(min(self._levels, default=SILENT), _LOUDEST_FLOOR)
        speech = level > max(floor + _ABOVE_FLOOR, self._peak - _BELOW_PEAK, _FAINTEST)
        if speech:
            self._peak = max(self._peak - 0.02, level)
        return speech

    def _close(self) -> None:
        assert self._end is not None  # noqa: S101
        run = Run(self._start, self._end)
        if run.seconds >= _SHORTEST:
            self._ended.append(run)
        self._end = None
