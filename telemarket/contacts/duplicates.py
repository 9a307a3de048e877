"""Contacts that are probably one: they share a telephone, a mail address, or a name with its company."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.contacts import queries
from telemarket.contacts.folding import folded_words
from telemarket.contacts.keys import name_key
from telemarket.contacts.model import Contact
from telemarket.contacts.tables import contact_keys, phones
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput
from telemarket.core.i18n import N_
from telemarket.numbers import INTERNAL_DIGITS

EXAMINED = 20_000  # entries of an index that one page looks through at most
LARGEST_GROUP = 20  # contacts of a group that are shown
_LONGEST_PAGE = 50
_KEYS = range(-(2**63), 2**63)


class Double(msgspec.Struct, frozen=True, kw_only=True):
    """Another contact that is probably the same; `reasons` are of number, mail and name."""

    contact: Contact
    reasons: tuple[str, ...]


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Groups of contacts that are probably one; `after` goes into `groups` to look further, empty at the end.

    A page may be empty before the end: it looks through a bounded part of the contacts.
    """

    groups: tuple[tuple[Contact, ...], ...] = ()
    after: str = ""


class Duplicates:
    """Finds them; nothing is changed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_contact(self, contact: Contact) -> list[Double]:
        """Those of one contact, the ones with most reasons first."""
        mine, other = phones.alias("mine"), phones.alias("other")
        same_number = (
            sa.select(other.c.contact_id)
            .join(mine, mine.c.digits == other.c.digits)
            .where(mine.c.contact_id == contact.id, sa.func.length(mine.c.digits) > INTERNAL_DIGITS)
        )
        key, twin = contact_keys.alias("key"), contact_keys.alias("twin")
        same_key = sa.select(twin.c.contact_id).join(key, key.c.key == twin.c.key).where(key.c.contact_id == contact.id)
        few = [sa.select(each.limit(LARGEST_GROUP + 1).subquery()) for each in (same_number, same_key)]
        async with self._database.read() as connection:
            ids = set(await connection.scalars(sa.union(*few))) - {contact.id}
        others = await _load(self._database, ids)
        doubles = [Double(contact=each, reasons=reasons_of(contact, each)) for each in others.values()]
        return sorted(filter(lambda double: double.reasons, doubles), key=lambda double: -len(double.reasons))

    async def groups(self, after: str = "", limit: int = 20) -> Page:
        """Groups of all contacts, those of equal names and mails first, then those of equal telephones.

        Raises InvalidInput for an `after` that is none.
        """
        limit = max(1, min(limit, _LONGEST_PAGE))
        source, _, place = after.partition("~")
        async with self._database.read() as connection:
            if source in ("", "key"):
                found, reached = await _shared(connection, contact_keys.c.key, _whole(place), limit)
                goes_on = f"key~{reached}" if reached is not None else "number~"
            elif source == "number":
                found, reached = await _shared(connection, phones.c.digits, place, limit)
                goes_on = f"number~{reached}" if reached is not None else ""
            else:
                raise _no_place()
        known = await _load(self._database, {contact_id for ids in found for contact_id in ids})
        groups = [_alike([known[each] for each in ids if each in known]) for ids in found]
        distinct = {tuple(each.id for each in group): group for group in groups if group}
        return Page(groups=tuple(distinct.values()), after=goes_on)


def reasons_of(one: Contact, other: Contact) -> tuple[str, ...]:
    """Why these two are probably the same; empty if they are not."""
    shared = {
        "number": _numbers(one) & _numbers(other) and may_be_one(one.name, other.name),
        "mail": _mails(one) & _mails(other),
        "name": name_key(one.name, one.company) is not None
        and name_key(one.name, one.company) == name_key(other.name, other.company),
    }
    return tuple(reason for reason, found in shared.items() if found)


def may_be_one(name: str, other: str) -> bool:
    """Whether those of these names and of one telephone may be one: colleagues and families share telephones, so the
    names must have something in common, or be unknown."""
    names = set(folded_words(name)), set(folded_words(other))
    return not all(names) or bool(names[0] & names[1])


def _numbers(contact: Contact) -> set[str]:
    return {phone.e164 or phone.raw for phone in contact.phones}


def _mails(contact: Contact) -> set[str]:
    return {email.casefold() for email in contact.emails}


def _alike(group: Sequence[Contact]) -> tuple[Contact, ...]:
    """Those of a group that have a double in it."""
    return tuple(each for each in group if any(other is not each and reasons_of(each, other) for other in group))


async def _shared(
    connection: AsyncConnection, column: sa.Column[Any], after: Any, limit: int
) -> tuple[list[list[int]], Any]:
    """Contacts for each value that several share, in the order of values behind `after`; and the value from which to
    look further, None at the end."""
    end = await connection.scalar(sa.select(column).where(column > after).order_by(column).offset(EXAMINED).limit(1))
    contact_id = column.table.c.contact_id
    query = sa.select(column).where(column > after).group_by(column).order_by(column).limit(limit)
    if end is not None:
        query = query.where(column <= end)
    if column is phones.c.digits:
        query = query.where(sa.func.length(column) > INTERNAL_DIGITS)
    values = list(await connection.scalars(query.having(sa.func.count(sa.distinct(contact_id)) > 1)))
    members = [
        sa.select(contact_id).where(column == value).distinct().order_by(contact_id).limit(LARGEST_GROUP)
        for value in values
    ]
    groups = [list(await connection.scalars(each)) for each in members]
    return groups, values[-1] if len(values) == limit else end


async def _load(database: Database, ids: Iterable[int]) -> dict[int, Contact]:
    found = await queries.by_ids(database, tuple(ids))
    return {key: contact for key, contact in found.items() if contact.archived_at is None}


def _whole(place: str) -> int:
    try:
        key = int(place or _KEYS.start)
    except ValueError:
        raise _no_place() from None
    if key not in _KEYS:
        raise _no_place()
    return key


def _no_place() -> InvalidInput:
    return InvalidInput(N_("This place in the list does not exist."), field="after")
