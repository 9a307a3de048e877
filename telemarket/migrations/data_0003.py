"""What migration 0003 does with the rows that are there.

One mail address becomes several, two addresses become a list of them, a contact of a backend gets its record, and
everybody gets the keys by which doubles are found. The words of everything written about him give way to those by which
his further values are found.
"""

import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec
import sqlalchemy as sa

from telemarket.contacts.keys import keys_of
from telemarket.contacts.words import attribute_words

_PORTION = 1000
_TEXTS = ("name", "company", "position", "site")
_OLD_ADDRESSES = (("address", "work"), ("postal_address", "postal"))

_contacts = sa.table(
    "contacts",
    *(sa.column(name) for name in ("id", *_TEXTS, "email", "address", "postal_address", "backend", "backend_key")),
    *(sa.column(name, sa.JSON) for name in ("attributes", "emails", "addresses", "origins")),
    sa.column("updated_at", sa.DateTime(timezone=True)),
)
_phones = sa.table("phones", *(sa.column(name) for name in ("id", "contact_id", "kind", "raw", "origin")))
_keys = sa.table("contact_keys", sa.column("key", sa.BigInteger), sa.column("contact_id"))
_words = sa.table("contact_words", sa.column("word"), sa.column("contact_id"))
_records = sa.table(
    "contact_records",
    *(sa.column(name) for name in ("backend", "key", "contact_id")),
    *(sa.column(name, sa.LargeBinary) for name in ("digest", "data")),
    sa.column("synced_at", sa.DateTime(timezone=True)),
)

Row = sa.Row[*tuple[Any, ...]]


def upgrade(connection: sa.Connection) -> None:
    """Fill the new columns and tables from the old columns, which are still there."""
    connection.execute(_words.delete())
    for rows in _portions(connection):
        new = {row.id: _new_values(row) for row in rows}
        connection.execute(_update(), [{"row_id": key, **_prefixed(values)} for key, values in new.items()])
        keys = [
            {"key": key, "contact_id": row.id}
            for row in rows
            for key in keys_of({"name": row.name, "company": row.company, "emails": new[row.id]["emails"]})
        ]
        if keys:
            connection.execute(_keys.insert(), keys)
        words = [
            {"word": word, "contact_id": row.id}
            for row in rows
            for word in attribute_words({"attributes": row.attributes})
        ]
        if words:
            connection.execute(_words.insert(), words)
        for row in filter(_of_backend, rows):
            _keep_record(connection, row, new[row.id])


def _portions(connection: sa.Connection) -> Iterator[list[Row]]:
    last = 0
    while rows := list(
        connection.execute(sa.select(_contacts).where(_contacts.c.id > last).order_by(_contacts.c.id).limit(_PORTION))
    ):
        yield rows
        last = rows[-1].id


def _of_backend(row: Row) -> bool:
    return bool(row.backend != "own" and row.backend_key)


def _new_values(row: Row) -> dict[str, Any]:
    addresses = [[kind, text] for column, kind in _OLD_ADDRESSES if (text := row._mapping[column])]
    emails = [row.email] if row.email else []
    origins: dict[str, str] = {}
    if _of_backend(row):
        fields = [name for name in _TEXTS if row._mapping[name]]
        fields += [f"attributes.{name}" for name in row.attributes]
        fields += [f"emails.{address}" for address in emails]
        fields += [f"addresses.{text}" for _, text in addresses]
        origins = dict.fromkeys(fields, row.backend)
    return {"emails": emails, "addresses": addresses, "origins": origins}


def _prefixed(values: dict[str, Any]) -> dict[str, Any]:
    return {f"new_{name}": value for name, value in values.items()}


def _update() -> sa.Update:
    new = {name: sa.bindparam(f"new_{name}", type_=sa.JSON) for name in ("emails", "addresses", "origins")}
    return _contacts.update().where(_contacts.c.id == sa.bindparam("row_id")).values(new)


def _keep_record(connection: sa.Connection, row: Row, new: dict[str, Any]) -> None:
    own = _phones.c.contact_id == row.id
    written = connection.execute(sa.select(_phones.c.kind, _phones.c.raw).where(own).order_by(_phones.c.id)).all()
    record = {
        "key": row.backend_key,
        **{name: row._mapping[name] for name in _TEXTS},
        "phones": [list(phone) for phone in written],
        "emails": new["emails"],
        "addresses": new["addresses"],
        "attributes": list(row.attributes.items()),
    }
    data = msgspec.json.encode(record)
    values = {
        "backend": row.backend,
        "key": row.backend_key,
        "contact_id": row.id,
        "digest": hashlib.blake2b(data, digest_size=8).digest(),
        "data": data,
        "synced_at": row.updated_at,
    }
    connection.execute(_records.insert().values(values))
    connection.execute(_phones.update().where(own).values(origin=row.backend))
