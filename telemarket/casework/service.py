"""Casework: what a caller wanted, what was agreed, and everything that was before."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.casework.attendants import Attendants, read_attendants
from telemarket.casework.choices import Choices
from telemarket.casework.history import read_history
from telemarket.casework.model import (
    LONGEST_TEXT,
    Choice,
    ChoiceList,
    ChoiceRefused,
    HistoryEntry,
    Request,
    RequestConflict,
    RequestFields,
    RequestState,
)
from telemarket.casework.tables import requests
from telemarket.casework.task_board import TaskBoard
from telemarket.contacts.tables import contacts
from telemarket.core.audit import AuditLog
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput, NotFound
from telemarket.core.i18n import N_
from telemarket.core.roles import User
from telemarket.core.tables import users
from telemarket.core.text import clean_text

_LONGEST_PAGE = 100
_FIELD_COLUMNS = tuple(requests.c[name] for name in RequestFields.__struct_fields__)
_CHOICE_FIELDS = {
    "topic_id": ChoiceList.TOPIC,
    "category_id": ChoiceList.CATEGORY,
    "action_id": ChoiceList.ACTION,
    "source_id": ChoiceList.SOURCE,
}
_REQUEST = sa.select(
    requests.c.id,
    requests.c.contact_id,
    requests.c.call_id,
    requests.c.project_id,
    requests.c.author_id,
    sa.func.coalesce(users.c.name, "").label("author"),
    requests.c.created_at,
    requests.c.updated_at,
    *_FIELD_COLUMNS,
).outerjoin(users, users.c.id == requests.c.author_id)


class CaseworkService:
    """Requests (обращения), their lists, and the history of a contact."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._audit = AuditLog(database, clock)
        self.lists = Choices(database, clock)
        self.task_board = TaskBoard(database)

    async def choices(self, project_id: int | None) -> dict[ChoiceList, tuple[Choice, ...]]:
        """What each list offers in this project, from memory."""
        return await self.lists.offered(project_id)

    async def history(self, contact_id: int, before: str | None = None, limit: int = 20) -> list[HistoryEntry]:
        """Calls and requests of a contact, newest first; `before` is the cursor of the last entry of a page.

        Raises InvalidInput for a cursor that is none.
        """
        return await read_history(self._database, contact_id, before, max(1, min(limit, _LONGEST_PAGE)))

    async def attendants(self, contact_id: int) -> Attendants:
        """Who has looked after this contact, for routing; on the path of every call."""
        return await read_attendants(self._database, contact_id)

    async def get_request(self, request_id: int) -> Request:
        """One request; raises NotFound."""
        return await self._find(requests.c.id == request_id)

    async def request_of_call(self, call_id: str) -> Request | None:
        """The request of a call, if one was saved."""
        async with self._database.read() as connection:
            return await _fetch(connection, requests.c.call_id == call_id)

    async def save_request(
        self,
        call_id: str | None,
        contact_id: int | None,
        fields: RequestFields,
        author: User,
        *,
        project_id: int | None = None,
        request_id: int | None = None,
        version: datetime | None = None,
    ) -> Request:
        """Create or change the one request of a call, or the one named by `request_id`.

        The request of a call may have no `contact_id`: of a lead, for example, who is a number and a name; one it has
        already stays. `version` is the `updated_at` of the request the form was filled from, None when there was none.
        Saving the same content twice changes nothing. Raises InvalidInput naming the field, ChoiceRefused, NotFound,
        and RequestConflict with the other version when somebody else saved meanwhile.
        """
        fields = _clean(fields)
        existing = requests.c.call_id == call_id if call_id is not None else requests.c.id == request_id
        # Read before the transaction: a connection is never waited for while another one is held.
        lists = await self.lists.all()
        try:
            async with self._database.write() as connection:
                if contact_id is not None:
                    contact_id = await self._present_contact(connection, contact_id)
                current = await _fetch(connection, existing, lock=True)
                if current is None and request_id is not None:
                    raise NotFound(N_("There is no such request."))
                _check_choices(lists, fields, project_id, current)
                await self._check_consultant(connection, fields, current)
                if current is None:
                    return await self._create(connection, call_id, contact_id, project_id, fields, author)
                about = current.contact_id if contact_id is None else contact_id
                return await self._change(connection, current, about, fields, author, version)
        except IntegrityError:
            # Another page created the request of this call at the same moment.
            raise RequestConflict(await self._find(existing)) from None

    async def amend_request(self, request_id: int, author: User, version: datetime, **changes: Any) -> Request:
        """Change single fields of a request, named as in RequestFields, and nothing else.

        `version` is the `updated_at` of the request as the author saw it. Raises NotFound, and RequestConflict with the
        request as it is now when somebody else changed it meanwhile.
        """
        async with self._database.write() as connection:
            current = await _fetch(connection, requests.c.id == request_id, lock=True)
            if current is None:
                raise NotFound(N_("There is no such request."))
            fields = msgspec.structs.replace(current.fields, **changes)
            return await self._change(connection, current, current.contact_id, fields, author, version)

    async def _create(
        self,
        connection: AsyncConnection,
        call_id: str | None,
        contact_id: int | None,
        project_id: int | None,
        fields: RequestFields,
        author: User,
    ) -> Request:
        now = self._clock()
        insert = requests.insert().values(
            contact_id=contact_id,
            call_id=call_id,
            project_id=project_id,
            author_id=author.id,
            created_at=now,
            updated_at=now,
            **_values(fields),
        )
        request_id = await connection.scalar(insert.returning(requests.c.id))
        return await _fetch_known(connection, request_id)

    async def _change(
        self,
        connection: AsyncConnection,
        current: Request,
        contact_id: int | None,
        fields: RequestFields,
        author: User,
        version: datetime | None,
    ) -> Request:
        if (current.fields, current.contact_id) == (fields, contact_id):
            return current
        if version != current.updated_at:
            raise RequestConflict(current)
        # A version is never given twice, even by a clock that stands still or was put back.
        now = max(self._clock(), current.updated_at + timedelta(microseconds=1))
        update = requests.update().where(requests.c.id == current.id)
        await connection.execute(update.values(contact_id=contact_id, updated_at=now, **_values(fields)))
        if author.id != current.author_id:
            await self._audit.append_in(connection, author.id, "request.change", str(current.id))
        return await _fetch_known(connection, current.id)

    async def _find(self, condition: sa.ColumnElement[bool]) -> Request:
        async with self._database.read() as connection:
            found = await _fetch(connection, condition)
        if found is None:
            raise NotFound(N_("There is no such request."))
        return found

    async def _present_contact(self, connection: AsyncConnection, contact_id: int) -> int:
        """The contact's id, or that of the one it has become a part of while the form was open."""
        columns = sa.select(contacts.c.id, contacts.c.merged_into)
        while True:
            found = (await connection.execute(columns.where(contacts.c.id == contact_id))).one_or_none()
            if found is None:
                raise NotFound(N_("There is no such contact."))
            if found.merged_into is None:
                return contact_id
            contact_id = found.merged_into

    async def _check_consultant(
        self, connection: AsyncConnection, fields: RequestFields, current: Request | None
    ) -> None:
        before = current.fields.consultant_id if current else None
        if fields.consultant_id in (None, before):
            return
        query = sa.select(users.c.id).where(users.c.id == fields.consultant_id, users.c.active)
        if await connection.scalar(query) is None:
            raise ChoiceRefused("consultant_id")


def _check_choices(
    lists: tuple[Choice, ...], fields: RequestFields, project_id: int | None, current: Request | None
) -> None:
    """What was chosen before may stay chosen, even if it is no longer offered."""
    before = current.fields if current else RequestFields()
    project_id = current.project_id if current else project_id
    offered = {(c.list, c.id) for c in lists if c.active and c.project_id in (None, project_id)}
    for field, name in _CHOICE_FIELDS.items():
        chosen = getattr(fields, field)
        if chosen not in (None, getattr(before, field)) and (name, chosen) not in offered:
            raise ChoiceRefused(field)


def _clean(fields: RequestFields) -> RequestFields:
    if fields.deadline is not None and fields.deadline.tzinfo is None:
        raise InvalidInput(N_("The deadline needs a time zone."), field="deadline")
    return RequestFields(
        **{
            **{name: getattr(fields, name) for name in fields.__struct_fields__},
            "text": clean_text(fields.text, field="text", limit=LONGEST_TEXT),
        }
    )


def _values(fields: RequestFields) -> dict[str, Any]:
    return {name: getattr(fields, name) for name in fields.__struct_fields__}


async def _fetch(
    connection: AsyncConnection, condition: sa.ColumnElement[bool], *, lock: bool = False
) -> Request | None:
    query = _REQUEST.where(condition)
    row = (await connection.execute(query.with_for_update(of=requests) if lock else query)).first()
    if row is None:
        return None
    *head, text, topic, category, action, source, state, deadline, consultant = row
    request_id, contact_id, call_id, project_id, author_id, author, created_at, updated_at = head
    return Request(
        id=request_id,
        contact_id=contact_id,
        call_id=call_id,
        project_id=project_id,
        author_id=author_id,
        author=author,
        created_at=created_at,
        updated_at=updated_at,
        fields=RequestFields(
            text=text,
            topic_id=topic,
            category_id=category,
            action_id=action,
            source_id=source,
            state=RequestState(state),
            deadline=deadline,
            consultant_id=consultant,
        ),
    )


async def _fetch_known(connection: AsyncConnection, request_id: int | None) -> Request:
    found = await _fetch(connection, requests.c.id == request_id)
    assert found is not None  # noqa: S101
    return found
