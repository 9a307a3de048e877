"""Messages as what belongs to a contact: they follow when two contacts become one, and are part of a person's data."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.core.personal import Part, Person
from telemarket.messaging.model import MessageState
from telemarket.messaging.tables import NOBODYS, UNDER_WAY, messages

_PORTION = 1000  # keys that one statement names
_TOLD = ("channel", "recipient", "subject", "body", "state", "created_at", "sent_at")


class MessagesOfContacts:
    """The messages to contacts."""

    name = "messages"

    async def move(self, connection: AsyncConnection, gone_id: int, kept_id: int) -> list[Any]:
        """What is `gone_id`'s becomes `kept_id`'s; returns its keys."""
        moved = messages.update().where(messages.c.contact_id == gone_id).values(contact_id=kept_id)
        return list(await connection.scalars(moved.returning(messages.c.id)))

    async def move_back(self, connection: AsyncConnection, keys: list[Any], kept_id: int, gone_id: int) -> None:
        """The opposite."""
        for start in range(0, len(keys), _PORTION):
            these = messages.c.id.in_(keys[start : start + _PORTION]), messages.c.contact_id == kept_id
            await connection.execute(messages.update().where(*these).values(contact_id=gone_id))

    async def collect(self, connection: AsyncConnection, person: Person) -> Part:
        """What he was written."""
        query = sa.select(*(messages.c[name] for name in _TOLD)).where(_his(person)).order_by(messages.c.id)
        return Part(rows=[dict(row._mapping) for row in await connection.execute(query)])

    async def objections(self, connection: AsyncConnection, person: Person) -> list[str]:  # noqa: ARG002 - none
        """None: messages are emptied, and counted further on."""
        return []

    async def erase(self, connection: AsyncConnection, person: Person) -> int:
        """What waits is not sent; of the rest only channel, state and times stay."""
        waiting = messages.update().where(_his(person), UNDER_WAY)
        await connection.execute(waiting.values(state=MessageState.WITHDRAWN.value))
        nothing = {"recipient": "", "subject": "", "body": "", "reason": None, "reference": "", "contact_id": None}
        return (await connection.execute(messages.update().where(_his(person)).values(nothing))).rowcount

    async def finish(self) -> None:
        """Nothing is left to do."""


def _his(person: Person) -> sa.ColumnElement[bool]:
    """His messages, and those to his numbers that are no contact's."""
    numbers = messages.c.recipient.in_([f"+{digits}" for digits in person.numbers])
    return sa.or_(messages.c.contact_id.in_(person.contact_ids), sa.and_(NOBODYS, numbers))
