"""The one place that writes contacts: their row, their telephones, what they are found by, and the history of both.

Everything works on many contacts at once, with a few statements whatever their number: at most MOST in one call.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.contacts.index import reindex
from telemarket.contacts.model import OWN
from telemarket.contacts.tables import contact_changes, contacts, phones
from telemarket.core.bulk import BulkWrite, insert_rows

MOST = 10_000

EMPTY: dict[str, Any] = {
    "kind": "person",
    **dict.fromkeys(("name", "company", "position", "site", "source", "region", "consent"), ""),
    **dict.fromkeys(("company_id", "consultant_id", "consent_at", "merged_into"), None),
    **dict.fromkeys(("vip", "do_not_call", "incomplete"), False),
    **{name: [] for name in ("emails", "addresses", "categories")},
    **{name: {} for name in ("attributes", "origins")},
}
_UNTOLD = frozenset({"origins", "consent_at"})  # not worth a line of the history
_sequences = sa.table("sqlite_sequence", sa.column("name", sa.String), sa.column("seq", sa.Integer))
_LAST_ID = sa.select(_sequences.c.seq).where(_sequences.c.name == contacts.name)
_PHONE_COLUMNS = tuple(column.name for column in phones.c if column.name not in ("id", "contact_id"))

Values = dict[str, Any]
Changes = dict[str, list[Any]]


class Prepared(msgspec.Struct, frozen=True):
    """What is to be written of one contact: checked values of columns of `contacts`, and rows of the phone index as
    `fields.phone_row` makes them, without the contact's id. None leaves the telephones as they are.

    Lists and mappings are as JSON has them. A telephone that names no origin keeps the one it had, and is otherwise
    the own.
    """

    values: Values
    phones: list[Values] | None = None


class Change(msgspec.Struct, frozen=True):
    """What a contact was like before and is like now, as far as it was changed."""

    contact_id: int
    before: Prepared
    after: Prepared


async def insert_many(
    connection: AsyncConnection, rows: Sequence[Prepared], *, at: datetime, origin: str, by: int | None
) -> list[int]:
    """New contacts; returns their ids, in order. `origin` says what made them (desk, call, import:12, backend:onec)."""
    ids = await _new_ids(connection, len(rows))
    stamps = {"created_at": at, "created_by": by, "created_from": origin, "updated_at": at}
    values = [
        {**EMPTY, **_with_consent(row.values, at), **stamps, "id": contact_id}
        for contact_id, row in zip(ids, rows, strict=True)
    ]
    await insert_rows(connection, contacts, values)
    await _insert_phones(connection, zip(ids, (row.phones or () for row in rows), strict=True))
    await reindex(connection, [(row["id"], None, row) for row in values])
    return ids


async def update_many(
    connection: AsyncConnection,
    changes: Sequence[tuple[int, Prepared]],
    *,
    at: datetime,
    origin: str,
    by: int | None,
) -> list[Change]:
    """Write what differs from what is there, and note it in the history; returns the contacts that changed.

    What people say of a contact goes through `sync.own.change_many`: here it would not last beside a backend's record.
    Telephones, if given, replace all there were. A contact that does not exist is passed over. Values whose origins
    are not given are nobody's but ours once they change. A contact made of an unknown number is complete once it
    gets a name or a company.
    """
    wanted = _merged(changes)
    current = await read_rows(connection, wanted)
    numbers = await read_phones(connection, [key for key, row in wanted.items() if row.phones is not None])
    done: list[Change] = []
    after: dict[int, Values] = {}
    replaced: list[tuple[int, list[Values]]] = []
    history: list[Values] = []
    for contact_id, row in current.items():
        new = _differing(row, wanted[contact_id].values, at)
        old_phones = numbers.get(contact_id, [])
        new_phones = _with_origins(wanted[contact_id].phones, old_phones)
        if new_phones == old_phones:
            new_phones = None
        if not new and new_phones is None:
            continue
        before = {name: row[name] for name in new}
        replaced_phones = None if new_phones is None else old_phones
        done.append(Change(contact_id, Prepared(before, replaced_phones), Prepared(new, new_phones)))
        if new:
            after[contact_id] = new
        if new_phones is not None:
            replaced.append((contact_id, new_phones))
        if told := _told(before, new, old_phones, new_phones):
            history.append(_entry(contact_id, told, at, origin, by))
    await _write(connection, current, after, [each.contact_id for each in done], at)
    await _replace_phones(connection, replaced)
    await reindex(
        connection,
        [_to_index(key, current[key], current[key] | new) for key, new in after.items()],
    )
    await insert_rows(connection, contact_changes, history)
    return done


async def archive_many(
    connection: AsyncConnection, ids: Iterable[int], *, at: datetime, origin: str, by: int | None
) -> list[int]:
    """These are no longer matched nor found; what happened with them stays. Returns those that were not so before."""
    rows = {key: row for key, row in (await read_rows(connection, ids)).items() if row["archived_at"] is None}
    await _set_archived(connection, rows, at)
    await reindex(connection, [(key, row, None) for key, row in rows.items()])
    await insert_rows(
        connection, contact_changes, [_entry(key, {"archived": [False, True]}, at, origin, by) for key in rows]
    )
    return list(rows)


async def revive_many(
    connection: AsyncConnection, ids: Iterable[int], *, at: datetime, origin: str, by: int | None
) -> list[int]:
    """The opposite of `archive_many`; returns those that were archived. They are a part of no other any more."""
    rows = {key: row for key, row in (await read_rows(connection, ids)).items() if row["archived_at"] is not None}
    await _set_archived(connection, rows, None)
    await reindex(connection, [(key, None, row) for key, row in rows.items()])
    await insert_rows(
        connection, contact_changes, [_entry(key, {"archived": [True, False]}, at, origin, by) for key in rows]
    )
    return list(rows)


# ---- what differs


def _merged(changes: Sequence[tuple[int, Prepared]]) -> dict[int, Prepared]:
    """One change for each contact; of a contact named twice the later says more."""
    wanted: dict[int, Prepared] = {}
    for contact_id, change in changes:
        if earlier := wanted.get(contact_id):
            phones_ = earlier.phones if change.phones is None else change.phones
            change = Prepared(earlier.values | change.values, phones_)
        wanted[contact_id] = change
    return wanted


def _with_consent(values: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
    if values.get("consent") and "consent_at" not in values:
        return {**values, "consent_at": at}
    return values


def _differing(row: Values, wanted: Values, at: datetime) -> Values:
    """Of `wanted`, what is not so yet, and what follows from it."""
    new = {name: value for name, value in wanted.items() if row[name] != value}
    if "consent" in new and "consent_at" not in wanted:
        new["consent_at"] = at if new["consent"] else None
    if row["incomplete"] and "incomplete" not in wanted and (wanted.get("name") or wanted.get("company")):
        new["incomplete"] = False
    if row["origins"] and new and "origins" not in wanted:
        left = {field: backend for field, backend in row["origins"].items() if not _changed(field, row, new)}
        if left != row["origins"]:
            new["origins"] = left
    return new


def _changed(field: str, row: Values, new: Values) -> bool:
    """Whether `new` has another value for this entry of `origins`, such as "name" or "attributes.Поліс"."""
    name, _, part = field.partition(".")
    if name not in new:
        return False
    if name == "attributes":
        return bool(new[name].get(part) != row[name].get(part))
    if name == "emails":
        return part not in new[name]
    if name == "addresses":
        return part not in (text for _, text in new[name])
    return True


def _with_origins(wanted: list[Values] | None, current: list[Values]) -> list[Values] | None:
    if wanted is None:
        return None
    known = {(row["digits"], row["extension"]): row["origin"] for row in current}
    return [{"origin": known.get((row["digits"], row["extension"]), OWN), **row} for row in wanted]


def _to_index(contact_id: int, before: Values, after: Values) -> tuple[int, Values | None, Values | None]:
    """Who is archived stays out of the indexes; only the archive's own search follows what is written of him."""
    return (contact_id, before, after) if before["archived_at"] is None else (contact_id, after, None)


def _told(before: Values, new: Values, old_phones: list[Values], new_phones: list[Values] | None) -> Changes:
    told = {name: [before[name], value] for name, value in new.items() if name not in _UNTOLD}
    if new_phones is not None:
        told["phones"] = [[[row["kind"], row["raw"]] for row in rows] for rows in (old_phones, new_phones)]
    return told


def _entry(contact_id: int, changes: Changes, at: datetime, origin: str, by: int | None) -> Values:
    return {"contact_id": contact_id, "at": at, "by": by, "origin": origin, "changes": changes}


# ---- the database


async def _new_ids(connection: AsyncConnection, count: int) -> list[int]:
    """As many ids as nobody else gets or ever had: in SQLite this transaction is the only one that writes."""
    if connection.dialect.name == "sqlite":
        last = await connection.scalar(_LAST_ID) or 0
        return list(range(last + 1, last + count + 1))
    series = sa.func.generate_series(1, count).table_valued("number")
    following = sa.func.nextval(sa.func.pg_get_serial_sequence("contacts", "id"))
    return list(await connection.scalars(sa.select(following).select_from(series)))


async def read_rows(connection: AsyncConnection, ids: Iterable[int]) -> dict[int, Values]:
    """Contacts by id; in PostgreSQL nobody else changes them until the transaction ends."""
    query = sa.select(contacts).where(contacts.c.id.in_(tuple(ids))).order_by(contacts.c.id).with_for_update()
    return {row.id: dict(row._mapping) for row in await connection.execute(query)}


async def read_phones(connection: AsyncConnection, ids: Sequence[int]) -> dict[int, list[Values]]:
    """Rows of the phone index by contact, in order, without what only the database knows."""
    found: dict[int, list[Values]] = {}
    if ids:
        columns = [phones.c[name] for name in _PHONE_COLUMNS]
        query = sa.select(phones.c.contact_id, *columns).where(phones.c.contact_id.in_(ids)).order_by(phones.c.id)
        for contact_id, *values in await connection.execute(query):
            found.setdefault(contact_id, []).append(dict(zip(_PHONE_COLUMNS, values, strict=True)))
    return found


async def _write(
    connection: AsyncConnection,
    current: Mapping[int, Values],
    after: Mapping[int, Values],
    touched: Sequence[int],
    at: datetime,
) -> None:
    """One statement for all: each writes every column that changes in any of them."""
    names = sorted({name for new in after.values() for name in new})
    if touched:
        columns = {
            name: [(after.get(key) or current[key]).get(name, current[key][name]) for key in touched] for name in names
        }
        columns |= {"updated_at": [at] * len(touched), "row_id": list(touched)}
        await _update((*names, "updated_at"), connection.dialect).run(connection, columns)


@lru_cache(64)
def _update(names: tuple[str, ...], dialect: sa.Dialect) -> BulkWrite:
    statement = contacts.update().where(contacts.c.id == sa.bindparam("row_id", type_=sa.Integer))
    return BulkWrite(statement, names, dialect)


async def _set_archived(connection: AsyncConnection, ids: Iterable[int], at: datetime | None) -> None:
    values: Values = {"archived_at": at} if at else {"archived_at": None, "merged_into": None}
    await connection.execute(contacts.update().where(contacts.c.id.in_(tuple(ids))).values(values))


async def _insert_phones(connection: AsyncConnection, given: Iterable[tuple[int, Iterable[Values]]]) -> None:
    rows = [{"origin": OWN, **row, "contact_id": contact_id} for contact_id, numbers in given for row in numbers]
    await insert_rows(connection, phones, rows)


async def _replace_phones(connection: AsyncConnection, replaced: Sequence[tuple[int, list[Values]]]) -> None:
    if replaced:
        await connection.execute(phones.delete().where(phones.c.contact_id.in_([key for key, _ in replaced])))
        await _insert_phones(connection, replaced)
