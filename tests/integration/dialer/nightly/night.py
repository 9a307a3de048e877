"""A house whose nights pass when they are told to, with people in it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa

from telemarket.calls.outbound import OutboundRules
from telemarket.calls.projects import ProjectService
from telemarket.calls.skills import SkillService
from telemarket.casework.model import RequestState
from telemarket.casework.tables import choices, requests
from telemarket.casework.tasks import RequestTasks
from telemarket.contacts.model import ContactFields
from telemarket.contacts.service import ContactService
from telemarket.core.database import Database
from telemarket.core.i18n import translator
from telemarket.core.roles import Role, User
from telemarket.core.tables import users
from telemarket.dialer.day_tasks import DayTasks
from telemarket.dialer.dispositions import Dispositions
from telemarket.dialer.hygiene import NumberHygiene
from telemarket.dialer.lead_views import Lead
from telemarket.dialer.model import Act, Attempt, Campaign, Chosen, Disposition, Ended, LeadData, Outcome
from telemarket.dialer.nightly import Nightly
from telemarket.dialer.promises import Promises
from telemarket.dialer.renewing import Renewal
from telemarket.dialer.results import Results
from telemarket.dialer.rule_model import LeadRule, Rule
from telemarket.dialer.rules import Rules
from telemarket.messaging.outbox import Outbox
from tests.integration.dialer.store.house import PLAN, ZONE, House

KYIV = ZoneInfo(ZONE)


class Books:
    """What people owe, by contact; None: nobody can say."""

    def __init__(self) -> None:
        self.owed: dict[int, Decimal | None] = {}
        self.asked = 0

    async def debt(self, contact_id: int, value: str) -> Decimal | None:
        self.asked += 1
        return self.owed.get(contact_id)


class NightHouse(House):
    """Everything that works after a call and at night."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        clock = lambda: self.now  # noqa: E731
        self.books = Books()
        self.tasks = RequestTasks(clock)
        self.contacts = ContactService(database, PLAN, clock)
        self.outbox = Outbox(database, clock)
        self.dispositions = Dispositions(database, clock, self.outbox)
        self.results = Results(database, clock, KYIV, self.tasks, self.books, self.outbox)
        self.promises = Promises(database, clock, KYIV, self.books)
        self.hygiene = NumberHygiene(database, clock)
        self.renewal = Renewal(database, clock, ZONE, self.tasks, translator("en", ZONE), OutboundRules(plan=PLAN))
        self.rules = self.other_rules()
        self.day_tasks = DayTasks(database, clock, KYIV, self.tasks)
        self.nightly = Nightly(
            database,
            clock,
            KYIV,
            rules=self.rules,
            promises=self.promises,
            day_tasks=self.day_tasks,
            renewal=self.renewal,
        )

    def other_rules(self) -> Rules:
        """The rules as another daemon runs them."""
        return Rules(self.database, lambda: self.now, KYIV, self.tasks, self.leads)

    async def open(self) -> None:
        """Have people in the house."""
        self.olena = await self.user("olena")
        self.taras = await self.user("taras")
        self.ivan = await self.user("ivan")
        self.boss = await self.user("boss", Role.SUPERVISOR)
        await self.project()
        await ProjectService(self.database).change_operators("077", add=["olena", "taras"])

    async def user(self, login: str, role: Role = Role.OPERATOR) -> User:
        """Somebody who signs in."""
        row = {"login": login, "name": login.title(), "password_hash": "", "role": role.value}
        async with self.database.write() as connection:
            key = (await connection.execute(users.insert().values(row).returning(users.c.id))).scalar_one()
        return User(id=key, login=login, name=login.title(), role=role)

    async def skill(self, user: User, skill: str) -> None:
        """He is good at it."""
        await SkillService(self.database).change(user.login, {skill: 50})

    async def dismiss(self, user: User) -> None:
        """He works here no longer."""
        async with self.database.write() as connection:
            await connection.execute(users.update().where(users.c.id == user.id).values(active=False))

    async def person(self, name: str, *numbers: str, **fields: Any) -> int:
        """A contact, found by its values at once."""
        phones = tuple(("", number) for number in numbers)
        return (await self.contacts.create(ContactFields(name=name, phones=phones, **fields))).id

    async def result(self, act: Act) -> Disposition:
        """The project's result that does this."""
        return next(each for each in await self.dispositions.of_project(await self.project()) if each.act is act)

    async def talk(self, campaign: Campaign, by: User | None = None, **claiming: Any) -> Attempt:
        """The next lead is called, and somebody talks with him."""
        [attempt] = await self.claim(campaign, 1, **claiming)
        await self.claims.dialed(attempt.id)
        fields = {"answered_at": self.now, "connected_at": self.now, "agent_id": (by or self.olena).id}
        await self.end(attempt, Outcome.ANSWERED, **fields)
        return attempt

    async def choose(self, attempt: Attempt, act: Act, by: User | None = None, **chosen: Any) -> Lead:
        """Say what a conversation came to; returns the lead afterwards."""
        disposition = await self.result(act)
        await self.results.choose(attempt.id, Chosen(disposition_id=disposition.id, **chosen), by or self.olena)
        return await self.lead_of(attempt)

    def lead_data(self, contact_id: int | None, *numbers: str, **fields: Any) -> LeadData:
        """A lead to be added."""
        return LeadData(contact_id=contact_id, numbers=numbers, **fields)

    def ended(self, attempt: Attempt, outcome: Outcome) -> Ended:
        """The attempt ends now."""
        return Ended(attempt_id=attempt.id, outcome=outcome, at=self.now)

    async def fail(self, campaign: Campaign, outcome: Outcome) -> Attempt:
        """The next lead is called, and nobody is reached."""
        [attempt] = await self.claim(campaign, 1)
        await self.claims.dialed(attempt.id)
        end = self.ended(attempt, outcome)
        await self.settling.ended(end)
        await self.hygiene.took([end])
        return attempt

    async def requests(self) -> Sequence[Any]:
        """Every request, the oldest first."""
        async with self.database.read() as connection:
            return (await connection.execute(sa.select(requests).order_by(requests.c.id))).all()

    async def request(self, contact_id: int, **values: Any) -> int:
        """A request of a contact."""
        row = {"contact_id": contact_id, "text": "Анкета", "created_at": self.now, "updated_at": self.now} | values
        async with self.database.write() as connection:
            return (await connection.execute(requests.insert().values(row).returning(requests.c.id))).scalar_one()

    async def topic(self, name: str) -> int:
        """A topic of requests."""
        async with self.database.write() as connection:
            insert = choices.insert().values(list="topic", name=name)
            return (await connection.execute(insert.returning(choices.c.id))).scalar_one()

    async def finish(self, request_id: int) -> None:
        """Somebody has seen to a request."""
        done = {"state": RequestState.DONE.value, "updated_at": self.now}
        async with self.database.write() as connection:
            await connection.execute(requests.update().where(requests.c.id == request_id).values(done))

    async def rule(self, campaign: Campaign, rule: Rule, **fields: Any) -> LeadRule:
        """A rule of a campaign."""
        return await self.rules.save(LeadRule(campaign_id=campaign.id, name="Rule", rule=rule, **fields), self.boss)

    async def contacts_of(self, campaign: Campaign) -> list[int | None]:
        """Who the campaign's leads are."""
        return [lead.contact_id for lead in await self.all_leads(campaign)]

    async def counts_hold(self, campaign: Campaign) -> bool:
        """Whether what is counted along the way is what there is."""
        return msgspec.to_builtins(await self.campaigns.counts(campaign.id)) == msgspec.to_builtins(
            await self.recount(campaign)
        )
