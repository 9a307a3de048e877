"""What the journal's entries mean for the ledger. Each change may be made twice without harm."""

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from telemarket.calls.tables import calls
from telemarket.core.database import Change
from telemarket.core.journal import Entry
from telemarket.recordings.model import NUMBER_DIGITS, RecordingState
from telemarket.recordings.tables import recordings

ENDINGS = ("recording.stopped", "call.ended")
_this = recordings.c.call_id == sa.bindparam("call")
_at = sa.bindparam("at", type_=recordings.c.ended_at.type)

Row = dict[str, Any]


def _started(entry: Entry) -> Row:
    return {
        "call_id": entry.call_id,
        "call": entry.call_id,
        "project_id": entry.data["project"],
        "agent_id": entry.agent_id,
        "file": entry.data["file"],
        "stereo": entry.data["stereo"],
        "started_at": entry.at,
        "state": RecordingState.EXPECTED,
    }


def _ended(entry: Entry) -> Row:
    return {"call": entry.call_id, "at": entry.at}


class RecordingProjection:
    """The projection for one database dialect: "sqlite" or "postgresql"."""

    def __init__(self, dialect: str) -> None:
        insert: Any = sqlite.insert if dialect == "sqlite" else postgresql.insert
        started = insert(recordings).values(number_end=_number_end(dialect)).on_conflict_do_nothing()
        ended = sa.update(recordings).values(ended_at=_at)
        # The true end of a call nobody saw end: how long the recording should be is known only now.
        found = ended.values(state=RecordingState.EXPECTED)
        undecided = recordings.c.state.not_in((RecordingState.DELETING, RecordingState.DELETED))
        self._steps: list[tuple[tuple[str, ...], sa.Executable, Callable[[Entry], Row]]] = [
            (("recording.started",), started, _started),
            (ENDINGS, ended.where(_this, recordings.c.ended_at.is_(None)), _ended),
            (("call.end_found",), found.where(_this, undecided), _ended),
        ]

    def __call__(self, entries: Sequence[Entry]) -> list[Change]:
        """The changes a group of entries makes."""
        changes: list[Change] = []
        for kinds, statement, row in self._steps:
            rows = [row(entry) for entry in entries if entry.kind in kinds]
            if rows:
                changes.append((statement, rows))
        return changes


def _number_end(dialect: str) -> sa.ScalarSelect[Any]:
    number: sa.ColumnElement[str] = calls.c.ani
    for sign in "+ -()":
        number = sa.func.replace(number, sign, "")
    end = sa.func.substr(number, -NUMBER_DIGITS) if dialect == "sqlite" else sa.func.right(number, NUMBER_DIGITS)
    this_call = calls.c.id == sa.bindparam("call", type_=sa.String)
    return sa.select(sa.func.coalesce(sa.func.max(end), "")).where(this_call).scalar_subquery()
