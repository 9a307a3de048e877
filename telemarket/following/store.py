"""The followed calls the journal left open, as the database has them."""

from datetime import datetime

import msgspec
import sqlalchemy as sa

from telemarket.calls.tables import calls
from telemarket.core.database import Database
from telemarket.following.desk import SOURCE


class OpenCall(msgspec.Struct, frozen=True, kw_only=True):
    """A followed call whose end is not known."""

    id: str
    project_id: int | None
    ani: str
    caller_name: str
    dnis: str
    contact_id: int | None
    agent_id: int | None
    arrived_at: datetime
    answered_at: datetime | None


async def load_open_calls(database: Database) -> list[OpenCall]:
    """Every followed call that lived when the daemon last looked."""
    columns = [calls.c[name] for name in OpenCall.__struct_fields__]
    query = sa.select(*columns).where(calls.c.ended_at.is_(None), calls.c.source == SOURCE)
    async with database.read() as connection:
        return [OpenCall(**row._mapping) for row in await connection.execute(query)]
