"""Imports in a real browser: a file handed in, its columns corrected, tried, carried out, handed back and undone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Dialog, expect
from python_calamine import CalamineWorkbook

from tests.browser.screen import Screen, opened, violations
from tests.desk import Desk, running_desk

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROWS = [
    "Звіт по клієнтах;;;;;",
    "№;Прізвище;Ім'я;Моб. тел.;№ договору;Залишок, грн",
    *(f"{n};Коваль{n};Тарас;067{2000000 + n};11{n:05};{n}00,50" for n in range(1, 30)),
    "30;Новоха;Інна;0672345678;1100039;43 500,00",
    "31;Бойко;Олег;не знає;1;1",
    "32;Бойко;Ганна;0501112233;1;багато",
]


@pytest_asyncio.fixture(loop_scope="module")
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with running_desk(tmp_path) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def screen(browser: Browser, desk: Desk) -> AsyncIterator[Screen]:
    """A supervisor's, at the page."""
    async with opened(browser, desk, "iryna", locale="uk-UA") as one:
        await one.page.click('.rail a[href="/imports"]')
        await expect(one.page.locator("#import-upload")).to_be_visible()
        yield one


async def hand_in(screen: Screen, name: str, data: bytes) -> None:
    await screen.page.set_input_files("#import-file", {"name": name, "mimeType": "text/csv", "buffer": data})
    await screen.page.click("#import-upload .save")


async def test_a_file_is_imported_handed_back_and_undone(screen: Screen, tmp_path: Path) -> None:
    page = screen.page
    await hand_in(screen, "клієнти.csv", "\r\n".join(ROWS).encode("cp1251"))
    preview = page.locator("#import-preview")
    await expect(preview.locator(".import-refused").first).to_contain_text("2")
    await expect(preview.locator("tr", has_text="Новоха")).to_contain_text("Залишок, грн")
    assert await violations(page) == []

    await page.select_option('[name="target-5"]', "")
    await expect(preview.locator(".import-refused").first).to_contain_text("1")
    await page.select_option('[name="target-5"]', "attribute:")
    await expect(preview.locator(".import-refused").first).to_contain_text("2")
    await page.fill("#import-form [name=name]", "Клієнти")
    await page.click("#import-form .save")

    status = page.locator("#import-status")
    await expect(status.locator(".import-done")).to_be_visible()
    await expect(status.locator(".figures")).to_contain_text("29")
    async with page.expect_download() as download:
        await page.click('#import-status a[href$="refused.xlsx"]')
    await (await download.value).save_as(tmp_path / "refused.xlsx")
    back = CalamineWorkbook.from_path(tmp_path / "refused.xlsx").get_sheet_by_index(0).to_python()
    assert [row[3] for row in back[1:]] == ["Бойко", "Бойко"]
    assert (await screen.desk.services.contacts.match("0672000007")).contact is not None

    page.once("dialog", _accept)
    await page.get_by_role("button", name="Скасувати імпорт").click()
    await expect(status.locator(".import-undone")).to_be_visible()
    assert (await screen.desk.services.contacts.match("0672000007")).contact is None
    screen.complaints[:] = [each for each in screen.complaints if not each.startswith("dialog")]

    await page.goto(f"{screen.desk.url}/imports")
    await expect(page.locator("#import-profiles")).to_contain_text("Клієнти")
    await expect(page.locator("#import-list")).to_contain_text("клієнти.csv")
    assert await violations(page) == []


async def test_a_wrong_file_is_refused_at_its_field(screen: Screen) -> None:
    page = screen.page
    await hand_in(screen, "page.xls", b"<html><table><tr><td>1</td></tr></table></html>")
    await expect(page.get_by_role("alert")).to_contain_text(".xlsx")
    await expect(page.locator("#import-file")).to_have_attribute("aria-invalid", "true")
    assert all("422" in complaint for complaint in screen.complaints)
    screen.complaints.clear()
    assert await screen.desk.services.imports.imports.recent() == []


async def test_a_telephone_shows_all_of_it(browser: Browser, desk: Desk) -> None:
    phone = {"width": 390, "height": 800}
    async with opened(browser, desk, "iryna", viewport=phone, color_scheme="dark") as screen:
        await screen.page.goto(f"{desk.url}/imports")
        await hand_in(screen, "c.csv", "\n".join(ROWS).encode())
        await expect(screen.page.locator("#import-preview table")).to_be_visible()
        width = await screen.page.evaluate("document.scrollingElement.scrollWidth")
        assert width <= phone["width"]
        assert await violations(screen.page) == []


async def test_operators_import_nothing(browser: Browser, desk: Desk) -> None:
    async with opened(browser, desk) as screen:
        await expect(screen.page.locator('.rail a[href="/imports"]')).to_have_count(0)
        answer = await screen.page.request.get(f"{desk.url}/imports")
        assert answer.status == 403


async def _accept(dialog: Dialog) -> None:
    await dialog.accept()
