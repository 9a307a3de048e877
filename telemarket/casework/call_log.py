"""Calls as people look them up: by project, operator, result and day, newest first."""

from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from telemarket.calls.tables import calls, projects
from telemarket.calls.views import CallState, CallView, ProjectView
from telemarket.contacts.tables import contacts
from telemarket.core import cursor
from telemarket.core.database import Database
from telemarket.core.errors import NotFound
from telemarket.core.i18n import N_
from telemarket.core.tables import users

_LONGEST_PAGE = 100


class CallFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which calls; None and "" mean any. `since` ≤ arrival < `until`."""

    project_id: int | None = None
    agent_id: int | None = None
    result: str = ""
    since: datetime | None = None
    until: datetime | None = None


class CallRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A call as stored. Texts are empty where there is nothing; `routing` is the decision that chose the operator."""

    id: str
    project_id: int | None
    project: str = ""
    project_number: str = ""
    ani: str = ""
    caller_name: str = ""
    dnis: str = ""
    contact_id: int | None = None
    contact: str = ""
    company: str = ""
    agent_id: int | None = None
    operator: str = ""
    arrived_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    result: str = ""
    ended_by: str = ""
    recording: str = ""
    routing: dict[str, Any] = {}

    @property
    def cursor(self) -> str:
        """Goes into `CallLog.find(before=…)` to read on after this call."""
        return cursor.write(self.arrived_at, self.id)

    @property
    def is_message(self) -> bool:
        """Whether nobody talked with the caller, and what he said was recorded."""
        return self.answered_at is None and bool(self.recording)

    @property
    def view(self) -> CallView:
        """The call as cards show it."""
        return CallView(
            id=self.id,
            state=CallState.ENDED if self.ended_at else CallState.TALKING,
            project=ProjectView(id=self.project_id or 0, number=self.project_number, name=self.project),
            ani=self.ani,
            caller_name=self.caller_name,
            dnis=self.dnis,
            contact_id=self.contact_id,
            agent_id=self.agent_id,
            arrived_at=self.arrived_at,
            answered_at=self.answered_at,
            ended_at=self.ended_at,
        )

    @property
    def waiting_seconds(self) -> float | None:
        """How long the caller waited for an answer, or until he gave up; None while he waits."""
        until = self.answered_at or self.ended_at
        return (until - self.arrived_at).total_seconds() if until else None

    @property
    def talking_seconds(self) -> float | None:
        """How long they talked; None without an answered and ended call."""
        if self.answered_at is None or self.ended_at is None:
            return None
        return (self.ended_at - self.answered_at).total_seconds()


_STORED = ("id", "project_id", "ani", "caller_name", "dnis", "contact_id", "agent_id")
_TIMES = ("arrived_at", "answered_at", "ended_at")
_OUTCOME = ("result", "ended_by", "recording", "routing")
_RECORD = (
    sa.select(
        *(calls.c[name] for name in (*_STORED, *_TIMES, *_OUTCOME)),
        projects.c.name.label("project"),
        projects.c.number.label("project_number"),
        contacts.c.name.label("contact"),
        contacts.c.company,
        users.c.name.label("operator"),
    )
    .outerjoin(projects, projects.c.id == calls.c.project_id)
    .outerjoin(contacts, contacts.c.id == calls.c.contact_id)
    .outerjoin(users, users.c.id == calls.c.agent_id)
)


class CallLog:
    """Reads calls; the journal's projection writes them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, wanted: CallFilter, before: str | None = None, limit: int = 50) -> list[CallRecord]:
        """At most `limit` calls, newest first, older than the cursor `before`.

        Raises InvalidInput for a cursor that is none.
        """
        query = _RECORD.where(*_conditions(wanted)).order_by(calls.c.arrived_at.desc(), calls.c.id.desc())
        if before is not None:
            at, key = cursor.read(before, N_("This place in the list of calls does not exist."))
            query = query.where(calls.c.arrived_at <= at, sa.or_(calls.c.arrived_at < at, calls.c.id < key))
        async with self._database.read() as connection:
            rows = await connection.execute(query.limit(max(1, min(limit, _LONGEST_PAGE))))
            return [_record(row) for row in rows]

    async def get(self, call_id: str) -> CallRecord:
        """One call; raises NotFound."""
        async with self._database.read() as connection:
            row = (await connection.execute(_RECORD.where(calls.c.id == call_id))).first()
        if row is None:
            raise NotFound(N_("There is no such call."))
        return _record(row)


def _conditions(wanted: CallFilter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.project_id is not None:
        conditions.append(calls.c.project_id == wanted.project_id)
    if wanted.agent_id is not None:
        conditions.append(calls.c.agent_id == wanted.agent_id)
    if wanted.result:
        conditions.append(calls.c.result == wanted.result)
    if wanted.since is not None:
        conditions.append(calls.c.arrived_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(calls.c.arrived_at < wanted.until)
    return conditions


def _record(row: sa.Row[*tuple[Any, ...]]) -> CallRecord:
    values = {name: value for name, value in row._mapping.items() if value is not None}
    values.setdefault("project_id", None)
    values["routing"] = msgspec.json.decode(values["routing"], type=dict[str, Any]) if "routing" in values else {}
    return CallRecord(**values)
