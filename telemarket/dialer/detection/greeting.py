"""The end of a machine's greeting: a tone, or silence where no tone comes."""

from telemarket.dialer.detection.heard import GreetingEnd
from telemarket.dialer.detection.hearing import Hearing

_STILL = 2.5  # seconds without speech, after it, that end a greeting: longer than a pause within one


class GreetingListener:
    """Listens to one call, that of a machine which is speaking or has spoken, for at most `longest` seconds."""

    def __init__(self, longest: float) -> None:
        self._longest = longest
        self._hearing = Hearing(greeted=True)
        self._end: GreetingEnd | None = None

    def feed(self, pcm: bytes) -> GreetingEnd | None:
        """Hear more, of any length; how the greeting ended, once it has."""
        if self._end is None:
            for _ in self._hearing.feed(pcm):
                self._end = self._judge()
                if self._end is not None:
                    break
        return self._end

    def finish(self) -> GreetingEnd:
        """How it ended, if it has."""
        return self._end or GreetingEnd.NONE

    def _judge(self) -> GreetingEnd | None:
        hearing = self._hearing
        if hearing.beep_at is not None:
            return GreetingEnd.TONE
        silent_since = hearing.runs[-1].end if hearing.runs else 0.0
        if hearing.now - silent_since >= _STILL:
            return GreetingEnd.SILENCE
        return GreetingEnd.NONE if hearing.now >= self._longest else None
