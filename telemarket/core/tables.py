"""Tables every room may refer to: people who sign in, their sessions, the audit log and the call journal."""

import sqlalchemy as sa

from telemarket.core.database import UtcDateTime, metadata

users = sa.Table(
    "users",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("login", sa.String(64), nullable=False, unique=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("password_hash", sa.String(200), nullable=False),
    sa.Column("role", sa.String(20), nullable=False),  # operator | senior | supervisor | administrator
    sa.Column("language", sa.String(2), nullable=False, server_default=""),
    sa.Column("theme", sa.String(10), nullable=False, server_default="auto"),
    # The telephone: "page" (WebRTC in the browser) or "phone" (any PJSIP endpoint of that name).
    sa.Column("telephone", sa.String(10), nullable=False, server_default="page"),
    sa.Column("endpoint", sa.String(80), nullable=False, server_default=""),
    # Whether his calls are recorded: as the project says (""), "always" or "never".
    sa.Column("record", sa.String(10), nullable=False, server_default=""),
    sa.Column("sip_secret", sa.String(80), nullable=False, server_default=""),
    sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
)

sessions = sa.Table(
    "sessions",
    metadata,
    # SHA-256 of the cookie's token: a stolen database signs nobody in.
    sa.Column("token_hash", sa.LargeBinary(32), primary_key=True),
    sa.Column("user_id", sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False, index=True),
)

audit_log = sa.Table(
    "audit_log",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("at", UtcDateTime, nullable=False, index=True),
    sa.Column("user_id", sa.ForeignKey("users.id"), nullable=True),
    sa.Column("action", sa.String(60), nullable=False),  # e.g. recording.play, sign-in, sign-in.refused
    sa.Column("subject", sa.String(200), nullable=False, server_default=""),
    sa.Column("address", sa.String(60), nullable=False, server_default=""),
)
sa.Index("ix_audit_log_subject", audit_log.c.subject, audit_log.c.id)

journal = sa.Table(
    "journal",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("at", UtcDateTime, nullable=False, index=True),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("call_id", sa.String(80), nullable=True, index=True),
    sa.Column("agent_id", sa.Integer, nullable=True),
    sa.Column("data", sa.LargeBinary, nullable=False),  # JSON, UTF-8
)

bookmarks = sa.Table(
    "bookmarks",
    metadata,
    sa.Column("name", sa.String(60), primary_key=True),
    sa.Column("value", sa.String(200), nullable=False),
)
"""How far something that grows outside (a file, a remote list) has been read."""
