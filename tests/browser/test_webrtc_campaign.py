"""A campaign on a real Asterisk: somebody called, an operator in a real browser whose page is her telephone."""

from contextlib import AsyncExitStack

import pytest
from playwright.async_api import expect

from telemarket.calls.views import DialMode
from telemarket.demo.centre import HULL
from telemarket.dialer.model import LeadData, Pace, Terms, Trunk
from tests.browser.operator import OperatorPage
from tests.integration.centre import Centre
from tests.integration.dialer.outbound import PROFILE, Outbound, number

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def begin(centre: Centre, stack: AsyncExitStack, mode: DialMode, count: int) -> Outbound:
    """A campaign of the demonstration's first project that calls people who answer and talk."""
    outbound = Outbound(centre, stack)
    await outbound.world(talk=60.0)
    [project] = await centre.rows("projects", number=HULL.number)
    campaign = await outbound.campaigns.create(project_id=project["id"], name="Нагадування", mode=mode, user=None)
    trunk = Trunk(endpoint="PJSIP/{number}@trunk", lines=5, per_second=5)
    terms = Terms(trunks=(trunk,), profile=PROFILE, retries={}, ring_seconds=10.0, pace=Pace(most_per_operator=1))
    campaign = await outbound.campaigns.update(
        campaign.id, name=campaign.name, mode=mode, priority=1, terms=terms, starts_at=None, ends_at=None, user=None
    )
    rows = [
        LeadData(name=f"Клієнт {index}", numbers=(number(10 * index),), values={"Борг": 4200}) for index in range(count)
    ]
    await outbound.leads.add(campaign.id, rows, "test", None)
    await outbound.start(campaign)
    return outbound


async def test_who_answers_is_connected_at_once_and_the_result_takes_one_key(
    centre: Centre, olena: OperatorPage, stack: AsyncExitStack
) -> None:
    await begin(centre, stack, DialMode.PROGRESSIVE, 1)
    await olena.state("talking")
    await olena.telephone_call("talking")
    assert await olena.caller() == "Клієнт 0"
    await expect(olena.card().locator(".lead-band")).to_contain_text("4 200")
    call_id = await olena.call_id()
    await olena.page.keyboard.press("Digit1")
    await expect(olena.card().locator(".lead-chosen")).not_to_be_empty()
    await olena.press("hang-up")
    await olena.press_key("Enter", "next")
    await olena.state("ready")
    [attempt] = await centre.rows("attempts", id=call_id)
    assert attempt["disposition_id"] is not None


async def test_a_lead_is_called_when_the_operator_says_so(
    centre: Centre, olena: OperatorPage, stack: AsyncExitStack
) -> None:
    await begin(centre, stack, DialMode.PREVIEW, 2)
    await olena.state("preview")
    await expect(olena.page.locator("#bar-caller")).to_contain_text("Клієнт")
    first = await olena.caller()
    await olena.page.keyboard.press("KeyS")
    await olena.page.keyboard.press("Digit1")
    await expect(olena.card().locator("[data-card-title]")).not_to_have_text(first)
    await olena.press_key("Enter", "dial")
    await olena.situation("calling")
    await olena.situation("talking")
    await olena.telephone_call("talking")
    call_id = await olena.call_id()
    await olena.page.keyboard.press("Digit2")
    await expect(olena.card().locator(".lead-chosen")).not_to_be_empty()
    await olena.press("hang-up")
    await olena.press_key("Enter", "next")
    [attempt] = await centre.rows("attempts", id=call_id)
    assert attempt["disposition_id"] is not None
