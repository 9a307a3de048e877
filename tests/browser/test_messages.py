"""Messages to customers in a real browser: written with values, sent by a result, seen on the card and the list."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Dialog, Page, expect

from telemarket.dialer.model import Act, Chosen
from telemarket.messaging.model import MessageState
from tests.browser.screen import Screen, opened, violations
from tests.campaign import new_reminders
from tests.desk import Desk, running_desk
from tests.messages import message, sent_by_result, written

TEXTS = "/projects/077/messages"
PAGES = (TEXTS, "/projects/077/results", "/messages", "/messages?state=sent", "/contacts/1")

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


async def test_a_text_is_written_with_values_and_given_to_a_result(screen: Screen) -> None:
    page, desk = screen.page, screen.desk
    await page.goto(f"{desk.url}{TEXTS}")
    await page.click('[id="add-templates"]')
    name = page.locator('[name="templates[0].name"]')
    await expect(name).to_be_focused()
    await name.fill("Реквізити")
    body = page.locator('[name="templates[0].body"]')
    await body.fill(", сплатіть за договором .")
    await body.press("Home")
    await page.click(".message-values summary")
    await page.click('[data-insert="{{ customer.name }}"]')
    await expect(body).to_have_value("{{ customer.name }}, сплатіть за договором .")
    await body.press("End")
    await body.press("ArrowLeft")
    await page.click('[data-insert*="…"]')
    await page.keyboard.type("Договір")
    await expect(body).to_have_value('{{ customer.name }}, сплатіть за договором {{ customer.values["Договір"] }}.')
    shown = page.locator(".message-preview")
    await expect(shown.locator(".message-bubble")).to_have_text("Ганна Коваль, сплатіть за договором Договір.")
    await expect(shown).to_contain_text("SMS")

    subject = page.locator('[name="templates[0].subject"]')
    await expect(subject).to_be_hidden()
    await page.select_option('[name="templates[0].channel"]', "mail")
    await expect(subject).to_be_visible()
    await expect(page.locator(".message-template .notice")).to_be_visible()  # no mail server
    await expect(shown).not_to_contain_text("SMS")
    await page.keyboard.press("Control+Enter")
    await expect(subject).to_have_attribute("aria-invalid", "true")
    await page.select_option('[name="templates[0].channel"]', "sms")
    await save(page)

    await page.click('.project-tabs a[href$="/results"]')
    await page.select_option('[name="dispositions[0].template_id"]', label="Реквізити")
    await save(page)
    (result, *_) = await desk.services.dispositions.of_project(1)
    (template,) = await desk.services.templates.of_project(1)
    assert result.template_id == template.id


async def save(page: Page) -> None:
    await page.click(".plan-save .btn-primary")
    await expect(page.locator('.plan-save [role="status"] span')).to_be_visible()


async def test_an_operator_knows_what_a_result_sends_before_it_is_chosen(browser: Browser, desk: Desk) -> None:
    _, sms = await written(desk)
    result = await sent_by_result(desk, Act.CLOSE, sms)
    campaign = await new_reminders(desk)
    async with opened(browser, desk, locale="uk-UA") as screen:
        await campaign.connect("c-1")
        desk.call_centre.answer(desk.operator.id)
        key = screen.card("c-1").get_by_role("button", name="надсилає SMS «Реквізити»")
        await expect(key).to_have_attribute("title", "надсилає SMS «Реквізити»")
        await expect(key).to_contain_text(result.name)
        await expect(screen.card("c-1").locator('[data-lead-keys] use[href$="#messages"]')).to_have_count(1)
        assert await violations(screen.page) == []
        desk.services.cards.chosen("c-1", Chosen(disposition_id=result.id))
        chosen = screen.card("c-1").locator(".lead-chosen")
        await expect(chosen).to_contain_text(f"{result.name} (надсилає SMS «Реквізити»)")


async def test_a_supervisor_sees_to_what_was_not_sent(screen: Screen) -> None:
    page, desk = screen.page, screen.desk
    mail, sms = await written(desk)
    await message(desk, mail, MessageState.SENT, call_id=None)
    unknown = await message(desk, sms, MessageState.UNKNOWN, "Невідомо", call_id=None)
    waits = await message(desk, sms, call_id=None)
    await page.click('.rail a[href="/messages"]')
    await expect(page.locator(".message")).to_have_count(3)
    whole = page.locator(f"#message-{waits} .message-whole")
    await expect(whole).to_be_hidden()
    await page.locator(f"#message-{waits} summary").press("Enter")
    await expect(whole).to_contain_text("сплатіть 4200 грн.")

    asked: list[str] = []

    async def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        await dialog.accept()

    page.once("dialog", answer)
    await page.click(f"#act-{unknown}")
    await expect(page.locator(f'#message-{unknown} [data-state="queued"]')).to_be_visible()
    assert "двічі" in asked[0]
    await page.click(f"#act-{waits}")
    await expect(page.locator(f'#message-{waits} [data-state="withdrawn"]')).to_be_visible()
    await page.locator('.pill:has([value="withdrawn"])').click()
    await expect(page.locator(".message")).to_have_count(1)
    assert page.url.endswith("/messages?state=withdrawn&project=&channel=")
    await page.reload()
    await expect(page.locator(".message")).to_have_count(1)
    await page.select_option("[name=channel]", "mail")
    await expect(page.locator("#message-results .empty")).to_be_visible()
    screen.complaints[:] = [each for each in screen.complaints if not each.startswith("dialog")]


async def test_every_page_is_readable_by_everybody(browser: Browser, desk: Desk) -> None:
    await _filled(desk)
    async with opened(browser, desk, "iryna", locale="uk-UA") as screen:
        for path in PAGES:
            await screen.page.goto(f"{desk.url}{path}")
            await expect(screen.page.locator("#view :is(h1, article)").first).to_be_visible()
            assert await violations(screen.page) == [], path


async def test_a_telephone_shows_all_of_it_also_in_the_dark(browser: Browser, desk: Desk) -> None:
    await _filled(desk)
    phone = {"width": 390, "height": 844}
    async with opened(browser, desk, "iryna", viewport=phone, color_scheme="dark", locale="uk-UA") as screen:
        for path in PAGES:
            await screen.page.goto(f"{desk.url}{path}")
            await expect(screen.page.locator("#view :is(h1, article)").first).to_be_visible()
            assert await screen.page.evaluate("document.getElementById('main').scrollWidth <= innerWidth"), path
            assert await violations(screen.page) == [], path


async def _filled(desk: Desk) -> None:
    """A message in every state, and a result that sends one."""
    mail, sms = await written(desk)
    await sent_by_result(desk, Act.CLOSE, sms)
    for state in MessageState:
        await message(desk, sms, state, "Номер не існує" if state is MessageState.FAILED else "", call_id=None)
    await message(desk, mail, MessageState.SENT, call_id=None)
