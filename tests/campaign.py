"""A campaign and its lead, as an operator's desk meets them, without the dialer that calls."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import sqlalchemy as sa

from telemarket.calls.tables import calls
from telemarket.calls.views import AgentState, CallState, CallView, DialMode, Direction
from telemarket.core.clock import utc_now
from telemarket.demo.past import KYIV
from telemarket.dialer.model import Chosen, Disposition, LeadData
from telemarket.dialer.tables import attempts
from tests.desk import Desk
from tests.fakes.call_centre import new_call

NAME = "Нагадування про платіж"
WHO = "Гнатюк Степан Орестович"
STEPAN = "+380671112233"
VALUES = {"Договір": "К-1100039", "Борг, грн": 4200, "Прострочено, днів": 12}


class Reminders:
    """A campaign with one lead who did not keep a promise: what the dialer would have written of his calls."""

    def __init__(self, desk: Desk, campaign_id: int, lead_id: int) -> None:
        self._desk = desk
        self._campaign_id = campaign_id
        self._lead_id = lead_id
        self._services = desk.services

    async def past(self) -> None:
        """A colleague talked with him the day before yesterday; yesterday nobody answered."""
        now, colleague = utc_now(), self._desk.colleague
        await self.attempt("before-1", colleague.id, at=now - timedelta(days=2), outcome="answered")
        promise = await self.offered("promise")
        today = now.astimezone(KYIV).date()
        said = {"amount": Decimal(1200), "currency": "UAH", "pay_by": today, "note": "після зарплати"}
        await self._services.results.choose("before-1", Chosen(disposition_id=promise.id, **said), colleague)
        await self.attempt("before-2", None, at=now - timedelta(days=1), outcome="no-answer")

    async def attempt(self, call_id: str, agent_id: int | None, **values: Any) -> None:
        """A call of the lead, ended unless its `outcome` is empty."""
        at, outcome = values.pop("at", utc_now()), values.pop("outcome", "")
        plain = {"agent_id": agent_id, "answered_at": at if agent_id else None, "ended_at": at if outcome else None}
        row = {"id": call_id, "campaign_id": self._campaign_id, "lead_id": self._lead_id, "number": STEPAN}
        times = {"claimed_at": at, "dialed_at": at, "outcome": outcome}
        async with self._desk.database.write() as connection:
            call = {"id": call_id, "project_id": 1, "arrived_at": at, "result": outcome}
            await connection.execute(calls.insert().values(plain | call))
            await connection.execute(attempts.insert().values(plain | row | times | values))

    async def offered(self, act: str) -> Disposition:
        """The first result of the project that does this."""
        listed = await self._services.dispositions.of_project(1)
        return next(each for each in listed if each.act == act)

    async def chosen(self, call_id: str) -> str:
        """The name of the result kept for a call; empty if there is none."""
        async with self._desk.database.read() as connection:
            query = sa.select(attempts.c.disposition_id).where(attempts.c.id == call_id)
            chosen = await connection.scalar(query)
        listed = await self._services.dispositions.of_project(1)
        return next((each.name for each in listed if each.id == chosen), "")

    def call(self, call_id: str, mode: DialMode, number: str = STEPAN, **values: Any) -> CallView:
        """A call of the lead that has just begun."""
        about = {"campaign_id": self._campaign_id, "lead_id": self._lead_id, "mode": mode}
        state = {"direction": Direction.CAMPAIGN, "state": CallState.RINGING}
        return msgspec.structs.replace(new_call(call_id, number), **{**about, **state, **values})

    async def preview(self, call_id: str = "c-1", seconds: float | None = None) -> None:
        """The dialer shows Olena her next lead."""
        me, call = self._desk.operator.id, self.call(call_id, DialMode.PREVIEW)
        await self.attempt(call_id, None)
        until = utc_now() + timedelta(seconds=seconds) if seconds else None
        self._desk.call_centre.set_call(me, call, AgentState.PREVIEW, until)
        self._services.cards.push(me, call)  # who it is follows: a preview waits for nothing
        await self._services.cards.prepare(call)

    async def connect(self, call_id: str = "c-1", number: str = STEPAN) -> None:
        """Somebody the dialer called says hello: Olena's telephone rings, for as long as it takes to answer itself."""
        await self.attempt(call_id, self._desk.operator.id)
        await self._desk.call_centre.ring(self._desk.operator.id, self.call(call_id, DialMode.PREDICTIVE, number))


async def new_reminders(desk: Desk) -> Reminders:
    """The campaign in the desk's database."""
    services = desk.services
    campaign = await services.campaigns.create(project_id=1, name=NAME, mode=DialMode.PREDICTIVE, user=None)
    added = await services.leads.add(campaign.id, [LeadData(name=WHO, numbers=(STEPAN,), values=VALUES)], "test", None)
    assert added.added == 1, added
    page = await services.leads.page(campaign.id)
    return Reminders(desk, campaign.id, page.leads[0].id)
