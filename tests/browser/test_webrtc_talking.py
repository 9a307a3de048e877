"""Talking over a real exchange, with operators whose telephones are their pages: what each sees and hears."""

import asyncio
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.demonstration import NUMBER
from tests.browser.operator import OperatorPage, at_the_desk
from tests.integration.calls.people import People, Person
from tests.integration.centre import Centre
from tests.integration.conftest import SetGlobal
from tests.voice import CALLER, OTHER
from tests.voice import NUMBER as OUTSIDE

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def people(centre: Centre, stack: AsyncExitStack) -> People:
    return People(centre, stack)


@pytest_asyncio.fixture(loop_scope="module")
async def taras(browser: Browser, centre: Centre, olena: OperatorPage, stack: AsyncExitStack) -> OperatorPage:
    """At his desk, not ready yet: the first call is Olena's."""
    return await stack.enter_async_context(at_the_desk(browser, centre.url, "taras"))


async def talking(people: People, operator: OperatorPage) -> Person:
    """A caller whom the operator has answered."""
    caller = await people.caller(CALLER, NUMBER)
    await operator.press("answer")
    await operator.state("talking")
    await operator.hears(CALLER)
    return caller


async def hears_beeps(person: Person) -> None:
    """Wait until he hears what a browser without a microphone says: beeps."""
    async with asyncio.timeout(15):
        while not await person.voice.listen():
            pass


async def test_asked_first_then_handed_over_with_the_card_before_the_ring(
    centre: Centre, people: People, olena: OperatorPage, taras: OperatorPage
) -> None:
    caller = await talking(people, olena)
    await taras.ready()
    await olena.card().locator("[data-note]").fill("Просить евакуатор на трасу")
    await olena.page.keyboard.press("F7")
    await olena.page.keyboard.type("Тарас")
    await expect(olena.page.locator("[data-ask][aria-selected=true]")).to_have_attribute("data-to", "operator:taras")
    await olena.page.keyboard.press("Enter")
    await taras.telephone_call("ringing")
    moments = await taras.moments()
    assert moments["card"] < moments["invite"] < moments["ringing"], "the telephone was called before the card stood"
    await taras.situation("asked")
    await expect(taras.card().locator("[data-note]")).to_have_value("Просить евакуатор на трасу")
    await expect(taras.card().locator("[data-passed]")).to_contain_text("Олена Ковальчук")
    assert await taras.caller() == await olena.caller()
    await taras.press("answer")
    await olena.situation("consulting")
    await expect(olena.page.locator("[data-consult=swap]")).to_be_visible()
    await caller.voice.hears(OTHER)
    await olena.hears(CALLER, heard=False)
    await olena.talks(centre.pbx)
    await olena.press("complete")
    await olena.state("wrap-up")
    await taras.situation("talking")
    await taras.hears(CALLER)
    await taras.press("hang-up")
    call = await centre.call()
    assert (call["result"], call["ended_by"]) == ("answered", "operator")


async def test_swap_all_three_and_back_to_two(people: People, olena: OperatorPage, taras: OperatorPage) -> None:
    await talking(people, olena)
    await taras.ready()
    await olena.page.keyboard.press("F7")
    await olena.page.keyboard.type("taras")
    await expect(olena.page.locator("[data-ask][aria-selected=true]")).to_have_attribute("data-to", "operator:taras")
    await olena.page.click("#transfer-attended")
    await taras.press("answer")
    await olena.page.click("[data-consult=swap]")
    await olena.hears(CALLER)
    await taras.hears(CALLER, heard=False)
    await olena.page.click("[data-consult=conference]")
    await olena.situation("conference")
    await taras.hears(CALLER)
    await olena.hears(CALLER)
    await expect(taras.page.locator("#strip-text")).to_contain_text("Олена Ковальчук")
    await olena.page.click("[data-consult=return]")
    await taras.state("ready")
    await olena.situation("talking")
    await olena.hears(CALLER)
    await olena.press("hang-up")


async def test_hold_and_mute(people: People, olena: OperatorPage) -> None:
    caller = await talking(people, olena)
    await hears_beeps(caller)
    await olena.page.keyboard.press("F9")
    await expect(olena.page.locator("#mute")).to_have_attribute("aria-pressed", "true")
    await caller.voice.hears()
    await olena.page.keyboard.press("F9")
    await hears_beeps(caller)
    await olena.page.keyboard.press("F6")
    await olena.situation("held")
    await olena.hears(CALLER, heard=False)
    await olena.page.keyboard.press("F6")
    await olena.hears(CALLER)
    await olena.press("hang-up")


async def test_parked_by_one_and_taken_up_by_another(
    centre: Centre, people: People, olena: OperatorPage, taras: OperatorPage
) -> None:
    await talking(people, olena)
    await olena.page.click("#park")
    await olena.state("wrap-up")
    await expect(taras.page.locator("#parked-menu")).to_be_visible()
    await taras.page.keyboard.press("KeyP")
    await taras.page.keyboard.press("Enter")
    await taras.state("talking")
    await taras.hears(CALLER)
    await expect(taras.page.locator("#parked-menu")).to_be_hidden()
    await expect(taras.card().locator("[data-passed]")).to_contain_text("Олена Ковальчук")
    await taras.press("hang-up")
    assert (await centre.call())["result"] == "answered"


async def test_a_number_clicked_rings_the_page_first_which_answers_by_itself(
    centre: Centre, people: People, olena: OperatorPage, set_global: SetGlobal
) -> None:
    set_global("TELEMARKET_TRUNK", "trunk")
    outside = await people.outside(OUTSIDE, ring=1.0)
    await olena.page.goto(f"{centre.url}/contacts?q=0501112233")
    await olena.telephone("ready")
    await olena.page.locator("#contact-results [data-dial='+380501112233']").first.click()
    await olena.page.locator("#project-choices button").first.click()
    await olena.situation("calling")
    await olena.telephone_call("talking")
    await olena.situation("talking")
    await olena.hears(OUTSIDE)
    await hears_beeps(outside)
    assert "+380501112233" in (await olena.card().inner_html())
    await olena.press("hang-up")
    call = await centre.call()
    assert (call["direction"], call["result"]) == ("outbound", "answered")


async def test_a_supervisors_page_answers_by_itself_what_he_asked_to_hear(
    browser: Browser, centre: Centre, people: People, olena: OperatorPage, stack: AsyncExitStack
) -> None:
    natalia = await stack.enter_async_context(at_the_desk(browser, centre.url, "natalia"))
    caller = await talking(people, olena)
    answer = await natalia.page.request.post(
        f"{centre.url}/board/watch",
        form={"call_id": await olena.call_id(), "mode": "listen"},
        headers={"Origin": centre.url},
    )
    assert answer.ok
    await natalia.state("watching")
    await natalia.hears(CALLER)
    await expect(olena.page.locator("#strip-text")).not_to_contain_text("Наталія")
    await natalia.page.keyboard.press("KeyB")
    await expect(olena.page.locator("#strip-text")).to_contain_text("Наталія Гриценко")
    await natalia.page.click("#take-over")
    await natalia.situation("talking")
    await natalia.hears(CALLER)
    await olena.state("wrap-up")
    await hears_beeps(caller)
    await natalia.press("hang-up")
