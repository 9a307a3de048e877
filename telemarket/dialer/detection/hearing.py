"""What all listeners need of a call's sound: speech, tones, and the beep after a greeting."""

from collections.abc import Iterator

from telemarket.dialer.detection.activity import Activity, Run
from telemarket.dialer.detection.heard import Verdict
from telemarket.dialer.detection.spectrum import SECONDS, Frame, Spectrum
from telemarket.dialer.detection.tones import Tone, ToneTracker, is_beep, meaning

_SPOKEN = 0.5  # seconds of speech without which a tone is no beep
_STILL = 0.08  # seconds without speech around a beep
_SOUNDS = -50.0  # dB


class Hearing:
    """Follows one stream. `now` is its time in seconds; `greeted` says that a greeting has been heard before it."""

    def __init__(self, *, greeted: bool = False) -> None:
        self.now = 0.0
        self._greeted = greeted
        self.beep_at: float | None = None
        """When the latest beep ended."""
        self._frames = 0
        self._sounding = 0
        self._tonal = 0
        self._spectrum = Spectrum()
        self._activity = Activity()
        self._tones = ToneTracker()

    def feed(self, pcm: bytes) -> Iterator[int]:
        """Hear more: the number of each frame, from 1 on, once it has been heard."""
        for frame in self._spectrum.feed(pcm):
            self._follow(frame)
            yield self._frames

    def _follow(self, frame: Frame) -> None:
        self._frames += 1
        self.now = self._frames * SECONDS
        ended = self._tones.follow(frame, self.now)
        tone = self._tones.current
        self._activity.follow(frame.level, self.now, tone=bool(frame.tones))
        self._sounding += frame.level > _SOUNDS
        self._tonal += tone is not None
        if ended is not None and self._is_beep(ended):
            self.beep_at = ended.end

    def _is_beep(self, tone: Tone) -> bool:
        """It comes out of silence after a greeting; what sounds like one in the middle of a word is a vowel."""
        if not is_beep(tone) or not (self._greeted or sum(run.seconds for run in self.runs) >= _SPOKEN):
            return False
        return not any(tone.start - _STILL < run.end and run.start < tone.end + _STILL for run in self.runs)

    @property
    def runs(self) -> list[Run]:
        """Where somebody spoke."""
        return self._activity.runs

    @property
    def tonal(self) -> float:
        """Share of what sounded that was tones."""
        return self._tonal / self._sounding if self._sounding else 0.0

    @property
    def heard_tone(self) -> bool:
        """Whether there has been a tone of any kind."""
        return self._tonal > 0

    @property
    def signal(self) -> Verdict | None:
        """What the tones mean, if they are those of a line."""
        return meaning(self._tones.ended, self._tones.current)
