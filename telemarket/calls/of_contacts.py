"""Calls as what belongs to a contact: they follow when two contacts become one."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.calls.tables import calls

_PORTION = 1000  # keys that one statement names


class CallsOfContacts:
    """Moves the calls of contacts."""

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
