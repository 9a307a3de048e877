"""Contacts put back to what they were, without bringing back what a source said then and no longer says."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.contacts.sync.incoming import put_together
from telemarket.contacts.sync.merging import only_empty_words
from telemarket.contacts.sync.rows import said_of
from telemarket.contacts.tables import contact_records
from telemarket.contacts.writing import Prepared, archive_many, revive_many, update_many
from telemarket.numbers import NumberingPlan


async def restore_many(
    connection: AsyncConnection,
    states: Mapping[int, Prepared],
    *,
    plan: NumberingPlan,
    trust: Mapping[str, int],
    at: datetime,
    origin: str,
    by: int | None,
) -> None:
    """Write contacts as they were, but what their records say as these say it now.

    One that only sources knew and none does any more is put aside, as their synchronisation would have done.
    """
    how: dict[str, Any] = {"at": at, "origin": origin, "by": by}
    mine = contact_records.c.contact_id.in_(tuple(states))
    known = set(await connection.scalars(sa.select(contact_records.c.contact_id).where(mine).distinct()))
    said = {
        contact_id: records
        for contact_id, records in (await said_of(connection, states)).items()
        if not only_empty_words(records)
    }
    aside = {contact_id for contact_id in known - said.keys() if not _must_not_be_called(states[contact_id])}
    changes = []
    for contact_id, state in states.items():
        if contact_id in said:
            merged = put_together(said[contact_id], trust, plan)
            state = Prepared({**state.values, **merged.values}, merged.phones)
        changes.append((contact_id, state))
    await revive_many(connection, states.keys() - aside, **how)
    await update_many(connection, changes, **how)
    await archive_many(connection, aside, **how)


def _must_not_be_called(state: Prepared) -> bool:
    return bool(state.values["do_not_call"]) or state.values["consent"] == "refused"
