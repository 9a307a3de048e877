"""Tones are recognised by frequency and cadence, whatever the line does to them."""

import random
from itertools import pairwise

import numpy as np
import pytest

from telemarket.dialer.detection.heard import Verdict
from telemarket.dialer.detection.hearing import Hearing
from tools.greetings.sound import cadence, silence, through_line, tone
from tools.greetings.speech import Samples, speak


def hear(sound: Samples, seed: int = 1) -> Hearing:
    hearing = Hearing()
    for _ in hearing.feed(through_line(sound, random.Random(seed))):
        if hearing.signal is not None:
            break
    return hearing


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("sound", "verdict"),
    [
        (cadence(5, [(0.35, 0.35)], 425), Verdict.BUSY),
        (cadence(5, [(0.5, 0.5)], 425), Verdict.BUSY),
        (cadence(5, [(0.375, 0.375)], 400), Verdict.BUSY),
        (cadence(5, [(0.5, 0.5)], 480, 620), Verdict.BUSY),
        (cadence(5, [(0.175, 0.175)], 425), Verdict.CONGESTION),
        (cadence(5, [(0.25, 0.25)], 480, 620), Verdict.CONGESTION),
        (np.concatenate([tone(0.38, 914), tone(0.274, 1371), tone(0.38, 1777), silence(1)]), Verdict.NOT_IN_SERVICE),
        (np.concatenate([tone(0.33, 950), tone(0.33, 1400), tone(0.33, 1800), silence(1)]), Verdict.NOT_IN_SERVICE),
        (np.concatenate([silence(1), tone(3, 2100)]), Verdict.FAX),
        (cadence(8, [(0.5, 3)], 1100), Verdict.FAX),
    ],
)
def test_a_line_says_what_has_become_of_the_call(sound: Samples, verdict: Verdict, seed: int) -> None:
    assert hear(sound, seed).signal is verdict


@pytest.mark.parametrize(
    "sound",
    [
        cadence(12, [(1.0, 4.0)], 425),
        cadence(12, [(2.0, 4.0)], 440, 480),
        tone(6, 425),
        cadence(6, [(0.1, 0.9), (0.4, 0.3)], 425),
        cadence(6, [(0.3, 0.3)], 1000),
        np.concatenate([tone(0.4, 1100), silence(1.5), tone(0.4, 1100), silence(2)]),
    ],
    ids=["ringing", "ringing in America", "dial tone", "no even cadence", "no line's frequency", "two beeps"],
)
def test_other_tones_say_nothing_and_are_no_speech(sound: Samples) -> None:
    hearing = hear(sound)
    assert hearing.signal is None
    assert hearing.beep_at is None
    assert sum(run.seconds for run in hearing.runs) < 0.5


@pytest.mark.parametrize("frequency", [440, 850, 1000, 1400, 2000])
def test_a_beep_comes_out_of_the_silence_after_a_greeting(frequency: int) -> None:
    greeting = speak("Please leave a message.", "en-gb+m3", 160, 50)
    sound = np.concatenate([greeting, silence(0.5), tone(0.3, frequency), silence(0.5)])
    beep_at = hear(sound).beep_at
    assert beep_at == pytest.approx(len(greeting) / 8000 + 0.8, abs=0.06)


def test_a_tone_before_anybody_has_spoken_is_no_beep() -> None:
    assert hear(np.concatenate([silence(0.5), tone(0.3, 1000), silence(1)])).beep_at is None


@pytest.mark.parametrize("voice", ["uk+f3", "ru+m2", "en-gb+f1", "en-us+m4"])
def test_speech_is_no_tone(voice: str) -> None:
    words = speak("Ooh. Alo, alo? Moo. Mama, no. Hello Anna.", voice, 130, 40)
    hearing = hear(np.concatenate([words, silence(0.5)]))
    assert hearing.signal is None
    assert hearing.beep_at is None


def test_words_are_told_apart_and_lie_in_order() -> None:
    word = speak("Hello", "en-gb+m3", 170, 50)
    hearing = hear(np.concatenate([silence(0.5), word, silence(0.6), word, silence(0.5)]))
    assert len(hearing.runs) == 2
    assert hearing.runs[0].start == pytest.approx(0.5, abs=0.1)
    assert all(before.end < after.start for before, after in pairwise(hearing.runs))
