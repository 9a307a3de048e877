"""The ledger: every call that was to be recorded, and what became of its recording."""

import sqlalchemy as sa

from telemarket.core.database import UtcDateTime, metadata

recordings = sa.Table(
    "recordings",
    metadata,
    sa.Column("call_id", sa.String(80), primary_key=True),
    sa.Column("project_id", sa.Integer, nullable=True),
    sa.Column("agent_id", sa.Integer, nullable=True),  # who answered; the call itself knows who had it last
    # The last nine digits of the customer's number: whichever way it was written, they agree.
    sa.Column("number_end", sa.String(9), nullable=False, server_default=""),
    sa.Column("file", sa.String(300), nullable=False),  # finished, below the recordings folder
    sa.Column("stereo", sa.Boolean, nullable=False),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime, nullable=True),
    sa.Column("state", sa.String(12), nullable=False),  # see RecordingState
    sa.Column("expected_seconds", sa.Float, nullable=True),  # empty: nobody saw when it ended
    sa.Column("seconds", sa.Float, nullable=True),  # as measured
    sa.Column("size", sa.BigInteger, nullable=True),
    sa.Column("sha256", sa.LargeBinary(32), nullable=True),
    sa.Column("mended", sa.Boolean, nullable=False, server_default=sa.false()),  # Asterisk died before closing it
    sa.Column("marks", sa.LargeBinary, nullable=True),  # JSON: pauses, holds, transfers
    sa.Column("hold_reason", sa.String(200), nullable=False, server_default=""),  # legal hold; empty: none
    sa.Column("held_by", sa.Integer, nullable=True),
    sa.Column("held_at", UtcDateTime, nullable=True),
    # Proof of deletion: the row, its length and its hash stay.
    sa.Column("deleted_at", UtcDateTime, nullable=True),
    sa.Column("deleted_after_days", sa.Integer, nullable=True),  # as long as its project kept recordings then
)
sa.Index("ix_recordings_started", recordings.c.started_at, recordings.c.call_id)
sa.Index("ix_recordings_project", recordings.c.project_id, recordings.c.started_at)
sa.Index("ix_recordings_agent", recordings.c.agent_id, recordings.c.started_at)
sa.Index("ix_recordings_state", recordings.c.state, recordings.c.started_at)
sa.Index("ix_recordings_number", recordings.c.number_end, recordings.c.started_at)
sa.Index(
    "ix_recordings_kept",
    recordings.c.project_id,
    recordings.c.started_at,
    recordings.c.call_id,
    sqlite_where=recordings.c.deleted_at.is_(None),
    postgresql_where=recordings.c.deleted_at.is_(None),
)
sa.Index(
    "ix_recordings_held",
    recordings.c.started_at,
    recordings.c.call_id,
    sqlite_where=recordings.c.held_at.is_not(None),
    postgresql_where=recordings.c.held_at.is_not(None),
)
