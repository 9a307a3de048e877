"""What the journal holds about one call."""

from typing import Any

import msgspec
import sqlalchemy as sa

from telemarket.core.database import Database
from telemarket.core.journal import Entry
from telemarket.core.tables import journal

LONGEST = 1000
"""Entries read of one call; a caller who waits for hours hears no end of announcements."""

_OF_CALL = (
    sa.select(journal.c.at, journal.c.kind, journal.c.data, journal.c.call_id, journal.c.agent_id)
    .where(journal.c.call_id == sa.bindparam("call_id"), journal.c.kind != "agent.state")
    .order_by(journal.c.id)
    .limit(LONGEST)
)
_decoder = msgspec.json.Decoder(dict[str, Any])


class TimelineReader:
    """Reads the journal by call."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_call(self, call_id: str) -> list[Entry]:
        """The entries about the call itself, in order; what its operators' states were is left out.

        Raises DatabaseUnavailable.
        """
        rows = await self._database.fetch(_OF_CALL, {"call_id": call_id})
        return [Entry(at, kind, _decoder.decode(data), call, agent) for at, kind, data, call, agent in rows]
