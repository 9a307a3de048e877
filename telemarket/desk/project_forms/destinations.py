"""Where a call goes, as two fields: the kind, and which."""

from telemarket.calls.destinations import DestinationKind
from telemarket.core.i18n import N_
from telemarket.desk.project_forms.draft import Draft, Raw

KINDS = {
    "": N_("the project's queue"),
    DestinationKind.NODE: N_("step of the menu"),
    DestinationKind.QUEUE: N_("another queue"),
    DestinationKind.OPERATOR: N_("operator"),
    DestinationKind.NUMBER: N_("outside number"),
    DestinationKind.VOICEMAIL: N_("voicemail"),
    DestinationKind.CALLBACK: N_("callback"),
    DestinationKind.MESSAGE: N_("message, then hang up"),
    DestinationKind.FALLBACK: N_("the exchange's own dialplan"),
    DestinationKind.HANGUP: N_("hang up"),
}
WITHOUT_VALUE = frozenset(
    ["", DestinationKind.VOICEMAIL, DestinationKind.CALLBACK, DestinationKind.FALLBACK, DestinationKind.HANGUP]
)


def show(text: str) -> Raw:
    """The two fields for a destination in its notation; empty is the project's queue."""
    kind, _, value = text.partition(":")
    return {"kind": kind, "value": value}


def read(draft: Draft, path: str) -> str:
    """The notation for what the two fields at `path` hold."""
    kind, value = draft.value(f"{path}.kind"), draft.value(f"{path}.value").strip()
    return kind if kind in WITHOUT_VALUE else f"{kind}:{value}"
