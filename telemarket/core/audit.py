"""The audit log: who did what, when and from where. Entries are only ever added."""

from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.tables import audit_log

_LONGEST_SUBJECT = 200
_LONGEST_ADDRESS = 60


class AuditLog:
    """Appends to the audit log. Actions are dotted names such as `recording.play` and `sign-in.refused`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def append(self, user_id: int | None, action: str, subject: str = "", address: str = "") -> None:
        """Add an entry in a transaction of its own; `user_id` is None for an act of nobody signed in."""
        async with self._database.write() as connection:
            await self.append_in(connection, user_id, action, subject, address)

    async def append_in(
        self, connection: AsyncConnection, user_id: int | None, action: str, subject: str = "", address: str = ""
    ) -> None:
        """Add an entry that stands or falls with the transaction of `connection`."""
        await connection.execute(
            audit_log.insert().values(
                at=self._clock(),
                user_id=user_id,
                action=action,
                subject=subject[:_LONGEST_SUBJECT],
                address=address[:_LONGEST_ADDRESS],
            )
        )
