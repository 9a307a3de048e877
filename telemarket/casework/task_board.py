"""The task board: requests that somebody must still see to, and by whom and when.

Every filter has an index that ends in the order shown, so a page is as fast with ten million requests as with ten.
"""

from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from telemarket.calls.tables import calls, projects
from telemarket.casework.model import RequestState
from telemarket.casework.tables import UNFINISHED, choices, requests
from telemarket.contacts.tables import contacts, phones
from telemarket.core import cursor
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput, NotFound
from telemarket.core.i18n import N_
from telemarket.core.tables import users

_LONGEST_PAGE = 100
_NO_PLACE = N_("This place in the list of requests does not exist.")


class TaskFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which requests; None and "" mean any, except that `state` "" means all that are not done.

    `overdue_at` asks for those whose deadline was before it.
    """

    consultant_id: int | None = None
    project_id: int | None = None
    state: str = ""  # a RequestState
    origin: str = ""  # a RequestOrigin
    overdue_at: datetime | None = None


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """A request as the task board shows it. Texts are empty where there is nothing."""

    id: int
    contact_id: int | None = None
    contact: str = ""
    company: str = ""
    number: str = ""  # the caller's; of a request without a call, one of the contact's
    call_id: str = ""
    recorded: bool = False  # whether the call left a recording
    project_id: int | None = None
    project: str = ""
    text: str = ""
    topic: str = ""
    action: str = ""
    state: RequestState
    deadline: datetime | None = None
    consultant_id: int | None = None
    consultant: str = ""
    author: str = ""  # empty: Telemarket itself
    origin: str = ""
    created_at: datetime
    updated_at: datetime

    @property
    def position(self) -> str:
        """Goes into `TaskBoard.find(before=…)`, or `after=…`, where the newest come first."""
        return cursor.write(self.created_at, self.id)

    @property
    def position_by_deadline(self) -> str:
        """The same where the latest deadlines come first."""
        return cursor.write(self.deadline or self.created_at, self.id)

    def is_overdue(self, now: datetime) -> bool:
        """Whether it should be done by now, and is not."""
        return self.deadline is not None and self.deadline < now and self.state is not RequestState.DONE


_topic, _action = choices.alias("topic"), choices.alias("action")
_consultant, _author = users.alias("consultant"), users.alias("author")
_OWN = ("id", "contact_id", "call_id", "project_id", "text", "deadline", "consultant_id", "origin")
_SOME_NUMBER = (
    sa.select(sa.case((phones.c.e164 != "", phones.c.e164), else_=phones.c.raw))
    .where(phones.c.contact_id == requests.c.contact_id, phones.c.kind != "fax")
    .order_by(phones.c.id)
    .limit(1)
    .scalar_subquery()
)
_COLUMNS: tuple[sa.ColumnElement[Any], ...] = (
    *(requests.c[name] for name in (*_OWN, "state", "created_at", "updated_at")),
    contacts.c.name.label("contact"),
    contacts.c.company,
    sa.func.coalesce(sa.func.nullif(calls.c.ani, ""), _SOME_NUMBER).label("number"),
    (calls.c.recording != "").label("recorded"),
    projects.c.name.label("project"),
    _topic.c.name.label("topic"),
    _action.c.name.label("action"),
    _consultant.c.name.label("consultant"),
    _author.c.name.label("author"),
)


def _tasks(ids: sa.Select[tuple[int]]) -> sa.Select[Any]:
    """Everything about these requests. They are chosen first: PostgreSQL joins so many tables in the order written."""
    page = ids.subquery("page")
    joined = (
        page.join(requests, requests.c.id == page.c.id)
        .outerjoin(contacts, contacts.c.id == requests.c.contact_id)
        .outerjoin(calls, calls.c.id == requests.c.call_id)
        .outerjoin(projects, projects.c.id == requests.c.project_id)
        .outerjoin(_topic, _topic.c.id == requests.c.topic_id)
        .outerjoin(_action, _action.c.id == requests.c.action_id)
        .outerjoin(_consultant, _consultant.c.id == requests.c.consultant_id)
        .outerjoin(_author, _author.c.id == requests.c.author_id)
    )
    return sa.select(*_COLUMNS).select_from(joined)


class TaskBoard:
    """Reads requests; CaseworkService and FollowUps write them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(
        self, wanted: TaskFilter, before: str | None = None, after: str | None = None, limit: int = 50
    ) -> list[Task]:
        """At most `limit` requests, older than the position `before`, or newer than `after`; newest first.

        Overdue ones come in the order of their deadlines, latest first. Raises InvalidInput for a position or a state
        that is none.
        """
        at = requests.c.created_at if wanted.overdue_at is None else requests.c.deadline
        ids = _page_of(_conditions(wanted), at, before, after, max(1, min(limit, _LONGEST_PAGE)))
        query = _tasks(ids).order_by(at.desc(), requests.c.id.desc())
        async with self._database.read() as connection:
            return [_task(row) for row in await connection.execute(query)]

    async def get(self, request_id: int) -> Task:
        """One request; raises NotFound."""
        async with self._database.read() as connection:
            row = (
                await connection.execute(_tasks(sa.select(requests.c.id).where(requests.c.id == request_id)))
            ).first()
        if row is None:
            raise NotFound(N_("There is no such request."))
        return _task(row)


def _page_of(
    conditions: list[sa.ColumnElement[bool]],
    at: sa.Column[datetime],
    before: str | None,
    after: str | None,
    limit: int,
) -> sa.Select[tuple[int]]:
    """The ids of a page."""
    query = sa.select(requests.c.id).where(*conditions)
    if before is not None:
        moment, key = cursor.read_numbered(before, _NO_PLACE)
        query = query.where(at <= moment, sa.or_(at < moment, requests.c.id < key))
    if after is not None:
        moment, key = cursor.read_numbered(after, _NO_PLACE)
        query = query.where(at >= moment, sa.or_(at > moment, requests.c.id > key))
    return query.order_by(at.desc(), requests.c.id.desc()).limit(limit)


def _conditions(wanted: TaskFilter) -> list[sa.ColumnElement[bool]]:
    if wanted.state not in ("", *RequestState):
        raise InvalidInput(N_("This is not a state of a request."), field="state")
    columns = requests.c
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.state != RequestState.DONE:
        conditions.append(UNFINISHED)
    if wanted.state:
        conditions.append(columns.state == wanted.state)
    if wanted.consultant_id is not None:
        conditions.append(columns.consultant_id == wanted.consultant_id)
    if wanted.project_id is not None:
        conditions.append(columns.project_id == wanted.project_id)
    if wanted.origin:
        conditions.append(columns.origin == wanted.origin)
    if wanted.overdue_at is not None:
        conditions.append(columns.deadline < wanted.overdue_at)
    return conditions


def _task(row: sa.Row[*tuple[Any, ...]]) -> Task:
    values = {name: value for name, value in row._mapping.items() if value is not None}
    values["recorded"] = bool(values.get("recorded"))
    values["state"] = RequestState(values["state"])
    return Task(**values)
