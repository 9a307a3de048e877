"""Which contacts there are already the new records of a backend belong to."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.backend import Record
from telemarket.contacts.sync.incoming import Incoming
from telemarket.contacts.tables import contact_records, contacts, phones
from telemarket.contacts.words import words_of
from telemarket.numbers import NumberingPlan, extract

_SHARED = ("main", "fax")  # numbers of many: nobody is recognised by one of these alone

Words = frozenset[str]


class _Place(NamedTuple):
    """A number that a new record names, in the index of reversed digits."""

    reversed: str
    personal: bool  # his own rather than a switchboard's


async def find_owners(
    connection: AsyncConnection, plan: NumberingPlan, backend: str, fresh: Sequence[Incoming]
) -> dict[str, int]:
    """The contact of each new record that belongs to one, by the record's key.

    It has the same number and the same name; or it has no name yet, and the number is a personal one that nobody else
    has, here or there. Who has a living record of this backend is somebody else. One contact takes one record.
    """
    places = {each.record.key: list(_places(each.record, plan)) for each in fresh}
    numbers = {place.reversed for found in places.values() for place in found}
    if not numbers:
        return {}
    mine = sa.exists().where(
        contact_records.c.contact_id == contacts.c.id,
        contact_records.c.backend == backend,
        contact_records.c.gone_at.is_(None),
    )
    query = (
        sa.select(phones.c.reversed, contacts.c.id, contacts.c.name, contacts.c.company, mine.label("mine"))
        .join(contacts, contacts.c.id == phones.c.contact_id)
        .where(phones.c.reversed.in_(numbers), contacts.c.archived_at.is_(None))
        .order_by(contacts.c.id)
    )
    named: dict[tuple[str, Words], list[int]] = {}
    nameless: dict[str, int] = {}
    known = Counter[str]()
    for row in await connection.execute(query):
        known[row.reversed] += 1
        words = _words(row.name or row.company)
        if row.mine:
            continue
        if words:
            named.setdefault((row.reversed, words), []).append(row.id)
        else:
            nameless[row.reversed] = row.id
    named_here = Counter(place.reversed for found in places.values() for place in set(found))
    alone = {number: owner for number, owner in nameless.items() if known[number] == named_here[number] == 1}
    return _assigned(fresh, places, named, alone)


def _assigned(
    fresh: Sequence[Incoming],
    places: dict[str, list[_Place]],
    named: dict[tuple[str, Words], list[int]],
    alone: dict[str, int],
) -> dict[str, int]:
    taken: set[int] = set()
    result: dict[str, int] = {}
    for each in fresh:
        words = _words(each.record.name or each.record.company)
        for place in places[each.record.key]:
            owners = [*named.get((place.reversed, words), ())]
            if place.personal and place.reversed in alone:
                owners.append(alone[place.reversed])
            owner = next((one for one in owners if one not in taken), None)
            if owner is not None:
                taken.add(owner)
                result[each.record.key] = owner
                break
    return result


def _places(record: Record, plan: NumberingPlan) -> Iterator[_Place]:
    for kind, text in record.phones:
        for number in extract(text, plan):
            if number.e164:
                yield _Place(number.reversed, kind not in _SHARED and not number.extension)


def _words(text: str) -> Words:
    return frozenset(words_of(text))
