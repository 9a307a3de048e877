"""The desk in a real browser, without a telephone: what an operator sees, types and hears of."""

import re
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from telemarket.calls.views import ProjectView
from telemarket.demo.outside_crm import outside_crm
from tests.browser.screen import Screen, opened, violations
from tests.desk import INNA, SHARED, Desk, running_desk
from tests.fakes.call_centre import new_call

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'{{7*7}}"


@pytest_asyncio.fixture(loop_scope="module")
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with running_desk(tmp_path) as running:
        record(running.services.settings.recordings_dir / "old-1.wav")
        yield running


def record(path: Path) -> None:
    """A second of silence."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(16000))


@pytest_asyncio.fixture(loop_scope="module")
async def screen(browser: Browser, desk: Desk) -> AsyncIterator[Screen]:
    async with opened(browser, desk) as one:
        yield one


async def test_a_call_from_ready_to_ready(screen: Screen) -> None:
    page, centre = screen.page, screen.desk.call_centre
    await page.click("#primary-action")
    await screen.state("ready")
    await screen.ring("c-1", INNA)
    await screen.state("ringing")
    await expect(screen.card("c-1")).to_contain_text("Новоха Інна Іванівна")
    await expect(page.locator("#bar-caller")).to_contain_text("Новоха")
    assert "Новоха" in await page.title()
    await page.wait_for_function("document.querySelector('link[rel=icon]').href.includes('ringing')")
    assert centre.shown == [(screen.operator, "c-1")]
    centre.answer(screen.operator)
    await screen.state("talking")
    await expect(screen.card("c-1").locator("[data-note]")).to_be_focused()
    await page.wait_for_timeout(700)  # the button ignores a second click of "Answer"
    await page.click("#primary-action")
    await screen.state("wrap-up")
    await page.wait_for_timeout(700)
    await page.click("#primary-action")
    await screen.state("ready")
    await expect(page.locator("#desk-empty")).to_be_visible()


async def test_the_whole_card_fits_a_small_screen_without_scrolling(screen: Screen) -> None:
    await screen.ring("c-1", INNA)
    box = await screen.card("c-1").locator("[data-save]").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 720
    assert await screen.page.evaluate("document.documentElement.scrollHeight <= innerHeight")


async def test_a_saved_note_stands_in_the_history_by_whom_and_when(screen: Screen) -> None:
    await screen.ring("c-1", INNA)
    screen.desk.call_centre.answer(screen.operator)
    card = screen.card("c-1")
    await expect(card.locator("[data-note]")).to_be_focused()
    await screen.page.keyboard.type("Просить передзвонити")
    await card.locator("[name=topic_id]").select_option(label="ОСЦПВ")
    await screen.page.keyboard.press("Control+Enter")
    entry = card.locator(".history .entry-now")
    await expect(entry).to_contain_text("Просить передзвонити")
    await expect(entry).to_contain_text("Олена Петренко")
    await expect(entry).to_contain_text("ОСЦПВ")
    await expect(entry.locator("time")).to_contain_text("сьогодні")
    await expect(card.locator(".saved-line")).to_contain_text("Збережено")


async def test_unsaved_words_survive_a_second_call_and_a_reload(screen: Screen) -> None:
    page, centre = screen.page, screen.desk.call_centre
    await screen.ring("c-1", INNA)
    centre.answer(screen.operator)
    await screen.card("c-1").locator("[data-note]").fill("Ще не збережено")
    centre.end(screen.operator)
    centre.make_ready(screen.operator)
    await screen.state("ready")
    await screen.ring("c-2", "+380501112233", "Степан")
    await expect(screen.card("c-1")).to_be_visible()
    await expect(screen.card("c-2")).to_be_hidden()
    tabs = page.locator("#card-tabs")
    await expect(tabs).to_contain_text("не збережено")
    await expect(tabs).to_contain_text("Степан")
    centre.answer(screen.operator)
    await expect(screen.card("c-2")).to_be_visible()
    await page.reload()
    await expect(screen.card("c-2").locator("[data-note]")).to_be_focused()
    await expect(tabs).to_contain_text("не збережено")
    await page.keyboard.press("Escape")
    await page.keyboard.press("BracketRight")
    note = screen.card("c-1").locator("[data-note]")
    await expect(note).to_be_visible()
    await expect(note).to_have_value("Ще не збережено")


async def test_hostile_names_are_text(screen: Screen) -> None:
    await screen.ring("c-1", "+380501112233", HOSTILE)
    await expect(screen.card("c-1").locator("h1")).to_have_text(HOSTILE)
    await expect(screen.page.locator("#bar-caller")).to_contain_text(HOSTILE)
    assert await screen.page.locator("#cards img, #cards script").count() == 0


async def test_the_operator_chooses_among_doubles(screen: Screen) -> None:
    await screen.ring("c-1", SHARED)
    await screen.card("c-1").get_by_role("button", name="Мельник Ганна").click()
    await expect(screen.card("c-1").locator("h1")).to_have_text("Мельник Ганна Степанівна")
    await screen.card("c-1").locator("[data-note]").fill("Замовлення")
    await screen.card("c-1").locator("[data-save]").click()
    await expect(screen.card("c-1").locator(".history")).to_contain_text("Замовлення")


async def test_a_note_for_nobody_says_what_to_do(browser: Browser, desk: Desk) -> None:
    async with opened(browser, desk) as screen:
        await screen.ring("c-1", "anonymous")
        await screen.card("c-1").locator("[data-note]").fill("?")
        await screen.card("c-1").locator("[data-save]").click()
        await expect(screen.page.get_by_role("alert").filter(has_text="Ще невідомо")).to_contain_text("Оберіть контакт")
        assert [c for c in screen.complaints if "422" in c] == screen.complaints
        screen.complaints.clear()


async def test_everything_goes_by_keyboard(screen: Screen) -> None:
    page, centre = screen.page, screen.desk.call_centre
    await page.keyboard.press("F2")
    await screen.state("ready")
    await page.keyboard.press("F8")
    await expect(page.locator("#pause-menu [data-reason]").first).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await screen.state("paused")
    await expect(page.locator("#agent-state-word")).to_contain_text("Пауза: ")
    await page.keyboard.press("?")
    await expect(page.locator("#shortcuts-dialog")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.keyboard.press("Slash")
    await expect(page.locator("#contact-search")).to_be_focused()
    await page.keyboard.type("новох")
    await expect(page.locator("#contact-results")).to_contain_text("Новоха")
    await screen.ring("c-1", INNA)
    await expect(screen.card("c-1")).to_be_visible()
    centre.answer(screen.operator)
    await screen.state("talking")
    await expect(screen.card("c-1").locator("[data-note]")).to_be_focused()
    await page.keyboard.type("F2 посеред розмови не кладе трубку")
    await page.keyboard.press("F2")
    await page.keyboard.press("F4")
    await screen.state("wrap-up")


async def test_looking_something_up_keeps_the_call_and_the_stream(screen: Screen) -> None:
    page = screen.page
    await screen.ring("c-1", INNA)
    screen.desk.call_centre.answer(screen.operator)
    await screen.card("c-1").locator("[data-note]").fill("Хвилинку")
    await page.click("#nav-calls")
    await expect(page.locator("#call-list")).to_contain_text("Новоха")
    await page.locator("#call-list a").first.click()
    await expect(page.locator("#routing")).to_be_visible()
    await page.go_back()
    await expect(page.locator("#call-list")).to_be_visible()
    await page.keyboard.press("KeyD")
    await expect(screen.card("c-1").locator("[data-note]")).to_have_value("Хвилинку")
    await screen.state("talking")
    assert screen.desk.call_centre.pages == {screen.operator: 1}


async def test_a_lost_server_is_told_and_the_page_comes_back(browser: Browser, desk: Desk) -> None:
    async with opened(browser, desk) as screen:
        await screen.page.context.set_offline(True)
        desk.services.hub.close()
        await expect(screen.page.locator("#connection-banner")).to_contain_text("Немає звʼязку")
        await screen.page.context.set_offline(False)
        await expect(screen.page.locator("#connection-banner")).to_be_hidden()
        desk.call_centre.make_ready(screen.operator)
        await screen.state("ready")
        screen.complaints.clear()  # the browser itself names each failed attempt


async def test_the_outside_crm_opens_in_one_window_for_all_calls(browser: Browser, desk: Desk) -> None:
    async with opened(browser, desk) as screen:
        page, centre = screen.page, desk.call_centre
        project = ProjectView(
            id=1,
            number="077",
            name="КАСКО",
            crm_url=desk.url + "/static/build/icon.svg?tel={{ call.ani }}",
            crm_open="window",
        )
        await page.click("#primary-action")  # browsers open windows only for people who have touched the page
        async with page.expect_popup() as popup:
            await centre.ring(screen.operator, new_call("c-1", INNA, project=project))
        crm = await popup.value
        await crm.wait_for_url(re.compile("tel=%2B38067"))
        assert await crm.evaluate("opener") is None
        centre.make_ready(screen.operator)
        await centre.ring(screen.operator, new_call("c-2", SHARED, project=project))
        await crm.wait_for_url(re.compile("tel=%2B38044"))
        assert len(page.context.pages) == 2


async def test_an_outside_crm_that_came_later_stays_when_the_card_is_completed(browser: Browser, desk: Desk) -> None:
    async with opened(browser, desk) as screen:
        address = desk.url + "/static/build/icon.svg?name={{ contact.name }}"
        project = ProjectView(id=1, number="077", name="КАСКО", crm_url=address)
        call = new_call("c-1", INNA, project=project)
        desk.services.cards.push(screen.operator, call)  # before it is known who calls
        link = screen.card("c-1").locator("[data-crm] a")
        await expect(link).to_have_attribute("href", re.compile(r"name=%D0%9D"))
        await desk.services.cards.refresh("c-1", saved_by=desk.colleague.id)
        await expect(screen.card("c-1").locator("form.request")).to_be_visible()
        await expect(link).to_be_visible()


async def test_the_outside_crm_stands_in_the_place_of_the_history(browser: Browser, desk: Desk) -> None:
    async with outside_crm() as url:
        project = await desk.services.projects.update("077", crm_url=url, crm_open="frame")
        async with opened(browser, desk) as screen:
            view = ProjectView(id=1, number="077", name=project.name, crm_url=url, crm_open="frame")
            await desk.call_centre.ring(screen.operator, new_call("c-1", INNA, project=view))
            card = screen.card("c-1")
            crm = card.frame_locator("iframe")
            await expect(crm.get_by_text("1100039")).to_be_visible()
            await expect(card.locator("[data-save]")).to_be_in_viewport(ratio=1)
            await expect(card.locator(".history")).to_be_hidden()
            await screen.page.keyboard.press("KeyH")
            await expect(card.locator("[data-history-search]")).to_be_focused()
            await expect(card.locator("iframe")).to_be_hidden()
            assert await violations(screen.page) == []


async def test_without_its_telephone_the_page_says_why_and_is_not_ready(browser: Browser, tmp_path: Path) -> None:
    async with running_desk(tmp_path, telephone="page") as desk, opened(browser, desk) as screen:
        page = screen.page
        await expect(page.locator("#telephone-status")).to_contain_text("Телефон не підключено: станція недоступна")
        await expect(page.locator("#primary-action")).to_have_attribute("aria-disabled", "true")
        await page.keyboard.press("F2")
        await expect(page.get_by_role("alert").filter(has_text="Ще не можна бути готовим")).to_be_visible()
        await screen.state("offline")
        screen.complaints.clear()  # the browser itself names each failed attempt


@pytest.mark.parametrize(
    ("language", "ready", "save"),
    [("uk", "Готовий", "Зберегти"), ("ru", "Готов", "Сохранить"), ("en", "Ready", "Save")],
)
async def test_three_languages(browser: Browser, desk: Desk, language: str, ready: str, save: str) -> None:
    await desk.services.identity.update_user(desk.operator.id, language=language)
    async with opened(browser, desk) as screen:
        await expect(screen.page.locator("html")).to_have_attribute("lang", language)
        await expect(screen.page.locator("#primary-action")).to_have_text(ready)
        await screen.ring("c-1", INNA)
        await expect(screen.card("c-1").locator("[data-save]")).to_contain_text(save)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 720}, {"width": 390, "height": 844}])
async def test_nothing_bars_people_with_disabilities(
    browser: Browser, desk: Desk, scheme: str, viewport: dict[str, int]
) -> None:
    async with opened(browser, desk, color_scheme=scheme, viewport=viewport, reduced_motion="reduce") as screen:
        page = screen.page
        found = {"empty": await violations(page)}
        await screen.ring("c-1", INNA)
        found["ringing"] = await violations(page)
        screen.desk.call_centre.answer(screen.operator)
        await screen.card("c-1").locator("[data-note]").fill("…")
        screen.desk.call_centre.end(screen.operator)
        screen.desk.call_centre.make_ready(screen.operator)
        await screen.ring("c-2", SHARED)
        screen.desk.call_centre.answer(screen.operator)
        await expect(screen.card("c-2")).to_be_visible()
        found["chooser"] = await violations(page)
        for name, path in {"calls": "/calls", "call": "/calls/old-1", "contacts": "/contacts?q=мель"}.items():
            await page.goto(screen.desk.url + path)
            await screen.state("talking")
            found[name] = await violations(page)
        assert {name: problems for name, problems in found.items() if problems} == {}
