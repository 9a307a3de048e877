"""Requests as what belongs to a contact: they follow when two contacts become one, and are part of a person's data."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.casework.tables import choices, requests
from telemarket.core.personal import Part, Person

_PORTION = 1000  # keys that one statement names
_TOLD = ("id", "call_id", "project_id", "text", "state", "deadline", "created_at", "updated_at")


class RequestsOfContacts:
    """The requests of contacts."""

    name = "requests"

    async def move(self, connection: AsyncConnection, gone_id: int, kept_id: int) -> list[Any]:
        """The requests of `gone_id` become those of `kept_id`; returns their ids."""
        moved = requests.update().where(requests.c.contact_id == gone_id).values(contact_id=kept_id)
        return list(await connection.scalars(moved.returning(requests.c.id)))

    async def move_back(self, connection: AsyncConnection, keys: list[Any], kept_id: int, gone_id: int) -> None:
        """These requests are `gone_id`'s again, unless somebody has given them to another since then."""
        for start in range(0, len(keys), _PORTION):
            these = requests.c.id.in_(keys[start : start + _PORTION])
            back = requests.update().where(these, requests.c.contact_id == kept_id)
            await connection.execute(back.values(contact_id=gone_id))

    async def collect(self, connection: AsyncConnection, person: Person) -> Part:
        """What he wanted, and what became of it."""
        query = (
            sa.select(*(requests.c[name] for name in _TOLD), sa.func.coalesce(choices.c.name, ""))
            .outerjoin(choices, choices.c.id == requests.c.topic_id)
            .where(requests.c.contact_id.in_(person.contact_ids))
            .order_by(requests.c.created_at)
        )
        rows = await connection.execute(query)
        return Part(rows=[dict(zip((*_TOLD, "topic"), row, strict=True)) for row in rows])

    async def objections(self, connection: AsyncConnection, person: Person) -> list[str]:  # noqa: ARG002 - none
        """None: requests are not erased, only their words."""
        return []

    async def erase(self, connection: AsyncConnection, person: Person) -> int:
        """The requests stay, to be counted, without a word."""
        mine = requests.update().where(requests.c.contact_id.in_(person.contact_ids))
        return (await connection.execute(mine.values(text=""))).rowcount

    async def finish(self) -> None:
        """Nothing is left to do."""
