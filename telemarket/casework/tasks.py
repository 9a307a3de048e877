"""Requests that another room has people see to: after a call, or because a number proved dead."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.casework.model import LONGEST_TEXT, RequestState
from telemarket.casework.tables import UNFINISHED, requests
from telemarket.core.clock import Clock

_PORTION = 1000  # ids that one statement names
_NEVER_CHANGED = ("contact_id", "project_id", "author_id")


class RequestTasks:
    """Implements `telemarket.dialer.ports.Tasks`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def create(
        self,
        connection: AsyncConnection,
        *,
        contact_id: int | None,
        project_id: int,
        text: str,
        responsible_id: int | None,
        author_id: int | None,
        deadline: datetime | None = None,
        call_id: str | None = None,
    ) -> int:
        """A request for `responsible_id`. What an operator wrote of this call already stays, with `text` below it."""
        values = {
            "contact_id": contact_id,
            "project_id": project_id,
            "author_id": author_id,
            "text": text[:LONGEST_TEXT],
            "consultant_id": responsible_id,
            "deadline": deadline,
            "state": RequestState.OPEN.value,
            "updated_at": self._clock(),
        }
        if call_id is not None:
            same = sa.select(requests.c.id, requests.c.text).where(requests.c.call_id == call_id).with_for_update()
            if known := (await connection.execute(same)).one_or_none():
                changed = {name: value for name, value in values.items() if name not in _NEVER_CHANGED}
                changed["text"] = _together(known.text, text)
                await connection.execute(requests.update().where(requests.c.id == known.id).values(changed))
                return int(known.id)
        insert = requests.insert().values(**values, call_id=call_id, created_at=values["updated_at"])
        return int((await connection.execute(insert.returning(requests.c.id))).scalar_one())

    async def finished_since(self, connection: AsyncConnection, moment: datetime) -> list[int]:
        """Requests that were done at `moment` or later."""
        done = requests.c.state == RequestState.DONE.value
        query = sa.select(requests.c.id).where(requests.c.updated_at >= moment, done)
        return list(await connection.scalars(query.order_by(requests.c.updated_at, requests.c.id)))

    async def asking(
        self, connection: AsyncConnection, topic_id: int, before: datetime, after: int, limit: int
    ) -> list[int]:
        """Contacts with an unfinished request of this topic written before a moment."""
        query = sa.select(requests.c.contact_id).where(
            UNFINISHED,
            requests.c.topic_id == topic_id,
            requests.c.created_at < before,
            requests.c.contact_id > after,
        )
        return list(await connection.scalars(query.distinct().order_by(requests.c.contact_id).limit(limit)))

    async def due(
        self, connection: AsyncConnection, responsible_ids: Collection[int], before: datetime
    ) -> list[tuple[int, int | None, int, datetime]]:
        """Unfinished requests of these consultants with a deadline before a moment, the most urgent first."""
        columns = [requests.c[name] for name in ("id", "contact_id", "consultant_id", "deadline")]
        query = sa.select(*columns).where(
            UNFINISHED, requests.c.deadline < before, requests.c.consultant_id.in_(responsible_ids)
        )
        rows = await connection.execute(query.order_by(requests.c.deadline, requests.c.id))
        return [(row.id, row.contact_id, row.consultant_id, row.deadline) for row in rows]

    async def tell(self, connection: AsyncConnection, request_ids: Collection[int]) -> dict[int, tuple[str, bool]]:
        """What these requests say, and whether they are done."""
        told: dict[int, tuple[str, bool]] = {}
        ids = sorted(request_ids)
        for start in range(0, len(ids), _PORTION):
            query = sa.select(requests.c.id, requests.c.text, requests.c.state)
            for row in await connection.execute(query.where(requests.c.id.in_(ids[start : start + _PORTION]))):
                told[row.id] = (row.text, row.state == RequestState.DONE.value)
        return told


def _together(known: str, added: str) -> str:
    """What is said already is not said twice."""
    return known if added in known else f"{known}\n{added}".strip()[:LONGEST_TEXT]
