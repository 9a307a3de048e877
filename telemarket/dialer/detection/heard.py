"""What can be heard on an answered call, and the contract of whatever listens to it."""

from enum import StrEnum
from typing import Protocol, TypeAlias, TypeVar

import msgspec

RATE = 8000
"""Samples a second of all sound here: 16 bits each, signed, little-endian, one channel."""


class Verdict(StrEnum):
    """Who or what has answered."""

    HUMAN = "human"
    MACHINE = "machine"
    SCREENED = "screened"  # an assistant asks who is calling, and waits for the answer
    BUSY = "busy"
    CONGESTION = "congestion"
    NOT_IN_SERVICE = "not-in-service"
    FAX = "fax"
    SILENCE = "silence"
    UNKNOWN = "unknown"  # nothing above with enough confidence: treat as a person


class GreetingEnd(StrEnum):
    """How a machine's greeting ended. With NONE there is no use in leaving a message."""

    TONE = "tone"
    SILENCE = "silence"  # it has said something and is silent, without a tone
    NONE = "none"  # still speaking when time was over, or the call has ended


class Method(StrEnum):
    """What listens."""

    MODEL = "model"  # our own detector, fed with the call's sound
    AMD = "amd"  # Asterisk's application of that name: person, machine or unknown, nothing else


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict. `confidence` is 0 to 1, `seconds` how much sound it took; `beep_at` is the second at which a single
    tone after speech ended, None if there was none."""

    verdict: Verdict
    confidence: float
    seconds: float
    beep_at: float | None = None


NOTHING = Heard(verdict=Verdict.UNKNOWN, confidence=0.0, seconds=0.0)
"""What has been heard if nobody could listen."""


class DetectionSettings(msgspec.Struct, frozen=True, kw_only=True):
    """When a verdict is given. With the confidences as they are here, fewer than one person in a hundred was taken for
    a machine on the set of the benchmark."""

    longest: float = 8.0  # seconds of sound after which there is a verdict in any case
    silence: float = 4.0  # seconds without any sound that are a verdict of their own
    human_confidence: float = 0.9
    machine_confidence: float = 0.97  # of machine and screened


T_co = TypeVar("T_co", covariant=True)


class Listener(Protocol[T_co]):
    """Listens to one call from now on. Pure: time is counted in samples."""

    def feed(self, pcm: bytes) -> T_co | None:
        """Hear more, of any length; what it listens for as soon as that is found, and then again each time."""
        ...

    def finish(self) -> T_co:
        """The same, if need be from what has been heard so far."""
        ...


Detector: TypeAlias = Listener[Heard]
"""Tells who or what has answered."""


class Ears(Protocol):
    """Listens to live channels. Never raises for what goes wrong at the PBX."""

    async def listen(
        self, channel_id: str, *, method: Method = Method.MODEL, settings: DetectionSettings | None = None
    ) -> Heard:
        """What is heard on an answered channel from now on; NOTHING if it cannot be listened to. Takes a few seconds
        more than `settings.longest` at most."""
        ...

    async def wait_for_beep(self, channel_id: str, *, longest: float = 45.0) -> GreetingEnd:
        """Wait until the greeting is over, for `longest` seconds at most: now a message can be left."""
        ...
