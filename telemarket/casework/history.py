"""The history of a contact: one statement that merges calls and requests, newest first.

It runs on every call: it is built once, and it reads two index ranges however large the tables are.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from telemarket.calls.tables import calls, projects
from telemarket.casework.model import HistoryEntry
from telemarket.casework.tables import choices, requests
from telemarket.core import cursor
from telemarket.core.database import Database, UtcDateTime
from telemarket.core.i18n import N_
from telemarket.core.tables import users

_NO_PLACE = N_("This place in the history does not exist.")
_AFTER_EVERYTHING = (datetime(9999, 12, 31, tzinfo=UTC), "")
_CONTACT = sa.bindparam("contact_id", type_=sa.Integer)
_LIMIT = sa.bindparam("limit", type_=sa.Integer)
_BEFORE = sa.bindparam("before", type_=UtcDateTime())
_BEFORE_KEY = sa.bindparam("before_key", type_=sa.String)


def _keys_of_calls() -> sa.Select[Any]:
    """The contact's calls, each with the request written about this contact during it."""
    same = sa.and_(requests.c.call_id == calls.c.id, requests.c.contact_id == calls.c.contact_id)
    key = sa.literal("c", sa.String) + calls.c.id
    chosen = sa.select(calls.c.arrived_at.label("at"), key.label("key"), calls.c.id.label("call"), requests.c.id)
    return _page(chosen.select_from(calls.outerjoin(requests, same)), calls.c.contact_id, calls.c.arrived_at, key)


def _keys_of_other_requests() -> sa.Select[Any]:
    """The contact's requests without a call of his own: written by hand, or its call has no row (yet)."""
    own = sa.and_(calls.c.id == requests.c.call_id, calls.c.contact_id == requests.c.contact_id)
    key = sa.literal("r", sa.String) + sa.cast(requests.c.id, sa.String)
    chosen = sa.select(requests.c.created_at.label("at"), key.label("key"), requests.c.call_id, requests.c.id)
    without = chosen.select_from(requests.outerjoin(calls, own)).where(calls.c.id.is_(None))
    return _page(without, requests.c.contact_id, requests.c.created_at, key)


def _page(
    query: sa.Select[Any], contact: sa.Column[int], at: sa.Column[datetime], key: sa.ColumnElement[str]
) -> sa.Select[Any]:
    later = sa.or_(at < _BEFORE, key < _BEFORE_KEY)
    page = query.where(contact == _CONTACT, at <= _BEFORE, later).order_by(at.desc(), key.desc()).limit(_LIMIT)
    return sa.select(page.subquery())


def _history() -> sa.Select[Any]:
    operator, author, consultant = (users.alias(name) for name in ("operator", "author", "consultant"))
    topic, category, action, source = (choices.alias(name) for name in ("topic", "category", "action", "source"))
    page = sa.union_all(_keys_of_calls(), _keys_of_other_requests()).subquery("page")
    at, key, call_id, request_id = page.c
    joined = (
        page.outerjoin(calls, calls.c.id == call_id)
        .outerjoin(requests, requests.c.id == request_id)
        .outerjoin(projects, projects.c.id == sa.func.coalesce(calls.c.project_id, requests.c.project_id))
        .outerjoin(operator, operator.c.id == calls.c.agent_id)
        .outerjoin(author, author.c.id == requests.c.author_id)
        .outerjoin(consultant, consultant.c.id == requests.c.consultant_id)
        .outerjoin(topic, topic.c.id == requests.c.topic_id)
        .outerjoin(category, category.c.id == requests.c.category_id)
        .outerjoin(action, action.c.id == requests.c.action_id)
        .outerjoin(source, source.c.id == requests.c.source_id)
    )
    columns: dict[str, sa.ColumnElement[Any]] = {
        "at": at,
        "key": key,
        "project": projects.c.name,
        "project_number": projects.c.number,
        "call_id": call_id,
        "ani": calls.c.ani,
        "operator": operator.c.name,
        "result": calls.c.result,
        "answered_at": calls.c.answered_at,
        "ended_at": calls.c.ended_at,
        "recording": calls.c.recording,
        "request_id": request_id,
        "text": requests.c.text,
        "topic": topic.c.name,
        "category": category.c.name,
        "action": action.c.name,
        "source": source.c.name,
        "state": requests.c.state,
        "deadline": requests.c.deadline,
        "consultant": consultant.c.name,
        "author": author.c.name,
        "updated_at": requests.c.updated_at,
    }
    selected = [_selected(columns[name], name) for name in HistoryEntry.__struct_fields__]
    return sa.select(*selected).select_from(joined).order_by(at.desc(), key.desc()).limit(_LIMIT)


def _selected(column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[Any]:
    """Absent texts are empty, absent things None: as in HistoryEntry, which takes the row as it comes."""
    is_text = isinstance(column.type, sa.String) and name != "call_id"
    return (sa.func.coalesce(column, "") if is_text else column).label(f"entry_{name}")


_HISTORY = _history()


async def read_history(database: Database, contact_id: int, before: str | None, limit: int) -> list[HistoryEntry]:
    """At most `limit` entries older than the cursor `before`; raises InvalidInput for a broken cursor."""
    moment, key = _AFTER_EVERYTHING if before is None else cursor.read(before, _NO_PLACE)
    values = {"contact_id": contact_id, "limit": limit, "before": moment, "before_key": key}
    return [HistoryEntry(*row) for row in await database.fetch(_HISTORY, values)]
