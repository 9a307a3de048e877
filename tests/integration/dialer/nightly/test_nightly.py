"""The night itself, in virtual time, on both databases."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from telemarket.dialer.model import Act, LeadState
from telemarket.dialer.nightly import LOOK_SECONDS, Job, Nightly
from telemarket.dialer.rule_model import Rule, TextIs
from tests.integration.dialer.nightly.night import KYIV, NightHouse
from tests.integration.dialer.store.house import terms


class Nights:
    """A night watch whose waits take no time; after `until` it ends."""

    def __init__(self, house: NightHouse, **parts: Any) -> None:
        self.house = house
        self.until = house.now
        own = {name: getattr(house, name) for name in ("rules", "promises", "day_tasks", "renewal")}
        clock = lambda: house.now  # noqa: E731
        self.nightly = Nightly(house.database, clock, KYIV, **{**own, **parts}, sleep=self.sleep)

    async def sleep(self, seconds: float) -> None:
        assert seconds == LOOK_SECONDS
        # Nothing is due but at half hours: the looks between find nothing.
        self.house.now += timedelta(minutes=30)
        if self.house.now > self.until:
            raise asyncio.CancelledError

    async def pass_until(self, moment: datetime) -> None:
        self.until = moment
        with pytest.raises(asyncio.CancelledError):
            await self.nightly.run()


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A time of the house's clock in November."""
    return datetime(2026, 11, day, hour, minute, tzinfo=KYIV).astimezone(UTC)


async def test_a_night(house: NightHouse) -> None:
    """A rule adds a lead, a promise was not kept, and in the morning both are somebody's task."""
    campaign = await house.campaign(terms(debt="Борг"))
    debtor = await house.person("Боржник", "0670000000")
    house.books.owed[debtor] = Decimal(100)
    await house.leads.add(campaign.id, [house.lead_data(debtor)], "test", None)
    attempt = await house.talk(campaign, house.taras)
    await house.choose(attempt, Act.PROMISE, by=house.taras, amount=Decimal(100), pay_by=house.now.date())
    client = await house.person("Клієнт", "0670000001", attributes={"Клас": "А"})
    await house.rule(campaign, Rule(texts=(TextIs(attribute="Клас", value="А"),)), at="01:30")

    house.now = at(3, 1)
    await Nights(house).pass_until(at(3, 6))
    assert (await house.lead_of(attempt)).state is LeadState.READY
    assert client in await house.contacts_of(campaign)
    [task] = await house.day_tasks.of_operator(house.taras.id, at(3, 6).date())
    assert (task.kind, task.lead_id) == ("promise", attempt.lead_id)
    reports = {report.job: report for report in await house.nightly.reports()}
    assert (reports[Job.PROMISES].found, reports[Job.TASKS].found, reports[Job.NUMBERS].found) == (1, 1, 0)
    assert reports[Job.TASKS].ran_for == at(3, 6).date()


async def test_what_fails_is_kept_and_told_of_and_the_rest_goes_on(house: NightHouse) -> None:
    campaign = await house.campaign()
    await house.person("Клієнт", "0670000001", attributes={"Клас": "А"})
    await house.rule(campaign, Rule(texts=(TextIs(attribute="Клас", value="А"),)), at="06:30")

    class Broken:
        def __init__(self) -> None:
            self.calls = 0

        async def prepare(self, day: object) -> int:
            self.calls += 1
            raise RuntimeError("+380671234567 is broken")

        async def foresee(self, day: object) -> int:
            return 0

        async def check(self, day: object) -> int:
            raise RuntimeError

    broken = Broken()
    house.now = at(3, 1)
    nights = Nights(house, day_tasks=broken, promises=broken)
    await nights.pass_until(at(3, 12))
    assert len(await house.all_leads(campaign)) == 1
    assert broken.calls == 12  # six times for the day that is, and six for the next
    reports = {report.job: report for report in await nights.nightly.reports()}
    assert reports[Job.TASKS].failure == reports[Job.PROMISES].failure == "RuntimeError"
    house.now = at(4, 5)
    await Nights(house).pass_until(at(4, 6))
    assert {report.failure for report in await house.nightly.reports()} == {""}
