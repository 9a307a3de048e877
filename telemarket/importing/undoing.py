"""Undoing an import: new contacts vanish, changed ones get back what they had; what was touched since stays."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.contacts.sync.own import change_many
from telemarket.contacts.tables import contact_changes, contacts, import_rows
from telemarket.contacts.writing import Prepared
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.i18n import N_, to_stored
from telemarket.importing.deciding import Known
from telemarket.importing.known import read_contacts
from telemarket.importing.store import ImportStore
from telemarket.numbers import NumberingPlan

_BATCH = 500
# What belongs to a contact alone, and goes with it; whatever else refers to it is a reason to keep it. Beginnings of
# names, for PostgreSQL keeps the search in several tables.
_OWN_TABLES = (
    *("phones", "contact_words", "contact_keys", "contact_categories", "contact_search", "contact_index"),
    *("contact_changes", "import_rows"),
)
_FOLLOWING = ("origins", "consent_at", "incomplete")  # what follows from other values is never a value of the file


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What an import made of a known contact: values and telephones before and after."""

    before: Prepared
    after: Prepared


async def undo(database: Database, plan: NumberingPlan, trust: Mapping[str, int], clock: Clock, import_id: int) -> None:
    """Undo what an import did whose undoing has begun, a batch in a transaction; goes on where an earlier try ended.

    Rows whose effect stays keep the reason. `plan` and `trust` are those of the synchronisation.
    """
    store = ImportStore(database, clock)
    try:
        async with database.read() as connection:
            references = await _references(connection)
        last = 0
        while True:
            async with database.write() as connection:
                rows = await _rows(connection, import_id, last)
                await _undo_new(connection, import_id, rows, references)
                changes = await _undo_changed(connection, import_id, rows)
                how: dict[str, Any] = {"at": clock(), "origin": f"undo:{import_id}", "by": None}
                await change_many(connection, changes, plan=plan, trust=trust, **how)
                await store.beat(connection, import_id)
            if not rows:
                break
            last = rows[-1].row
    except BaseException:
        await store.end(import_id, "failed", N_("The undoing was interrupted. Undo it again: it goes on."))
        raise
    await store.end(import_id, "undone")


async def _rows(connection: AsyncConnection, import_id: int, after: int) -> Sequence[Any]:
    statement = (
        sa.select(import_rows)
        .where(
            import_rows.c.import_id == import_id,
            import_rows.c.row > after,
            import_rows.c.action.in_(("new", "updated")),
        )
        .order_by(import_rows.c.row)
        .limit(_BATCH)
    )
    return (await connection.execute(statement)).all()


async def _undo_new(
    connection: AsyncConnection, import_id: int, rows: Sequence[Any], references: Sequence[sa.ColumnClause[Any]]
) -> None:
    made = {row.contact_id: row.row for row in rows if row.action == "new" and row.contact_id is not None}
    used = await _in_use(connection, import_id, made, references)
    gone = [contact_id for contact_id in made if contact_id not in used]
    await connection.execute(import_rows.delete().where(_of(import_id, [made[each] for each in gone])))
    await connection.execute(contacts.delete().where(contacts.c.id.in_(gone)))
    await _keep(
        connection, import_id, [made[contact_id] for contact_id in used], N_("It has been used or changed since.")
    )


async def _in_use(
    connection: AsyncConnection, import_id: int, ids: Iterable[int], references: Sequence[sa.ColumnClause[Any]]
) -> set[int]:
    """Contacts that calls, requests or anything else refers to, and those that somebody has changed since."""
    wanted = list(ids)
    others = contact_changes.c.origin != f"import:{import_id}"
    changed = sa.select(contact_changes.c.contact_id).where(contact_changes.c.contact_id.in_(wanted), others)
    used = set(await connection.scalars(changed))
    for column in references:
        used |= set(await connection.scalars(sa.select(column).where(column.in_(wanted)).distinct()))
    return used


async def _references(connection: AsyncConnection) -> list[sa.ColumnClause[Any]]:
    """Columns that name contacts, as the database itself knows them: rooms this process has not loaded count too.

    Those of calls do so without a foreign key, by their name alone.
    """

    def look(sync: sa.Connection) -> list[tuple[str, str]]:
        inspector = sa.inspect(sync)
        columns = {
            (table, column["name"])
            for (_, table), found in inspector.get_multi_columns().items()
            for column in found
            if column["name"] == "contact_id"
        }
        columns |= {
            (table, key["constrained_columns"][0])
            for (_, table), found in inspector.get_multi_foreign_keys().items()
            for key in found
            if key["referred_table"] == contacts.name
        }
        return sorted(column for column in columns if not column[0].startswith(_OWN_TABLES))

    return [sa.table(table, sa.column(name)).c[name] for table, name in await connection.run_sync(look)]


async def _undo_changed(connection: AsyncConnection, import_id: int, rows: Sequence[Any]) -> list[tuple[int, Prepared]]:
    """What gives contacts back the values they had, but for those that are no longer what the import wrote."""
    written = {row.contact_id: row for row in rows if row.action == "updated" and row.contact_id is not None}
    current = await read_contacts(connection, list(written))
    changes, kept = [], []
    for contact_id, row in written.items():
        was = msgspec.json.decode(row.data, type=Written)
        now = current.get(contact_id)
        if now is None:  # archived since, with what the import wrote
            kept.append(row.row)
            continue
        changes.append((contact_id, _given_back(was, now)))
        if _touched(was, now):
            kept.append(row.row)
    done = [row.row for row in written.values() if row.row not in kept]
    await connection.execute(import_rows.delete().where(_of(import_id, done)))
    await _keep(connection, import_id, kept, N_("It has been changed since: those values stay."))
    return changes


def _given_back(was: Written, now: Known) -> Prepared:
    """The values from before, of those untouched since. What a source said then is not given back as if people had:
    that source says itself what it says now."""
    before, origins = was.before.values, was.before.values.get("origins", {})
    values = {name: before[name] for name in _values(was) if _untouched(name, was, now)}
    for name in values.keys() & origins.keys():
        values[name] = ""
    if "attributes" in values:
        written = was.after.values["attributes"]
        values["attributes"] = {
            name: value
            for name, value in values["attributes"].items()
            if f"attributes.{name}" not in origins or written.get(name) == value
        }
    if "consent" in values:
        at = before.get("consent_at")
        values["consent_at"] = datetime.fromisoformat(at) if at else None
    if before.get("incomplete") and not _touched(was, now):
        values["incomplete"] = True
    return Prepared(values, was.before.phones if _phones_untouched(was, now) else None)


def _touched(was: Written, now: Known) -> bool:
    return not (_phones_untouched(was, now) and all(_untouched(name, was, now) for name in _values(was)))


def _values(was: Written) -> list[str]:
    return [name for name in was.before.values if name not in _FOLLOWING]


def _untouched(name: str, was: Written, now: Known) -> bool:
    return bool(now.values[name] == was.after.values[name])


def _phones_untouched(was: Written, now: Known) -> bool:
    return was.after.phones is None or _same(now.phones, was.after.phones)


def _same(phones: Sequence[dict[str, Any]], others: Sequence[dict[str, Any]]) -> bool:
    return {(each["digits"], each["extension"]) for each in phones} == {
        (each["digits"], each["extension"]) for each in others
    }


async def _keep(connection: AsyncConnection, import_id: int, rows: Sequence[int], reason: str) -> None:
    """Say at the import's rows why what they did stays."""
    data = msgspec.json.encode({"cells": {}, "reason": to_stored(reason)})
    await connection.execute(import_rows.update().where(_of(import_id, rows)).values(action="kept", data=data))


def _of(import_id: int, rows: Sequence[int]) -> sa.ColumnElement[bool]:
    return sa.and_(import_rows.c.import_id == import_id, import_rows.c.row.in_(rows))
