"""Where a call may be sent, in one notation: `queue:077`, `operator:anna`, `number:+380441234567`, `voicemail`…"""

import re
from enum import StrEnum

import msgspec

from telemarket.core.errors import InvalidInput
from telemarket.core.i18n import N_


class DestinationKind(StrEnum):
    """What a call may be sent to; the part before the colon."""

    QUEUE = "queue"  # of the project with this number
    OPERATOR = "operator"  # by login; then the queue, if he does not take it
    NUMBER = "number"  # outside, as the plan of outgoing calls permits
    VOICEMAIL = "voicemail"  # becomes a request with its recording
    MESSAGE = "message"  # play this sound, then hang up
    CALLBACK = "callback"  # offer to call back, keeping the place
    FALLBACK = "fallback"  # the PBX's own dialplan
    HANGUP = "hangup"  # the call ends
    NODE = "node"  # of the project's menu


_VALUES = {
    DestinationKind.QUEUE: re.compile(r"[0-9A-Za-z._-]{1,20}"),
    DestinationKind.OPERATOR: re.compile(r"[0-9A-Za-z._@-]{1,80}"),
    DestinationKind.NUMBER: re.compile(r"\+?[0-9*#]{2,20}"),
    DestinationKind.MESSAGE: re.compile(r"[0-9A-Za-z/_-]{1,80}"),
    DestinationKind.NODE: re.compile(r"[0-9A-Za-z_-]{1,40}"),
}


class Destination(msgspec.Struct, frozen=True):
    """One destination. `str()` gives its notation back."""

    kind: DestinationKind
    value: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}" if self.value else str(self.kind)


def parse_destination(text: str, field: str = "destination") -> Destination:
    """Read the notation. Raises InvalidInput naming `field`."""
    kind_text, colon, value = text.strip().partition(":")
    try:
        kind = DestinationKind(kind_text)
    except ValueError:
        raise InvalidInput(
            N_("%(text)s is no destination. Write for example queue:077, operator:anna or voicemail.", text=text),
            field=field,
        ) from None
    pattern = _VALUES.get(kind)
    if pattern is None and colon:
        raise InvalidInput(N_("%(kind)s takes nothing after it.", kind=kind_text), field=field)
    if pattern is not None and not pattern.fullmatch(value):
        raise InvalidInput(N_("%(text)s does not say where to.", text=text), field=field)
    return Destination(kind, value)
