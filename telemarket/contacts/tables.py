"""Contacts, their telephone numbers (the phone index), where their values come from and what became of them."""

from typing import Any

import sqlalchemy as sa

from telemarket.core.database import UtcDateTime, metadata


def _ranged(length: int) -> sa.types.TypeEngine[str]:
    """Text compared byte by byte whatever the locale of the PostgreSQL server, so that ranges stay index ranges."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


contacts = sa.Table(
    "contacts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("kind", sa.String(10), nullable=False, server_default="person"),  # person | company
    sa.Column("name", sa.String(200), nullable=False, server_default=""),
    sa.Column("company", sa.String(200), nullable=False, server_default=""),  # as written; company_id: its own card
    sa.Column("company_id", sa.ForeignKey("contacts.id", ondelete="SET NULL"), nullable=True, index=True),
    sa.Column("position", sa.String(200), nullable=False, server_default=""),
    sa.Column("emails", sa.JSON, nullable=False, server_default="[]"),  # ["a@example.com", …], the main one first
    sa.Column("addresses", sa.JSON, nullable=False, server_default="[]"),  # [["legal", "Київ, …"], …]
    sa.Column("site", sa.String(500), nullable=False, server_default=""),
    sa.Column("source", sa.String(80), nullable=False, server_default=""),  # where the contact came from
    sa.Column("region", sa.String(200), nullable=False, server_default=""),
    sa.Column("categories", sa.JSON, nullable=False, server_default="[]"),  # ["ДМС", …]; see contact_categories
    sa.Column("consultant_id", sa.ForeignKey("users.id"), nullable=True),  # who is responsible for this contact
    sa.Column("vip", sa.Boolean, nullable=False, server_default=sa.false()),
    # May his data be processed, may he be called: "" (not asked), "given" or "refused".
    sa.Column("consent", sa.String(10), nullable=False, server_default=""),
    sa.Column("consent_at", UtcDateTime, nullable=True),
    sa.Column("do_not_call", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("incomplete", sa.Boolean, nullable=False, server_default=sa.false()),  # made of an unknown number
    sa.Column("attributes", sa.JSON, nullable=False, server_default="{}"),  # further values: policy, limit…
    # Which backend each value comes from, {"name": "onec", "attributes.Поліс": "crm"}; nothing said: own.
    sa.Column("origins", sa.JSON, nullable=False, server_default="{}"),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("created_by", sa.ForeignKey("users.id"), nullable=True),
    sa.Column("created_from", sa.String(60), nullable=False, server_default="desk"),  # an origin, as in contact_changes
    sa.Column("updated_at", UtcDateTime, nullable=False),
    # Gone from its last source, merged into another or erased: not matched and not found, but history keeps it.
    sa.Column("archived_at", UtcDateTime, nullable=True),
    sa.Column("merged_into", sa.ForeignKey("contacts.id", ondelete="SET NULL"), nullable=True, index=True),
    sqlite_autoincrement=True,  # an id that somebody had is nobody else's: what is said of it elsewhere lasts
)

# What a partial index and the query that shall use it have in common, word for word.
RARE: dict[str, sa.ColumnElement[Any]] = {
    **{name: sa.literal_column(name) for name in ("incomplete", "do_not_call")},
    "company": contacts.c.kind == sa.literal_column("'company'"),
    "archived": contacts.c.archived_at.is_not(None),
}
"""Traits by which few are found among many."""

for _name, _trait in RARE.items():
    sa.Index(f"ix_contacts_{_name}", contacts.c.id, sqlite_where=_trait, postgresql_where=_trait)
sa.Index("ix_contacts_consultant", contacts.c.consultant_id, contacts.c.id)
sa.Index("ix_contacts_region", contacts.c.region, contacts.c.id)
sa.Index("ix_contacts_source", contacts.c.source, contacts.c.id)

contact_categories = sa.Table(
    "contact_categories",
    metadata,
    sa.Column("category", sa.String(80), primary_key=True),
    sa.Column("contact_id", sa.ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True, index=True),
    sqlite_with_rowid=False,
)

# What each backend says of a contact. A contact without records is what people wrote; of one with records its row
# in `contacts` is the merger, field by field, by priority; what people wrote is then the record of backend "own".
contact_records = sa.Table(
    "contact_records",
    metadata,
    sa.Column("backend", sa.String(40), primary_key=True),
    sa.Column("key", _ranged(200), primary_key=True),  # the backend's own lasting identifier; of "own": contacts.id
    sa.Column("contact_id", sa.ForeignKey("contacts.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("digest", sa.LargeBinary(8), nullable=False),  # of `data`: equal digests need no writing
    sa.Column("data", sa.LargeBinary, nullable=False),  # telemarket.backend.Record as JSON, UTF-8
    sa.Column("company_key", _ranged(200), nullable=False, server_default=""),  # key of the company's own record
    sa.Column("synced_at", UtcDateTime, nullable=False),  # when it last changed
    sa.Column("gone_at", UtcDateTime, nullable=True),  # when the backend ceased to name it
    sqlite_with_rowid=False,
)

backend_services = sa.Table(
    "backend_services",
    metadata,
    sa.Column("backend", sa.String(40), primary_key=True),
    sa.Column("key", sa.String(200), primary_key=True),
    sa.Column("name", sa.String(300), nullable=False),
    sa.Column("code", sa.String(80), nullable=False, server_default=""),
    sa.Column("group", sa.String(300), nullable=False, server_default=""),
    sa.Column("provider", sa.String(300), nullable=False, server_default=""),
    sa.Column("price", sa.Numeric(18, 4), nullable=True),
    sa.Column("currency", sa.String(20), nullable=False, server_default=""),
    sa.Column("unit", sa.String(40), nullable=False, server_default=""),
    sa.Column("gone_at", UtcDateTime, nullable=True),
)

# How far each backend has been synchronised, and what became of it. One row a backend.
backend_states = sa.Table(
    "backend_states",
    metadata,
    sa.Column("name", sa.String(60), primary_key=True),
    sa.Column("cursor", sa.Text, nullable=False, server_default=""),
    sa.Column("started_at", UtcDateTime, nullable=True),
    sa.Column("ended_at", UtcDateTime, nullable=True),
    sa.Column("succeeded_at", UtcDateTime, nullable=True),
    sa.Column("failed_at", UtcDateTime, nullable=True),
    sa.Column("failure", sa.JSON, nullable=True),  # {"id": …, "message": …, "remedy": …} of the last failure
    sa.Column("counts", sa.JSON, nullable=False, server_default="{}"),  # of the last run: read, new, changed, …
    sa.Column("owner", sa.String(80), nullable=False, server_default=""),  # the process that runs it now
    sa.Column("alive_at", UtcDateTime, nullable=True),  # that process's last sign of life
)

attribute_types = sa.Table(
    "attribute_types",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("project_id", sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=True),  # NULL: of all projects
    sa.Column("name", sa.String(80), nullable=False),
    sa.Column("kind", sa.String(10), nullable=False),  # text | number | money | date | flag | choice
    sa.Column("choices", sa.JSON, nullable=False, server_default="[]"),
    sa.Column("searched", sa.Boolean, nullable=False, server_default=sa.true()),  # found by the search
    sa.Column("position", sa.Integer, nullable=False, server_default="0"),
    sa.UniqueConstraint("project_id", "name"),
)

contact_changes = sa.Table(
    "contact_changes",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("contact_id", sa.ForeignKey("contacts.id", ondelete="CASCADE"), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("by", sa.ForeignKey("users.id"), nullable=True),
    sa.Column("origin", sa.String(60), nullable=False),  # desk | import:12 | backend:onec | merge:3 | call
    sa.Column("changes", sa.JSON, nullable=False),  # {"name": ["old", "new"], "phones": [[…], […]]}
)
sa.Index("ix_contact_changes_contact", contact_changes.c.contact_id, contact_changes.c.id)

contact_merges = sa.Table(
    "contact_merges",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("kept_id", sa.ForeignKey("contacts.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("gone_id", sa.ForeignKey("contacts.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("by", sa.ForeignKey("users.id"), nullable=True),
    sa.Column("before", sa.JSON, nullable=False),  # both as they were, and what was moved: enough to undo it
    sa.Column("undone_at", UtcDateTime, nullable=True),
)

# Mail addresses, and names with their companies, as numbers: see `keys.py`. Equal ones stand side by side.
contact_keys = sa.Table(
    "contact_keys",
    metadata,
    sa.Column("key", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("contact_id", sa.ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True, index=True),
    sqlite_with_rowid=False,
)

# Whom no backend may bring back: keyed digests of numbers and backend keys of people whose data were erased.
erased_keys = sa.Table(
    "erased_keys",
    metadata,
    sa.Column("digest", sa.LargeBinary(16), primary_key=True),
    sa.Column("erased_at", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,
)

import_profiles = sa.Table(
    "import_profiles",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(80), nullable=False, unique=True),
    sa.Column("mapping", sa.JSON, nullable=False),  # columns, keys, what becomes of the rest
    sa.Column("schedule", sa.JSON, nullable=True),  # where from and how often, if it runs by itself
    sa.Column("due_at", UtcDateTime, nullable=True),  # when it runs next; who moves it on has this turn
    sa.Column("outcome", sa.JSON, nullable=False, server_default="{}"),  # last success, last failure, what was read
    sa.Column("changed_at", UtcDateTime, nullable=False),
)

imports = sa.Table(
    "imports",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("profile_id", sa.ForeignKey("import_profiles.id", ondelete="SET NULL"), nullable=True, index=True),
    sa.Column("title", sa.String(300), nullable=False),  # the file's name, the address, the query's name
    sa.Column("mapping", sa.JSON, nullable=False),  # as it was used
    sa.Column("by", sa.ForeignKey("users.id"), nullable=True),
    # waiting | running | stopping | stopped | done | failed | undoing | undone
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("alive_at", UtcDateTime, nullable=False),  # last sign of life of whoever works at it
    sa.Column("ended_at", UtcDateTime, nullable=True),
    sa.Column("counts", sa.JSON, nullable=False, server_default="{}"),  # row, total, read, new, updated, …
    sa.Column("failure", sa.Text, nullable=False, server_default=""),
)

# What each row of an import did, for the undo and the list of refused rows.
import_rows = sa.Table(
    "import_rows",
    metadata,
    sa.Column("import_id", sa.ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("row", sa.Integer, primary_key=True),  # as the spreadsheet numbers it
    sa.Column("action", sa.String(10), nullable=False),  # new | updated | refused (unchanged rows leave nothing)
    sa.Column("contact_id", sa.ForeignKey("contacts.id", ondelete="CASCADE"), nullable=True, index=True),
    sa.Column("data", sa.LargeBinary, nullable=False, server_default=sa.text("''")),  # values before; the refused row
    sqlite_with_rowid=False,
)

# What the search finds contacts by: see `terms.py`. The database's own full text stands upon it (migration 0003); in
# PostgreSQL in parts, for a search that has found enough in the first does not look into the others.
contact_search = sa.Table(
    "contact_search",
    metadata,
    sa.Column("contact_id", sa.ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    sa.Column("terms", sa.Text, nullable=False),
    postgresql_partition_by="HASH (contact_id)",
)

# Contacts whose terms are to be written anew, from the first to the last of their ids.
contact_search_due = sa.Table(
    "contact_search_due",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("first_id", sa.Integer, nullable=False),
    sa.Column("last_id", sa.Integer, nullable=False),
)

# Whole values of attributes, and the numbers in them: they open a contact, and find him for an import.
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
    sa.Column("origin", sa.String(40), nullable=False, server_default="own"),  # the backend it comes from
)

match_choices = sa.Table(
    "match_choices",
    metadata,
    sa.Column("digits", sa.String(20), primary_key=True),
    sa.Column("contact_id", sa.ForeignKey("contacts.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("chosen_by", sa.ForeignKey("users.id"), nullable=True),
    sa.Column("chosen_at", UtcDateTime, nullable=False),
)
