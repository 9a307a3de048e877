"""Reading the ledger: fast with millions of recordings, since every filter has an index that ends in the time."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from telemarket.calls.tables import calls, projects
from telemarket.contacts.tables import contacts
from telemarket.core import cursor
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput, NotFound
from telemarket.core.i18n import N_
from telemarket.core.tables import users
from telemarket.recordings.model import GAPS, Mark, Recording, RecordingFilter, RecordingState, number_end
from telemarket.recordings.tables import recordings

_LONGEST_PAGE = 200
_OWN = tuple(column for column in recordings.c if column.name not in ("number_end", "held_by"))
_holder = users.alias("holder")
_RECORDING = (
    sa.select(
        *_OWN,
        projects.c.name.label("project"),
        projects.c.retention_days,
        users.c.name.label("operator"),
        calls.c.ani.label("number"),
        calls.c.contact_id,
        contacts.c.name.label("contact"),
        _holder.c.name.label("held_by"),
    )
    .outerjoin(calls, calls.c.id == recordings.c.call_id)
    .outerjoin(projects, projects.c.id == recordings.c.project_id)
    .outerjoin(users, users.c.id == recordings.c.agent_id)
    .outerjoin(contacts, contacts.c.id == calls.c.contact_id)
    .outerjoin(_holder, _holder.c.id == recordings.c.held_by)
)


class Ledger:
    """Reads recordings; the journal's projection, the keeper and the retention write them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(
        self, wanted: RecordingFilter, before: str | None = None, limit: int = 50, numbers: Collection[str] = ()
    ) -> list[Recording]:
        """At most `limit` recordings, newest first, older than the cursor `before`.

        `numbers` are further numbers of the person whose number is wanted. Raises InvalidInput for a cursor or a
        state that is none.
        """
        query = _RECORDING.where(*_conditions(wanted, numbers))
        query = query.order_by(recordings.c.started_at.desc(), recordings.c.call_id.desc())
        if before is not None:
            at, key = cursor.read(before, N_("This place in the list of recordings does not exist."))
            earlier = sa.or_(recordings.c.started_at < at, recordings.c.call_id < key)
            query = query.where(recordings.c.started_at <= at, earlier)
        async with self._database.read() as connection:
            rows = await connection.execute(query.limit(max(1, min(limit, _LONGEST_PAGE))))
            return [_recording(row) for row in rows]

    async def get(self, call_id: str) -> Recording | None:
        """The recording of a call, None if none was to be made."""
        async with self._database.read() as connection:
            row = (await connection.execute(_RECORDING.where(recordings.c.call_id == call_id))).first()
        return _recording(row) if row else None

    async def require(self, call_id: str) -> Recording:
        """The recording of a call; raises NotFound."""
        found = await self.get(call_id)
        if found is None:
            raise NotFound(N_("There is no recording of this call."))
        return found


def _conditions(wanted: RecordingFilter, numbers: Collection[str]) -> list[sa.ColumnElement[bool]]:
    columns = recordings.c
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.project_id is not None:
        conditions.append(columns.project_id == wanted.project_id)
    if wanted.agent_id is not None:
        conditions.append(columns.agent_id == wanted.agent_id)
    if wanted.state:
        conditions.append(_state(wanted.state))
    if wanted.number:
        ends = {number_end(number) for number in (wanted.number, *numbers)} - {""}
        conditions.append(columns.number_end.in_(ends))
    if wanted.since is not None:
        conditions.append(columns.started_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(columns.started_at < wanted.until)
    return conditions


def _state(state: str) -> sa.ColumnElement[bool]:
    if state == "held":
        return recordings.c.held_at.is_not(None)
    if state == "gaps":
        return recordings.c.state.in_(GAPS)
    if state not in list(RecordingState):
        raise InvalidInput(N_("This is not a state of a recording."), field="state")
    return recordings.c.state == state


def _recording(row: sa.Row[*tuple[Any, ...]]) -> Recording:
    values = {name: value for name, value in row._mapping.items() if value is not None}
    days = values.pop("retention_days", 0)
    values["state"] = RecordingState(values["state"])
    values["marks"] = msgspec.json.decode(values["marks"], type=tuple[Mark, ...]) if "marks" in values else ()
    if days and "deleted_at" not in values:
        values["delete_after"] = values["started_at"] + timedelta(days=days)
    return Recording(**values)
