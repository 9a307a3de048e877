"""The task board in a real browser: a voice message is heard, its caller called back, the request taken over."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from telemarket.casework.tables import requests
from telemarket.core.clock import utc_now
from tests.browser.screen import Screen, opened, violations
from tests.desk import Desk, running_desk
from tests.integration.test_desk_recordings import add
from tests.integration.test_desk_tasks import MESSAGE, leave_message

pytestmark = pytest.mark.asyncio(loop_scope="module")

PICTURES = os.environ.get("TELEMARKET_SCREENSHOTS", "")
NOT_REACHED = "Не додзвонилися за 3 спроби"


@pytest_asyncio.fixture(loop_scope="module")
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """Two voice messages, one of a withheld number, a callback not kept, and what is overdue."""
    async with running_desk(tmp_path) as running:
        for call_id, ani in (("vm-1", "+380672345678"), ("vm-2", "")):
            await add(running, call_id, None)
            await leave_message(running, call_id, ani=ani)
        now = utc_now()
        oleh = {"contact_id": running.shared[0].id, "project_id": 1, "created_at": now, "updated_at": now}
        late = {"text": "Уточнити ліміт.", "author_id": running.colleague.id, "consultant_id": running.colleague.id}
        async with running.database.write() as connection:
            await connection.execute(requests.insert().values(text=NOT_REACHED, origin="callback", **oleh))
            await connection.execute(requests.insert().values(**late, deadline=now - timedelta(days=2), **oleh))
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def screen(browser: Browser, desk: Desk) -> AsyncIterator[Screen]:
    async with opened(browser, desk) as screen:
        await screen.page.locator("#nav-requests").click()
        await expect(screen.page.locator(".task")).to_have_count(5)
        yield screen


async def picture(page: Page, name: str) -> None:
    """Save how the page looks in either theme, on a desk and on a phone, if $TELEMARKET_SCREENSHOTS says where."""
    if not PICTURES:
        return
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for width, height in ((390, 844), (1280, 720)):
            await page.set_viewport_size({"width": width, "height": height})
            await page.screenshot(path=Path(PICTURES) / f"{name}-{width}-{scheme}.png")
    await page.emulate_media(color_scheme="light")


async def test_a_message_is_heard_at_a_click_and_goes_on_while_the_request_is_taken_over(
    screen: Screen, desk: Desk
) -> None:
    page = screen.page
    task = page.locator(".task").filter(has_text=desk.inna.name).filter(has_text=MESSAGE)
    await task.locator("[data-listen]").click()
    await expect(task.locator("recording-player [data-toggle]")).to_have_text("Пауза")
    await expect(task.locator("path.wave")).to_have_count(4)
    await task.get_by_role("button", name="Взяти собі").click()
    await expect(task.locator(".task-status")).to_contain_text(desk.operator.name)
    async with asyncio.timeout(10):
        while await page.evaluate("() => document.querySelector('recording-player').audio.currentTime") < 0.2:
            await asyncio.sleep(0.05)
    await picture(page, "requests")
    await task.get_by_role("button", name="Виконано").click()
    await expect(task.locator(".task-status")).to_have_attribute("data-state", "done")


async def test_the_caller_is_called_back_at_a_click(screen: Screen, desk: Desk) -> None:
    task = screen.page.locator(".task").filter(has_text=NOT_REACHED)
    await task.get_by_role("button", name="Передзвонити").click()
    async with asyncio.timeout(10):
        while not desk.call_centre.asked:
            await asyncio.sleep(0.05)
    assert desk.call_centre.asked[0][0] == "call_number"
    assert "+380443334455" in desk.call_centre.asked[0]


async def test_the_filters_narrow_the_list(screen: Screen) -> None:
    page = screen.page
    await page.locator("[name=only]").select_option("overdue")
    await expect(page.locator(".task")).to_have_count(1)
    await expect(page.locator(".task-overdue")).to_be_visible()
    await page.locator("[name=only]").focus()
    await page.locator("[name=only]").select_option("voicemail")
    await expect(page.locator(".task")).to_have_count(2)
    await expect(page.locator("[name=only]")).to_be_focused()
    await expect(page).to_have_url(re.compile("only=voicemail"))
    await page.locator("[name=whose]").select_option("mine")
    await expect(page.locator(".task")).to_have_count(0)
    await expect(page.locator(".tasks-empty")).to_be_visible()


async def test_a_new_message_appears_without_a_reload(screen: Screen, desk: Desk) -> None:
    page = screen.page
    await page.clock.install()
    await page.reload()
    await expect(page.locator(".task")).to_have_count(5)
    await leave_message(desk, "vm-3")
    await page.clock.run_for(16_000)
    await expect(page.locator(".task")).to_have_count(6)
    await expect(page.locator(".task").first).to_contain_text(MESSAGE)


async def test_nothing_is_asked_while_nobody_looks(screen: Screen, desk: Desk) -> None:
    page = screen.page
    await page.clock.install()
    await page.reload()
    await expect(page.locator(".task")).to_have_count(5)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await leave_message(desk, "vm-3")
    await page.locator("#nav-desk").click()
    await expect(page.locator("#view")).to_be_hidden()
    await page.clock.run_for(46_000)
    assert [url for url in asked if "/requests/new" in url] == []
    await page.evaluate("() => { document.getElementById('view').hidden = false; }")
    await page.clock.run_for(16_000)
    await expect(page.locator(".task")).to_have_count(6)


async def test_the_page_is_accessible_and_fits_a_phone(screen: Screen) -> None:
    page = screen.page
    assert await violations(page) == []
    await page.set_viewport_size({"width": 390, "height": 844})
    await expect(page.locator(".task").first).to_be_visible()
    assert not await page.evaluate("() => document.documentElement.scrollWidth > innerWidth")
