"""Calls as what belongs to a contact: they follow when two contacts become one, and are part of a person's data."""

from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.calls.tables import calls
from telemarket.core.personal import Part, Person
from telemarket.core.tables import journal

_PORTION = 1000  # keys that one statement names
_ENDING = 7  # last digits by which a number is known again, however it is written
_TOLD = (
    *("id", "project_id", "direction", "ani", "caller_name", "dnis"),
    *("arrived_at", "answered_at", "ended_at", "result"),
)
_NAMING = ("ani", "caller_name")  # of the journal's entries
# What else tells who it was, by the kind of entry: numbers he was called at, and what he keyed in.
_NAMING_IN = {
    "call.keyed": ("value",),
    "call.dialing": ("number",),
    "call.callback_accepted": ("number",),
}


class CallsOfContacts:
    """The calls of contacts."""

    name = "calls"

    async def move(self, connection: AsyncConnection, gone_id: int, kept_id: int) -> list[Any]:
        """The calls of `gone_id` become those of `kept_id`; returns their ids."""
        moved = calls.update().where(calls.c.contact_id == gone_id).values(contact_id=kept_id)
        return list(await connection.scalars(moved.returning(calls.c.id)))

    async def move_back(self, connection: AsyncConnection, keys: list[Any], kept_id: int, gone_id: int) -> None:
        """These calls are `gone_id`'s again, unless somebody has said since then that another had called."""
        for start in range(0, len(keys), _PORTION):
            these = calls.c.id.in_(keys[start : start + _PORTION])
            back = calls.update().where(these, calls.c.contact_id == kept_id)
            await connection.execute(back.values(contact_id=gone_id))

    async def collect(self, connection: AsyncConnection, person: Person) -> Part:
        """When they were, from and to which number, and how they ended."""
        query = sa.select(*(calls.c[name] for name in _TOLD)).where(calls.c.contact_id.in_(person.contact_ids))
        rows = await connection.execute(query.order_by(calls.c.arrived_at))
        return Part(rows=[dict(zip(_TOLD, row, strict=True)) for row in rows])

    async def objections(self, connection: AsyncConnection, person: Person) -> list[str]:  # noqa: ARG002 - none
        """None: calls are not erased, only who called."""
        return []

    async def erase(self, connection: AsyncConnection, person: Person) -> int:
        """The calls stay, with nobody's number and name: also in the journal, which they may be made of anew."""
        mine = calls.c.contact_id.in_(person.contact_ids)
        found = list(await connection.execute(sa.select(calls.c.id, calls.c.direction, calls.c.dnis).where(mine)))
        await connection.execute(calls.update().where(mine).values(ani="", caller_name=""))
        endings = {number[-_ENDING:] for number in person.numbers}
        # He was called: a number he no longer has is his too.
        his = [call.id for call in found if call.direction == "outbound" or call.dnis[-_ENDING:] in endings]
        for start in range(0, len(his), _PORTION):
            these = calls.update().where(calls.c.id.in_(his[start : start + _PORTION]))
            await connection.execute(these.values(dnis=""))
        ids = [call.id for call in found]
        for start in range(0, len(ids), _PORTION):
            await _erase_journal(connection, ids[start : start + _PORTION], person, endings)
        return len(ids)

    async def finish(self) -> None:
        """Nothing is left to do."""


async def _erase_journal(connection: AsyncConnection, ids: list[str], person: Person, endings: set[str]) -> None:
    query = sa.select(journal.c.id, journal.c.kind, journal.c.data).where(journal.c.call_id.in_(ids))
    for entry in list(await connection.execute(query)):
        data = msgspec.json.decode(entry.data)
        naming = (*_NAMING, *_NAMING_IN.get(entry.kind, ()))
        blank = {
            name: "" if name in naming or _tells(value, person, endings) else value for name, value in data.items()
        }
        if blank != data:
            changed = journal.update().where(journal.c.id == entry.id)
            await connection.execute(changed.values(data=msgspec.json.encode(blank)))


def _tells(value: Any, person: Person, endings: set[str]) -> bool:
    return isinstance(value, str) and (value in person.names or value[-_ENDING:] in endings)
