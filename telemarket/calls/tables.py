"""Projects (each a queue), who serves them, and what the journal's entries are projected into."""

import sqlalchemy as sa

from telemarket.core.database import UtcDateTime, metadata

projects = sa.Table(
    "projects",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("number", sa.String(20), nullable=False, unique=True),  # as people call it: "077"
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("music_class", sa.String(80), nullable=False, server_default="default"),
    sa.Column("ring_seconds", sa.Integer, nullable=False, server_default="20"),
    sa.Column("wrapup_seconds", sa.Integer, nullable=False, server_default="30"),
    sa.Column("record", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("recording_format", sa.String(10), nullable=False, server_default="wav"),
    sa.Column("recording_stereo", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("retention_days", sa.Integer, nullable=False, server_default="0"),  # of recordings; 0: for ever
    sa.Column("plan", sa.Text, nullable=False, server_default=""),  # JSON; empty: as a new project's
    # Sandboxed Jinja2 template of an outside CRM's address; "window", "frame" or "" (no outside CRM).
    sa.Column("crm_url", sa.String(1000), nullable=False, server_default=""),
    sa.Column("crm_open", sa.String(10), nullable=False, server_default=""),
    sa.Column("show_card", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
)

project_numbers = sa.Table(
    "project_numbers",
    metadata,
    sa.Column("dnis", sa.String(40), primary_key=True),  # as it arrives from the PBX
    sa.Column("project_id", sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False, index=True),
)

project_operators = sa.Table(
    "project_operators",
    metadata,
    sa.Column("project_id", sa.ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("user_id", sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True),
    sa.Column("rank", sa.Integer, nullable=False, server_default="0"),  # which of his queues one serves first
)

operator_skills = sa.Table(
    "operator_skills",
    metadata,
    sa.Column("user_id", sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("skill", sa.String(40), primary_key=True),
    sa.Column("level", sa.Integer, nullable=False),  # 1 to 100
)

calls = sa.Table(
    "calls",
    metadata,
    sa.Column("id", sa.String(80), primary_key=True),  # the caller channel's unique id
    sa.Column("project_id", sa.Integer, nullable=True),
    sa.Column("direction", sa.String(10), nullable=False, server_default="inbound"),  # see views.Direction
    sa.Column("ani", sa.String(80), nullable=False, server_default=""),  # as it arrived
    sa.Column("caller_name", sa.String(200), nullable=False, server_default=""),
    sa.Column("dnis", sa.String(80), nullable=False, server_default=""),
    sa.Column("contact_id", sa.Integer, nullable=True),
    sa.Column("agent_id", sa.Integer, nullable=True),
    sa.Column("arrived_at", UtcDateTime, nullable=False, index=True),
    sa.Column("answered_at", UtcDateTime, nullable=True),
    sa.Column("ended_at", UtcDateTime, nullable=True),
    # answered | abandoned | fallback | failed | ended-unobserved | while-down | closed | message | voicemail | callback
    # | refused | busy | no-answer | declined | expired, or a campaign's (calls.campaign); empty while it lives
    sa.Column("result", sa.String(20), nullable=False, server_default=""),
    sa.Column(
        "ended_by", sa.String(20), nullable=False, server_default=""
    ),  # caller | operator | supervisor | telemarket | pbx | unobserved
    sa.Column("recording", sa.String(300), nullable=False, server_default=""),  # path below the recordings folder
    sa.Column("routing", sa.LargeBinary, nullable=True),  # JSON: "why this operator?"
    # Of a call that has been talked with and waits again, is parked or passed on.
    sa.Column("requeued", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),  # of a callback
    sa.Column("due_at", UtcDateTime, nullable=True),  # when a callback is tried again
    # Who ran it: empty for Telemarket itself, else "app_queue" (followed) or "queue_log" (imported)
    sa.Column("source", sa.String(20), nullable=False, server_default=""),
    sa.Column("daemon", sa.String(80), nullable=False, server_default=""),  # whose call it is: asterisk.app of that one
)
sa.Index("ix_calls_contact", calls.c.contact_id, calls.c.arrived_at)
sa.Index("ix_calls_agent", calls.c.agent_id, calls.c.arrived_at)
sa.Index(
    "ix_calls_live",
    calls.c.arrived_at,
    sqlite_where=calls.c.ended_at.is_(None),
    postgresql_where=calls.c.ended_at.is_(None),
)

agent_states = sa.Table(
    "agent_states",
    metadata,
    sa.Column("agent_id", sa.Integer, primary_key=True),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("reason", sa.String(80), nullable=False, server_default=""),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("call_id", sa.String(80), nullable=True),
    sa.Column("daemon", sa.String(80), nullable=False, server_default=""),  # where he is at work
)
