"""A supervisor plans a project in a real browser: hours, a menu, a mistake, and all of it by keyboard."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Route, expect

from telemarket.calls.plan import NodeKind, Opening, Plan
from tests.browser.screen import Screen, opened, violations
from tests.desk import Desk, running_desk

HASTE = """selector => new MutationObserver((_, observer) => {
    const input = document.querySelector(selector);
    if (!input) return;
    observer.disconnect();
    input.value = "099";
    input.form.requestSubmit();
}).observe(document, { childList: true, subtree: true })"""
"""Fills a field and sends its form as soon as it is there: no hand is faster."""

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with running_desk(tmp_path) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def screen(browser: Browser, desk: Desk) -> AsyncIterator[Screen]:
    """A supervisor's, at the project's page."""
    async with opened(browser, desk, "iryna", locale="uk-UA") as one:
        await one.page.click('.rail a[href="/projects"]')
        await one.page.click('#project-list a[href="/projects/077"]')
        await expect(one.page.locator(".project-tabs")).to_be_visible()
        yield one


async def plan_of(screen: Screen) -> Plan:
    return (await screen.desk.services.projects.project("077")).plan


def field(path: str) -> str:
    return f'[name="{path}"]'


async def open_section(screen: Screen, section: str) -> None:
    await screen.page.click(f'.project-tabs a[href="/projects/077/{section}"]')
    await expect(screen.page.locator(f'#plan-form[data-section="{section}"]')).to_be_visible()


async def save(screen: Screen) -> None:
    await screen.page.click(".plan-save button")
    await expect(screen.page.locator('.plan-save [role="status"] span')).to_be_visible()


async def test_hours_are_drawn_while_typed_and_are_there_after_a_reload(screen: Screen) -> None:
    page = screen.page
    await open_section(screen, "hours")
    await page.uncheck(field("plan.hours.always"))
    await page.fill(field("plan.hours.week[0]"), "9-13 14-18")
    await expect(page.locator(".plan-day").first.locator("rect")).to_have_count(2)
    await page.click('button[value="copy-monday"]')
    await expect(page.locator(field("plan.hours.week[4]"))).to_have_value("9-13 14-18")
    await page.click('button[value="add:plan.hours.days"]')
    await expect(page.locator(field("plan.hours.days[0].date"))).to_be_focused()
    await page.fill(field("plan.hours.days[0].date"), "2026-12-25")
    await save(screen)
    await page.reload()
    await expect(page.locator(field("plan.hours.week[4]"))).to_have_value("09:00–13:00, 14:00–18:00")
    await expect(page.locator(field("plan.hours.days[0].date"))).to_have_value("2026-12-25")
    hours = (await plan_of(screen)).hours
    assert hours.week[4] == (Opening(since="09:00", until="13:00"), Opening(since="14:00", until="18:00"))
    assert await violations(page) == []


async def test_a_menu_is_built_and_shown_as_a_tree(screen: Screen) -> None:
    page = screen.page
    await open_section(screen, "menu")
    await page.click('button[value="add:plan.menu"]')
    await page.fill(field("plan.menu[0].sound"), "please-wait")
    await page.click('button[value="add:plan.menu"]')
    await expect(page.locator(field("plan.menu[1].name"))).to_be_focused()
    await page.fill(field("plan.menu[1].name"), "contract")
    await page.select_option(field("plan.menu[1].kind"), "ask")
    await expect(page.locator(field("plan.menu[1].look_up"))).to_be_visible()
    await page.check(field("plan.menu[1].look_up"))
    await page.click('button[value="add:plan.menu[0].choices"]')
    await expect(page.locator(field("plan.menu[0].choices[1].digit"))).to_be_focused()
    to = "plan.menu[0].choices[1].to"
    await expect(page.locator(field(f"{to}.value"))).to_be_hidden()
    await page.select_option(field(f"{to}.kind"), "node")
    await expect(page.locator(field(f"{to}.value"))).to_be_focused()
    await page.keyboard.type("contract")
    await page.keyboard.press("Enter")
    await expect(page.locator('.plan-save [role="status"] span')).to_be_visible()
    await expect(page.locator(".plan-tree .depth-1 strong")).to_have_text("contract")
    menu = (await plan_of(screen)).menu
    assert menu["start"].choices == {"1": "", "2": "node:contract"}
    assert (menu["contract"].kind, menu["contract"].look_up) == (NodeKind.ASK, True)
    assert await violations(page) == []


async def test_a_mistake_stands_at_its_field_and_what_was_typed_stays(screen: Screen) -> None:
    page = screen.page
    await open_section(screen, "overflow")
    await page.click('button[value="add:plan.overflow"]')
    await page.fill(field("plan.overflow[0].to.value"), "099")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".plan-item .plan-problem")).to_contain_text("099")
    await expect(page.locator(field("plan.overflow[0].to.value"))).to_have_attribute("aria-invalid", "true")
    await expect(page.locator(field("plan.overflow[0].to.value"))).to_have_value("099")
    await expect(page.locator(field("plan.overflow[0].to.value"))).to_have_accessible_description(re.compile("099"))
    assert await violations(page) == []
    await page.select_option(field("plan.overflow[0].to.kind"), "voicemail")
    await save(screen)
    assert [rule.to for rule in (await plan_of(screen)).overflow] == ["voicemail"]


async def test_a_form_can_be_sent_in_the_moment_it_appears(screen: Screen) -> None:
    page = screen.page
    await open_section(screen, "overflow")
    await page.evaluate(HASTE, field("plan.overflow[0].to.value"))
    await page.click('button[value="add:plan.overflow"]')
    await expect(page.locator(".plan-item .plan-problem")).to_contain_text("099")
    assert page.url == f"{screen.desk.url}/projects/077/overflow"


async def test_a_form_sent_before_the_page_is_ready_stays_with_what_was_typed(screen: Screen) -> None:
    page = screen.page
    ready = asyncio.Event()

    async def late(route: Route) -> None:
        await ready.wait()
        await route.continue_()

    await page.route("**/desk.js*", late)
    await page.goto(f"{screen.desk.url}/projects/077/basics", wait_until="commit")
    await page.fill(field("name"), "ОСЦПВ")
    await page.keyboard.press("Enter")
    ready.set()
    await expect(page.locator("body")).to_have_attribute("data-started", "true")
    await expect(page.locator(field("name"))).to_have_value("ОСЦПВ")
    assert page.url == f"{screen.desk.url}/projects/077/basics"
    await save(screen)
    assert (await screen.desk.services.projects.project("077")).name == "ОСЦПВ"


async def test_every_form_is_readable_by_everybody_also_on_a_telephone(browser: Browser, desk: Desk) -> None:
    phone = {"width": 390, "height": 780}
    async with opened(browser, desk, "iryna", viewport=phone, color_scheme="dark", locale="uk-UA") as screen:
        page = screen.page
        for part in ("", "/operators", "/basics", "/hours", "/routing", "/caller", "/callback", "/recording", "/crm"):
            await page.goto(f"{desk.url}/projects/077{part}")
            await expect(page.locator(".project-part")).to_be_visible()
            assert await violations(page) == []
            assert await page.evaluate("document.getElementById('main').scrollWidth <= innerWidth"), part
