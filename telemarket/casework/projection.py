"""What the journal's entries mean for casework: which calls somebody must still see to.

They are written down in the transaction that ends the call, so none is lost however the daemon ends.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from telemarket.calls.tables import calls
from telemarket.casework.tables import follow_ups
from telemarket.core.database import Change
from telemarket.core.journal import Entry


class FollowUpProjection:
    """The projection for one database dialect: "sqlite" or "postgresql". It follows the one that ends the call."""

    def __init__(self, dialect: str) -> None:
        insert: Any = sqlite.insert if dialect == "sqlite" else postgresql.insert
        promised = sa.and_(calls.c.direction == "callback", calls.c.result != "answered")
        # What he said counts even if the daemon was killed meanwhile and the call ended in another way.
        spoken = sa.and_(calls.c.answered_at.is_(None), calls.c.recording != "")
        wanted = sa.select(calls.c.id).where(
            calls.c.id == sa.bindparam("call", type_=sa.String),
            sa.or_(calls.c.result == "voicemail", promised, spoken),
        )
        self._note = insert(follow_ups).from_select(["call_id"], wanted).on_conflict_do_nothing()

    def __call__(self, entries: Sequence[Entry]) -> list[Change]:
        """The changes a group of entries makes."""
        ended = [entry for entry in entries if entry.kind == "call.ended" and entry.data["result"] != "answered"]
        return [(self._note, [{"call": entry.call_id} for entry in ended])] if ended else []
