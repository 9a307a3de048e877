"""Who is called, by whom, and who is not: on both databases."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from telemarket.calls.plan import Hours, Opening
from telemarket.contacts.tables import contacts
from telemarket.core.database import Database
from telemarket.dialer.claiming import MOST_CLAIMED
from telemarket.dialer.model import Attempt, CampaignState, LeadData, LeadState, LegalProfile, Outcome, Retry
from telemarket.dialer.moving import move
from telemarket.dialer.tables import number_health
from tests.integration.dialer.store.house import DAYTIME, House, numbers, terms


async def test_the_foremost_come_first_and_nobody_twice(house: House) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(3), rank=100)
    await house.add(campaign, *numbers(2, first=10), rank=1)
    first = await house.claim(campaign, 3)
    assert [attempt.number for attempt in first] == ["+380670000010", "+380670000011", "+380670000000"]
    assert len({attempt.id for attempt in first}) == 3
    assert all(len(attempt.id) <= 60 and attempt.zone == "Europe/Kyiv" for attempt in first)
    assert [attempt.number for attempt in await house.claim(campaign)] == ["+380670000001", "+380670000002"]
    assert await house.claim(campaign) == []
    assert (await house.campaigns.counts(campaign.id)).leads == {"claimed": 5}


async def test_who_has_no_line_is_passed_over_and_stands_in_nobodys_way(house: House) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(400))
    await house.add(campaign, "0500000001", "0500000002")
    free = {"has_line": lambda number: number.startswith("+38050")}
    taken: list[Attempt] = []
    for _ in range(4):
        taken += await house.claims.claim(campaign, 2, **free)
    assert [attempt.number for attempt in taken] == ["+380500000001", "+380500000002"]
    assert await house.campaigns.counts(campaign.id) == await house.recount(campaign)
    house.wait(seconds=15)
    await house.claims.wake(house.now)
    assert (await house.campaigns.counts(campaign.id)).leads == {"claimed": 2, "ready": 400}


async def test_few_who_have_no_line_wait_for_it_without_a_pause(house: House) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(5))
    assert await house.claims.claim(campaign, 2, has_line=lambda _: False) == []
    assert len(await house.claims.claim(campaign, 2)) == 2


async def test_two_daemons_at_once_never_take_the_same_lead(house: House) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(300))
    daemons = [house.daemon(name) for name in ("one", "two")]
    others = Database(house.database.url)
    daemons[1]._database = others

    async def take_all(number: int) -> list[Attempt]:
        taken: list[Attempt] = []
        for _ in range(40):
            taken += await daemons[number].claim(campaign, 7)
        return taken

    try:
        one, two = await asyncio.gather(take_all(0), take_all(1))
    finally:
        await others.close()
    ids = [attempt.lead_id for attempt in one + two]
    assert len(ids) == len(set(ids)) == 300
    assert one
    assert two
    assert await house.campaigns.counts(campaign.id) == await house.recount(campaign)


async def test_two_daemons_at_once_never_call_the_same_number(house: House) -> None:
    campaigns = [await house.campaign(), await house.campaign()]
    for campaign in campaigns:
        await house.add(campaign, *numbers(40))
    others = Database(house.database.url)
    daemons = [house.daemon("one"), house.daemon("two")]
    daemons[1]._database = others

    async def take(number: int) -> list[Attempt]:
        taken: list[Attempt] = []
        for _ in range(12):
            taken += await daemons[number].claim(campaigns[number], 5)
        return taken

    try:
        both = [attempt for taken in await asyncio.gather(take(0), take(1)) for attempt in taken]
    finally:
        await others.close()
    assert sorted(attempt.number for attempt in both) == sorted({attempt.number for attempt in both})
    assert len(both) == 40


async def test_a_claim_that_is_not_renewed_is_left_behind_once(house: House) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(2))
    kept, lost = await house.claim(campaign)
    other = house.daemon("there")
    house.wait(seconds=100)
    await house.claims.renew([kept.id])
    assert await other.left_behind() == []
    house.wait(seconds=30)
    assert await other.left_behind() == [lost]
    assert await other.left_behind() == []
    await house.end(lost, Outcome.UNKNOWN)
    lead = await house.lead_of(lost)
    assert lead.state is LeadState.WAITING
    assert lead.due_at == house.now + timedelta(hours=72)


async def test_after_a_restart_a_daemon_finds_what_it_left_behind(house: House) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(2))
    claimed = await house.claim(campaign)
    assert await house.claims.left_behind() == []
    again = house.daemon("here")
    assert sorted(attempt.id for attempt in await again.left_behind()) == sorted(attempt.id for attempt in claimed)
    assert await again.left_behind() == []


async def test_what_is_released_is_as_before_and_counts_for_nothing(house: House) -> None:
    campaign = await house.campaign(terms(per_number_a_day=1))
    await house.add(campaign, *numbers(1))
    for _ in range(3):
        [attempt] = await house.claim(campaign)
        await house.claims.release(attempt.id)
        await house.claims.release(attempt.id)
    lead = await house.lead_of(attempt)
    assert (lead.state, lead.attempts, lead.tries) == (LeadState.READY, 0, {})
    assert await house.campaigns.counts(campaign.id) == await house.recount(campaign)


async def test_nobody_is_called_in_his_night(house: House) -> None:
    campaign = await house.campaign(terms(profile=LegalProfile(consent=False, hours=DAYTIME)))
    await house.add(campaign, "0670000001")
    await house.add(campaign, "0670000002", zone="America/New_York")
    await house.add(campaign, "0670000003", zone="Asia/Tokyo")
    assert [attempt.zone for attempt in await house.claim(campaign)] == ["Europe/Kyiv", "Asia/Tokyo"]
    house.wait(hours=3)  # 8 o'clock in New York
    assert [attempt.zone for attempt in await house.claim(campaign)] == ["America/New_York"]


async def test_the_campaigns_own_hours_count_too(house: House) -> None:
    hours = Hours(week=((Opening(since="13:00", until="14:00"),),) * 7)
    campaign = await house.campaign(terms(hours=hours))
    await house.add(campaign, *numbers(1))
    assert await house.claim(campaign) == []
    house.wait(hours=1)
    assert len(await house.claim(campaign)) == 1


@pytest.mark.parametrize("of_project", [True, False])
async def test_who_must_not_be_called_is_not(house: House, of_project: bool) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(3))
    await house.do_not_call.add("067 000-00-01", project_id=campaign.project_id if of_project else 0, user=None)
    await house.do_not_call.add("0670000002", project_id=await house.project("078"), user=None)
    claimed = await house.claim(campaign)
    assert [attempt.number for attempt in claimed] == ["+380670000000", "+380670000002"]
    [closed] = (await house.leads.page(campaign.id, state=LeadState.CLOSED)).leads
    assert closed.closed_why == "do-not-call"


async def test_another_number_is_called_if_the_first_may_not_be(house: House) -> None:
    campaign = await house.campaign()
    await house.leads.add(campaign.id, [LeadData(numbers=("0670000001", "0670000002"))], "test", None)
    await house.do_not_call.add("0670000001", user=None)
    assert [attempt.number for attempt in await house.claim(campaign)] == ["+380670000002"]


async def test_consent_is_asked_of_the_contact(house: House) -> None:
    campaign = await house.campaign(terms(profile=LegalProfile()))
    given = await house.contact("0670000001", consent="given")
    rows = [
        LeadData(contact_id=given),
        LeadData(contact_id=await house.contact("0670000002")),
        LeadData(contact_id=await house.contact("0670000003", consent="given", do_not_call=True)),
        LeadData(numbers=("0670000004",)),
    ]
    assert (await house.leads.add(campaign.id, rows, "test", None)).added == 4
    assert [attempt.contact_id for attempt in await house.claim(campaign)] == [given]
    why = {lead.closed_why for lead in await house.all_leads(campaign) if lead.state is LeadState.CLOSED}
    assert why == {"no-consent", "do-not-call"}


async def test_who_refused_is_not_called_though_nobody_asks_for_consent(house: House) -> None:
    campaign = await house.campaign()
    contact = await house.contact("0670000001", consent="refused")
    await house.leads.add(campaign.id, [LeadData(contact_id=contact)], "test", None)
    assert await house.claim(campaign) == []


async def test_a_lead_with_dead_numbers_only_is_held(house: House) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(1))
    async with house.database.write() as connection:
        await connection.execute(number_health.insert().values(number="+380670000000", dead_at=house.now))
    assert await house.claim(campaign) == []
    assert [lead.state for lead in await house.all_leads(campaign)] == [LeadState.HELD]


async def test_a_number_is_called_so_often_a_day_by_all_campaigns(house: House) -> None:
    one, two = await house.campaign(terms(per_number_a_day=2)), await house.campaign(terms(per_number_a_day=2))
    for campaign in (one, two):
        await house.add(campaign, "0670000001")
        [attempt] = await house.claim(campaign)
        await house.end(attempt, Outcome.BUSY)
    house.wait(hours=1)
    assert await house.claim(one) == []
    [lead] = await house.all_leads(one)
    assert (lead.state, lead.due_at) == (LeadState.WAITING, house.now.replace(hour=22))  # midnight in Kyiv
    house.wait(hours=11)
    assert len(await house.claim(one)) == 1


async def test_a_person_is_called_so_often_a_day_on_whatever_number(house: House) -> None:
    contact = await house.contact("0670000001", "0670000002")
    campaign = await house.campaign(terms(per_person_a_day=1))
    other = await house.campaign(terms(per_person_a_day=1))
    await house.leads.add(campaign.id, [LeadData(contact_id=contact, numbers=("0670000001",))], "test", None)
    await house.leads.add(other.id, [LeadData(contact_id=contact, numbers=("0670000002",))], "test", None)
    [attempt] = await house.claim(campaign)
    await house.end(attempt, Outcome.BUSY)
    assert await house.claim(other) == []


async def test_nobody_is_a_lead_of_two_campaigns_on_one_day_unless_allowed(house: House) -> None:
    one = await house.campaign()
    alone, beside = await house.campaign(terms(beside_others=False)), await house.campaign()
    for campaign in (one, alone, beside):
        await house.add(campaign, "0670000001")
    [attempt] = await house.claim(one)
    assert await house.claim(beside) == []  # he is being called
    await house.end(attempt, Outcome.ANSWERED)
    house.wait(minutes=2)
    assert await house.claim(alone) == []
    [attempt] = await house.claim(beside)
    await house.end(attempt, Outcome.ANSWERED)
    house.wait(days=1)
    assert len(await house.claim(alone)) == 1


@pytest.mark.parametrize("outcome", [Outcome.DROPPED, Outcome.UNKNOWN])
async def test_after_an_abandoned_or_unseen_call_he_is_left_alone(house: House, outcome: Outcome) -> None:
    locked = terms(profile=LegalProfile(consent=False, lockout_hours=72))
    campaign, other = await house.campaign(locked), await house.campaign(locked)
    await house.add(campaign, "0670000001")
    await house.add(other, "0670000001")
    [attempt] = await house.claim(campaign)
    await house.end(attempt, outcome)
    house.wait(hours=71.9)
    assert await house.claim(campaign) == []
    assert await house.claim(other) == []
    house.wait(hours=0.2)
    assert len(await house.claim(other)) == 1


async def test_one_person_is_called_by_one_lead_at_a_time(house: House) -> None:
    contact = await house.contact("0670000001")
    campaign = await house.campaign()
    await house.leads.add(campaign.id, [LeadData(contact_id=contact)], "test", None)
    [lead] = await house.all_leads(campaign)
    await house.leads.close(campaign.id, [lead.id], "supervisor", None)
    await house.leads.add(campaign.id, [LeadData(contact_id=contact)], "test", None)
    await house.leads.reopen(campaign.id, [lead.id], None)
    assert len(await house.claim(campaign)) == 1
    assert await house.claim(campaign) == []


async def test_a_promised_callback_is_its_operators_until_the_tolerance_has_passed(house: House) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(2))
    [lead, _] = await house.all_leads(campaign)
    due = house.now + timedelta(hours=1)
    async with house.database.write() as connection:
        until = due + timedelta(minutes=30)
        how = {"due_at": due, "operator_id": 7, "operator_until": until, "at": house.now}
        await move(connection, lead.id, state=LeadState.WAITING, **how)
    [other] = await house.claim(campaign)
    assert other.lead_id != lead.id
    house.wait(hours=1)
    assert await house.claim(campaign) == []
    assert await house.claim(campaign, operator_id=8) == []
    [mine] = await house.claim(campaign, 1, operator_id=7)
    assert mine.lead_id == lead.id
    await house.claims.release(mine.id)
    house.wait(minutes=31)
    assert [attempt.lead_id for attempt in await house.claim(campaign)] == [lead.id]


async def test_an_operator_without_callbacks_gets_what_is_anybodys(house: House) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(2))
    assert len(await house.claim(campaign, 1, operator_id=7)) == 1


async def test_the_number_whose_best_hour_it_is_comes_first(house: House) -> None:
    campaign = await house.campaign()
    row = LeadData(numbers=("0670000001", "0670000002"), best_hours=(None, 12))
    await house.leads.add(campaign.id, [row], "test", None)
    assert [attempt.number for attempt in await house.claim(campaign)] == ["+380670000002"]


async def test_the_last_look_before_dialing(house: House) -> None:
    campaign = await house.campaign(terms(profile=LegalProfile(consent=True, hours=DAYTIME)))
    contact = await house.contact("0670000001", consent="given")
    await house.leads.add(campaign.id, [LeadData(contact_id=contact)], "test", None)
    [attempt] = await house.claim(campaign)
    assert await house.claims.recheck(attempt) is None

    await house.do_not_call.add("0670000001", user=None)
    assert "must not be called" in str(await house.claims.recheck(attempt))
    await house.do_not_call.remove("0670000001", user=None)
    assert await house.claims.recheck(attempt) is None

    async with house.database.write() as connection:
        await connection.execute(contacts.update().where(contacts.c.id == contact).values(consent="refused"))
    assert "consented" in str(await house.claims.recheck(attempt))
    async with house.database.write() as connection:
        await connection.execute(contacts.update().where(contacts.c.id == contact).values(consent="given"))

    house.wait(hours=9)
    assert "hour" in str(await house.claims.recheck(attempt))
    house.wait(hours=-9)
    await house.campaigns.set_state(campaign.id, CampaignState.PAUSED, None)
    assert "does not run" in str(await house.claims.recheck(attempt))
    await house.leads.close(campaign.id, [attempt.lead_id], "supervisor", None)
    assert "taken back" in str(await house.claims.recheck(attempt))


async def test_dialing_is_noted_once(house: House) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(1))
    [attempt] = await house.claim(campaign)
    await house.claims.dialed(attempt.id)
    dialed = house.now
    house.wait(seconds=5)
    await house.claims.dialed(attempt.id)
    [past] = (await house.lead_of(attempt)).past
    assert past.dialed_at == dialed


async def test_leads_wake_when_they_are_due(house: House) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(3), due_at=house.now + timedelta(hours=1))
    await house.add(campaign, *numbers(2, first=10), due_at=house.now + timedelta(hours=2))
    assert await house.claims.wake(house.now) == 0
    house.wait(hours=1)
    assert await house.claims.wake(house.now) == 3
    assert (await house.campaigns.counts(campaign.id)).leads == {"ready": 3, "waiting": 2}


async def test_who_may_not_be_called_does_not_stand_in_the_way(house: House) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(100))
    await house.do_not_call.take(numbers(95), source="test", user=None)
    claimed: list[Attempt] = []
    for _ in range(3):
        claimed += await house.claim(campaign, 5)
    assert [attempt.number for attempt in claimed] == [f"+38{number}" for number in numbers(5, first=95)]
    assert await house.campaigns.counts(campaign.id) == await house.recount(campaign)


async def test_closed_zones_are_not_looked_at(house: House) -> None:
    """Ten thousand asleep cost nothing: they are not even put off."""
    campaign = await house.campaign(terms(profile=LegalProfile(consent=False, hours=DAYTIME)))
    await house.add(campaign, *numbers(500), zone="America/Los_Angeles", rank=1)
    await house.add(campaign, *numbers(2, first=1000))
    assert len(await house.claim(campaign)) == 2
    async with house.database.read() as connection:
        states = sa.text("SELECT state, count(*) FROM leads GROUP BY state")
        assert dict((await connection.execute(states)).all()) == {"ready": 500, "claimed": 2}


@pytest.mark.parametrize("said", [{"do_not_call": True}, {"consent": "refused"}])
async def test_what_a_contact_has_said_holds_for_a_lead_added_by_his_number_alone(
    house: House, said: dict[str, Any]
) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(3))
    await house.contact("0670000000", **said)
    gone = await house.contact("0670000001", **said)
    async with house.database.write() as connection:
        await connection.execute(contacts.update().where(contacts.c.id == gone).values(archived_at=house.now))
    first, second = await house.claim(campaign)
    assert [first.number, second.number] == ["+380670000001", "+380670000002"]
    await house.contact("0670000002", **said)
    assert "must not be called" in str(await house.claims.recheck(second))
    assert await house.claims.recheck(first) is None


async def test_only_who_is_still_claimed_is_dialed(house: House) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(3))
    kept, ended, closed = await house.claim(campaign)
    assert await house.claims.dialed(kept.id)
    await house.claims.release(ended.id)
    await house.leads.close(campaign.id, [closed.lead_id], "supervisor", None)
    assert not await house.claims.dialed(ended.id)
    assert not await house.claims.dialed(closed.id)
    house.wait(minutes=3)
    assert await house.daemon("there").left_behind() != []
    assert not await house.claims.dialed(kept.id)  # it is another daemon's now
    assert [past.dialed_at for past in (await house.lead_of(closed)).past] == [None]


async def test_a_talk_whose_result_was_chosen_is_found_after_a_restart(house: House) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(1))
    [attempt] = await house.claim(campaign)
    due = house.now + timedelta(days=1)
    async with house.database.write() as connection:
        await move(connection, attempt.lead_id, state=LeadState.WAITING, due_at=due, at=house.now)
    again, other = house.daemon("here"), house.daemon("there")
    assert await again.left_behind() == []  # a talk may go on for as long as a lease
    house.wait(minutes=3)
    assert await again.left_behind() == [attempt]
    assert await other.left_behind() == []
    await house.end(attempt, Outcome.ANSWERED)
    assert await again.left_behind() == []
    lead = await house.lead_of(attempt)
    assert (lead.state, lead.due_at, lead.outcome) == (LeadState.WAITING, due, "answered")
    assert await house.campaigns.counts(campaign.id) == await house.recount(campaign)


async def test_a_call_whose_end_nobody_wrote_does_not_go_on_for_ever(house: House) -> None:
    one, two = await house.campaign(), await house.campaign()
    for campaign in (one, two):
        await house.add(campaign, "0670000001")
    [attempt] = await house.claim(one)
    await house.leads.close(one.id, [attempt.lead_id], "supervisor", None)
    house.wait(hours=3)
    assert await house.claim(two) == []
    house.wait(hours=1, minutes=1)
    assert len(await house.claim(two)) == 1
    assert attempt in await house.daemon("there").left_behind()


async def test_leads_whom_no_hour_suits_are_closed_and_stand_in_nobodys_way(house: House) -> None:
    morning = Hours(week=((Opening(since="08:00", until="09:00"),),) * 7)
    hours = Hours(week=((Opening(since="11:00", until="15:00"),),) * 7)
    never = await house.campaign(terms(hours=hours, profile=LegalProfile(consent=False, hours=morning)))
    await house.add(never, *numbers(30), rank=1)
    await house.add(never, "0670000050", zone="Atlantic/Azores")  # nine o'clock there is noon in Kyiv
    house.wait(minutes=-30)
    row = LeadData(numbers=("0670000060",), zone="Europe/Kyiv")
    await house.leads.add(never.id, [row], "test", None)
    assert [attempt.zone for attempt in await house.claim(never, 1)] == ["Atlantic/Azores"]
    assert await house.claim(never, 1) == []
    closed = [lead.closed_why for lead in await house.all_leads(never) if lead.state is LeadState.CLOSED]
    assert closed == ["no-hours"] * 31
    assert await house.campaigns.counts(never.id) == await house.recount(never)


async def test_calls_that_reached_nobodys_telephone_count_for_no_limit(house: House) -> None:
    retries = {Outcome.CONGESTION: Retry(after=60, attempts=3)}
    limits = {"per_number_a_day": 1, "per_person_a_day": 1, "most_attempts": 1, "beside_others": False}
    campaign, other = await house.campaign(terms(retries=retries, **limits)), await house.campaign(terms(**limits))
    contact = await house.contact("0670000001")
    for each in (campaign, other):
        await house.leads.add(each.id, [LeadData(contact_id=contact)], "test", None)
    for _ in range(3):
        [attempt] = await house.claim(campaign)
        await house.end(attempt, Outcome.CONGESTION)
        house.wait(minutes=1)
    lead = await house.lead_of(attempt)
    assert (lead.state, lead.closed_why, lead.attempts) == (LeadState.CLOSED, "attempts", 0)
    assert len(await house.claim(other)) == 1


async def test_a_claim_says_whether_there_may_be_more(house: House) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(300))
    await house.do_not_call.take(numbers(290), source="test", user=None)
    assert await house.claim(campaign, 1) == []
    assert not house.claims.exhausted(campaign.id)  # it only has not looked far enough
    taken: list[Attempt] = []
    for _ in range(10):
        taken += await house.claim(campaign, 20)
    assert len(taken) == 10
    assert house.claims.exhausted(campaign.id)


async def test_as_many_as_are_taken_at_once_are_not_all(house: House) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(MOST_CLAIMED + 1))
    assert len(await house.claim(campaign, 1000)) == MOST_CLAIMED
    assert not house.claims.exhausted(campaign.id)
    assert len(await house.claim(campaign, 1000)) == 1
    assert house.claims.exhausted(campaign.id)
