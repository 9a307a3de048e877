"""The full text over `contact_search`: each database has its own, FTS5 kept by triggers or a GIN index."""

import sqlalchemy as sa

# Positions and lengths are never asked for; beginnings of up to eight letters have lists of their own.
_SQLITE = (
    """
    CREATE VIRTUAL TABLE contact_index USING fts5(
        terms, content='contact_search', content_rowid='contact_id', detail=none, columnsize=0,
        prefix='2 3 4 5 6 7 8', tokenize="ascii tokenchars '_'"
    )""",
    """
    CREATE TRIGGER contact_index_insert AFTER INSERT ON contact_search BEGIN
        INSERT INTO contact_index (rowid, terms) VALUES (new.contact_id, new.terms);
    END""",
    """
    CREATE TRIGGER contact_index_delete AFTER DELETE ON contact_search BEGIN
        INSERT INTO contact_index (contact_index, rowid, terms) VALUES ('delete', old.contact_id, old.terms);
    END""",
    """
    CREATE TRIGGER contact_index_update AFTER UPDATE ON contact_search BEGIN
        INSERT INTO contact_index (contact_index, rowid, terms) VALUES ('delete', old.contact_id, old.terms);
        INSERT INTO contact_index (rowid, terms) VALUES (new.contact_id, new.terms);
    END""",
)
_PARTS = 16
_POSTGRESQL = (
    *(
        f"CREATE TABLE contact_index_{part} PARTITION OF contact_search"
        f" FOR VALUES WITH (MODULUS {_PARTS}, REMAINDER {part})"
        for part in range(_PARTS)
    ),
    # A function of our own can say what it costs: the planner would rather read a whole table than look into the index.
    """
    CREATE FUNCTION contact_index_terms(terms text) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1000
    AS $$ BEGIN RETURN array_to_tsvector(string_to_array(terms, ' ')); END $$
    """,
    # Without the list of what is still to be put into it, which every search would read from end to end.
    "CREATE INDEX contact_index ON contact_search USING gin (contact_index_terms(terms)) WITH (fastupdate = off)",
)


def upgrade(connection: sa.Connection) -> None:
    """Make it, and put every contact down as due."""
    for statement in _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL:
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql(
        "INSERT INTO contact_search_due (first_id, last_id) SELECT min(id), max(id) FROM contacts HAVING count(*) > 0"
    )


def downgrade(connection: sa.Connection) -> None:
    """Unmake it; the triggers go with their table."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("DROP TABLE contact_index")
    else:
        connection.exec_driver_sql("DROP FUNCTION contact_index_terms CASCADE")
