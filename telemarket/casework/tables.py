"""Requests (обращения) and the lists an operator picks from."""

import sqlalchemy as sa

from telemarket.core.database import UtcDateTime, metadata

choices = sa.Table(
    "choices",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("list", sa.String(20), nullable=False),  # topic | category | action | source | pause
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("project_id", sa.Integer, nullable=True),  # empty: offered in every project
    sa.Column("position", sa.Integer, nullable=False, server_default="0"),
    sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.UniqueConstraint("list", "project_id", "name"),
)

requests = sa.Table(
    "requests",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("contact_id", sa.ForeignKey("contacts.id"), nullable=True),  # empty: he withheld his number
    sa.Column("call_id", sa.String(80), nullable=True, unique=True),
    sa.Column("project_id", sa.Integer, nullable=True),
    sa.Column("text", sa.Text, nullable=False, server_default=""),
    sa.Column("topic_id", sa.ForeignKey("choices.id"), nullable=True),
    sa.Column("category_id", sa.ForeignKey("choices.id"), nullable=True),
    sa.Column("action_id", sa.ForeignKey("choices.id"), nullable=True),
    sa.Column("source_id", sa.ForeignKey("choices.id"), nullable=True),
    sa.Column("state", sa.String(20), nullable=False, server_default="open"),  # open | waiting | done
    sa.Column("deadline", UtcDateTime, nullable=True),
    sa.Column("consultant_id", sa.ForeignKey("users.id"), nullable=True),
    sa.Column("author_id", sa.ForeignKey("users.id"), nullable=True),  # empty: Telemarket itself
    # What made it, or reopened it: voicemail | callback; empty: a person wrote it
    sa.Column("origin", sa.String(10), nullable=False, server_default=""),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
)

UNFINISHED = requests.c.state != sa.literal_column("'done'")
"""What a partial index and the query that shall use it have in common, word for word."""

_NEWEST = (requests.c.created_at, requests.c.id)
sa.Index("ix_requests_contact", requests.c.contact_id, requests.c.created_at)
sa.Index("ix_requests_updated_at", requests.c.updated_at, requests.c.id)
sa.Index("ix_requests_state", requests.c.state, *_NEWEST)
sa.Index("ix_requests_project_state", requests.c.project_id, requests.c.state, *_NEWEST)
sa.Index("ix_requests_consultant_state", requests.c.consultant_id, requests.c.state, *_NEWEST)
for _name, _columns in (
    ("unfinished", _NEWEST),
    ("project", (requests.c.project_id, *_NEWEST)),
    ("consultant", (requests.c.consultant_id, *_NEWEST)),
    ("origin", (requests.c.origin, *_NEWEST)),
    # With all that overdue requests are further chosen by, which then needs no look at the rows.
    (
        "deadline",
        tuple(requests.c[name] for name in ("deadline", "id", "state", "project_id", "consultant_id", "origin")),
    ),
):
    sa.Index(f"ix_requests_{_name}", *_columns, sqlite_where=UNFINISHED, postgresql_where=UNFINISHED)

# Calls that ended without anybody having talked with the caller, until a request says so: see `follow_ups.py`.
follow_ups = sa.Table("follow_ups", metadata, sa.Column("call_id", sa.String(80), primary_key=True))
