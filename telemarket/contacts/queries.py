"""Statements that read contacts, and contacts made of their rows. Each statement is a constant, compiled once."""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from telemarket.contacts.model import OWN, Contact, Phone
from telemarket.contacts.tables import contact_records, contact_words, contacts, match_choices, phones
from telemarket.core.database import Database
from telemarket.core.prepared import Row
from telemarket.numbers import MAX_DIGITS, Quality

NEIGHBOURS = 50  # rows of the phone index looked at on each side of a number
_STORED = tuple(name for name in Contact.__struct_fields__ if name not in ("backend_keys", "phones"))
_PHONE_FIELDS = Phone.__struct_fields__
_BETWEEN_KEYS, _AFTER_BACKEND = "\n", "\t"  # keys are printable: neither stands in one

_known_as = contact_records.c.backend + _AFTER_BACKEND + contact_records.c.key
_between: Any = sa.literal_column(f"'{_BETWEEN_KEYS}'")
_KEYS = (
    sa.select(sa.func.aggregate_strings(_known_as, _between))
    .where(
        contact_records.c.contact_id == contacts.c.id,
        contact_records.c.backend != OWN,
        contact_records.c.gone_at.is_(None),
    )
    .scalar_subquery()
)
_CONTACT = [*(contacts.c[name].label(f"contact_{name}") for name in _STORED), _KEYS.label("contact_backend_keys")]
_PHONE = [phones.c[name].label(f"phone_{name}") for name in ("id", *_PHONE_FIELDS)]
_LIVING = contacts.c.archived_at.is_(None)
_WITH_PHONES = contacts.outerjoin(phones, phones.c.contact_id == contacts.c.id)
_LIMIT = sa.bindparam("limit", type_=sa.Integer)
# Written out: PostgreSQL takes a limit it does not know for a tenth of all rows.
_FEW: Any = sa.literal_column(str(NEIGHBOURS), sa.Integer)


def upper(digits: str) -> str:
    """The last string of the index that begins with `digits`."""
    return digits.ljust(MAX_DIGITS, "9")


def _text(name: str) -> sa.BindParameter[str]:
    return sa.bindparam(name, type_=sa.String)


def _match() -> sa.Select[Any]:
    """Everybody a number may belong to, with phones, in one round trip.

    The index of reversed digits is entered at the caller's own digits: the equal ones first, then outwards on
    both sides, where the numbers with the longest common ending stand nearest. Two complete numbers that differ
    are two telephones, so there one side must be doubtful. Who is archived does not take a neighbour's place. The
    first columns say how the contact was hit.
    """
    hit = [sa.false().label("chosen"), phones.c.contact_id, phones.c.e164, phones.c.digits]
    hit += [phones.c.kind, phones.c.quality, phones.c.origin]
    chosen = sa.select(
        sa.true().label("chosen"),
        match_choices.c.contact_id,
        sa.literal("", sa.String).label("e164"),
        match_choices.c.digits,
        sa.literal("", sa.String).label("kind"),
        sa.literal(int(Quality.VALID), sa.SmallInteger).label("quality"),
        sa.literal("", sa.String).label("origin"),
    ).where(match_choices.c.digits == _text("digits"))
    place = phones.c.reversed
    doubtful = phones.c.quality >= sa.bindparam("least_quality", type_=sa.SmallInteger)
    living = sa.select(*hit).join(contacts, sa.and_(contacts.c.id == phones.c.contact_id, _LIVING))
    equal = living.where(place == _text("reversed")).limit(_FEW)
    before = living.where(place >= _text("low"), place < _text("reversed"), doubtful)
    after = living.where(place > _text("reversed"), place <= _text("high"), doubtful)
    walks = (
        equal,
        before.order_by(place.desc()).limit(_FEW),
        after.order_by(place).limit(_FEW),
    )
    hits = sa.union_all(chosen, *(sa.select(walk.subquery()) for walk in walks)).cte("hits")
    owners = hits.join(contacts, sa.and_(contacts.c.id == hits.c.contact_id, _LIVING))
    return sa.select(*hits.c, *_CONTACT, *_PHONE).select_from(
        owners.outerjoin(phones, phones.c.contact_id == contacts.c.id)
    )


MATCH = _match()
HIT_COLUMNS = len(MATCH.selected_columns) - len(_CONTACT) - len(_PHONE)
BY_ID = sa.select(*_CONTACT, *_PHONE).select_from(_WITH_PHONES).where(contacts.c.id == sa.bindparam("contact_id"))


def _with_ids(ids: sa.Select[Any]) -> sa.Select[Any]:
    few = ids.distinct().limit(_LIMIT).subquery("few")
    return (
        sa.select(*_CONTACT, *_PHONE)
        .select_from(_WITH_PHONES.join(few, few.c.contact_id == contacts.c.id))
        .where(_LIVING)
        .order_by(contacts.c.name, contacts.c.id)
    )


BY_WHOLE_WORD = _with_ids(sa.select(contact_words.c.contact_id).where(contact_words.c.word == _text("word")))


async def by_ids(database: Database, ids: Sequence[int]) -> dict[int, Contact]:
    """These contacts, but for those that do not exist."""
    if not ids:
        return {}
    statement = sa.select(*_CONTACT, *_PHONE).select_from(_WITH_PHONES).where(contacts.c.id.in_(ids))
    async with database.read() as connection:
        return assemble(tuple(row) for row in await connection.execute(statement))


def assemble(rows: Iterable[Row], skip: int = 0) -> dict[int, Contact]:
    """Contacts by id, in order of appearance, from rows of contact and phone columns after `skip` others."""
    end = skip + len(_CONTACT)
    found: dict[int, tuple[Row, dict[int, Phone]]] = {}
    for row in rows:
        _, numbers = found.setdefault(row[skip], (row[skip:end], {}))
        if row[end] is not None and row[end] not in numbers:
            numbers[row[end]] = Phone(**dict(zip(_PHONE_FIELDS, row[end + 1 :], strict=True)))
    return {
        contact_id: _contact(values, tuple(numbers[key] for key in sorted(numbers)))
        for contact_id, (values, numbers) in found.items()
    }


def _contact(values: Row, numbers: tuple[Phone, ...]) -> Contact:
    fields = dict(zip(_STORED, values, strict=False))
    for name in ("emails", "categories"):
        fields[name] = tuple(fields[name])
    fields["addresses"] = tuple((kind, text) for kind, text in fields["addresses"])
    keys = dict(sorted(key.split(_AFTER_BACKEND) for key in values[-1].split(_BETWEEN_KEYS))) if values[-1] else {}
    return Contact(**fields, backend_keys=keys, phones=numbers)
