"""What Asterisk's own AMD() tells, in our words."""

from collections.abc import Sequence

from telemarket.dialer.detection.heard import NOTHING, Heard, Verdict

_VERDICTS = {"HUMAN": Verdict.HUMAN, "MACHINE": Verdict.MACHINE}
_CONFIDENCE = 0.85  # it tells none: the lower end of what others have measured
_SILENT = "INITIALSILENCE"


def heard_by_amd(answer: Sequence[str], seconds: float) -> Heard:
    """The verdict in AMDSTATUS and AMDCAUSE, which took `seconds`; NOTHING if the call ended before.

    That nobody speaks AMD() takes for a machine. We do not: many a person waits for the caller to begin.
    """
    if not answer:
        return NOTHING
    status, cause = answer[0], answer[1] if len(answer) > 1 else ""
    verdict = Verdict.SILENCE if cause.startswith(_SILENT) else _VERDICTS.get(status, Verdict.UNKNOWN)
    confidence = 0.0 if verdict is Verdict.UNKNOWN else _CONFIDENCE
    return Heard(verdict=verdict, confidence=confidence, seconds=round(seconds, 2))
