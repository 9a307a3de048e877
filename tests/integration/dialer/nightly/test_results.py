"""What results do to their leads, and how they are corrected, on both databases."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from telemarket.core.errors import InvalidInput, NotAllowed, NotFound
from telemarket.dialer.model import Act, Chosen, LeadState, Outcome
from telemarket.dialer.tables import do_not_call, number_health
from tests.integration.dialer.nightly.night import NightHouse
from tests.integration.dialer.store.house import numbers, terms


async def blocked(house: NightHouse) -> list[str]:
    async with house.database.read() as connection:
        return list(await connection.scalars(sa.select(do_not_call.c.number).order_by(do_not_call.c.number)))


async def test_a_result_closes_its_lead_and_is_counted(house: NightHouse) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(1))
    attempt = await house.talk(campaign)
    lead = await house.choose(attempt, Act.CLOSE, note="  Дякує  ")
    assert (lead.state, lead.closed_why) == (LeadState.CLOSED, "disposition")
    [past] = lead.past
    assert (past.disposition_id, past.note) == ((await house.result(Act.CLOSE)).id, "Дякує")
    assert await house.counts_hold(campaign)


async def test_a_callback_is_its_operators_and_after_half_an_hour_anybodys(house: NightHouse) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(1))
    attempt = await house.talk(campaign)
    due = house.now + timedelta(hours=2)
    lead = await house.choose(attempt, Act.CALLBACK_MINE, due=due)
    assert (lead.state, lead.due_at, lead.operator_id) == (LeadState.WAITING, due, house.olena.id)
    assert not await house.claim(campaign, 1, operator_id=house.olena.id)
    house.wait(hours=2)
    assert not await house.claim(campaign, 1)
    assert not await house.claim(campaign, 1, operator_id=house.taras.id)
    house.wait(minutes=30)
    assert await house.claim(campaign, 1, operator_id=house.taras.id)
    assert await house.counts_hold(campaign)


async def test_a_callback_without_a_time_comes_when_the_result_says(house: NightHouse) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(1))
    lead = await house.choose(await house.talk(campaign), Act.CALLBACK_ANY)
    after = (await house.result(Act.CALLBACK_ANY)).after
    assert (lead.due_at, lead.operator_id) == (house.now + timedelta(seconds=after), None)


async def test_chosen_during_the_conversation_it_outlasts_the_end_of_the_call(house: NightHouse) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(1))
    [attempt] = await house.claim(campaign, 1)
    due = house.now + timedelta(hours=3)
    lead = await house.choose(attempt, Act.RETRY, by=house.boss, due=due)
    assert (lead.state, lead.due_at) == (LeadState.WAITING, due)
    await house.end(attempt, Outcome.ANSWERED, agent_id=house.olena.id)
    lead = await house.lead_of(attempt)
    assert (lead.state, lead.due_at, lead.attempts) == (LeadState.WAITING, due, 1)
    assert await house.counts_hold(campaign)


async def test_a_task_is_given_once(house: NightHouse) -> None:
    campaign = await house.campaign()
    consultant = await house.contact(*numbers(1), consultant_id=house.ivan.id)
    await house.leads.add(campaign.id, [house.lead_data(consultant)], "test", None)
    attempt = await house.talk(campaign)
    due = house.now + timedelta(days=2)
    for _ in range(2):
        lead = await house.choose(attempt, Act.TASK, note="Питання про поліс", due=due)
    [request] = await house.requests()
    assert (request.consultant_id, request.author_id, request.deadline) == (house.ivan.id, house.olena.id, due)
    assert (request.contact_id, request.call_id, request.project_id) == (consultant, attempt.id, campaign.project_id)
    assert request.text.endswith("\nПитання про поліс")
    assert lead.state is LeadState.CLOSED


async def test_a_task_does_not_overwrite_what_the_operator_wrote_of_the_call(house: NightHouse) -> None:
    campaign = await house.campaign()
    contact = await house.contact(*numbers(1))
    await house.leads.add(campaign.id, [house.lead_data(contact)], "test", None)
    attempt = await house.talk(campaign)
    await house.request(contact, call_id=attempt.id, text="Просить рахунок", author_id=house.olena.id)
    await house.choose(attempt, Act.TASK, note="Надіслати")
    [request] = await house.requests()
    assert request.text.splitlines()[0] == "Просить рахунок"
    assert request.text.splitlines()[-1] == "Надіслати"


async def test_who_asks_not_to_be_called_is_not_by_any_of_his_numbers(house: NightHouse) -> None:
    campaign = await house.campaign()
    contact = await house.contact(*numbers(2))
    await house.leads.add(campaign.id, [house.lead_data(contact)], "test", None)
    attempt = await house.talk(campaign)
    lead = await house.choose(attempt, Act.DO_NOT_CALL)
    assert (lead.state, lead.closed_why) == (LeadState.CLOSED, "do-not-call")
    assert await blocked(house) == ["+380670000000", "+380670000001"]


async def test_a_wrong_number_gives_way_to_the_next_one(house: NightHouse) -> None:
    campaign = await house.campaign(terms())
    await house.leads.add(campaign.id, [house.lead_data(None, *numbers(2))], "test", None)
    attempt = await house.talk(campaign)
    lead = await house.choose(attempt, Act.DEAD_NUMBER)
    assert lead.state is LeadState.READY
    second = await house.talk(campaign)
    assert (attempt.number, second.number) == ("+380670000000", "+380670000001")
    assert (await house.choose(second, Act.DEAD_NUMBER)).state is LeadState.HELD
    assert await house.counts_hold(campaign)


async def test_a_second_choice_takes_back_the_first(house: NightHouse) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(1))
    attempt = await house.talk(campaign)
    promise = {"amount": Decimal(500), "currency": "UAH", "pay_by": date(2026, 11, 5)}
    await house.choose(attempt, Act.PROMISE, **promise)
    await house.choose(attempt, Act.DO_NOT_CALL)
    assert not await house.promises.of_lead(attempt.lead_id)
    await house.choose(attempt, Act.DEAD_NUMBER)
    assert not await blocked(house)
    lead = await house.choose(attempt, Act.CALLBACK_ANY)
    async with house.database.read() as connection:
        dead = sa.select(sa.func.count()).where(number_health.c.dead_at.is_not(None))
        assert await connection.scalar(dead) == 0
    assert lead.state is LeadState.WAITING
    house.wait(hours=1)
    assert await house.claim(campaign, 1)
    counts = await house.campaigns.counts(campaign.id)
    assert counts.dispositions == {(await house.result(Act.CALLBACK_ANY)).id: 1}
    assert await house.counts_hold(campaign)


async def test_a_number_that_must_not_be_called_anyway_is_not_freed_by_a_correction(house: NightHouse) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(1))
    attempt = await house.talk(campaign)
    await house.do_not_call.add(attempt.number, project_id=campaign.project_id, user=None)
    await house.choose(attempt, Act.DO_NOT_CALL)
    await house.choose(attempt, Act.CLOSE)
    assert await blocked(house) == [attempt.number]


async def test_the_same_choice_again_changes_nothing(house: NightHouse) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(1))
    attempt = await house.talk(campaign)
    before = await house.choose(attempt, Act.RETRY)
    assert await house.choose(attempt, Act.RETRY) == before


async def test_only_who_talked_or_a_supervisor_says_what_came_of_it(house: NightHouse) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(1))
    attempt = await house.talk(campaign, house.olena)
    with pytest.raises(NotAllowed):
        await house.choose(attempt, Act.CLOSE, by=house.taras)
    assert (await house.choose(attempt, Act.CALLBACK_MINE, by=house.boss)).operator_id == house.olena.id


async def test_a_lead_called_again_has_its_result_from_the_last_call(house: NightHouse) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(1))
    first = await house.talk(campaign)
    await house.choose(first, Act.RETRY)
    house.wait(hours=4)
    await house.talk(campaign)
    with pytest.raises(InvalidInput, match="called again"):
        await house.choose(first, Act.CLOSE)


REFUSED: list[tuple[Act, dict[str, Any], str]] = [
    (Act.PROMISE, {"pay_by": date(2026, 11, 5)}, "amount"),
    (Act.PROMISE, {"amount": Decimal("-1"), "pay_by": date(2026, 11, 5)}, "amount"),
    (Act.PROMISE, {"amount": Decimal("1.001"), "pay_by": date(2026, 11, 5)}, "amount"),
    (Act.PROMISE, {"amount": Decimal(1)}, "pay_by"),
    (Act.PROMISE, {"amount": Decimal(1), "pay_by": date(2026, 11, 1)}, "pay_by"),
    (Act.PROMISE, {"amount": Decimal(1), "pay_by": date(2028, 11, 1)}, "pay_by"),
    (Act.CALLBACK_MINE, {"due": timedelta(hours=-1)}, "due"),
    (Act.CALLBACK_ANY, {"due": timedelta(days=400)}, "due"),
    (Act.CLOSE, {"note": "х" * 4001}, "note"),
]


async def test_what_is_refused_leaves_everything_as_it_was(house: NightHouse) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(1))
    attempt = await house.talk(campaign)
    before = await house.lead_of(attempt)
    for act, given, field in REFUSED:
        chosen = {name: house.now + value if isinstance(value, timedelta) else value for name, value in given.items()}
        with pytest.raises(InvalidInput) as refused:
            await house.choose(attempt, act, **chosen)
        assert refused.value.field == field
    assert await house.lead_of(attempt) == before


async def test_a_result_of_another_project_and_of_no_call(house: NightHouse) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(1))
    attempt = await house.talk(campaign)
    [theirs, *_] = await house.dispositions.of_project(await house.project("078"))
    with pytest.raises(InvalidInput, match="project"):
        await house.results.choose(attempt.id, Chosen(disposition_id=theirs.id), house.olena)
    with pytest.raises(NotFound):
        await house.results.choose("no-such-call", Chosen(disposition_id=theirs.id), house.olena)
