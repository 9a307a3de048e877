"""A call that is on its way into the history is known before anybody reports it again."""

from telemarket.calls.projection import CallProjection
from telemarket.core.clock import utc_now
from telemarket.core.database import Database
from telemarket.core.journal import Entry, JournalWriter
from telemarket.dialplan.history import CallHistory


async def test_what_is_not_on_disk_yet_is_waited_for(database: Database) -> None:
    writer = JournalWriter(database, CallProjection("sqlite" if database.is_sqlite else "postgresql"))
    history = CallHistory(database, writer)
    await writer.start()
    try:
        assert not await history.knows("1.1")
        arrived = {"project": None, "ani": "1", "caller_name": "", "dnis": "555"}
        writer.append(Entry(utc_now(), "call.arrived", arrived, "1.1"))
        assert await history.knows("1.1")
    finally:
        await writer.close()
