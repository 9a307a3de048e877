"""Doubles made into one contact, and made two again."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.contacts import queries
from telemarket.contacts.locking import lock_merging
from telemarket.contacts.model import OWN, Contact
from telemarket.contacts.sync.own import change_many
from telemarket.contacts.sync.restoring import restore_many
from telemarket.contacts.sync.rows import keep_own
from telemarket.contacts.tables import contact_merges, contact_records, contacts, match_choices
from telemarket.contacts.uniting import FieldChoice, choices_between, united, united_phones
from telemarket.contacts.writing import EMPTY, Prepared, archive_many, read_phones, read_rows, update_many
from telemarket.core.audit import AuditLog
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput, NotFound
from telemarket.core.i18n import N_
from telemarket.core.tables import users
from telemarket.numbers import NumberingPlan

_TOLD = ("id", "kept_id", "gone_id", "at", "undone_at")
_PORTION = 1000  # rows that one statement names


class Follower(Protocol):
    """A room whose rows belong to contacts: they follow when two become one."""

    name: str

    async def move(self, connection: AsyncConnection, gone_id: int, kept_id: int) -> list[Any]:
        """Give what belongs to `gone_id` to `kept_id`; returns the keys of what was moved, as JSON has them."""
        ...

    async def move_back(self, connection: AsyncConnection, keys: list[Any], kept_id: int, gone_id: int) -> None:
        """The opposite, for these keys, as far as they still belong to `kept_id`."""
        ...


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What a merge would make: the contacts, and the values of which only one can stay."""

    kept: Contact
    gone: Contact
    choices: tuple[FieldChoice, ...]


class Merge(msgspec.Struct, frozen=True, kw_only=True):
    """A merge that was made: `gone_id` became a part of `kept_id`."""

    id: int
    kept_id: int
    gone_id: int
    at: datetime
    by: str = ""
    undone_at: datetime | None = None


class _Before(msgspec.Struct, kw_only=True):
    """All that is needed to make two contacts of one again."""

    kept: dict[str, Any]
    gone: dict[str, Any]
    kept_phones: list[dict[str, Any]]
    gone_phones: list[dict[str, Any]]
    records: list[tuple[str, str]] = []  # backend and key
    own: tuple[bytes, bytes] | None = None  # digest and data of the kept one's own record
    choices: list[str] = []
    persons: list[int] = []
    moved: dict[str, list[Any]] = {}


class Merges:
    """Merges contacts. `trust` orders backends as for the synchronisation; `followers` are the rooms whose rows go
    along."""

    def __init__(
        self,
        database: Database,
        plan: NumberingPlan,
        clock: Clock,
        trust: Mapping[str, int],
        followers: Sequence[Follower] = (),
    ) -> None:
        self._database = database
        self._plan = plan
        self._clock = clock
        self._trust = trust
        self._followers = tuple(followers)
        self._audit = AuditLog(database, clock)

    async def preview(self, kept_id: int, gone_id: int) -> Preview:
        """What would become of the two. Raises NotFound, and InvalidInput for contacts that cannot be merged."""
        found = await queries.by_ids(self._database, (kept_id, gone_id))
        _check({key: {"archived_at": each.archived_at} for key, each in found.items()}, kept_id, gone_id)
        kept, gone = found[kept_id], found[gone_id]
        return Preview(kept=kept, gone=gone, choices=choices_between(kept, gone))

    async def merge(self, kept_id: int, gone_id: int, taken: Collection[str], by: int | None) -> int:
        """Make `gone_id` a part of `kept_id`; of the fields `taken` (see FieldChoice) the one that goes has the value
        that stays. Returns the merge's id. Raises NotFound, and InvalidInput for contacts that cannot be merged."""
        at = self._clock()
        async with self._database.write() as connection:
            await lock_merging(connection)
            rows = await read_rows(connection, (kept_id, gone_id))
            _check(rows, kept_id, gone_id)
            await keep_own(connection, (kept_id,), at)
            numbers = await read_phones(connection, (kept_id, gone_id))
            kept_phones, gone_phones = (numbers.get(key, []) for key in (kept_id, gone_id))
            before = _Before(
                kept=_state(rows[kept_id]),
                gone=_state(rows[gone_id]),
                kept_phones=kept_phones,
                gone_phones=gone_phones,
                own=await _own_record(connection, kept_id),
            )
            made = contact_merges.insert().values(kept_id=kept_id, gone_id=gone_id, at=at, by=by, before={})
            merge_id: int = (await connection.execute(made.returning(contact_merges.c.id))).scalar_one()
            how: dict[str, Any] = {"at": at, "origin": f"merge:{merge_id}", "by": by}
            before.records = await _move_records(connection, gone_id, kept_id)
            before.choices = await _move_choices(connection, gone_id, kept_id)
            before.persons = await _move_persons(connection, gone_id, kept_id, how)
            for room in self._followers:
                before.moved[room.name] = await room.move(connection, gone_id, kept_id)
            values = united(rows[kept_id], rows[gone_id], taken)
            if values["company_id"] in (kept_id, gone_id):
                values["company_id"] = None
            wanted = [(kept_id, Prepared(values, united_phones(kept_phones, gone_phones)))]
            await change_many(connection, wanted, plan=self._plan, trust=self._trust, **how)
            await archive_many(connection, [gone_id], **how)
            await update_many(connection, [(gone_id, Prepared({"merged_into": kept_id}))], **how)
            kept_of = contact_merges.update().where(contact_merges.c.id == merge_id)
            await connection.execute(kept_of.values(before=msgspec.to_builtins(before)))
            await self._audit.append_in(connection, by, "contact.merge", f"contact {kept_id}, was contact {gone_id}")
        return merge_id

    async def undo(self, merge_id: int, by: int | None) -> None:
        """Make both what they were before the merge; what was written about the kept one since then is lost. What
        sources said of them is what they say now: who is gone from all of his is put aside.

        Raises NotFound, and InvalidInput where it is too late: it is undone already, the kept one has itself become a
        part of another since then, or another has become a part of it, whose merge is to be undone first.
        """
        at = self._clock()
        how: dict[str, Any] = {"at": at, "origin": f"merge:{merge_id}", "by": by}
        async with self._database.write() as connection:
            await lock_merging(connection)
            query = sa.select(contact_merges).where(contact_merges.c.id == merge_id).with_for_update()
            merge = (await connection.execute(query)).one_or_none()
            if merge is None:
                raise NotFound(N_("There is no such merge."))
            kept_id, gone_id = merge.kept_id, merge.gone_id
            rows = await read_rows(connection, (kept_id, gone_id))
            if merge.undone_at is not None or rows[gone_id]["merged_into"] != kept_id:
                raise InvalidInput(N_("This merge has been undone already."), field="merge")
            if rows[kept_id]["archived_at"] is not None:
                raise InvalidInput(
                    N_("The contact that was kept is itself gone since then."),
                    field="merge",
                    remedy=N_("Undo first what was done with it later."),
                )
            await _check_last(connection, merge_id, kept_id)
            before = msgspec.convert(merge.before, _Before)
            for room in self._followers:
                await room.move_back(connection, before.moved.get(room.name, []), kept_id, gone_id)
            await _move_records_back(connection, before, kept_id, gone_id)
            await _move_choices_back(connection, before.choices, kept_id, gone_id)
            await _move_persons_back(connection, before.persons, kept_id, gone_id, how)
            both = {
                kept_id: Prepared(_restored(before.kept), before.kept_phones),
                gone_id: Prepared(_restored(before.gone), before.gone_phones),
            }
            await restore_many(connection, both, plan=self._plan, trust=self._trust, **how)
            await connection.execute(
                contact_merges.update().where(contact_merges.c.id == merge_id).values(undone_at=at)
            )
            await self._audit.append_in(
                connection, by, "contact.merge.undo", f"contact {kept_id}, again contact {gone_id}"
            )

    async def of_contact(self, contact_id: int) -> list[Merge]:
        """The merges a contact took part in, newest first."""
        columns = [contact_merges.c[name] for name in _TOLD]
        mine = sa.or_(contact_merges.c.kept_id == contact_id, contact_merges.c.gone_id == contact_id)
        query = (
            sa.select(*columns, sa.func.coalesce(users.c.name, "").label("by"))
            .outerjoin(users, users.c.id == contact_merges.c.by)
            .where(mine)
            .order_by(contact_merges.c.id.desc())
        )
        async with self._database.read() as connection:
            rows = await connection.execute(query)
            return [Merge(**dict(zip((*_TOLD, "by"), row, strict=True))) for row in rows]


def _check(rows: Mapping[int, Mapping[str, Any]], kept_id: int, gone_id: int) -> None:
    for key in (kept_id, gone_id):
        if key not in rows:
            raise NotFound(N_("There is no contact %(id)s.", id=key))
        if rows[key]["archived_at"] is not None:
            raise InvalidInput(N_("The contact %(id)s is gone already.", id=key), field="gone_id")
    if kept_id == gone_id:
        raise InvalidInput(N_("A contact cannot be merged with itself."), field="gone_id")


async def _check_last(connection: AsyncConnection, merge_id: int, kept_id: int) -> None:
    later = sa.select(sa.func.max(contact_merges.c.id)).where(
        contact_merges.c.kept_id == kept_id, contact_merges.c.id > merge_id, contact_merges.c.undone_at.is_(None)
    )
    if await connection.scalar(later) is not None:
        raise InvalidInput(
            N_("Another contact has become a part of this one since then."),
            field="merge",
            remedy=N_("Undo that merge first."),
        )


def _state(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in EMPTY}


def _restored(state: dict[str, Any]) -> dict[str, Any]:
    at = state["consent_at"]
    return {**state, "consent_at": datetime.fromisoformat(at) if isinstance(at, str) else at}


# ---- what belongs to contacts in this room


async def _own_record(connection: AsyncConnection, contact_id: int) -> tuple[bytes, bytes] | None:
    query = sa.select(contact_records.c.digest, contact_records.c.data).where(*_is_own(contact_id))
    row = (await connection.execute(query)).one_or_none()
    return (bytes(row.digest), bytes(row.data)) if row else None


def _is_own(contact_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return contact_records.c.backend == OWN, contact_records.c.key == str(contact_id)


async def _move_records(connection: AsyncConnection, gone_id: int, kept_id: int) -> list[tuple[str, str]]:
    """All but what people wrote: that is in the values already."""
    moved = (
        contact_records.update()
        .where(contact_records.c.contact_id == gone_id, contact_records.c.backend != OWN)
        .values(contact_id=kept_id)
    )
    rows = await connection.execute(moved.returning(contact_records.c.backend, contact_records.c.key))
    return [(backend, key) for backend, key in rows]


async def _move_records_back(connection: AsyncConnection, before: _Before, kept_id: int, gone_id: int) -> None:
    for backend, key in before.records:
        same = (contact_records.c.backend == backend, contact_records.c.key == key)
        back = contact_records.update().where(*same, contact_records.c.contact_id == kept_id)
        await connection.execute(back.values(contact_id=gone_id))
    beside = sa.exists().where(contact_records.c.contact_id == kept_id, contact_records.c.backend != OWN)
    if before.own is None or not await connection.scalar(sa.select(beside)):  # alone, the contact's row says it all
        await connection.execute(contact_records.delete().where(*_is_own(kept_id)))
    else:
        digest, data = before.own
        await connection.execute(contact_records.update().where(*_is_own(kept_id)).values(digest=digest, data=data))


async def _move_choices(connection: AsyncConnection, gone_id: int, kept_id: int) -> list[str]:
    moved = match_choices.update().where(match_choices.c.contact_id == gone_id).values(contact_id=kept_id)
    return list(await connection.scalars(moved.returning(match_choices.c.digits)))


async def _move_choices_back(connection: AsyncConnection, digits: list[str], kept_id: int, gone_id: int) -> None:
    for start in range(0, len(digits), _PORTION):
        same = match_choices.c.digits.in_(digits[start : start + _PORTION])
        back = match_choices.update().where(same, match_choices.c.contact_id == kept_id)
        await connection.execute(back.values(contact_id=gone_id))


async def _move_persons(connection: AsyncConnection, gone_id: int, kept_id: int, how: dict[str, Any]) -> list[int]:
    """Who belongs to a company that goes belongs to the one that is kept."""
    ids = list(await connection.scalars(sa.select(contacts.c.id).where(contacts.c.company_id == gone_id)))
    for start in range(0, len(ids), _PORTION):
        part = ids[start : start + _PORTION]
        await update_many(connection, [(key, Prepared({"company_id": kept_id})) for key in part], **how)
    return ids


async def _move_persons_back(
    connection: AsyncConnection, persons: list[int], kept_id: int, gone_id: int, how: dict[str, Any]
) -> None:
    """But for those who have been given to another company since then."""
    for start in range(0, len(persons), _PORTION):
        part = contacts.c.id.in_(persons[start : start + _PORTION])
        still = await connection.scalars(sa.select(contacts.c.id).where(part, contacts.c.company_id == kept_id))
        await update_many(connection, [(key, Prepared({"company_id": gone_id})) for key in still.all()], **how)
