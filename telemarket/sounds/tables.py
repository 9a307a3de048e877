"""Supervisors' own sounds."""

import sqlalchemy as sa

from telemarket.core.database import UtcDateTime, metadata

sounds = sa.Table(
    "sounds",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True),  # as projects refer to it
    sa.Column("language", sa.String(2), primary_key=True),  # empty: for callers of every language
    sa.Column("title", sa.String(200), nullable=False, server_default=""),
    sa.Column("file", sa.String(200), nullable=False, server_default=""),  # its name when it was uploaded
    sa.Column("text", sa.Text, nullable=False, server_default=""),  # what was spoken, if it was made from text
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("uploaded_by", sa.ForeignKey("users.id"), nullable=True),  # empty: by the command
    sa.Column("uploaded_at", UtcDateTime, nullable=False),
)
