"""Our own detector: tones by their meaning, speech by its rhythm."""

from telemarket.dialer.detection.features import NAMES, describe
from telemarket.dialer.detection.forest import Forest, load_model
from telemarket.dialer.detection.heard import DetectionSettings, Heard, Verdict
from telemarket.dialer.detection.hearing import Hearing

EVERY = 5
"""Frames between two looks at the rhythm."""

_CERTAIN = 0.99  # of tones by frequency and cadence, and of a machine that was heard to beep
_APART = 0.8  # how sure it must be which of machine and assistant it is, before time is over
_NOT_PERSONS = (Verdict.MACHINE, Verdict.SCREENED)


class ModelDetector:
    """Listens to one call from its answer on. Raises ConfigurationError if the model is unfit."""

    def __init__(self, settings: DetectionSettings, forest: Forest | None = None) -> None:
        self._settings = settings
        self._forest = forest or Forest(load_model(), NAMES)
        self._hearing = Hearing()
        self._heard: Heard | None = None

    def feed(self, pcm: bytes) -> Heard | None:
        """Hear more, of any length; the verdict as soon as there is one, and then again each time."""
        if self._heard is None:
            for frame in self._hearing.feed(pcm):
                if frame % EVERY == 0 and self._judge():
                    break
        return self._heard

    def finish(self) -> Heard:
        """The verdict, if need be from what has been heard so far."""
        return self._heard or self._guess()

    def _judge(self) -> bool:
        hearing, settings = self._hearing, self._settings
        signal = hearing.signal
        if signal is not None:
            self._heard = self._found(signal, _CERTAIN)
        elif hearing.beep_at is not None:
            self._heard = self._found(Verdict.MACHINE, _CERTAIN)
        elif hearing.runs:
            self._heard = self._by_rhythm()
        elif hearing.now >= settings.silence and not hearing.heard_tone:
            self._heard = self._found(Verdict.SILENCE, _CERTAIN)
        if self._heard is None and hearing.now >= settings.longest:
            self._heard = self._guess()
        return self._heard is not None

    def _by_rhythm(self) -> Heard | None:
        """A person, or certainly none; which of the others it is may take longer."""
        probable = self._probable()
        if probable[Verdict.HUMAN] >= self._settings.human_confidence:
            return self._found(Verdict.HUMAN, probable[Verdict.HUMAN])
        no_person = sum(probable[verdict] for verdict in _NOT_PERSONS)
        likely = max(_NOT_PERSONS, key=probable.__getitem__)
        if no_person >= self._settings.machine_confidence and probable[likely] >= _APART * no_person:
            return self._found(likely, no_person)
        return None

    def _guess(self) -> Heard:
        """The most probable, if it is not too improbable: a person is not taken for a machine on a suspicion."""
        if not self._hearing.runs:
            verdict = Verdict.UNKNOWN if self._hearing.heard_tone else Verdict.SILENCE
            return self._found(verdict, 0.0 if self._hearing.heard_tone else 0.5)
        probable = self._probable()
        no_person = sum(probable[verdict] for verdict in _NOT_PERSONS)
        if no_person >= self._settings.machine_confidence:
            return self._found(max(_NOT_PERSONS, key=probable.__getitem__), no_person)
        if probable[Verdict.HUMAN] > 0.5:
            return self._found(Verdict.HUMAN, probable[Verdict.HUMAN])
        return self._found(Verdict.UNKNOWN, 0.0)

    def _probable(self) -> dict[str, float]:
        hearing = self._hearing
        return self._forest.probabilities(describe(hearing.runs, hearing.now, hearing.tonal))

    def _found(self, verdict: Verdict, confidence: float) -> Heard:
        hearing = self._hearing
        return Heard(
            verdict=verdict, confidence=round(confidence, 3), seconds=round(hearing.now, 2), beep_at=hearing.beep_at
        )
