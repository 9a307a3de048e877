"""Rows of `contact_records`, and the one among them that people write themselves."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.backend import Record
from telemarket.contacts.model import OWN
from telemarket.contacts.sync.incoming import Incoming, decode, digest, encode
from telemarket.contacts.sync.merging import Sourced
from telemarket.contacts.tables import contact_records, contacts, phones

_REPLACED = ("digest", "data", "company_key", "synced_at", "gone_at")  # a known record keeps its contact


async def write_records(
    connection: AsyncConnection, backend: str, incoming: Sequence[Incoming], owners: Mapping[str, int], at: datetime
) -> None:
    """Write records, new or changed; `owners` says whose each is, by key."""
    if not incoming:
        return
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(contact_records)
    statement = statement.on_conflict_do_update(
        index_elements=[contact_records.c.backend, contact_records.c.key],
        set_={name: statement.excluded[name] for name in _REPLACED},
    )
    rows = [
        {
            "backend": backend,
            "key": each.record.key,
            "contact_id": owners[each.record.key],
            "digest": each.digest,
            "data": each.data,
            "company_key": each.record.company_key,
            "synced_at": at,
            "gone_at": None,
        }
        for each in incoming
    ]
    await connection.execute(statement, rows)


async def said_of(connection: AsyncConnection, contact_ids: Iterable[int]) -> dict[int, list[Sourced]]:
    """What is said of contacts at present, by their id; one without any record is not in it."""
    said: dict[int, list[Sourced]] = {}
    living = contact_records.c.contact_id.in_(tuple(contact_ids)) & contact_records.c.gone_at.is_(None)
    for row in await connection.execute(sa.select(contact_records).where(living)):
        said.setdefault(row.contact_id, []).append(Sourced(row.backend, decode(row.data)))
    return said


async def keep_own(connection: AsyncConnection, contact_ids: Iterable[int], at: datetime) -> None:
    """What people wrote of contacts that have no record yet becomes their own record."""
    without = ~sa.exists().where(contact_records.c.contact_id == contacts.c.id)
    rows = await contact_rows(connection, contacts.c.id.in_(tuple(contact_ids)) & without)
    numbers = await phone_rows_of(connection, rows)
    own = [own_record(row, numbers.get(contact_id, ())) for contact_id, row in rows.items()]
    await write_own(connection, own, at)


async def write_own(connection: AsyncConnection, own: Sequence[Record], at: datetime) -> None:
    """Write own records; the key of each is its contact's id."""
    incoming = []
    for record in own:
        data = encode(record)
        incoming.append(Incoming(record, data, digest(data)))
    await write_records(connection, OWN, incoming, {record.key: int(record.key) for record in own}, at)


async def contact_rows(connection: AsyncConnection, which: sa.ColumnElement[bool]) -> dict[int, Mapping[str, Any]]:
    """Rows of `contacts` by id."""
    return {row.id: dict(row._mapping) for row in await connection.execute(sa.select(contacts).where(which))}


async def phone_rows_of(connection: AsyncConnection, contact_ids: Iterable[int]) -> dict[int, list[Mapping[str, Any]]]:
    """Rows of the phone index by contact, in order."""
    query = sa.select(phones).where(phones.c.contact_id.in_(tuple(contact_ids))).order_by(phones.c.id)
    found: dict[int, list[Mapping[str, Any]]] = {}
    for phone in await connection.execute(query):
        found.setdefault(phone.contact_id, []).append(dict(phone._mapping))
    return found


def own_record(values: Mapping[str, Any], numbers: Sequence[Mapping[str, Any]]) -> Record:
    """A contact, from the values of its row and rows of the phone index, as a record of people's own."""
    return Record(
        key=str(values["id"]),
        kind=values["kind"],
        name=values["name"],
        company=values["company"],
        position=values["position"],
        site=values["site"],
        region=values["region"],
        emails=tuple(values["emails"]),
        addresses=tuple((kind, text) for kind, text in values["addresses"]),
        categories=tuple(values["categories"]),
        attributes=tuple(values["attributes"].items()),
        phones=tuple((row["kind"], _with_extension(row)) for row in numbers),
    )


def _with_extension(row: Mapping[str, Any]) -> str:
    return f"{row['e164'] or row['raw']} ext. {row['extension']}" if row["extension"] else row["raw"]
