"""A recording in a real browser: heard, moved about in, kept from deletion."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from telemarket.calls.recordings import raw_files
from telemarket.recordings import audio
from telemarket.recordings.tables import recordings
from tests.desk import PASSWORD, Desk, running_desk
from tests.integration.test_desk_recordings import add
from tests.sounds import put

pytestmark = pytest.mark.asyncio(loop_scope="module")

PICTURES = os.environ.get("TELEMARKET_SCREENSHOTS", "")
PLAYING = "() => document.querySelector('recording-player').audio.currentTime"


@pytest_asyncio.fixture(loop_scope="module")
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with running_desk(tmp_path) as running:
        await add(running, "old-1", running.operator.id)
        await add(running, "old-0", running.colleague.id, state="missing")
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, desk: Desk) -> AsyncIterator[Page]:
    """The supervisor, signed in; fails if the browser had anything to complain about."""
    complaints: list[str] = []
    async with await browser.new_context(viewport={"width": 1280, "height": 720}) as window:
        page = await window.new_page()
        page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(desk.url)
        await page.fill("#login", "iryna")
        await page.fill("#password", PASSWORD)
        await page.keyboard.press("Enter")
        await expect(page.locator("#bar")).to_have_attribute("data-state", "offline", timeout=15_000)
        yield page
    assert complaints == []


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


async def position(page: Page) -> float:
    found: float = await page.evaluate(PLAYING)
    return found


async def plays_past(page: Page, seconds: float) -> None:
    """Wait until the sound has come so far."""
    async with asyncio.timeout(10):
        while await position(page) <= seconds:
            await asyncio.sleep(0.05)


async def test_a_recording_is_played_and_moved_about_in(desk: Desk, page: Page) -> None:
    await page.goto(f"{desk.url}/calls/old-1")
    slider = page.get_by_role("slider")
    await expect(slider.locator("path.wave")).to_have_count(4)
    await expect(page.locator("[data-clock]")).to_have_text("0:00 / 0:10")
    await page.locator("[data-toggle]").click()
    await plays_past(page, 0.2)
    await page.locator("[data-toggle]").click()
    await expect(page.locator("[data-toggle]")).to_have_text("Play")
    await slider.focus()
    await page.keyboard.press("Home")
    assert await position(page) == 0
    await page.keyboard.press("ArrowRight")
    assert await position(page) == 5
    box = await slider.bounding_box()
    assert box is not None
    await slider.click(position={"x": box["width"] * 0.8, "y": 10})
    assert abs(await position(page) - 8) < 0.1
    await expect(slider).to_have_attribute("aria-valuenow", "8")
    await page.locator('[data-speed="1.5"]').click()
    assert await page.evaluate("() => document.querySelector('recording-player').audio.playbackRate") == 1.5
    await page.locator('[data-seek="3.0"]').click()
    await plays_past(page, 3.1)
    await picture(page, "recording")


async def test_ulaw_is_played_too(desk: Desk, page: Page) -> None:
    await make_ulaw(desk, "x.ulaw.wav")
    await page.goto(f"{desk.url}/calls/old-1")
    await page.locator("[data-toggle]").click()
    await plays_past(page, 0.2)


async def make_ulaw(desk: Desk, path: str) -> None:
    """Have the call old-1 recorded in G.711."""
    folder = desk.services.settings.recordings_dir
    for name in raw_files(path, stereo=True).names:
        put(folder / name, bytes(range(256)) * 250)
    audio.finish(folder, path, stereo=True, patient=False)
    async with desk.database.write() as connection:
        await connection.execute(recordings.update().where(recordings.c.call_id == "old-1").values(file=path))


async def test_a_supervisor_holds_a_recording_and_sees_the_ledger(desk: Desk, page: Page) -> None:
    await page.goto(f"{desk.url}/calls/old-1")
    await page.locator(".hold summary").click()
    await page.locator('.hold [name="reason"]').fill("Позов 17/26")
    await page.locator(".hold form button").click()
    await expect(page.locator(".hold")).to_contain_text("Позов 17/26")
    await page.locator("#nav-recordings").click()
    await expect(page.locator("#recording-list tbody tr")).to_have_count(2)
    await expect(page.locator("tr.is-gap")).to_have_count(1)
    await picture(page, "recordings")
    await page.locator("#recording-filters [name=state]").select_option("held")
    await expect(page.locator("#recording-list tbody tr")).to_have_count(1)


async def test_the_pages_fit_a_phone(desk: Desk, page: Page) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    for path in ("/calls/old-1", "/recordings"):
        await page.goto(desk.url + path)
        await expect(page.locator("#view h1")).to_be_visible()
        overflow: Any = await page.evaluate("() => document.documentElement.scrollWidth > innerWidth")
        assert not overflow
