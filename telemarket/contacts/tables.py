"""Contacts, their telephone numbers (the phone index) and what operators chose among doubles."""

import sqlalchemy as sa

from telemarket.core.database import UtcDateTime, metadata


def _ranged(length: int) -> sa.types.TypeEngine[str]:
    """Text compared byte by byte whatever the locale of the PostgreSQL server, so that ranges stay index ranges."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


contacts = sa.Table(
    "contacts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(200), nullable=False, server_default=""),
    sa.Column("company", sa.String(200), nullable=False, server_default=""),
    sa.Column("position", sa.String(200), nullable=False, server_default=""),
    sa.Column("email", sa.String(254), nullable=False, server_default=""),
    sa.Column("postal_address", sa.String(500), nullable=False, server_default=""),
    sa.Column("address", sa.String(500), nullable=False, server_default=""),
    sa.Column("site", sa.String(500), nullable=False, server_default=""),
    sa.Column("source", sa.String(80), nullable=False, server_default=""),  # where the contact came from
    sa.Column("vip", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("attributes", sa.JSON, nullable=False, server_default="{}"),  # further values: policy, limit…
    sa.Column("backend", sa.String(40), nullable=False, server_default="own"),
    sa.Column("backend_key", sa.String(200), nullable=False, server_default=""),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
)
sa.Index(
    "ix_contacts_backend",
    contacts.c.backend,
    contacts.c.backend_key,
    unique=True,
    sqlite_where=contacts.c.backend_key != "",
    postgresql_where=contacts.c.backend_key != "",
)

# The words of name and company, case folded: the operator searches by the beginnings of words.
contact_words = sa.Table(
    "contact_words",
    metadata,
    sa.Column("word", _ranged(40), primary_key=True),
    sa.Column("contact_id", sa.ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True, index=True),
    sqlite_with_rowid=False,
)

phones = sa.Table(
    "phones",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("contact_id", sa.ForeignKey("contacts.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("kind", sa.String(10), nullable=False),  # mobile | direct | main | home | fax | other
    sa.Column("raw", sa.String(200), nullable=False),  # as a person or a backend wrote it
    sa.Column("e164", sa.String(20), nullable=False, server_default=""),
    sa.Column("digits", _ranged(20), nullable=False, index=True),  # of e164, or as written
    sa.Column("reversed", _ranged(20), nullable=False, index=True),  # digits backwards: like endings stand together
    sa.Column("extension", sa.String(10), nullable=False, server_default=""),
    sa.Column("quality", sa.SmallInteger, nullable=False),  # 0 valid, 1 area-assumed, 2 weak
)

match_choices = sa.Table(
    "match_choices",
    metadata,
    sa.Column("digits", sa.String(20), primary_key=True),
    sa.Column("contact_id", sa.ForeignKey("contacts.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("chosen_by", sa.ForeignKey("users.id"), nullable=True),
    sa.Column("chosen_at", UtcDateTime, nullable=False),
)
