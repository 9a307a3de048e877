"""Payments promised by a date, and whether they came."""

from datetime import date, datetime
from decimal import Decimal

import msgspec

from telemarket.core.database import Database


class Promise(msgspec.Struct, frozen=True, kw_only=True):
    """A payment promised. `due_on` is the last day; it is checked on the next."""

    id: int
    lead_id: int
    contact_id: int | None
    agent_id: int | None
    name: str  # of the lead
    amount: Decimal
    currency: str = ""
    due_on: date
    state: str  # open | paid | unpaid | unknown
    made_at: datetime
    checked_at: datetime | None = None


class Promises:
    """Reads and checks promises."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(self, day: date) -> tuple[Promise, ...]:
        """Open promises that should be paid by the end of `day`, the oldest first."""
        raise NotImplementedError

    async def of_lead(self, lead_id: int) -> tuple[Promise, ...]:
        """The lead's promises, the newest first: the operator sees them before he calls again."""
        raise NotImplementedError

    async def check(self, day: date) -> None:
        """Ask what is owed for every promise due before `day`."""
        raise NotImplementedError
