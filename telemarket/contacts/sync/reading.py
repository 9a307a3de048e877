"""What each backend says of one contact, for his card."""

from datetime import datetime

import msgspec
import sqlalchemy as sa

from telemarket.backend import Record
from telemarket.contacts.model import OWN
from telemarket.contacts.sync.incoming import decode
from telemarket.contacts.tables import contact_records
from telemarket.core.database import Database

_OF_CONTACT = (
    sa.select(*(contact_records.c[name] for name in ("backend", "data", "synced_at")))
    .where(
        contact_records.c.contact_id == sa.bindparam("contact_id", type_=sa.Integer),
        contact_records.c.backend != OWN,
        contact_records.c.gone_at.is_(None),
    )
    .order_by(contact_records.c.backend, contact_records.c.key)
)
_KEY = (
    sa.select(contact_records.c.key)
    .where(
        contact_records.c.contact_id == sa.bindparam("contact_id", type_=sa.Integer),
        contact_records.c.backend == sa.bindparam("backend", type_=sa.String),
        contact_records.c.gone_at.is_(None),
    )
    .order_by(contact_records.c.key)
    .limit(1)
)


class StoredRecord(msgspec.Struct, frozen=True):
    """A backend's record of a contact; `synced_at` is when it last changed."""

    backend: str
    record: Record
    synced_at: datetime


class RecordReader:
    """Reads records; on the path of a call."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_contact(self, contact_id: int) -> tuple[StoredRecord, ...]:
        """What the backends say of this contact."""
        rows = await self._database.fetch(_OF_CONTACT, {"contact_id": contact_id})
        return tuple(StoredRecord(backend, decode(bytes(data)), at) for backend, data, at in rows)

    async def key(self, backend: str, contact_id: int) -> str | None:
        """The key of the contact's record in a backend; None if it has none there."""
        rows = await self._database.fetch(_KEY, {"backend": backend, "contact_id": contact_id})
        return rows[0][0] if rows else None
