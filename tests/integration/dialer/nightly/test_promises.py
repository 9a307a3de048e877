"""Promised payments, checked on the day after, on both databases."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from telemarket.dialer.model import Act, Attempt, Campaign, LeadState
from telemarket.dialer.promises import MOST_ASKED, PromiseState, is_paid
from tests.integration.dialer.nightly.night import NightHouse
from tests.integration.dialer.store.house import numbers, terms

FRIDAY = date(2026, 11, 6)
SATURDAY = FRIDAY + timedelta(days=1)


async def promised(house: NightHouse, debt: str | None = "1200", value: str = "Борг") -> tuple[Campaign, Attempt, int]:
    """Somebody who owes so much promises to pay 500 by Friday."""
    campaign = await house.campaign(terms(debt=value))
    contact = await house.contact(*numbers(1))
    house.books.owed[contact] = Decimal(debt) if debt is not None else None
    await house.leads.add(campaign.id, [house.lead_data(contact, name="Коваль")], "test", None)
    attempt = await house.talk(campaign)
    await house.choose(attempt, Act.PROMISE, amount=Decimal(500), currency="UAH", pay_by=FRIDAY)
    return campaign, attempt, contact


async def test_it_is_not_called_about_before_it_is_checked(house: NightHouse) -> None:
    campaign, attempt, _ = await promised(house)
    [promise] = await house.promises.due(FRIDAY)
    assert (promise.name, promise.amount, promise.agent_id) == ("Коваль", Decimal(500), house.olena.id)
    assert not await house.promises.due(FRIDAY - timedelta(days=1))
    house.wait(days=4)
    assert not await house.claim(campaign, 1)
    assert await house.promises.check(FRIDAY) == 0
    assert (await house.lead_of(attempt)).state is LeadState.WAITING


async def test_paid_closes_the_lead(house: NightHouse) -> None:
    campaign, attempt, contact = await promised(house)
    house.books.owed[contact] = Decimal(700)
    house.wait(days=5)
    assert await house.promises.check(SATURDAY) == 1
    lead = await house.lead_of(attempt)
    assert (lead.state, lead.closed_why) == (LeadState.CLOSED, "promise-kept")
    [promise] = await house.promises.of_lead(lead.id)
    assert (promise.state, promise.checked_at) == (PromiseState.PAID, house.now)
    assert await house.promises.check(SATURDAY) == 0
    assert await house.counts_hold(campaign)


async def test_unpaid_is_called_first_by_whom_it_was_promised(house: NightHouse) -> None:
    campaign, attempt, contact = await promised(house)
    house.books.owed[contact] = Decimal("700.01")
    house.wait(days=5)
    await house.promises.check(SATURDAY)
    assert (await house.lead_of(attempt)).state is LeadState.READY
    assert not await house.claim(campaign, 1, operator_id=house.taras.id)
    assert await house.claim(campaign, 1, operator_id=house.olena.id)


async def test_if_nobody_can_say_it_is_asked_ever_more_rarely_and_then_called(house: NightHouse) -> None:
    campaign, attempt, contact = await promised(house)
    house.books.owed[contact] = None
    house.wait(days=5)
    begun, asked = house.now, house.books.asked
    while not await house.promises.check(SATURDAY):
        assert (await house.lead_of(attempt)).state is LeadState.WAITING
        house.wait(minutes=5)
    assert house.books.asked - asked == MOST_ASKED
    assert timedelta(hours=6) < house.now - begun < timedelta(hours=10)
    [promise] = await house.promises.of_lead(attempt.lead_id)
    assert promise.state is PromiseState.UNKNOWN
    assert await house.claim(campaign, 1, operator_id=house.olena.id)


async def test_without_a_value_to_ask_for_it_is_called_on_the_day_after(house: NightHouse) -> None:
    campaign, attempt, _ = await promised(house, value="")
    house.wait(days=5)
    assert await house.promises.check(SATURDAY) == 1
    [promise] = await house.promises.of_lead(attempt.lead_id)
    assert (promise.state, house.books.asked) == (PromiseState.UNKNOWN, 0)
    assert await house.claim(campaign, 1, operator_id=house.olena.id)


async def test_even_if_nothing_checks_it_the_lead_is_called_some_day(house: NightHouse) -> None:
    campaign, *_ = await promised(house)
    house.wait(days=7)
    assert await house.claim(campaign, 1)


async def test_what_a_supervisor_has_done_with_the_lead_stays(house: NightHouse) -> None:
    campaign, attempt, contact = await promised(house)
    house.books.owed[contact] = Decimal(1200)
    await house.leads.close(campaign.id, [attempt.lead_id], "supervisor", None)
    house.wait(days=5)
    assert await house.promises.check(SATURDAY) == 1
    lead = await house.lead_of(attempt)
    assert (lead.state, lead.closed_why) == (LeadState.CLOSED, "supervisor")


@pytest.mark.parametrize(
    ("before", "debt", "paid"),
    [
        ("1200", "700", True),
        ("1200", "700.01", False),
        ("1200", "0", True),
        ("300", "0", True),  # he promised more than he owed
        ("300", "1", False),
        (None, "0", True),
        (None, "1", False),
        ("1200", "-5", True),
    ],
)
def test_what_counts_as_paid(before: str | None, debt: str, paid: bool) -> None:
    assert is_paid(Decimal(500), None if before is None else Decimal(before), Decimal(debt)) is paid
