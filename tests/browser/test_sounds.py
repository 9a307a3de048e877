"""The page of sounds in a real browser: typed and heard, brought as a file, changed, removed."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Dialog, expect

from tests.browser.screen import Screen, opened, violations
from tests.desk import Desk, running_desk
from tests.integration.sounds.audio import OGG

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXT = "Вітаємо! Зачекайте, будь ласка."


@pytest_asyncio.fixture(loop_scope="module")
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with running_desk(tmp_path) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def screen(browser: Browser, desk: Desk) -> AsyncIterator[Screen]:
    """A supervisor's, at the page."""
    async with opened(browser, desk, "iryna", locale="uk-UA") as one:
        await one.page.click('.rail a[href="/sounds"]')
        await expect(one.page.locator("#sound-form")).to_be_visible()
        yield one


async def test_a_text_is_heard_before_it_is_kept(screen: Screen) -> None:
    page = screen.page
    await page.fill("#sound-name", "greeting")
    await page.fill("#sound-text", TEXT)
    await page.click("[data-preview]")
    await expect(page.locator("#sound-form audio")).to_have_js_property("paused", False)
    assert await screen.desk.services.sounds.all() == []
    await page.click("#sound-form .save")
    kept = page.locator("#sound-greeting-uk")
    await expect(kept).to_contain_text(TEXT)
    await expect(kept).to_contain_text("Ірина Бондар")
    await expect(page.get_by_role("status").filter(has_text="greeting")).to_be_visible()
    await expect(page.locator("#sound-text")).to_have_value("")
    await expect(page.locator("#sound-form audio")).to_be_hidden()
    await kept.locator("audio").evaluate("player => player.play()")
    await expect(kept.locator("audio")).to_have_js_property("paused", False)
    assert await violations(page) == []


async def test_a_file_is_kept_and_a_wrong_one_refused_at_its_field(screen: Screen) -> None:
    page = screen.page
    await page.fill("#sound-name", "hold")
    await page.select_option("#sound-language", "")
    await page.set_input_files("#sound-file", {"name": "hold.ogg", "mimeType": "audio/ogg", "buffer": OGG})
    await page.click("#sound-form .save")
    await expect(page.locator("#sound-hold")).to_contain_text("hold.ogg")

    await page.fill("#sound-name", "bad")
    await page.set_input_files("#sound-file", {"name": "voice.wav", "mimeType": "audio/wav", "buffer": b"rubbish"})
    await page.click("#sound-form .save")
    await expect(page.get_by_role("alert")).to_contain_text("WAV, MP3, OGG")
    await expect(page.locator("#sound-file")).to_have_attribute("aria-invalid", "true")
    await expect(page.locator("#sound-name")).to_have_value("bad")
    await expect(page.locator("progress.upload")).to_be_hidden()
    assert all("422" in complaint for complaint in screen.complaints)
    screen.complaints.clear()


async def test_a_sound_is_changed_and_removed(screen: Screen) -> None:
    page, sounds = screen.page, screen.desk.services.sounds
    await sounds.say("greeting", TEXT, language="uk", author=screen.desk.senior)
    await page.reload()
    await page.locator("#sound-greeting-uk [hx-get]").click()
    await expect(page.locator("#sound-text")).to_have_value(TEXT)
    await page.fill("#sound-text", "Добрий день!")
    await page.click("#sound-form .save")
    await expect(page.locator("#sound-greeting-uk")).to_contain_text("Добрий день!")
    assert [sound.text for sound in await sounds.all()] == ["Добрий день!"]

    async def agree(dialog: Dialog) -> None:
        await dialog.accept()

    page.on("dialog", agree)
    await page.fill("#sound-text", "Ще не збережено")
    await page.locator("#sound-greeting-uk [hx-delete]").click()
    await expect(page.locator("#sound-greeting-uk")).to_have_count(0)
    await expect(page.locator("#sound-text")).to_have_value("Ще не збережено")
    assert await sounds.all() == []
    assert all(complaint.startswith("dialog") for complaint in screen.complaints)
    screen.complaints.clear()


async def test_it_fits_a_telephone(browser: Browser, desk: Desk) -> None:
    await desk.services.sounds.say("greeting", TEXT * 10, language="uk", title="Вітання", author=desk.senior)
    async with opened(browser, desk, "iryna", viewport={"width": 390, "height": 844}, color_scheme="dark") as screen:
        await screen.page.goto(f"{desk.url}/sounds")
        await expect(screen.page.locator("#sound-greeting-uk")).to_be_visible()
        assert await screen.page.evaluate("document.documentElement.scrollWidth") == 390
        assert await violations(screen.page) == []
