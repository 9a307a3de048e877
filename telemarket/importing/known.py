"""Which contacts have the keys of a batch of rows: a few statements for all of them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.contacts.tables import contact_keys, contact_words, contacts, phones
from telemarket.contacts.words import whole_word
from telemarket.importing.deciding import Known, may_be
from telemarket.importing.drafting import Draft, Key, fold, hashed
from telemarket.importing.model import ATTRIBUTE

_AT_ONCE = 5_000  # values in one statement: both databases take 32,766
_COLUMNS = (
    *("id", "kind", "name", "company", "position", "emails", "addresses", "site", "source", "region", "categories"),
    *("consultant_id", "vip", "consent", "do_not_call", "attributes"),
)
_PHONE_COLUMNS = ("contact_id", "kind", "raw", "e164", "digits", "reversed", "extension", "quality", "origin")


async def find_known(connection: AsyncConnection, drafts: Iterable[Draft]) -> dict[int, list[Known]]:
    """The contacts that each draft may be, by its row, in order of their ids.

    They have its first key; where those that have it are somebody else (colleagues behind one telephone), its next.
    """
    found: dict[int, list[Known]] = {}
    sought = [draft for draft in drafts if draft.keys and not draft.refusal]
    place = 0
    while sought:
        having = await _having(connection, {draft.keys[place] for draft in sought})
        for draft in sought:
            key = draft.keys[place]
            found[draft.row] = [known for known in having.get(key, ()) if may_be(draft, key, known)]
        place += 1
        sought = [
            draft
            for draft in sought
            if not found[draft.row] and draft.keys[place - 1] in having and len(draft.keys) > place
        ]
    return found


async def _having(connection: AsyncConnection, keys: Iterable[Key]) -> dict[Key, list[Known]]:
    """The contacts that have each key, but for its extension; keys that nobody has are left out."""
    by_kind: dict[str, list[Any]] = defaultdict(list)
    for kind, value in keys:
        by_kind[kind].append(value)
    pairs: list[tuple[Key, int]] = []
    for kind, values in by_kind.items():
        if kind == "phone":
            pairs += await _with_numbers(connection, values)
        elif hashed(kind):
            pairs += await _owners(connection, kind, contact_keys.c.key, contact_keys.c.contact_id, values)
        else:
            pairs += await _by_attribute(connection, kind, values)
    known = await read_contacts(connection, {contact_id for _, contact_id in pairs})
    found: dict[Key, dict[int, Known]] = defaultdict(dict)
    for key, contact_id in pairs:
        if contact_id in known:
            found[key][contact_id] = known[contact_id]
    return {key: [owners[each] for each in sorted(owners)] for key, owners in found.items()}


async def _owners(
    connection: AsyncConnection, kind: str, column: sa.Column[Any], owner: sa.Column[int], values: Sequence[Any]
) -> list[tuple[Key, int]]:
    found: list[tuple[Key, int]] = []
    for part in _parts(values):
        rows = await connection.execute(sa.select(column, owner).where(column.in_(part)))
        found += [((kind, value), contact_id) for value, contact_id in rows]
    return found


async def _with_numbers(connection: AsyncConnection, values: Sequence[str]) -> list[tuple[Key, int]]:
    """Contacts with the number of each value, whatever their extensions."""
    sought: dict[str, list[str]] = defaultdict(list)
    for value in values:
        sought[value.partition(";")[0]].append(value)
    owners = await _owners(connection, "phone", phones.c.digits, phones.c.contact_id, list(sought))
    return [(("phone", value), contact_id) for (_, digits), contact_id in owners for value in sought[str(digits)]]


async def _by_attribute(connection: AsyncConnection, kind: str, values: Sequence[str]) -> list[tuple[Key, int]]:
    """Contacts with each value of an attribute: found by a word, which is not yet the value."""
    sought: dict[str, list[str]] = defaultdict(list)
    for value in values:
        if word := whole_word(value):
            sought[word].append(value)
    name = kind.removeprefix(ATTRIBUTE)
    with_words = contact_words.join(contacts, contacts.c.id == contact_words.c.contact_id)
    columns = (contact_words.c.word, contacts.c.id, contacts.c.attributes)
    found: list[tuple[Key, int]] = []
    for part in _parts(list(sought)):
        rows = await connection.execute(
            sa.select(*columns).select_from(with_words).where(contact_words.c.word.in_(part))
        )
        for word, contact_id, attributes in rows:
            value = fold(attributes.get(name, ""))
            found += [((kind, value), contact_id)] if value in sought[word] else []
    return found


async def read_contacts(connection: AsyncConnection, ids: Iterable[int]) -> dict[int, Known]:
    """Contacts by id; those that are archived are left out."""
    known: dict[int, Known] = {}
    for part in _parts(sorted(ids)):
        columns = [contacts.c[name] for name in _COLUMNS]
        living = sa.and_(contacts.c.id.in_(part), contacts.c.archived_at.is_(None))
        for row in (await connection.execute(sa.select(*columns).where(living))).mappings():
            known[row["id"]] = Known(id=row["id"], values=dict(row), phones=[])
        numbers = sa.select(*(phones.c[name] for name in _PHONE_COLUMNS)).where(phones.c.contact_id.in_(part))
        for contact_id, *values in await connection.execute(numbers.order_by(phones.c.id)):
            if contact_id in known:
                known[contact_id].phones.append(dict(zip(_PHONE_COLUMNS[1:], values, strict=True)))
    return known


def _parts(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))
