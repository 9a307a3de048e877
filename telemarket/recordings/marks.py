"""What happened during a recording, to be shown beside it: read from the journal of its call."""

from collections.abc import Sequence
from datetime import datetime

from telemarket.core.journal import Entry
from telemarket.recordings.model import Mark

MARKED = (
    "recording.paused",
    "recording.resumed",
    "call.held",
    "call.resumed",
    "call.transferred",
    "call.parked",
    "call.retrieved",
    "call.conference",
)
"""Kinds of entries that are marks."""


def marks_of(entries: Sequence[Entry], started: datetime, ended: datetime) -> list[Mark]:
    """The marks among the entries of a call, in order, at seconds into its recording."""
    return [
        Mark((entry.at - started).total_seconds(), entry.kind, str(entry.data.get("by") or entry.data.get("to") or ""))
        for entry in entries
        if entry.kind in MARKED and started <= entry.at <= ended
    ]
