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
    sa.Column("contact_id", sa.ForeignKey("contacts.id"), nullable=False),
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
    sa.Column("author_id", sa.ForeignKey("users.id"), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
)
sa.Index("ix_requests_contact", requests.c.contact_id, requests.c.created_at)
