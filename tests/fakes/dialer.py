"""What the desk asks of the dialer: leads as a test has them, results as operators chose them."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from telemarket.calls.views import CallState, CallView, DialMode, Direction
from telemarket.core.errors import NotFound
from telemarket.core.i18n import N_
from telemarket.core.roles import User
from telemarket.dialer.day_tasks import DayTask
from telemarket.dialer.lead_views import Lead, PastAttempt
from telemarket.dialer.model import Campaign, CampaignState, Chosen, LeadState, Terms
from telemarket.dialer.promises import Promise
from tests.fakes.call_centre import new_call

CAMPAIGN, LEAD = 7, 70


def new_lead_call(call_id: str, number: str, mode: DialMode = DialMode.PREDICTIVE, **values: Any) -> CallView:
    """A call of the campaign, which has just begun."""
    about = {"direction": Direction.CAMPAIGN, "campaign_id": CAMPAIGN, "lead_id": LEAD, "mode": mode}
    return msgspec.structs.replace(new_call(call_id, number), state=CallState.RINGING, **{**about, **values})


def new_lead(**values: Any) -> Lead:
    """A lead that has not been called yet."""
    now = datetime.now(UTC)
    plain: dict[str, Any] = {
        "id": LEAD,
        "campaign_id": CAMPAIGN,
        "contact_id": None,
        "name": "Гнатюк Степан Орестович",
        "values": {"Договір": "К-1100039", "Борг, грн": 4200, "Прострочено, днів": 12},
        "state": LeadState.CLAIMED,
        "zone": "Europe/Kyiv",
        "rank": 1,
        "due_at": now,
        "added_at": now,
        "changed_at": now,
    }
    empty: dict[str, Any] = dict.fromkeys(("operator_id", "operator_until", "disposition_id"))
    empty |= {"next_number": 0, "attempts": 0, "tries": {}, "outcome": "", "closed_why": "", "attempt_id": ""}
    return Lead(**{**plain, **empty, **values})


def new_attempt(attempt_id: str, **values: Any) -> PastAttempt:
    """An attempt that nobody answered."""
    now = datetime.now(UTC)
    empty: dict[str, Any] = dict.fromkeys(("contact_id", "agent_id", "answered_at", "connected_at", "disposition_id"))
    plain: dict[str, Any] = {
        "campaign_id": CAMPAIGN,
        "lead_id": LEAD,
        "number": "+380671112233",
        "outcome": "no-answer",
    }
    plain |= {"cause": 0, "reason": "", "note": "", "claimed_at": now, "dialed_at": now, "ended_at": now}
    return PastAttempt(id=attempt_id, **{**empty, **plain, **values})


@dataclass
class FakeDialer:
    """Implements what the desk uses of `Leads`, `CampaignService`, `Promises`, `Results` and `DayTasks`.

    `chosen` lists the results operators chose, in order.
    """

    the_lead: Lead = field(default_factory=new_lead)
    promises: tuple[Promise, ...] = ()
    chosen: list[tuple[str, Chosen, int]] = field(default_factory=list)
    refusal: Exception | None = None
    tasks: list[DayTask] = field(default_factory=list)

    async def lead(self, lead_id: int) -> Lead:
        if lead_id != self.the_lead.id:
            raise NotFound(N_("There is no such lead."))
        return self.the_lead

    async def get(self, campaign_id: int) -> Campaign:
        now = datetime.now(UTC)
        return Campaign(
            id=campaign_id,
            project_id=1,
            name="Нагадування про платіж",
            mode=DialMode.PREDICTIVE,
            state=CampaignState.RUNNING,
            priority=1,
            terms=Terms(),
            created_at=now,
            updated_at=now,
        )

    async def of_lead(self, lead_id: int) -> tuple[Promise, ...]:
        return self.promises

    async def choose(self, attempt_id: str, chosen: Chosen, user: User) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.chosen.append((attempt_id, chosen, user.id))

    async def of_operator(self, operator_id: int, day: date) -> tuple[DayTask, ...]:
        found = [task for task in self.tasks if task.operator_id == operator_id and task.day == day]
        return tuple(sorted(found, key=lambda task: (task.done_at is not None, task.position)))

    async def done(self, operator_id: int, day: date, position: int) -> None:
        for place, task in enumerate(self.tasks):
            if (task.operator_id, task.day, task.position) == (operator_id, day, position):
                self.tasks[place] = msgspec.structs.replace(task, done_at=datetime.now(UTC))
                return
        raise NotFound(N_("There is no such task."))
