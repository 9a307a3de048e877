"""Who has looked after a contact: asked for every call, before it is routed."""

import msgspec
import sqlalchemy as sa

from telemarket.calls.tables import calls
from telemarket.casework.tables import requests
from telemarket.core.database import Database

_CONTACT = sa.bindparam("contact_id", type_=sa.Integer)
_LATEST = sa.select(
    sa.select(requests.c.consultant_id)
    .where(requests.c.contact_id == _CONTACT, requests.c.consultant_id.is_not(None))
    .order_by(requests.c.created_at.desc())
    .limit(1)
    .scalar_subquery()
    .label("consultant_id"),
    sa.select(calls.c.agent_id)
    .where(calls.c.contact_id == _CONTACT, calls.c.answered_at.is_not(None), calls.c.agent_id.is_not(None))
    .order_by(calls.c.arrived_at.desc())
    .limit(1)
    .scalar_subquery()
    .label("last_operator_id"),
)


class Attendants(msgspec.Struct, frozen=True, kw_only=True):
    """The consultant named in a contact's latest request that names one, and who talked with him last."""

    consultant_id: int | None = None
    last_operator_id: int | None = None


async def read_attendants(database: Database, contact_id: int) -> Attendants:
    """Each by one step into the index of what was before."""
    [(consultant_id, last_operator_id)] = await database.fetch(_LATEST, {"contact_id": contact_id})
    return Attendants(consultant_id=consultant_id, last_operator_id=last_operator_id)
