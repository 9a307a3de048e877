"""A supervisor and a campaign in a real browser: created, filled in, started, watched while it calls, stopped."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Dialog, Page, expect

from telemarket.calls.views import DialMode
from telemarket.core.clock import utc_now
from telemarket.dialer.lead_views import LeadFilter
from telemarket.dialer.model import CampaignState, LeadData, Pace
from tests.browser.screen import Screen, opened, violations
from tests.campaign_pictures import busy_view
from tests.desk import Desk, running_desk

PAGES = (
    "/campaigns",
    "/campaigns/1",
    *(f"/campaigns/1/settings/{part}" for part in ("hours", "law", "lines", "attempts")),
    "/campaigns/1/leads",
    "/campaigns/1/leads/1",
    "/campaigns/1/leads/add",
    "/campaigns/1/rules",
    "/campaigns/1/rules/0",
    "/do-not-call",
    "/projects/077/results",
)

_SHOWN_IN_THE_DARK = ("/campaigns/1", "/campaigns/1/settings/law", "/campaigns/1/leads", "/projects/077/results")

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with running_desk(tmp_path) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def screen(browser: Browser, desk: Desk) -> AsyncIterator[Screen]:
    """A supervisor's."""
    async with opened(browser, desk, "iryna", locale="uk-UA") as one:
        yield one


async def planned(desk: Desk) -> int:
    """A campaign that may be started."""
    services, user = desk.services, desk.senior.id
    campaign = await services.campaigns.create(project_id=1, name="Опитування", mode=DialMode.PROGRESSIVE, user=user)
    rows = [LeadData(name=f"Клієнт {n}", numbers=(f"+38067200{n:04}",), values={"Борг": "1 250"}) for n in range(5)]
    await services.leads.add(campaign.id, rows, "test", user)
    terms = msgspec.structs.replace(campaign.terms, caller_ids=("0444900077",))
    plan = {"name": campaign.name, "mode": campaign.mode, "priority": 50, "starts_at": None, "ends_at": None}
    await services.campaigns.update(campaign.id, **plan, terms=terms, user=user)
    return campaign.id


async def save(page: Page) -> None:
    await page.click(".plan-save .btn-primary")
    await expect(page.locator('.plan-save [role="status"] span')).to_be_visible()


async def test_from_nothing_to_a_campaign_that_calls(screen: Screen) -> None:
    page, desk = screen.page, screen.desk
    await page.click('.rail a[href="/campaigns"]')
    await page.click('[data-open="new-campaign"]')
    await page.fill("#new-campaign [name=name]", "Нагадування")
    await page.check("#new-campaign [value=preview]")
    await page.click("#new-campaign .save")
    await expect(page.locator('#plan-form[data-section="basics"]')).to_be_visible()

    await page.click('.camp-tabs a[href="/campaigns/1"]')
    await expect(page.locator('.camp-problems a[href$="/leads/add"]')).to_be_visible()
    await page.click('.camp-problems a[href$="/settings/lines"]')
    await page.fill('[name="terms.caller_ids"]', "0444900077")
    await page.fill('[name="terms.trunks[0].endpoint"]', "не лінія")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator('[name="terms.trunks[0].endpoint"]')).to_have_attribute("aria-invalid", "true")
    await page.fill('[name="terms.trunks[0].endpoint"]', "PJSIP/{number}@kyivstar")
    await save(page)

    await page.click(".camp-tabs a[href$='/leads']")
    await page.click("a[href$='/leads/add']")
    await page.fill("textarea[name=numbers]", "067 200 00 01; Новоха Інна\nабв")
    await page.click("form[hx-post$='/numbers'] button")
    await expect(page.locator("#intake .refusals")).to_contain_text("абв")
    await page.click(".camp-tabs a[href$='/leads']")
    await expect(page.locator("#lead-list")).to_contain_text("Новоха Інна")

    await page.click('.camp-tabs a[href="/campaigns/1"]')
    await page.click("#camp-start")
    await expect(page.locator("#camp-pause")).to_be_visible()
    assert (await desk.services.campaigns.get(1)).state is CampaignState.RUNNING


async def test_the_live_page_follows_the_dialer_and_one_key_stops_it(screen: Screen) -> None:
    page, desk = screen.page, screen.desk
    await planned(desk)
    await desk.services.campaigns.set_state(1, CampaignState.RUNNING, desk.senior.id)
    await page.goto(f"{desk.url}/campaigns/1")
    await expect(page.locator("[data-live][data-shown]")).to_be_attached()
    desk.watch.show(busy_view(1, utc_now(), lines=14))
    figures = page.locator("#live-figures")
    await expect(figures).to_contain_text("14 / 30")
    await expect(page.locator("#live-abandons [data-level=good]")).to_be_visible()
    await expect(page.locator(".camp-seats")).to_contain_text("Марія Гнатюк")
    await page.locator("#camp-pause").focus()
    desk.watch.show(busy_view(1, utc_now(), lines=21, rate=0.02))
    await expect(figures).to_contain_text("21 / 30")
    await expect(page.locator("#live-abandons [data-level=over]")).to_be_visible()
    await expect(page.locator("#camp-pause")).to_be_focused()
    assert await violations(page) == []

    await page.fill('[name="terms.pace.most_lines"]', "5")
    await page.locator("#pace-slow").press("Home")
    await expect(page.locator("#pace-slow-shown")).to_have_text("0 %")
    await page.click("#camp-pace .save")
    await expect(page.locator("#camp-pace [role=status] span")).to_be_visible()
    pace = (await desk.services.campaigns.get(1)).terms.pace
    assert (pace.most_lines, pace.slow) == (5, 0.0)

    await page.locator("#view h1").focus()
    await page.keyboard.press("s")
    await expect(page.locator("#camp-start")).to_be_visible()
    assert (await desk.services.campaigns.get(1)).state is CampaignState.PAUSED


async def test_what_hinders_a_campaign_goes_when_it_is_mended(screen: Screen) -> None:
    page, desk = screen.page, screen.desk
    campaign_id = await planned(desk)
    await desk.services.leads.close(campaign_id, LeadFilter(), "supervisor", None)
    await page.goto(f"{desk.url}/campaigns/{campaign_id}")
    await expect(page.locator("[data-live][data-shown]")).to_be_attached()
    await expect(page.locator('.camp-problems a[href$="/leads/add"]')).to_be_visible()
    await desk.services.leads.reopen(campaign_id, LeadFilter(), None)
    desk.watch.show(busy_view(campaign_id, utc_now()))
    await expect(page.locator(".camp-problems")).to_have_count(0)


async def test_a_colleagues_stop_is_told_before_it_is_undone(screen: Screen) -> None:
    page, desk = screen.page, screen.desk
    campaign = await desk.services.campaigns.get(await planned(desk))
    await page.goto(f"{desk.url}/campaigns/{campaign.id}")
    await page.fill('[name="terms.pace.most_lines"]', "12")
    terms = msgspec.structs.replace(campaign.terms, pace=Pace(slow=0.0))
    plan = {"name": campaign.name, "mode": campaign.mode, "priority": 50, "starts_at": None, "ends_at": None}
    await desk.services.campaigns.update(campaign.id, **plan, terms=terms, user=None)
    await page.click("#camp-pace .save")
    told = page.locator("#camp-pace [role=alert]")
    await expect(told).to_contain_text("0 %")
    await expect(page.locator('[name="terms.pace.most_lines"]')).to_have_value("12")
    assert (await desk.services.campaigns.get(campaign.id)).terms.pace.slow == 0
    assert await violations(page) == []
    await page.click("#camp-pace .save")
    await expect(page.locator("#camp-pace [role=status] span")).to_be_visible()
    await expect(told).to_have_count(0)
    pace = (await desk.services.campaigns.get(campaign.id)).terms.pace
    assert (pace.most_lines, pace.slow) == (12, 1.0)


async def test_a_lead_is_closed_and_called_again_and_a_number_is_never_called(screen: Screen) -> None:
    page, desk = screen.page, screen.desk
    await planned(desk)
    await page.goto(f"{desk.url}/campaigns/1/leads")
    await page.locator('#lead-list [name="lead"]').first.check()
    await page.click("#lead-choice [value=close]")
    await expect(page.locator(".toast-done")).to_be_visible()
    await expect(page.locator('#lead-list [data-state="closed"]')).to_have_count(1)
    await page.locator("#lead-list .result-name").first.click()
    await page.click(".camp-lead-head [value=again]")
    await expect(page.locator('.camp-lead[data-state="ready"]')).to_be_visible()

    await page.goto(f"{desk.url}/do-not-call")
    await page.fill("#blocked-add [name=number]", "067 200 00 00")
    await page.keyboard.press("Enter")
    await expect(page.locator("#blocked-list")).to_contain_text("+380 67 200 00 00")
    await expect(page.locator("#blocked-add [name=number]")).to_have_value("")
    page.once("dialog", _accept)
    await page.click("#blocked-list button")
    await expect(page.locator("#blocked-list")).to_have_count(0)
    screen.complaints[:] = [each for each in screen.complaints if not each.startswith("dialog")]


async def test_every_page_is_readable_by_everybody(browser: Browser, desk: Desk) -> None:
    await _filled(desk)
    async with opened(browser, desk, "iryna", locale="uk-UA") as screen:
        for path in PAGES:
            await screen.page.goto(f"{desk.url}{path}")
            await expect(screen.page.locator("#view h1")).to_be_visible()
            assert await violations(screen.page) == [], path


async def test_a_telephone_shows_all_of_it_also_in_the_dark(browser: Browser, desk: Desk) -> None:
    await _filled(desk)
    phone = {"width": 390, "height": 844}
    async with opened(browser, desk, "iryna", viewport=phone, color_scheme="dark", locale="uk-UA") as screen:
        for path in PAGES:
            await screen.page.goto(f"{desk.url}{path}")
            await expect(screen.page.locator("#view h1")).to_be_visible()
            assert await screen.page.evaluate("document.getElementById('main').scrollWidth <= innerWidth"), path
            if path in _SHOWN_IN_THE_DARK:
                assert await violations(screen.page) == [], path


async def _filled(desk: Desk) -> None:
    await planned(desk)
    desk.watch.show(busy_view(1, utc_now()))
    await desk.services.do_not_call.add("+380672000099", user=None, reason="просив")


async def _accept(dialog: Dialog) -> None:
    await dialog.accept()
