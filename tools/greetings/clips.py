"""Answered calls of each kind, made of speech, pauses and tones."""

import random
import re
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Literal, NamedTuple

import numpy as np

from telemarket.dialer.detection.heard import Verdict
from tools.greetings import texts
from tools.greetings.sound import cadence, melody, silence, through_line, tone
from tools.greetings.speech import ACCENTS, RATE, VARIANTS, Samples, speak

SECONDS = 14.0  # of every clip
MUSIC = "music"
"""The label of what has no verdict: somebody may speak after it."""
Split = Literal["train", "test"]
Texts = Mapping[str, Mapping[str, tuple[str, ...]]]


class Clip(NamedTuple):
    """`label` is the verdict that is right, or MUSIC; `kind` is the recipe."""

    label: str
    kind: str
    pcm: bytes


class Speaker:
    """One voice in one language. Who answers a telephone speaks faster than who reads out an announcement."""

    def __init__(self, split: Split, chance: Random, *, person: bool = True) -> None:
        self._split = split
        self._chance = chance
        self._language = chance.choice(("uk", "ru", "en"))
        self._voice = f"{chance.choice(ACCENTS[split][self._language])}+{chance.choice(VARIANTS[split])}"
        self._words_a_minute = 10 * (chance.randint(15, 22) if person else chance.randint(12, 19))
        self._pauses = (0.05, 0.5) if person else (0.2, 0.9)
        self._pitch = 10 * chance.randint(2, 8)

    def says(self, *which: Texts) -> Samples:
        """One text of each, with a pause of some length after each sentence."""
        said = [self._chance.choice(texts[self._split][self._language]) for texts in which]
        parts: list[Samples] = []
        for sentence in _SENTENCE.findall(" ".join(said)):
            parts += [
                speak(sentence, self._voice, self._words_a_minute, self._pitch),
                _pause(self._chance, *self._pauses),
            ]
        return np.concatenate(parts[:-1])


_SENTENCE = re.compile(r"[^.!?]+[.!?]")

Recipe = Callable[[Split, Random], list[Samples]]


def _hello(split: Split, chance: Random) -> list[Samples]:
    speaker = Speaker(split, chance)
    return [*_picked_up(chance), speaker.says(texts.HELLO), *_waits(speaker, chance)]


def _named(split: Split, chance: Random) -> list[Samples]:
    speaker = Speaker(split, chance)
    return [*_picked_up(chance), speaker.says(texts.NAMED), *_waits(speaker, chance)]


def _company(split: Split, chance: Random) -> list[Samples]:
    speaker = Speaker(split, chance)
    return [*_picked_up(chance), speaker.says(texts.COMPANY), *_waits(speaker, chance)]


def _family(split: Split, chance: Random) -> list[Samples]:
    """Somebody speaks in the room before, or the one who picked up speaks to others."""
    speaker, other = Speaker(split, chance), Speaker(split, chance)
    aside = chance.uniform(0.1, 0.7) * other.says(texts.ASIDE)
    hello = speaker.says(texts.HELLO)
    first = (
        [hello, _pause(chance, 0.1, 0.8), aside] if chance.random() < 0.5 else [aside, _pause(chance, 0, 0.6), hello]
    )
    return [*_picked_up(chance), *first, *_waits(speaker, chance)]


def _twice(split: Split, chance: Random) -> list[Samples]:
    """Hello, and hello again at once."""
    speaker = Speaker(split, chance)
    again = [_pause(chance, 0.15, 0.9), speaker.says(chance.choice((texts.HELLO, texts.NAMED)))]
    return [*_picked_up(chance), speaker.says(texts.HELLO), *again, *_waits(speaker, chance)]


def _voicemail(split: Split, chance: Random) -> list[Samples]:
    speaker = Speaker(split, chance, person=False)
    parts = [part for part in (texts.MACHINE_OPENING, texts.MACHINE_REASON) if chance.random() < 0.9]
    greeting = [speaker.says(*parts, texts.MACHINE_REQUEST)]
    if chance.random() < 0.2:  # spoken by the owner as if he had picked up
        greeting = [speaker.says(texts.HELLO), _pause(chance, 0.1, 0.7), *greeting]
    return [_pause(chance, 0.1, 1.5), *greeting, *_records(chance)]


def _unavailable(split: Split, chance: Random) -> list[Samples]:
    """An announcement of the network, as often as there is time for it."""
    speaker, other = Speaker(split, chance, person=False), Speaker(split, chance, person=False)
    once = [speaker.says(texts.UNAVAILABLE), _pause(chance, 0.3, 1.0), other.says(texts.UNAVAILABLE)]
    return [_pause(chance, 0.1, 1.0), *once, _pause(chance, 0.5, 1.5), *once]


def _assistant(split: Split, chance: Random) -> list[Samples]:
    speaker = Speaker(split, chance, person=False)
    return [_pause(chance, 0.1, 1.2), speaker.says(texts.ASSISTANT_OPENING, texts.ASSISTANT_QUESTION)]


def _nobody(_split: Split, chance: Random) -> list[Samples]:
    return [silence(SECONDS)] if chance.random() < 0.7 else [silence(0.5), 0.02 * tone(SECONDS, 50, 100)]


def _music(_split: Split, chance: Random) -> list[Samples]:
    return [_pause(chance, 0, 0.5), melody(SECONDS, chance)]


def _busy(_split: Split, chance: Random) -> list[Samples]:
    on, frequencies = chance.choice(((0.35, (425,)), (0.5, (425,)), (0.5, (480, 620)), (0.375, (400,)), (0.48, (425,))))
    return [_pause(chance, 0, 0.5), cadence(SECONDS, [(on, on)], *frequencies)]


def _congestion(_split: Split, chance: Random) -> list[Samples]:
    on, frequencies = chance.choice(((0.175, (425,)), (0.25, (425,)), (0.25, (480, 620)), (0.24, (425,))))
    return [_pause(chance, 0, 0.5), cadence(SECONDS, [(on, on)], *frequencies)]


def _special(split: Split, chance: Random) -> list[Samples]:
    """Special information tones and an announcement."""
    tones = [tone(chance.choice((0.274, 0.33, 0.38)), f) for f in (chance.choice((914, 950, 985)), 1400, 1790)]
    return [_pause(chance, 0, 0.5), *tones, _pause(chance, 0.1, 0.8), *_unavailable(split, chance)]


def _fax(_split: Split, chance: Random) -> list[Samples]:
    if chance.random() < 0.3:
        return [_pause(chance, 0.2, 1.0), cadence(SECONDS, [(0.5, 3.0)], 1100)]
    return [_pause(chance, 0.2, 1.8), tone(chance.uniform(2.6, 4.0), 2100)]


RECIPES: dict[str, tuple[str, float, Recipe]] = {
    "hello": (Verdict.HUMAN, 0.2, _hello),
    "named": (Verdict.HUMAN, 0.08, _named),
    "company": (Verdict.HUMAN, 0.1, _company),
    "family": (Verdict.HUMAN, 0.06, _family),
    "twice": (Verdict.HUMAN, 0.06, _twice),
    "voicemail": (Verdict.MACHINE, 0.18, _voicemail),
    "unavailable": (Verdict.MACHINE, 0.08, _unavailable),
    "assistant": (Verdict.SCREENED, 0.08, _assistant),
    "nobody": (Verdict.SILENCE, 0.03, _nobody),
    "music": (MUSIC, 0.03, _music),
    "busy": (Verdict.BUSY, 0.03, _busy),
    "congestion": (Verdict.CONGESTION, 0.02, _congestion),
    "special": (Verdict.NOT_IN_SERVICE, 0.02, _special),
    "fax": (Verdict.FAX, 0.03, _fax),
}
"""By kind: the right verdict, the share of the set, how it is made."""


def make(kind: str, split: Split, seed: int) -> Clip:
    """One clip of `kind`; the same seed gives the same sound."""
    chance = random.Random(f"{split} {kind} {seed}")  # noqa: S311
    label, _, recipe = RECIPES[kind]
    sound = np.concatenate(recipe(split, chance))
    length = round(SECONDS * RATE)
    return Clip(label, kind, through_line(np.pad(sound, (0, max(0, length - len(sound))))[:length], chance))


def plan(count: int) -> Iterator[tuple[str, int]]:
    """Kind and seed of about `count` clips, in the shares of RECIPES and with at least one of each."""
    for kind, (_, share, _) in RECIPES.items():
        for seed in range(max(1, round(share * count))):
            yield kind, seed


def _pause(chance: Random, shortest: float, longest: float) -> Samples:
    return silence(chance.uniform(shortest, longest))


def _picked_up(chance: Random) -> list[Samples]:
    """Until the first word; sometimes the handset rattles."""
    before = _pause(chance, 0.1, 1.6)
    if chance.random() < 0.25 and len(before) > RATE // 4:
        at = chance.randrange(len(before) - RATE // 10)
        length = chance.randrange(80, RATE // 12)
        rattle = np.random.default_rng(chance.getrandbits(32)).standard_normal(length)
        before[at : at + length] += chance.uniform(0.02, 0.2) * rattle * np.exp(-np.arange(length) / 150)
    return [before]


def _waits(speaker: Speaker, chance: Random) -> list[Samples]:
    """A person waits for an answer, and asks after it."""
    asks: list[Samples] = []
    for _ in range(chance.randint(0, 3)):
        asks += [_pause(chance, 1.2, 3.5), speaker.says(texts.SECOND)]
    return asks


def _records(chance: Random) -> list[Samples]:
    """A machine's tone, mostly, and silence."""
    if chance.random() < 0.15:
        return []
    frequency = chance.choice((440, 620, 850, 1000, 1400, 2000))
    return [_pause(chance, 0.1, 1.5), chance.uniform(0.3, 1.0) * tone(chance.uniform(0.15, 0.9), frequency)]
