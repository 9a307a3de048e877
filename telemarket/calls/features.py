"""Feature codes: what an operator at a desk phone asks for with keys while he talks. Pure.

Every code begins with `*`. A new `*` begins afresh, so a slip of the finger is mended by starting over.
"""

from enum import StrEnum

import msgspec

START, END = "*", "#"
LONGEST_TARGET = 20  # digits


class FeatureKind(StrEnum):
    """What the operator asks for. Hold and recording change to the other state."""

    TRANSFER = "transfer"  # *1 TARGET #
    CONSULT = "consult"  # *2 TARGET #
    HOLD = "hold"  # *3
    COMPLETE = "complete"  # *4
    CONFERENCE = "conference"  # *5
    RETURN = "return"  # *6
    PARK = "park"  # *7
    RECORDING = "recording"  # *8
    SWAP = "swap"  # *9


_CODES = {str(key): kind for key, kind in enumerate(FeatureKind, start=1)}
_WITH_TARGET = (FeatureKind.TRANSFER, FeatureKind.CONSULT)


class Action(msgspec.Struct, frozen=True):
    """One request of the operator; `target` is what he dialled, digits only, for those that have one."""

    kind: FeatureKind
    target: str = ""


class FeatureKeys:
    """Collects the keys of one channel. More than `timeout` seconds between two keys forget what came before."""

    def __init__(self, timeout: float = 4.0) -> None:
        self._timeout = timeout
        self._keys = ""
        self._last = float("-inf")

    def press(self, digit: str, now: float) -> Action | None:
        """Take one key (0 to 9, *, #, A to D); returns what is complete with it. `now` is in seconds."""
        if now - self._last > self._timeout:
            self._keys = ""
        self._last = now
        if digit == START:
            self._keys = START
            return None
        if not self._keys:
            return None  # for whoever is at the other end
        self._keys += digit
        return self._read()

    def _read(self) -> Action | None:
        """What has been pressed since the `*`, if it is whole; what can become nothing is forgotten."""
        code, target = self._keys[1], self._keys[2:]
        kind = _CODES.get(code)
        if kind in _WITH_TARGET:
            number = target.removesuffix(END)
            if _may_be_target(number) and number == target:
                return None
            self._keys = ""
            return Action(kind, number) if _may_be_target(number) and number else None
        self._keys = ""
        return Action(kind) if kind else None


def _may_be_target(number: str) -> bool:
    return len(number) <= LONGEST_TARGET and (not number or (number.isascii() and number.isdigit()))
