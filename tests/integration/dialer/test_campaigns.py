"""Campaigns on a real Asterisk, with people who answer, are busy, do not answer, or do not exist."""

import signal

import msgspec
import pytest

from telemarket.calls.views import DialMode
from telemarket.dialer.model import Trunk
from tests.integration.centre import Centre
from tests.integration.conftest import SetGlobal
from tests.integration.dialer.outbound import FAR_ZONE, PROFILE, Outbound, about_now, number, outcomes_by_digit

EXPECTED = {
    **{digit: {"answered"} for digit in "01258"},
    "3": {"busy"},
    "4": {"no-answer"},
    "6": {"congestion"},
    "7": {"no-such-number"},
    "9": {"declined"},
}
"""What becomes of each digit's people where an operator is always free: nobody listens for machines here."""


async def test_everybody_gets_the_outcome_he_is_due(outbound: Outbound) -> None:
    await outbound.world()
    logins = await outbound.operators(4)
    campaign = await outbound.campaign(DialMode.PROGRESSIVE)
    await outbound.add(campaign, range(20))
    await outbound.centre.start()
    await outbound.at_work(logins)
    await outbound.start(campaign)
    rows = await outbound.settled(campaign, 20, 60)
    found = outcomes_by_digit(rows)
    assert {digit: outcomes - {"hung-up"} for digit, outcomes in found.items() if digit != "5"} == {
        digit: outcomes for digit, outcomes in EXPECTED.items() if digit != "5"
    }
    assert found["5"] <= {"answered", "hung-up"}
    assert set((await outbound.called()).values()) == {1}


@pytest.mark.timeout(600)  # ten times the daemon starts anew
async def test_five_hundred_leads_and_ten_deaths_of_the_daemon(outbound: Outbound) -> None:
    await outbound.world()
    logins = await outbound.operators(16)
    campaign = await outbound.campaign(DialMode.PREDICTIVE, profile=msgspec.structs.replace(PROFILE, hours=about_now()))
    wanted, forbidden, abroad = range(460), range(1000, 1020), range(2000, 2020)
    for index in forbidden:
        await outbound.do_not_call.add(number(index), user=None)
    await outbound.add(campaign, wanted)
    await outbound.add(campaign, forbidden)
    await outbound.add(campaign, abroad, zone=FAR_ZONE)
    await outbound.start(campaign)
    await outbound.centre.start()
    desks = await outbound.at_work(logins)
    for deaths in range(1, 11):
        await outbound.settled(campaign, 30 * deaths, 60)  # in mid-call for some of the others
        await outbound.centre.stop(signal.SIGKILL)
        await outbound.centre.start()
        for desk in desks:
            await desk.connect()
    rows = await outbound.settled(campaign, len(wanted), 120)
    for digit, outcomes in outcomes_by_digit(rows).items():
        assert outcomes <= EXPECTED[digit] | {"dropped", "hung-up", "unknown", "answered"}
    called = await outbound.called()
    assert set(called.values()) == {1}, "somebody was called twice"
    assert not {number(index) for index in (*forbidden, *abroad)} & set(called), "somebody who must not be called was"
    leads = await outbound.centre.rows("leads", campaign_id=campaign.id)
    assert len(leads) == 500
    states = {index: {lead["state"] for lead in leads if lead["name"] == f"Клієнт {index}"} for index in wanted}
    assert all(state <= {"closed", "waiting", "held"} for state in states.values()), "a lead is lost"


@pytest.mark.timeout(400)
async def test_two_daemons_share_a_campaign_and_one_dies(on_postgres: Outbound, second: Centre) -> None:
    await on_postgres.world()
    logins = await on_postgres.operators(6)
    campaign = await on_postgres.campaign(DialMode.PROGRESSIVE)
    await on_postgres.add(campaign, range(90))
    await on_postgres.centre.start()
    await second.start()
    await on_postgres.at_work(logins[:3])
    desks = await on_postgres.at_work(logins[3:], second)
    await on_postgres.start(campaign)
    await on_postgres.settled(campaign, 30, 90)
    await second.stop(signal.SIGKILL)
    await on_postgres.settled(campaign, 50, 90)
    await second.start()
    for desk in desks:
        await desk.connect()
    rows = await on_postgres.settled(campaign, 90, 90)
    assert len({row["agent_id"] for row in rows if row["agent_id"]}) > 3, "both had conversations"
    assert set((await on_postgres.called()).values()) == {1}, "somebody was called twice"


async def test_what_the_network_says_comes_through_the_dialplan_too(outbound: Outbound, set_global: SetGlobal) -> None:
    set_global("TELEMARKET_TRUNK", "trunk")
    await outbound.world()
    logins = await outbound.operators(3)
    campaign = await outbound.campaign(DialMode.PROGRESSIVE, trunks=(Trunk(lines=5),))
    await outbound.add(campaign, (3, 4, 7, 9, 10))
    await outbound.centre.start()
    await outbound.at_work(logins)
    await outbound.start(campaign)
    found = outcomes_by_digit(await outbound.settled(campaign, 5, 60))
    assert {digit: found[digit] for digit in "3479"} == {digit: EXPECTED[digit] for digit in "3479"}
