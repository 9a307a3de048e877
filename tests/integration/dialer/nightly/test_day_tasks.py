"""What operators find ready in the morning, on both databases."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from telemarket.calls.views import DialMode
from telemarket.core.errors import NotFound
from telemarket.core.roles import User
from telemarket.dialer.day_tasks import DayTask, TaskKind
from telemarket.dialer.model import Act
from tests.integration.dialer.nightly.night import NightHouse
from tests.integration.dialer.store.house import FREELY, numbers, terms

TODAY = date(2026, 11, 2)
TOMORROW = TODAY + timedelta(days=1)


async def tasks(house: NightHouse, user: User, day: date = TOMORROW) -> tuple[DayTask, ...]:
    return await house.day_tasks.of_operator(user.id, day)


async def test_previewed_leads_are_shared_out_and_left_to_their_operators_until_noon(house: NightHouse) -> None:
    campaign = await house.campaign(FREELY, DialMode.PREVIEW)
    await house.add(campaign, *numbers(5), name="Коваль")
    await house.add(campaign, *numbers(1, first=5), rank=1)
    assert await house.day_tasks.prepare(TOMORROW) == 6
    olenas, tarases = await tasks(house, house.olena), await tasks(house, house.taras)
    assert [len(olenas), len(tarases)] == [3, 3]
    assert olenas[0].rank == 1  # the foremost comes first
    assert (olenas[1].name, olenas[1].campaign, olenas[1].state) == ("Коваль", "Борги", "ready")
    house.wait(hours=21)  # nine o'clock
    claimed = await house.claim(campaign, 10, operator_id=house.taras.id)
    assert {attempt.lead_id for attempt in claimed} == {task.lead_id for task in tarases}
    house.wait(hours=3)  # noon
    rest = await house.claim(campaign, 10, operator_id=house.taras.id)
    assert {attempt.lead_id for attempt in rest} == {task.lead_id for task in olenas}
    assert await house.counts_hold(campaign)


async def test_tomorrow_is_foreseen_and_nobody_is_kept_from_a_lead_by_it(house: NightHouse) -> None:
    campaign = await house.campaign(FREELY, DialMode.PREVIEW)
    await house.add(campaign, *numbers(2))
    assert await house.day_tasks.foresee(TODAY) == 2
    assert [len(await tasks(house, user)) for user in (house.olena, house.taras)] == [1, 1]
    assert len(await house.claim(campaign, 10, operator_id=house.taras.id)) == 2


async def test_callbacks_requests_and_broken_promises_are_whose_they_are(house: NightHouse) -> None:
    campaign = await house.campaign(terms(debt="Борг"))
    contacts = [await house.contact(number, name=f"Клієнт {number}") for number in numbers(3)]
    await house.leads.add(campaign.id, [house.lead_data(each) for each in contacts], "test", None)
    late, due, broken = [await house.talk(campaign, house.taras) for _ in contacts]
    await house.choose(late, Act.CALLBACK_MINE, by=house.taras, due=house.now + timedelta(hours=1))
    await house.choose(due, Act.CALLBACK_MINE, by=house.taras, due=house.now + timedelta(hours=23))
    house.books.owed[broken.contact_id or 0] = Decimal(900)
    promise = {"amount": Decimal(100), "pay_by": TODAY}
    await house.choose(broken, Act.PROMISE, by=house.taras, **promise)
    request = await house.request(contacts[0], consultant_id=house.taras.id, deadline=house.now + timedelta(days=1))
    await house.request(contacts[0], consultant_id=house.taras.id, deadline=house.now + timedelta(days=2))
    house.wait(hours=17)  # five in the morning
    await house.promises.check(TOMORROW)
    await house.day_tasks.prepare(TOMORROW)
    found = await tasks(house, house.taras)
    assert [(task.kind, task.lead_id, task.request_id, task.overdue) for task in found] == [
        (TaskKind.LEAD, late.lead_id, None, True),
        (TaskKind.REQUEST, None, request, False),
        (TaskKind.PROMISE, broken.lead_id, None, False),
        (TaskKind.LEAD, due.lead_id, None, False),
    ]
    assert (found[1].text, found[1].name) == ("Анкета", "Клієнт 0670000000")
    assert await tasks(house, house.olena) == ()


async def test_what_is_done_stays_and_the_rest_is_planned_anew(house: NightHouse) -> None:
    campaign = await house.campaign(FREELY, DialMode.PREVIEW)
    await house.add(campaign, *numbers(4))
    await house.day_tasks.prepare(TODAY)
    first, second = await tasks(house, house.olena, TODAY)
    for _ in range(2):
        await house.day_tasks.done(house.olena.id, TODAY, first.kind, first.lead_id)
    await house.add(campaign, *numbers(1, first=10))
    await house.day_tasks.prepare(TODAY)
    again = await tasks(house, house.olena, TODAY)
    assert [task.done for task in again] == [False, False, True]
    assert (again[0].lead_id, again[2].lead_id) == (second.lead_id, first.lead_id)
    assert len(await tasks(house, house.taras, TODAY)) == 2
    with pytest.raises(NotFound):
        await house.day_tasks.done(house.olena.id, TODAY, TaskKind.REQUEST, first.lead_id)


async def test_a_result_ticks_its_task_off_and_so_does_whoever_sees_to_the_request(house: NightHouse) -> None:
    campaign = await house.campaign(FREELY, DialMode.PREVIEW)
    await house.add(campaign, *numbers(1))
    contact = await house.contact("0670000009")
    request = await house.request(contact, consultant_id=house.olena.id, deadline=house.now)
    await house.day_tasks.prepare(TODAY)
    everybody = [*await tasks(house, house.olena, TODAY), *await tasks(house, house.taras, TODAY)]
    assert [task.done for task in everybody] == [False, False]
    lead = next(task for task in everybody if task.lead_id is not None)
    owner = house.olena if lead.operator_id == house.olena.id else house.taras
    attempt = await house.talk(campaign, owner, operator_id=owner.id)
    await house.choose(attempt, Act.RETRY, by=owner)
    await house.finish(request)
    everybody = [*await tasks(house, house.olena, TODAY), *await tasks(house, house.taras, TODAY)]
    assert [task.done for task in everybody] == [True, True]


async def test_who_does_not_serve_the_campaign_gets_none_of_it(house: NightHouse) -> None:
    campaign = await house.campaign(terms(skill="english"), DialMode.PREVIEW)
    await house.add(campaign, *numbers(3))
    await house.skill(house.taras, "english")
    await house.day_tasks.prepare(TOMORROW)
    assert [len(await tasks(house, user)) for user in (house.olena, house.taras, house.ivan)] == [0, 3, 0]


async def test_a_callback_of_somebody_who_left_is_anybodys(house: NightHouse) -> None:
    campaign = await house.campaign(FREELY, DialMode.PREVIEW)
    await house.add(campaign, *numbers(1))
    attempt = await house.talk(campaign, house.taras)
    await house.choose(attempt, Act.CALLBACK_MINE, by=house.taras, due=house.now + timedelta(hours=20))
    await house.dismiss(house.taras)
    await house.day_tasks.prepare(TOMORROW)
    assert [task.lead_id for task in await tasks(house, house.olena)] == [attempt.lead_id]


async def test_a_campaign_that_does_not_call_on_the_day_makes_no_tasks(house: NightHouse) -> None:
    campaign = await house.campaign(FREELY, DialMode.PREVIEW)
    await house.add(campaign, *numbers(1))
    await house.update(campaign, mode=DialMode.PREVIEW, ends_at=house.now + timedelta(hours=1))
    assert await house.day_tasks.prepare(TOMORROW) == 0
    assert await house.day_tasks.prepare(TODAY) == 1


async def test_days_long_past_are_forgotten(house: NightHouse) -> None:
    campaign = await house.campaign(FREELY, DialMode.PREVIEW)
    await house.add(campaign, *numbers(2))
    await house.day_tasks.prepare(TODAY)
    await house.day_tasks.prepare(TODAY + timedelta(days=31))
    assert len(await tasks(house, house.olena, TODAY)) == 1
    await house.day_tasks.prepare(TODAY + timedelta(days=32))
    assert await tasks(house, house.olena, TODAY) == ()
