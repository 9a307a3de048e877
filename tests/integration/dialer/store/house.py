"""A house with one project, in which time stands still until it is told to go on."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from telemarket.calls.outbound import OutboundRules
from telemarket.calls.plan import Hours, Opening
from telemarket.calls.projects import ProjectService
from telemarket.calls.views import DialMode
from telemarket.contacts.fields import phone_rows
from telemarket.contacts.writing import Prepared, insert_many
from telemarket.core.database import Database
from telemarket.dialer.blocking import DoNotCall
from telemarket.dialer.campaigns import CampaignService
from telemarket.dialer.claiming import Claims
from telemarket.dialer.counts import Counts
from telemarket.dialer.lead_views import Lead
from telemarket.dialer.leads import Leads
from telemarket.dialer.model import (
    Attempt,
    Campaign,
    Ended,
    LeadData,
    LegalProfile,
    Outcome,
    Terms,
)
from telemarket.dialer.settling import Settling
from telemarket.dialer.tables import attempts, leads
from telemarket.numbers import NumberingPlan

ZONE = "Europe/Kyiv"
PLAN = NumberingPlan()
NOON = datetime(2026, 11, 2, 10, tzinfo=UTC)  # a Monday, 12 o'clock in Kyiv
FREELY = Terms(profile=LegalProfile(consent=False), message="sorry", beside_others=True)
DAYTIME = Hours(week=((Opening(since="08:00", until="21:00"),),) * 7)


class House:
    """Everything that keeps campaigns and leads, and a clock to be set."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = NOON
        clock = lambda: self.now  # noqa: E731
        self.campaigns = CampaignService(database, clock)
        self.leads = Leads(database, clock, PLAN, ZONE, OutboundRules(plan=PLAN))
        self.do_not_call = DoNotCall(database, clock, PLAN)
        self.settling = Settling(database, clock)
        self.claims = self.daemon("here")

    def daemon(self, owner: str) -> Claims:
        """A daemon in its next life."""
        return Claims(self.database, lambda: self.now, owner, ZONE)

    def wait(self, **time: float) -> None:
        """Let time go on."""
        self.now += timedelta(**time)

    async def project(self, number: str = "077") -> int:
        """The project, made when first asked for."""
        service = ProjectService(self.database)
        known = {listed.project.number: listed.project.id for listed in await service.list_all()}
        return known.get(number) or (await service.add(number, name=number, dnis=[f"044{number}"])).id

    async def campaign(self, terms: Terms = FREELY, mode: DialMode = DialMode.PROGRESSIVE) -> Campaign:
        """A campaign with these terms that runs, whatever might keep it from it."""
        made = await self.campaigns.create(project_id=await self.project(), name="Борги", mode=mode, user=None)
        await self.update(made, terms=terms)
        async with self.database.write() as connection:
            running = sa.text("UPDATE campaigns SET state = 'running' WHERE id = :id")
            await connection.execute(running, {"id": made.id})
        return await self.campaigns.get(made.id)

    async def update(self, campaign: Campaign, **changes: Any) -> Campaign:
        """Change some of what is planned."""
        names = ("name", "mode", "priority", "terms", "starts_at", "ends_at")
        planned = {name: changes.get(name, getattr(campaign, name)) for name in names}
        return await self.campaigns.update(campaign.id, **planned, user=None)

    async def add(self, campaign: Campaign, *numbers: str, **fields: Any) -> None:
        """A lead for each number."""
        rows = [LeadData(numbers=(number,), **fields) for number in numbers]
        added = await self.leads.add(campaign.id, rows, "test", None)
        assert added.added == len(numbers), added

    async def contact(self, *numbers: str, **values: Any) -> int:
        """A contact."""
        rows = phone_rows(tuple(("", number) for number in numbers), PLAN)
        async with self.database.write() as connection:
            [made] = await insert_many(
                connection, [Prepared({"name": "Коваль", **values}, rows)], at=self.now, origin="desk", by=None
            )
        return made

    async def claim(self, campaign: Campaign, wanted: int = 10, **how: Any) -> list[Attempt]:
        """Claim here, leads that have waited long enough included."""
        await self.claims.wake(self.now)
        return await self.claims.claim(campaign, wanted, **how)

    async def end(self, attempt: Attempt, outcome: Outcome, **fields: Any) -> None:
        """The attempt ends now."""
        await self.settling.ended(Ended(attempt_id=attempt.id, outcome=outcome, at=self.now, **fields))

    async def lead_of(self, attempt: Attempt) -> Lead:
        """The lead as it is now."""
        return await self.leads.lead(attempt.lead_id)

    async def all_leads(self, campaign: Campaign) -> tuple[Lead, ...]:
        """The campaign's leads."""
        return (await self.leads.page(campaign.id, limit=500)).leads

    async def recount(self, campaign: Campaign) -> Counts:
        """The counts, counted anew."""
        async with self.database.read() as connection:

            async def by(column: sa.Column[Any], *conditions: Any) -> dict[Any, int]:
                counted = sa.select(column, sa.func.count()).where(*conditions).group_by(column)
                return dict((await connection.execute(counted)).all())

            mine = leads.c.campaign_id == campaign.id
            ended = attempts.c.campaign_id == campaign.id, attempts.c.outcome.not_in(("", "returned"))
            return Counts(
                leads=await by(leads.c.state, mine),
                outcomes=await by(attempts.c.outcome, *ended),
                dispositions=await by(leads.c.disposition_id, mine, leads.c.disposition_id.is_not(None)),
            )


def numbers(count: int, first: int = 0) -> list[str]:
    """As many different numbers."""
    return [f"067{number:07}" for number in range(first, first + count)]


def terms(**changes: Any) -> Terms:
    """Terms under which anybody may be called at any time, but for these changes."""
    return msgspec.structs.replace(FREELY, **changes)
