"""Rules that make leads of contacts every night."""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

import msgspec
import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.core.audit import AuditLog
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.errors import NotFound
from telemarket.core.i18n import N_
from telemarket.core.roles import Permission, User, require
from telemarket.dialer.finding import Finder
from telemarket.dialer.model import CampaignState, LeadData
from telemarket.dialer.ports import AddsLeads, Tasks
from telemarket.dialer.rule_model import LeadRule, Rule, RulePreview, Sample
from telemarket.dialer.rule_rules import check, checked
from telemarket.dialer.tables import campaigns, lead_rules
from telemarket.dialer.turns import Turns, last_due, reason_of

log = structlog.get_logger(__name__)

FIRST = 20
"""Contacts a preview shows."""
_RENEW_EVERY = timedelta(minutes=1)
_COLUMNS = tuple(lead_rules.c[name] for name in LeadRule.__struct_fields__)


class Rules:
    """The rules, and their runs. `zone` is the house's."""

    def __init__(self, database: Database, clock: Clock, zone: tzinfo, tasks: Tasks, leads: AddsLeads) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone
        self._leads = leads
        self._finder = Finder(database, zone, tasks)
        self._turns = Turns(database, lead_rules, lead_rules.c.id)
        self._audit = AuditLog(database, clock)

    async def of_campaign(self, campaign_id: int) -> tuple[LeadRule, ...]:
        """The campaign's rules, by name."""
        query = sa.select(*_COLUMNS).where(lead_rules.c.campaign_id == campaign_id).order_by(lead_rules.c.name)
        async with self._database.read() as connection:
            return tuple(map(_rule, await connection.execute(query)))

    async def save(self, rule: LeadRule, by: User) -> LeadRule:
        """Add a rule (id 0) or change one; it runs first in the next night. Raises NotAllowed, NotFound, and
        InvalidInput naming the field (`name`, `at`, `rule.dates[0].attribute`…)."""
        require(by, Permission.MANAGE_CAMPAIGNS)
        clean = checked(rule)
        values = {name: getattr(clean, name) for name in ("campaign_id", "name", "at", "active")}
        values["rule"] = msgspec.json.encode(clean.rule).decode()
        values["ran_for"] = last_due(self._clock(), clean.at, self._zone)
        async with self._database.write() as connection:
            key = await self._store(connection, clean, values)
            await self._audit.append_in(connection, by.id, "rule.save", f"campaign {clean.campaign_id}: {clean.name}")
            row = (await connection.execute(sa.select(*_COLUMNS).where(lead_rules.c.id == key))).one()
        return _rule(row)

    async def remove(self, rule_id: int, by: User) -> None:
        """Forget a rule; its leads stay. Raises NotAllowed and NotFound."""
        require(by, Permission.MANAGE_CAMPAIGNS)
        async with self._database.write() as connection:
            if not (await connection.execute(lead_rules.delete().where(lead_rules.c.id == rule_id))).rowcount:
                raise NotFound(N_("There is no such rule."))
            await self._audit.append_in(connection, by.id, "rule.remove", str(rule_id))

    async def preview(self, rule: Rule, campaign_id: int | None = None) -> RulePreview:
        """Whom the rule would find if it ran now, for this campaign without those who were its leads lately. Raises
        InvalidInput as `save`."""
        check(rule)
        count = 0
        first: list[Sample] = []
        async for portion in self._finder.find(rule, self._clock().astimezone(self._zone).date(), campaign_id):
            count += len(portion)
            first += portion[: FIRST - len(first)]
        return RulePreview(count=count, first=tuple(first))

    async def run_due(self, now: datetime) -> int:
        """Run every rule whose time has come, and that no other daemon runs; returns how many leads they added.

        A rule that fails keeps its reason and costs the others nothing.
        """
        added = 0
        for rule in await self._active():
            day = last_due(now, rule.at, self._zone)
            if (rule.ran_for is None or rule.ran_for < day) and await self._turns.take(rule.id, day, now):
                added += await self._run(rule, day)
        return added

    async def _active(self) -> list[LeadRule]:
        query = (
            sa.select(*_COLUMNS)
            .join(campaigns, campaigns.c.id == lead_rules.c.campaign_id)
            .where(lead_rules.c.active, campaigns.c.state != CampaignState.FINISHED.value)
            .order_by(lead_rules.c.at, lead_rules.c.id)
        )
        async with self._database.read() as connection:
            return list(map(_rule, await connection.execute(query)))

    async def _run(self, rule: LeadRule, day: date) -> int:
        try:
            added = await self._leads.add(rule.campaign_id, self._found(rule, day), f"rule: {rule.name}", None)
        except Exception as error:  # the database is away, the campaign is gone: later again
            log.warning("a nightly rule failed", rule=rule.id, error=repr(error))
            await self._turns.fail(rule.id, day, self._clock(), reason_of(error))
            return 0
        log.info("a nightly rule has run", rule=rule.id, added=added.added, doubles=added.doubles)
        await self._turns.finish(rule.id, day, self._clock(), added.added)
        return added.added

    async def _found(self, rule: LeadRule, day: date) -> AsyncIterator[LeadData]:
        renewed = self._clock()
        async for portion in self._finder.find(rule.rule, day, rule.campaign_id):
            if self._clock() - renewed >= _RENEW_EVERY:
                renewed = self._clock()
                await self._turns.renew(rule.id, renewed)
            for sample in portion:
                yield _lead(sample, rule.rule)

    async def _store(self, connection: AsyncConnection, rule: LeadRule, values: dict[str, Any]) -> int:
        known = sa.select(campaigns.c.id).where(campaigns.c.id == rule.campaign_id)
        if await connection.scalar(known) is None:
            raise NotFound(N_("There is no campaign %(id)s.", id=rule.campaign_id))
        if not rule.id:
            insert = lead_rules.insert().values(values).returning(lead_rules.c.id)
            return int((await connection.execute(insert)).scalar_one())
        mine = (lead_rules.c.id == rule.id, lead_rules.c.campaign_id == rule.campaign_id)
        if not (await connection.execute(lead_rules.update().where(*mine).values(values))).rowcount:
            raise NotFound(N_("There is no such rule."))
        return rule.id


def _rule(row: sa.Row[*tuple[Any, ...]]) -> LeadRule:
    values = dict(row._mapping)
    return LeadRule(**{**values, "rule": msgspec.json.decode(values["rule"], type=Rule)})


def _lead(sample: Sample, rule: Rule) -> LeadData:
    return LeadData(contact_id=sample.contact_id, name=sample.name, rank=rule.rank, values=dict(sample.values))
