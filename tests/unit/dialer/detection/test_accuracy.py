"""How often the detector is right on a small part of the set, made anew: voices and texts it was not trained on."""

from telemarket.dialer.detection.detector import ModelDetector
from telemarket.dialer.detection.heard import DetectionSettings, Heard, Verdict
from tools.greetings.clips import make

MACHINES = {Verdict.MACHINE, Verdict.SCREENED}


def heard_of(kind: str, seed: int) -> Heard:
    detector = ModelDetector(DetectionSettings())
    return detector.feed(make(kind, "test", seed).pcm) or detector.finish()


def verdicts(*kinds: str, each: int) -> list[Verdict]:
    return [heard_of(kind, seed).verdict for kind in kinds for seed in range(each)]


def test_people_are_not_taken_for_machines() -> None:
    found = verdicts("hello", "named", "company", "family", "twice", each=8)
    assert sum(verdict in MACHINES for verdict in found) <= 2
    assert sum(verdict is Verdict.HUMAN for verdict in found) >= 0.8 * len(found)


def test_most_machines_are_found_and_few_taken_for_people() -> None:
    found = verdicts("voicemail", "unavailable", "assistant", each=8)
    assert sum(verdict in MACHINES for verdict in found) >= 0.45 * len(found)
    assert sum(verdict is Verdict.HUMAN for verdict in found) <= 0.25 * len(found)


def test_lines_fax_machines_and_silence_are_told_as_what_they_are() -> None:
    expected = {
        "busy": Verdict.BUSY,
        "congestion": Verdict.CONGESTION,
        "special": Verdict.NOT_IN_SERVICE,
        "fax": Verdict.FAX,
        "nobody": Verdict.SILENCE,
    }
    wrong = [
        (kind, seed, verdict)
        for kind, right in expected.items()
        for seed in range(6)
        if (verdict := heard_of(kind, seed).verdict) is not right
    ]
    assert len(wrong) <= 1, wrong


def test_the_set_is_the_same_each_time() -> None:
    assert make("voicemail", "test", 1) == make("voicemail", "test", 1)
    assert make("voicemail", "test", 1) != make("voicemail", "train", 1)
