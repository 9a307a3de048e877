"""What the rhythm of speech tells: how long it is, how often it stops, how long it has been still.

Nothing here depends on loudness, pitch, language or words, so that a voice made by a machine can stand for a person's.
"""

import itertools
from collections.abc import Sequence

from telemarket.dialer.detection.activity import Run

PAUSE = 0.3  # seconds between two phrases; a shorter gap is between words

NAMES = (
    "since_first",
    "before_first",
    "silence",
    "speech",
    "share",
    "words",
    "longest_word",
    "last_word",
    "phrases",
    "first_phrase",
    "longest_phrase",
    "last_phrase",
    "longest_pause",
    "last_pause",
    "words_per_second",
    "tonal",
)
"""All in seconds but `share` and `tonal` (0 to 1), `words`, `phrases` and `words_per_second`."""


def describe(runs: Sequence[Run], now: float, tonal: float) -> list[float]:
    """The features, in the order of NAMES, of the speech up to `now`. `tonal` is the share of what sounded that was
    tones. There must be at least one run."""
    phrases = _phrases(runs)
    lengths = [phrase.seconds for phrase in phrases]
    pauses = [after.start - before.end for before, after in itertools.pairwise(phrases)]
    words = [run.seconds for run in runs]
    speech = sum(words)
    since_first = now - runs[0].start
    return [
        since_first,
        runs[0].start,
        now - runs[-1].end,
        speech,
        speech / since_first,
        len(words),
        max(words),
        words[-1],
        len(phrases),
        lengths[0],
        max(lengths),
        lengths[-1],
        max(pauses, default=0.0),
        pauses[-1] if pauses else 0.0,
        len(words) / speech,
        tonal,
    ]


def _phrases(runs: Sequence[Run]) -> list[Run]:
    phrases = [runs[0]]
    for run in runs[1:]:
        if run.start - phrases[-1].end < PAUSE:
            phrases[-1] = Run(phrases[-1].start, run.end)
        else:
            phrases.append(run)
    return phrases
