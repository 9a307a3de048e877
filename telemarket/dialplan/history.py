"""Which calls are in the history already."""

import asyncio

import sqlalchemy as sa
import structlog

from telemarket.calls.tables import calls
from telemarket.core.database import Database
from telemarket.core.journal import JournalWriter

log = structlog.get_logger(__name__)

DEADLINE = 1.0  # seconds; less than a hook may take


class CallHistory:
    """Asks the table of calls, once what is on its way there has arrived."""

    def __init__(self, database: Database, journal: JournalWriter) -> None:
        self._database = database
        self._journal = journal

    async def knows(self, call_id: str) -> bool:
        """Whether the call is there; not while the database is away: better a call told twice than lost."""
        known = sa.select(sa.exists().where(calls.c.id == call_id))
        try:
            async with asyncio.timeout(DEADLINE):
                await self._journal.flush()
                async with self._database.read() as connection:
                    return bool(await connection.scalar(known))
        except (TimeoutError, OSError, sa.exc.SQLAlchemyError) as error:
            log.warning("the history could not be asked", call=call_id, error=str(error))
            return False
