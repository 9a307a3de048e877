"""The detector as a stream: whatever comes in, in whatever pieces."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemarket.core.errors import ConfigurationError
from telemarket.dialer.detection.amd import heard_by_amd
from telemarket.dialer.detection.audiosocket import Messages
from telemarket.dialer.detection.detector import ModelDetector
from telemarket.dialer.detection.features import NAMES
from telemarket.dialer.detection.forest import Forest, load_model
from telemarket.dialer.detection.greeting import GreetingListener
from telemarket.dialer.detection.heard import NOTHING, DetectionSettings, GreetingEnd, Heard, Verdict
from tools.greetings.clips import make
from tools.greetings.sound import silence
from tools.greetings.speech import speak

SETTINGS = DetectionSettings()
CLIPS = [make(kind, "test", 3).pcm for kind in ("hello", "voicemail", "busy")]


def pcm(sound: np.ndarray) -> bytes:
    return (sound * 30000).astype("<i2").tobytes()


def at_once(sound: bytes) -> Heard:
    detector = ModelDetector(SETTINGS)
    return detector.feed(sound) or detector.finish()


@settings(max_examples=20, deadline=None)
@given(clip=st.sampled_from(CLIPS), sizes=st.lists(st.integers(1, 3000), min_size=1, max_size=20))
def test_pieces_of_any_size_are_the_same_stream(clip: bytes, sizes: list[int]) -> None:
    detector = ModelDetector(SETTINGS)
    heard, at, turn = None, 0, 0
    while heard is None and at < len(clip):
        size = sizes[turn % len(sizes)]
        heard = detector.feed(clip[at : at + size])
        at, turn = at + size, turn + 1
    assert heard == at_once(clip)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.binary(max_size=5000), max_size=20))
def test_rubbish_is_listened_to_like_anything_else(pieces: list[bytes]) -> None:
    detector, greeting = ModelDetector(SETTINGS), GreetingListener(5.0)
    for piece in pieces:
        detector.feed(piece)
        greeting.feed(piece)
    assert 0 <= detector.finish().confidence <= 1
    assert detector.finish().seconds <= SETTINGS.longest
    greeting.finish()


def test_there_is_a_verdict_when_time_is_over() -> None:
    noise = pcm(np.random.default_rng(1).uniform(-0.5, 0.5, 8000 * 10))
    heard = ModelDetector(SETTINGS).feed(noise)
    assert heard is not None
    assert heard.seconds == pytest.approx(SETTINGS.longest, abs=0.1)


def test_silence_is_a_verdict_of_its_own() -> None:
    heard = ModelDetector(SETTINGS).feed(pcm(silence(8)))
    assert heard is not None
    assert (heard.verdict, heard.seconds) == (Verdict.SILENCE, SETTINGS.silence)


def test_a_verdict_stays() -> None:
    detector = ModelDetector(SETTINGS)
    heard = detector.feed(CLIPS[2])
    assert heard is not None
    assert detector.feed(CLIPS[0]) == heard == detector.finish()


def test_a_call_that_ends_at_once_is_no_machine() -> None:
    assert at_once(b"").verdict is Verdict.SILENCE
    assert at_once(pcm(speak("Hello?", "en-gb", 170, 50))).verdict in (Verdict.HUMAN, Verdict.UNKNOWN)


def test_a_model_of_other_features_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="other features"):
        Forest(load_model(), NAMES[1:])


def test_probabilities_add_up() -> None:
    found = Forest(load_model(), NAMES).probabilities([0.0] * len(NAMES))
    assert sum(found.values()) == pytest.approx(1)


def test_a_greeting_without_end_is_given_up() -> None:
    talk = pcm(np.concatenate([speak("One two three four five six seven.", "en-gb", 160, 50)] * 6))
    listener = GreetingListener(3.0)
    assert listener.feed(talk) is GreetingEnd.NONE
    assert listener.finish() is GreetingEnd.NONE


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (["HUMAN", "HUMAN-800-800"], Verdict.HUMAN),
        (["MACHINE", "LONGGREETING-1500-1500"], Verdict.MACHINE),
        (["MACHINE", "INITIALSILENCE-2500-2500"], Verdict.SILENCE),
        (["NOTSURE", "TOOLONG-5000"], Verdict.UNKNOWN),
        (["HANGUP", ""], Verdict.UNKNOWN),
        (["MACHINE"], Verdict.MACHINE),
        (["", ""], Verdict.UNKNOWN),
    ],
)
def test_what_asterisk_says_is_put_into_our_words(answer: list[str], verdict: Verdict) -> None:
    assert heard_by_amd(answer, 1.234).verdict is verdict


def test_of_a_call_that_ended_asterisk_says_nothing() -> None:
    assert heard_by_amd([], 2.0) == NOTHING


@given(
    st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=400)), max_size=10),
    st.lists(st.integers(1, 50), min_size=1, max_size=10),
)
def test_messages_come_out_whole_however_they_arrive(messages: list[tuple[int, bytes]], sizes: list[int]) -> None:
    data = b"".join(bytes([kind]) + len(content).to_bytes(2, "big") + content for kind, content in messages)
    parser, found, at, turn = Messages(), [], 0, 0
    while at < len(data):
        size = sizes[turn % len(sizes)]
        found += parser.feed(data[at : at + size])
        at, turn = at + size, turn + 1
    assert found == messages
