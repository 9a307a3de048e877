"""What people change about contacts that backends know too: kept as their own word, beside what the backends say."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.backend import Record
from telemarket.contacts.locking import lock_merging
from telemarket.contacts.model import OWN
from telemarket.contacts.sync.incoming import phone_rows, put_together
from telemarket.contacts.sync.merging import Sourced, in_order_of_trust, merge, own_among, own_part
from telemarket.contacts.sync.rows import contact_rows, own_record, phone_rows_of, said_of, write_own
from telemarket.contacts.tables import contacts
from telemarket.contacts.writing import Change, Prepared, update_many
from telemarket.numbers import NumberingPlan, extract

Changes = Sequence[tuple[int, Prepared]]


async def change_many(
    connection: AsyncConnection,
    changes: Changes,
    *,
    plan: NumberingPlan,
    trust: Mapping[str, int],
    at: datetime,
    origin: str,
    by: int | None,
) -> list[Change]:
    """Write what people, or files of theirs, say of contacts: what `writing.update_many` alone would write of one that
    a backend knows too is lost with the next synchronisation.

    Of contacts with records what people say becomes their own record, and what is written is the merger with it; the
    others get what is given. Each contact may be named once. Returns those that changed.
    """
    beside = await _beside_backends(connection, changes, plan, trust, at) if changes else changes
    return await update_many(connection, beside, at=at, origin=origin, by=by)


async def _beside_backends(
    connection: AsyncConnection, changes: Changes, plan: NumberingPlan, trust: Mapping[str, int], at: datetime
) -> Changes:
    await lock_merging(connection)
    said = await said_of(connection, [contact_id for contact_id, _ in changes])
    if not said:
        return changes
    rows = await contact_rows(connection, contacts.c.id.in_(tuple(said)))
    numbers = await phone_rows_of(connection, said)
    own: list[Record] = []
    result = []
    for contact_id, change in changes:
        if contact_id in said:
            others = in_order_of_trust((each for each in said[contact_id] if each.backend != OWN), trust)
            before = _own_among(said[contact_id]) or _nothing(contact_id, others)
            word = _word(rows[contact_id], numbers.get(contact_id, ()), change, before, others, plan)
            if word != before:
                own.append(word)
            merged = put_together([Sourced(OWN, word), *others], trust, plan)
            change = Prepared({**change.values, **merged.values}, merged.phones)
        result.append((contact_id, change))
    await write_own(connection, own, at)
    return result


def _own_among(said: Sequence[Sourced]) -> Record | None:
    return next((each.record for each in said if each.backend == OWN), None)


def _nothing(contact_id: int, others: Sequence[Sourced]) -> Record:
    """The own word of somebody about whom people have said nothing."""
    return Record(key=str(contact_id), kind=merge(others).kind)


def _word(
    row: Mapping[str, Any],
    numbers: Sequence[Mapping[str, Any]],
    change: Prepared,
    before: Record,
    others: Sequence[Sourced],
    plan: NumberingPlan,
) -> Record:
    """People's word about a contact once it is changed: what of it, its telephones included, is their own."""
    wanted = numbers if change.phones is None else change.phones
    theirs = [phone for phone in (*numbers, *wanted) if phone.get("origin", OWN) != OWN]
    mine = phone_rows([(kind, text, OWN) for kind, text in before.phones], plan)
    own = [_read_here(phone, plan) for phone in own_among(wanted, numbers, mine, theirs, key=_same_number)]
    return own_part(own_record({**row, **change.values}, own), own_record(row, ()), before, others)


def _same_number(phone: Mapping[str, Any]) -> tuple[str, str]:
    return phone["digits"], phone["extension"]


def _read_here(phone: Mapping[str, Any], plan: NumberingPlan) -> Mapping[str, Any]:
    """The telephone, written in full where `plan` reads another number in it: an import may come from elsewhere."""
    read = [(number.digits, number.extension) for number in extract(phone["raw"], plan)]
    return phone if not phone["e164"] or read == [_same_number(phone)] else {**phone, "raw": phone["e164"]}
