"""Contacts in a real browser: found while typing, completed in the form, doubles made into one."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from telemarket.contacts.attributes import AttributeType
from telemarket.contacts.model import ContactFields
from tests.browser.screen import Screen, opened, violations
from tests.desk import SHARED, Desk, running_desk

pytestmark = pytest.mark.asyncio(loop_scope="module")

PICTURES = os.environ.get("TELEMARKET_SCREENSHOTS", "")


@pytest_asyncio.fixture(loop_scope="module")
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with running_desk(tmp_path) as running:
        contacts = running.services.contacts
        await contacts.attributes.define(AttributeType(id=0, name="Діє до", kind="date"), None)
        company = await contacts.create(ContactFields(kind="company", name="ТОВ «Борис»", region="Львів"))
        await contacts.create(
            ContactFields(
                name="Шевченко Іван Петрович",
                company="ТОВ «Борис»",
                company_id=company.id,
                region="Київ",
                categories=("ДМС",),
                emails=("ivan@borys.example",),
                attributes={"Діє до": "31.12.2026"},
                do_not_call=True,
                phones=(("mobile", "+380671112233"), ("main", "+380442379000")),
            ),
            running.operator.id,
        )
        await contacts.create(ContactFields(name="Шевчук Марія", region="Львів"))
        await contacts.ensure_for_caller("0971234567", "")
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def screen(browser: Browser, desk: Desk) -> AsyncIterator[Screen]:
    async with opened(browser, desk, "iryna", locale="uk-UA") as one:
        await one.page.goto(f"{desk.url}/contacts")
        yield one


async def seen(page: Page, name: str) -> None:
    """Nothing that axe objects to, in either theme; a picture if $TELEMARKET_SCREENSHOTS says where."""
    for scheme in ("dark", "light"):
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert await violations(page) == [], (name, scheme)
        if PICTURES:
            await page.screenshot(path=Path(PICTURES) / f"contacts-{name}-{scheme}.png")


async def test_typing_finds_and_the_keyboard_opens(screen: Screen) -> None:
    page = screen.page
    names = page.locator(".result-name")
    await page.locator("#contact-search").press_sequentially("itdx")  # the layout was not switched
    await expect(names).to_have_text(["Шевченко Іван Петрович", "Шевчук Марія"])
    await expect(page.locator("#contact-count")).to_contain_text("шевч")
    await page.fill("#contact-search", "shev")
    await expect(page.locator("#contact-count")).to_have_text("Знайдено 2 контакти")
    await expect(names).to_have_text(["Шевченко Іван Петрович", "Шевчук Марія"])
    await seen(page, "found")
    await page.focus("#contact-search")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await expect(names.nth(1)).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await expect(names.first).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await expect(page.locator("#contact-search")).to_be_focused()
    await page.fill("#contact-search", "шевчук")
    await page.keyboard.press("Enter")
    await expect(page.locator(".who-name")).to_have_text("Шевчук Марія")


async def test_filters_stand_in_the_address(screen: Screen) -> None:
    page = screen.page
    await page.get_by_text("Незаповнені").click()
    await expect(page.locator(".result-name")).to_have_text(["+380 97 123 45 67"])
    assert "incomplete=1" in page.url
    await page.reload()
    await expect(page.locator(".result-name")).to_have_text(["+380 97 123 45 67"])
    await page.goto(f"{screen.desk.url}/contacts?q=zzz&region=Київ")
    await expect(page.locator("#contact-results")).to_contain_text("Нікого не знайдено")
    await seen(page, "nobody")


async def test_a_card_tells_everything_and_a_wrong_value_stays_to_be_mended(screen: Screen) -> None:
    page = screen.page
    await page.goto(f"{screen.desk.url}/contacts?q=шевченко")
    await page.locator(".result-name").first.click()
    who = page.locator(".who")
    for shown in ("31.12.2026", "Не телефонувати", "ДМС", "ivan@borys.example"):
        await expect(who).to_contain_text(shown)
    await seen(page, "card")
    await page.click("[data-edit-contact]")
    mails = page.locator("input[name=email]")
    await mails.last.fill("не пошта")
    await expect(mails).to_have_count(3)  # another empty row
    await page.locator(".contact-form .save").click()
    await expect(page.locator(".field-error")).to_contain_text("не пошта")
    await expect(mails.nth(1)).to_be_focused()
    await seen(page, "form")
    await mails.nth(1).fill("ivan@ukr.example")
    await expect(page.locator(".field-error")).to_have_count(0)
    await page.locator(".contact-form .save").click()
    await expect(who).to_contain_text("ivan@ukr.example")
    screen.complaints.clear()  # the browser's own, of the refusal
    await page.get_by_role("link", name="Зміни").click()
    await expect(page.locator(".change-list ins").first).to_contain_text("ivan@ukr.example")
    await seen(page, "changes")


async def test_a_form_that_somebody_was_faster_than_asks_again(screen: Screen) -> None:
    page, contacts = screen.page, screen.desk.services.contacts
    [contact] = await contacts.search("шевчук марія")
    await page.goto(f"{screen.desk.url}/contacts/{contact.id}")
    await page.click("[data-edit-contact]")
    await page.fill("[name=position]", "лікар")
    await contacts.update(contact.id, ContactFields(position="головний лікар", site="shevchuk.example"), None)
    await page.locator(".contact-form .save").click()
    await expect(page.locator(".contact-form [role=alert]")).to_contain_text("головний лікар")
    await expect(page.locator("[name=position]")).to_have_value("лікар")
    await seen(page, "form-again")
    await page.locator(".contact-form .save").click()
    await expect(page.locator(".who")).to_contain_text("shevchuk.example")
    assert (await contacts.get(contact.id)).position == "лікар"


async def test_a_company_names_its_people(screen: Screen) -> None:
    page = screen.page
    await page.goto(f"{screen.desk.url}/contacts?q=борис&kind=company")
    await page.locator(".result-name").first.click()
    await page.locator(".company-people").get_by_role("link", name="Шевченко Іван Петрович").click()
    await expect(page.locator(".who-name")).to_have_text("Шевченко Іван Петрович")


async def test_doubles_become_one_and_two_again(screen: Screen) -> None:
    page, contacts = screen.page, screen.desk.services.contacts
    twin = await contacts.create(ContactFields(name="Мельник Ганна", company="Клініка", phones=(("home", SHARED),)))
    await page.click("#nav-contacts")
    await page.click("#contact-doubles")
    await seen(page, "all-doubles")
    await expect(page.locator(f'a[href$="with={twin.id}"]')).to_be_visible()
    await page.goto(f"{screen.desk.url}/contacts/{screen.desk.shared[1].id}/doubles")
    await seen(page, "doubles")
    await page.locator(f'a[href$="with={twin.id}"]').click()
    await page.get_by_role("radio", name="Клініка", exact=True).check()
    await seen(page, "merge")
    await page.locator("#merge-form .save").click()
    await expect(page.locator(".notice-act")).to_be_visible()
    await expect(page.locator(".change-list")).to_contain_text("Клініка")
    await seen(page, "merged")
    page.once("dialog", lambda dialog: dialog.accept())
    await page.click("[data-undo]")
    await expect(page.locator(".notice-act")).to_have_count(0)
    screen.complaints.clear()  # the question


async def test_personal_data_are_not_erased_by_accident(browser: Browser, desk: Desk) -> None:
    await desk.services.identity.update_user(desk.senior.id, role="administrator")
    async with opened(browser, desk, "iryna", locale="uk-UA") as screen:
        page = screen.page
        await page.goto(f"{desk.url}/contacts/1/personal")
        await seen(page, "personal")
        async with page.expect_download() as handed_out:
            await page.click("#export-person")
        assert (await handed_out.value).suggested_filename == "contact-1.zip"
        await page.click("#erase-form .btn-danger")
        await expect(page.locator("#erase-form input")).to_be_focused()  # the number has not been typed
        await page.fill("#erase-form input", "1")
        await page.click("#erase-form .btn-danger")
        await expect(page.locator("#contact-search")).to_be_visible()


async def test_further_values_and_a_telephones_screen(screen: Screen) -> None:
    page = screen.page
    await page.goto(f"{screen.desk.url}/contacts/attributes")
    await page.get_by_role("button", name="Діє до").click()
    await expect(page.locator("#attribute-form [name=name]")).to_have_value("Діє до")
    await seen(page, "attributes")
    await page.set_viewport_size({"width": 390, "height": 844})
    for path in (
        "/contacts?q=шевч",
        "/contacts/1",
        "/contacts/1/changes",
        "/contacts/2/doubles",
        "/contacts/attributes",
    ):
        await page.goto(screen.desk.url + path)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        await seen(page, "phone" + path.replace("/", "-").replace("?", "-"))
