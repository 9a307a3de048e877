"""What each operator finds ready in the morning."""

from datetime import date, datetime
from enum import StrEnum

import msgspec

from telemarket.core.database import Database


class TaskKind(StrEnum):
    """What is to be done."""

    LEAD = "lead"  # to be called
    PROMISE = "promise"  # to be called about a payment that did not come
    REQUEST = "request"  # to be seen to


class DayTask(msgspec.Struct, frozen=True, kw_only=True):
    """One task of an operator's day. Texts are empty where there is nothing."""

    day: date
    operator_id: int
    position: int  # names it within the day and the operator; the order of work
    kind: TaskKind
    lead_id: int | None = None
    request_id: int | None = None
    contact_id: int | None = None
    campaign_id: int | None = None
    campaign: str = ""
    name: str = ""  # of the contact, or the lead
    text: str = ""  # of the request
    rank: int = 100
    due_at: datetime | None = None
    overdue: bool = False  # due before the day began
    done_at: datetime | None = None


class DayTasks:
    """The tasks of operators, day by day."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def prepare(self, day: date) -> int:
        """Write everybody's tasks of `day`; returns how many. Again, it keeps what is done and replans the rest."""
        raise NotImplementedError

    async def of_operator(self, operator_id: int, day: date) -> tuple[DayTask, ...]:
        """An operator's tasks in the order of work; those done last."""
        raise NotImplementedError

    async def done(self, operator_id: int, day: date, position: int) -> None:
        """The operator says that a task is done. Raises NotFound."""
        raise NotImplementedError
