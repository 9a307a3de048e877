"""How leads go on after their calls, on both databases."""

from datetime import timedelta

import pytest

from telemarket.core.errors import NotFound
from telemarket.dialer.model import Ended, LeadData, LeadState, Outcome, Retry
from telemarket.dialer.moving import move
from telemarket.dialer.tables import campaigns
from tests.integration.dialer.store.house import House, numbers, terms

RETRIES = {Outcome.BUSY: Retry(after=900, attempts=2), Outcome.NO_ANSWER: Retry(after=7200, attempts=2)}


async def test_said_twice_nothing_changes(house: House) -> None:
    campaign = await house.campaign(terms(retries=RETRIES))
    await house.add(campaign, *numbers(1))
    [attempt] = await house.claim(campaign)
    await house.end(attempt, Outcome.BUSY, cause=17, agent_id=3)
    before = await house.lead_of(attempt)
    house.wait(minutes=1)
    await house.end(attempt, Outcome.ANSWERED)
    assert await house.lead_of(attempt) == before
    [past] = before.past
    assert (past.outcome, past.cause, past.agent_id) == ("busy", 17, 3)
    assert (before.state, before.attempts, before.tries) == (LeadState.WAITING, 1, {"busy": 1})
    assert before.due_at == house.now + timedelta(minutes=14)
    assert (await house.campaigns.counts(campaign.id)).outcomes == {"busy": 1}


async def test_an_attempt_nobody_knows(house: House) -> None:
    with pytest.raises(NotFound):
        await house.settling.ended(Ended(attempt_id="a0", outcome=Outcome.BUSY, at=house.now))


async def test_after_its_attempts_a_lead_is_closed(house: House) -> None:
    campaign = await house.campaign(terms(retries=RETRIES))
    await house.add(campaign, *numbers(1))
    for _ in range(2):
        [attempt] = await house.claim(campaign)
        await house.end(attempt, Outcome.BUSY)
        house.wait(minutes=15)
    lead = await house.lead_of(attempt)
    assert (lead.state, lead.closed_why) == (LeadState.CLOSED, "attempts")


async def test_no_more_attempts_in_all_than_the_terms_allow(house: House) -> None:
    campaign = await house.campaign(terms(most_attempts=1))
    await house.add(campaign, *numbers(1))
    [attempt] = await house.claim(campaign)
    await house.end(attempt, Outcome.BUSY)
    assert (await house.lead_of(attempt)).closed_why == "attempts"


async def test_an_outcome_without_a_rule_closes(house: House) -> None:
    campaign = await house.campaign(terms(retries=RETRIES))
    await house.add(campaign, *numbers(1))
    [attempt] = await house.claim(campaign)
    await house.end(attempt, Outcome.ANSWERED, answered_at=house.now, connected_at=house.now)
    lead = await house.lead_of(attempt)
    assert (lead.state, lead.closed_why, lead.attempt_id) == (LeadState.CLOSED, "answered", "")


async def test_where_nobody_answers_the_next_number_is_called_soon(house: House) -> None:
    campaign = await house.campaign(terms(retries=RETRIES))
    await house.leads.add(campaign.id, [LeadData(numbers=("0670000001", "0445555555"))], "test", None)
    called = []
    for pause in (timedelta(seconds=300), timedelta(seconds=7200), timedelta(seconds=300)):
        [attempt] = await house.claim(campaign)
        called.append(attempt.number)
        await house.end(attempt, Outcome.NO_ANSWER)
        lead = await house.lead_of(attempt)
        assert lead.due_at == house.now + pause
        house.now = lead.due_at
    assert called == ["+380670000001", "+380445555555", "+380670000001"]
    [attempt] = await house.claim(campaign)
    await house.end(attempt, Outcome.NO_ANSWER)  # each of them twice
    assert (await house.lead_of(attempt)).closed_why == "attempts"


async def test_a_number_that_does_not_exist_is_not_called_again(house: House) -> None:
    campaign = await house.campaign()
    await house.leads.add(campaign.id, [LeadData(numbers=("0670000001", "0670000002"))], "test", None)
    [attempt] = await house.claim(campaign)
    await house.end(attempt, Outcome.NO_SUCH_NUMBER)
    lead = await house.lead_of(attempt)
    assert [number.dropped for number in lead.numbers] == [True, False]
    house.now = lead.due_at
    [attempt] = await house.claim(campaign)
    assert attempt.number == "+380670000002"
    await house.end(attempt, Outcome.OUT_OF_SERVICE)
    assert (await house.lead_of(attempt)).state is LeadState.HELD


async def test_the_next_number_waits_for_its_best_hour(house: House) -> None:
    campaign = await house.campaign(terms(retries=RETRIES))
    row = LeadData(numbers=("0670000001", "0670000002"), best_hours=(None, 18))
    await house.leads.add(campaign.id, [row], "test", None)
    [attempt] = await house.claim(campaign)
    await house.end(attempt, Outcome.NO_ANSWER)
    assert (await house.lead_of(attempt)).due_at == house.now.replace(hour=16)  # 18 o'clock in Kyiv


async def test_a_disposition_chosen_in_mid_call_stays(house: House) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(1))
    [attempt] = await house.claim(campaign)
    due = house.now + timedelta(days=1)
    async with house.database.write() as connection:
        await move(connection, attempt.lead_id, state=LeadState.WAITING, due_at=due, disposition_id=5, at=house.now)
    await house.end(attempt, Outcome.ANSWERED)
    lead = await house.lead_of(attempt)
    assert (lead.state, lead.due_at, lead.attempts, lead.outcome) == (LeadState.WAITING, due, 1, "answered")
    assert (await house.campaigns.counts(campaign.id)).dispositions == {5: 1}
    async with house.database.write() as connection:
        await move(connection, attempt.lead_id, state=LeadState.CLOSED, closed_why="disposition", disposition_id=6)
    counts = await house.campaigns.counts(campaign.id)
    assert counts == await house.recount(campaign)
    assert counts.dispositions == {6: 1}


async def test_a_lead_moved_before_it_is_due_waits(house: House) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(1))
    [lead] = await house.all_leads(campaign)
    async with house.database.write() as connection:
        due = house.now + timedelta(hours=1)
        await move(connection, lead.id, state=LeadState.READY, due_at=due, at=house.now)
    assert (await house.leads.lead(lead.id)).state is LeadState.WAITING
    with pytest.raises(NotFound):
        async with house.database.write() as connection:
            await move(connection, 10**6, state=LeadState.CLOSED)


async def test_an_end_is_written_though_the_terms_cannot_be_read(house: House) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(1))
    [attempt] = await house.claim(campaign)
    async with house.database.write() as connection:
        await connection.execute(campaigns.update().values(terms='{"hours": 5}'))
    await house.end(attempt, Outcome.BUSY)
    lead = await house.lead_of(attempt)
    assert (lead.state, lead.due_at) == (LeadState.WAITING, house.now + timedelta(minutes=15))
