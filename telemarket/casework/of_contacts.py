"""Requests as what belongs to a contact: they follow when two contacts become one."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.casework.tables import requests

_PORTION = 1000  # keys that one statement names


class RequestsOfContacts:
    """Moves the requests of contacts."""

    name = "requests"

    async def move(self, connection: AsyncConnection, gone_id: int, kept_id: int) -> list[Any]:
        """The requests of `gone_id` become those of `kept_id`; returns their ids."""
        moved = requests.update().where(requests.c.contact_id == gone_id).values(contact_id=kept_id)
        return list(await connection.scalars(moved.returning(requests.c.id)))

    async def move_back(self, connection: AsyncConnection, keys: list[Any], kept_id: int, gone_id: int) -> None:
        """These requests are `gone_id`'s again, unless somebody has given them to another since then."""
        for start in range(0, len(keys), _PORTION):
            back = requests.update().where(
                requests.c.id.in_(keys[start : start + _PORTION]), requests.c.contact_id == kept_id
            )
            await connection.execute(back.values(contact_id=gone_id))
