"""Campaigns on a real Asterisk, with people who answer, are busy, do not answer, or do not exist."""

import signal

import msgspec

from telemarket.calls.views import DialMode
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


async def test_five_hundred_leads_and_ten_deaths_of_the_daemon(outbound: Outbound) -> None:
    await outbound.world()
    logins = await outbound.operators(10)
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
