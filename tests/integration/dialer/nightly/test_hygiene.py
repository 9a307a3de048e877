"""Numbers that prove dead, and how they are brought up to date, on both databases."""

import pytest
import sqlalchemy as sa

from telemarket.contacts.model import ContactFields
from telemarket.core.errors import NotFound
from telemarket.dialer.model import Act, Attempt, Campaign, LeadState, Outcome
from telemarket.dialer.tables import number_health
from tests.integration.dialer.nightly.night import NightHouse
from tests.integration.dialer.store.house import numbers, terms

NUMBER = "+380670000000"


async def dead(house: NightHouse) -> dict[str, str]:
    """Why each dead number is."""
    query = sa.select(number_health.c.number, number_health.c.dead_why).where(number_health.c.dead_at.is_not(None))
    async with house.database.read() as connection:
        return dict((await connection.execute(query)).all())


async def gone(house: NightHouse, **fields: object) -> tuple[Campaign, Attempt, int]:
    """A contact whose only number proves to be none."""
    campaign = await house.campaign(terms(responsible="boss"))
    contact = await house.person("Коваль", "0670000000", **fields)
    await house.leads.add(campaign.id, [house.lead_data(contact)], "test", None)
    attempt = await house.fail(campaign, Outcome.NO_SUCH_NUMBER)
    house.wait(minutes=10)
    return campaign, attempt, contact


async def test_a_number_that_does_not_exist_holds_its_lead_and_becomes_a_task(house: NightHouse) -> None:
    campaign, attempt, contact = await gone(house, consultant_id=house.ivan.id)
    assert await dead(house) == {NUMBER: "invalid"}
    assert (await house.lead_of(attempt)).state is LeadState.HELD
    await house.renewal.follow()
    [request] = await house.requests()
    assert (request.contact_id, request.consultant_id, request.author_id) == (contact, house.ivan.id, None)
    assert request.project_id == campaign.project_id
    assert request.text == "Bring the data up to date: +380670000000, there is no such number any more."
    assert await house.counts_hold(campaign)


async def test_the_task_is_given_once_whatever_else_happens(house: NightHouse) -> None:
    await gone(house)
    for _ in range(3):
        house.wait(hours=24)
        await house.renewal.follow()
    [request] = await house.requests()
    assert request.consultant_id == house.boss.id


async def test_all_numbers_of_a_lead_are_one_task(house: NightHouse) -> None:
    campaign = await house.campaign()
    contact = await house.person("Коваль", "0670000000", "0670000001")
    await house.leads.add(campaign.id, [house.lead_data(contact)], "test", None)
    await house.fail(campaign, Outcome.NO_SUCH_NUMBER)
    house.wait(hours=1)
    await house.renewal.follow()
    attempt = await house.fail(campaign, Outcome.NO_SUCH_NUMBER)
    assert (await house.lead_of(attempt)).state is LeadState.HELD
    house.wait(hours=1)
    await house.renewal.follow()
    [request] = await house.requests()
    assert request.consultant_id is None  # nobody is responsible: whoever sees it first
    assert len(await dead(house)) == 2


async def test_an_operator_who_corrects_himself_in_time_has_bothered_nobody(house: NightHouse) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(1))
    attempt = await house.talk(campaign)
    assert (await house.choose(attempt, Act.DEAD_NUMBER)).state is LeadState.HELD
    await house.renewal.follow()
    assert (await house.choose(attempt, Act.RETRY)).state is LeadState.WAITING
    house.wait(hours=1)
    await house.renewal.follow()
    assert not await house.requests()
    assert not await dead(house)


async def test_other_leads_of_the_number_are_held_too(house: NightHouse) -> None:
    first, second = await house.campaign(), await house.campaign()
    for campaign in (first, second):
        await house.leads.add(campaign.id, [house.lead_data(None, "0670000000")], "test", None)
    await house.fail(first, Outcome.OUT_OF_SERVICE)
    [lead] = await house.all_leads(second)
    assert lead.state is LeadState.HELD
    assert await house.counts_hold(second)


async def test_a_lead_with_another_number_is_called_there(house: NightHouse) -> None:
    campaign = await house.campaign()
    await house.leads.add(campaign.id, [house.lead_data(None, "0670000000", "0670000001")], "test", None)
    await house.fail(campaign, Outcome.NO_SUCH_NUMBER)
    house.wait(hours=1)
    [attempt] = await house.claim(campaign, 1)
    assert attempt.number == "+380670000001"


async def test_a_new_number_of_the_contact_is_called(house: NightHouse) -> None:
    campaign, attempt, contact = await gone(house)
    assert await house.renewal.follow() == 0
    changes = ContactFields(phones=(("", "0670000009"),))
    await house.contacts.update(contact, changes, house.boss.id)
    house.wait(minutes=1)
    assert await house.renewal.follow() == 1
    [again] = await house.claim(campaign, 1)
    assert (again.lead_id, again.number) == (attempt.lead_id, "+380670000009")
    assert await house.renewal.follow() == 0
    assert await house.counts_hold(campaign)


async def test_a_change_of_anything_else_wakes_nobody(house: NightHouse) -> None:
    campaign, attempt, contact = await gone(house)
    await house.renewal.follow()
    await house.contacts.update(contact, ContactFields(name="Коваленко"), house.boss.id)
    [request] = await house.requests()
    await house.finish(request.id)
    assert await house.renewal.follow() == 0
    assert (await house.lead_of(attempt)).state is LeadState.HELD
    assert not await house.claim(campaign, 1)


async def test_a_number_nobody_answers_for_too_long_is_dead_until_somebody_has_seen_to_it(house: NightHouse) -> None:
    campaign = await house.campaign(terms(silent_after=30, most_attempts=50, retries={}))
    await house.add(campaign, *numbers(1))
    [lead] = await house.all_leads(campaign)
    for _ in range(4):
        assert not await dead(house)
        await house.fail(campaign, Outcome.NO_ANSWER)
        await house.leads.reopen(campaign.id, [lead.id], None)
        house.wait(days=10)
    assert await dead(house) == {NUMBER: "silent"}
    assert not await house.claim(campaign, 1)
    await house.renewal.follow()
    [request] = await house.requests()
    house.wait(days=2)
    await house.finish(request.id)
    house.wait(minutes=1)
    assert await house.renewal.follow() == 1
    assert not await dead(house)
    assert await house.claim(campaign, 1)


async def test_an_answer_ends_the_silence(house: NightHouse) -> None:
    campaign = await house.campaign(terms(silent_after=30, most_attempts=50, retries={}))
    await house.add(campaign, *numbers(1))
    [lead] = await house.all_leads(campaign)
    for outcome in (Outcome.NO_ANSWER, Outcome.DECLINED, Outcome.MACHINE, Outcome.BUSY, Outcome.CONGESTION):
        await house.fail(campaign, outcome)
        await house.leads.reopen(campaign.id, [lead.id], None)
        house.wait(days=14)
    assert not await dead(house)


async def test_a_wrong_number_stays_dead_though_somebody_answers_there(house: NightHouse) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(1))
    attempt = await house.talk(campaign)
    await house.choose(attempt, Act.DEAD_NUMBER)
    await house.hygiene.took([house.ended(attempt, Outcome.ANSWERED)])
    assert await dead(house) == {NUMBER: "operator"}


async def test_a_supervisor_says_that_a_number_is_good(house: NightHouse) -> None:
    campaign, attempt, _ = await gone(house)
    assert await house.renewal.revive(NUMBER, house.boss.id) == 1
    assert (await house.lead_of(attempt)).state is LeadState.READY
    with pytest.raises(NotFound):
        await house.renewal.revive(NUMBER, house.boss.id)
    house.wait(hours=1)
    await house.renewal.follow()
    assert not await house.requests()
    assert [again.number for again in await house.claim(campaign, 1)] == [NUMBER]


async def test_a_new_number_the_house_may_not_call_wakes_nobody(house: NightHouse) -> None:
    _, attempt, contact = await gone(house)
    await house.renewal.follow()
    await house.contacts.update(contact, ContactFields(phones=(("", "+12125550123"),)), house.boss.id)
    house.wait(minutes=1)
    assert await house.renewal.follow() == 0
    assert (await house.lead_of(attempt)).state is LeadState.HELD
