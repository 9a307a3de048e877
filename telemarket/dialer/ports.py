"""What this room asks of others, handed in by whoever builds the house."""

from collections.abc import AsyncIterable, Collection, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.dialer.model import Added, LeadData


class Tasks(Protocol):
    """Requests that people see to. Everything happens in the transaction of `connection`."""

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
        """Give somebody a task; returns its id. A call has one task: given again, it is changed. `author_id` is None
        for a task of Telemarket's own, `responsible_id` for one of whoever sees it first."""
        ...

    async def finished_since(self, connection: AsyncConnection, moment: datetime) -> list[int]:
        """Tasks that were done at `moment` or later."""
        ...

    async def asking(
        self, connection: AsyncConnection, topic_id: int, before: datetime, after: int, limit: int
    ) -> list[int]:
        """Contacts with an unfinished request of a topic written before a moment: the next `limit` of their ids, in
        order, beyond the id `after`."""
        ...

    async def due(
        self, connection: AsyncConnection, responsible_ids: Collection[int], before: datetime
    ) -> list[tuple[int, int | None, int, datetime]]:
        """Unfinished tasks of these people due before a moment: id, contact, responsible, deadline."""
        ...

    async def tell(self, connection: AsyncConnection, request_ids: Collection[int]) -> dict[int, tuple[str, bool]]:
        """What these tasks say, and whether they are done, by id."""
        ...


class Messages(Protocol):
    """Mail and SMS to customers. Everything happens in the transaction of `connection`."""

    async def offered(self, connection: AsyncConnection, project_id: int) -> dict[int, str]:
        """The project's templates: how each is sent ("mail", "sms"), by id."""
        ...

    async def put(
        self,
        connection: AsyncConnection,
        template_id: int,
        *,
        contact_id: int | None,
        number: str,
        known: Mapping[str, Mapping[str, Any]],
        call_id: str,
        user: int,
    ) -> None:
        """Have a customer told, in a minute, what the template says with what is `known`; never twice in a call."""
        ...

    async def take_back(self, connection: AsyncConnection, call_id: str) -> None:
        """What was to be told of this call is not told, but for what has left."""
        ...


class AddsLeads(Protocol):
    """Who adds leads: `telemarket.dialer.leads.Leads`."""

    async def add(
        self, campaign_id: int, rows: AsyncIterable[LeadData] | Iterable[LeadData], source: str, user: int | None
    ) -> Added:
        """Add leads to a campaign; who is an unfinished lead of it already is a double."""
        ...


class Debts(Protocol):
    """Who knows what people owe."""

    async def debt(self, contact_id: int, value: str) -> Decimal | None:
        """What a contact owes, by the further value of this name; None if nobody can say now. Never raises."""
        ...
