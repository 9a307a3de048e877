"""What people change about contacts that backends know too: kept as their own word, beside what the backends say."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.contacts.locking import lock_merging
from telemarket.contacts.model import OWN
from telemarket.contacts.sync.incoming import prepared
from telemarket.contacts.sync.merging import Sourced, in_order_of_trust, merge, own_part
from telemarket.contacts.sync.rows import contact_rows, own_record, phone_rows_of, said_of, write_own
from telemarket.contacts.tables import contacts
from telemarket.contacts.writing import Prepared
from telemarket.numbers import NumberingPlan


async def beside_backends(
    connection: AsyncConnection,
    changes: Sequence[tuple[int, Prepared]],
    *,
    plan: NumberingPlan,
    trust: Mapping[str, int],
    at: datetime,
) -> list[tuple[int, Prepared]]:
    """`changes` as they are to be written: of contacts with records, what people say is kept as their own record, and
    what is written is the merger with it. Others are returned as they came."""
    await lock_merging(connection)
    said = await said_of(connection, [contact_id for contact_id, _ in changes])
    if not said:
        return list(changes)
    rows = await contact_rows(connection, contacts.c.id.in_(tuple(said)))
    numbers = await phone_rows_of(connection, said)
    own = []
    result = []
    for contact_id, change in changes:
        if contact_id not in said:
            result.append((contact_id, change))
            continue
        written = _own_numbers(numbers.get(contact_id, []), change.phones)
        others = in_order_of_trust((each for each in said[contact_id] if each.backend != OWN), trust)
        word = own_part(own_record({**rows[contact_id], **change.values}, written), others)
        own.append(word)
        merged = prepared(merge(in_order_of_trust([Sourced(OWN, word), *others], trust)), plan)
        result.append((contact_id, Prepared({**change.values, **merged.values}, merged.phones)))
    await write_own(connection, own, at)
    return result


def _own_numbers(
    current: Sequence[Mapping[str, Any]], wanted: Sequence[Mapping[str, Any]] | None
) -> list[Mapping[str, Any]]:
    """Of the telephones wanted (None: those there are), the ones that no backend says."""
    said = {(row["digits"], row["extension"]) for row in current if row["origin"] != OWN}
    return [row for row in (current if wanted is None else wanted) if (row["digits"], row["extension"]) not in said]
