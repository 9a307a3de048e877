"""An operator of a campaign in a real browser: previewing, being connected, giving results, the day's tasks."""

import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from telemarket.calls.views import DialMode
from telemarket.casework.tables import requests
from telemarket.core.clock import utc_now
from telemarket.demo.past import KYIV
from telemarket.dialer.tables import day_tasks
from tests.browser.screen import Screen, opened, violations
from tests.campaign import NAME, WHO, Reminders, new_reminders
from tests.desk import INNA, Desk, running_desk

pytestmark = pytest.mark.asyncio(loop_scope="module")

PICTURES = os.environ.get("TELEMARKET_SCREENSHOTS", "")
PHONE, WIDE = {"width": 390, "height": 844}, {"width": 1280, "height": 720}
# Notes when each note of a tone begins, without which no test could hear that it was played.
EARS = """
window.notes = [];
window.OscillatorNode = class extends OscillatorNode {
  start(at) {
    window.notes.push(this.frequency.value);
    super.start(at);
  }
};
"""


@pytest_asyncio.fixture(loop_scope="module")
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with running_desk(tmp_path) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def campaign(desk: Desk) -> Reminders:
    """A lead who was called twice before and promised to pay."""
    reminders = await new_reminders(desk)
    await reminders.past()
    return reminders


@pytest_asyncio.fixture(loop_scope="module")
async def screen(browser: Browser, desk: Desk) -> AsyncIterator[Screen]:
    async with opened(browser, desk) as one:
        await one.page.add_init_script(EARS)
        await one.page.reload()
        await one.state("offline")
        await one.page.click("#primary-action")
        await one.state("ready")
        yield one


async def preview(screen: Screen, campaign: Reminders, call_id: str = "c-1", seconds: float | None = None) -> Locator:
    """The dialer shows the operator its next lead: his card."""
    await campaign.preview(call_id, seconds)
    await screen.state("preview")
    card = screen.card(call_id)
    await expect(card.locator("[data-lead-open=skip]")).to_be_visible()  # the card may come after the state
    return card


async def connect(screen: Screen, campaign: Reminders, call_id: str = "c-1") -> Locator:
    """Somebody the dialer called says hello, and the operator's telephone answers by itself."""
    await campaign.connect(call_id)
    await screen.situation("connecting")
    screen.desk.call_centre.answer(screen.operator)
    await screen.situation("talking")
    return screen.card(call_id)


async def picture(page: Page, name: str) -> None:
    """Save how the page looks in either theme, on a desk and on a phone, if $TELEMARKET_SCREENSHOTS says where."""
    if not PICTURES:
        return
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for size in (PHONE, WIDE):
            await page.set_viewport_size(size)  # type: ignore[arg-type]
            await page.screenshot(path=Path(PICTURES) / f"{name}-{size['width']}-{scheme}.png")
    await page.emulate_media(color_scheme="light")


async def test_a_lead_is_looked_at_then_called_by_one_key(screen: Screen, campaign: Reminders) -> None:
    page, centre = screen.page, screen.desk.call_centre
    card = await preview(screen, campaign, seconds=40)
    await expect(page.locator("#bar-caller")).to_have_text(f"Далі: {WHO}")
    for text in (NAME, "Борг, грн", "4 200", "К-1100039", "Тарас Коваль", "після зарплати", "не відповів",
                 "Обіцяв сплатити", "1 200 UAH"):  # fmt: skip
        await expect(card.locator(".lead-band")).to_contain_text(text)
    await expect(card.locator("[data-lead-until]")).to_contain_text("0:3")
    await expect(card.locator("[data-lead-dial]")).to_be_in_viewport(ratio=1)
    await picture(page, "lead-preview")
    await screen.settled()
    await page.keyboard.press("Enter")
    await screen.situation("calling")
    assert centre.asked == [("preview_dial", screen.operator)]
    await expect(card.locator(".lead-calling")).to_be_visible()
    centre.end(screen.operator)
    await expect(card.locator(".lead-unanswered")).to_be_visible()
    await screen.settled()
    await page.keyboard.press("Enter")
    await screen.state("ready")


async def test_enter_calls_nobody_whose_card_is_not_before_the_operators_eyes(
    screen: Screen, campaign: Reminders
) -> None:
    page, centre = screen.page, screen.desk.call_centre
    card = await preview(screen, campaign, seconds=40)
    await screen.settled()
    await page.get_by_role("link", name="Мій день").click()
    await expect(card).to_be_hidden()
    await page.locator("body").press("Enter")
    await screen.state("preview")
    assert centre.asked == []


async def test_a_lead_is_skipped_with_a_reason(screen: Screen, campaign: Reminders) -> None:
    page = screen.page
    card = await preview(screen, campaign)
    await page.keyboard.press("KeyS")
    await expect(card.locator("[data-lead-first]").first).to_be_focused()
    await picture(page, "lead-skip")
    await page.keyboard.press("Escape")
    await expect(card.locator("[data-lead-dial]")).to_be_visible()
    await page.keyboard.press("KeyS")
    await page.keyboard.press("Digit3")
    await screen.state("ready")
    card = await preview(screen, campaign, "c-2")
    await page.keyboard.press("KeyS")
    await card.locator("[name=reason]").fill("у відпустці до 1 грудня")
    await page.keyboard.press("Enter")
    await screen.state("ready")
    reasons = [asked[2] for asked in screen.desk.call_centre.asked if asked[0] == "preview_skip"]
    assert reasons == ["bad-time", "у відпустці до 1 грудня"]


async def test_who_answers_is_on_the_screen_with_a_tone_and_nothing_rings(screen: Screen, campaign: Reminders) -> None:
    page, centre = screen.page, screen.desk.call_centre
    title = await page.title()
    await centre.ring(screen.operator, campaign.call("c-1", DialMode.PREDICTIVE, INNA))
    await screen.situation("connecting")
    card = screen.card("c-1")
    await expect(card.locator(".lead-band")).to_contain_text(NAME)
    await page.wait_for_function("notes.length === 2")
    assert await page.title() == title
    centre.answer(screen.operator)
    await screen.situation("talking")
    await expect(card.locator(".lead-result")).to_be_visible()
    await expect(card.locator("[data-save]")).to_be_in_viewport(ratio=1)
    await picture(page, "lead-talking")
    assert await page.evaluate("notes.length") == 2, "one tone for one call"


async def test_a_result_by_one_key_and_on_to_the_next(screen: Screen, campaign: Reminders) -> None:
    page = screen.page
    card = await connect(screen, campaign)
    agreed, *_ = await screen.desk.services.dispositions.of_project(1)
    await page.keyboard.press("Digit1")
    await expect(card.locator(".lead-chosen")).to_have_text(agreed.name)
    assert await campaign.chosen("c-1") == agreed.name
    screen.desk.call_centre.end(screen.operator)
    await expect(page.locator("#primary-action")).to_have_text("Готово, далі")
    await page.keyboard.press("Digit6")
    later = await campaign.offered("retry")
    await expect(card.locator('[aria-pressed="true"]')).to_have_text(f"6 {later.name}")
    assert await campaign.chosen("c-1") == later.name
    await picture(page, "lead-done")
    await screen.settled()
    await page.keyboard.press("Enter")
    await screen.state("ready")
    await expect(card).to_have_count(0)


async def test_what_needs_more_is_asked_for(screen: Screen, campaign: Reminders) -> None:
    page = screen.page
    card = await connect(screen, campaign)
    promise, callback = [await campaign.offered(act) for act in ("promise", "callback-mine")]
    await page.keyboard.press(f"Digit{promise.key}")
    await expect(card.locator("[name=amount]:visible")).to_be_focused()
    await page.keyboard.type("багато")
    await page.keyboard.press("Enter")
    await expect(card.locator(".field-error")).to_have_text("Це не сума грошей.")
    await page.keyboard.press("Control+A")
    await page.keyboard.type("1 200,50")
    await picture(page, "lead-promise")
    await page.keyboard.press("Enter")
    await expect(card.locator(".lead-chosen")).to_contain_text("1 200,5 UAH")
    screen.desk.call_centre.end(screen.operator)
    await page.keyboard.press(f"Digit{callback.key}")
    due = card.locator("[name=due]:visible")
    await expect(due).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(due).to_have_count(0)
    await page.keyboard.press(f"Digit{callback.key}")
    tomorrow = (utc_now() + timedelta(days=1)).astimezone(KYIV)
    await due.fill(f"{tomorrow:%Y-%m-%d}T10:30")
    await page.keyboard.press("Enter")
    await expect(card.locator(".lead-chosen")).to_contain_text("завтра 10:30")
    assert await campaign.chosen("c-1") == callback.name
    assert [complaint for complaint in screen.complaints if "422" in complaint] == screen.complaints
    screen.complaints.clear()


async def test_news_of_a_lead_waits_until_what_is_being_typed_is_done_with(screen: Screen, campaign: Reminders) -> None:
    page = screen.page
    card = await connect(screen, campaign)
    promise, agreed = [await campaign.offered(act) for act in ("promise", "close")]
    await page.keyboard.press(f"Digit{promise.key}")
    amount = card.locator("[name=amount]:visible")
    await amount.fill("1 200")
    chosen = {"call_id": "c-1", "disposition_id": str(agreed.id)}
    answer = await page.request.post(
        f"{screen.desk.url}/desk/lead/result", form=chosen, headers={"Origin": screen.desk.url}
    )
    assert answer.ok, "another page of his gives a result"
    screen.desk.call_centre.end(screen.operator)
    await expect(page.locator("#primary-action")).to_have_text("Готово, далі")
    await expect(amount).to_have_value("1 200")
    await expect(amount).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(card.locator(".lead-chosen")).to_have_text(agreed.name)
    await page.keyboard.press(f"Digit{promise.key}")
    await amount.fill("300")
    await page.keyboard.press("Enter")
    await expect(card.locator(".lead-chosen")).to_contain_text("300 UAH")
    await expect(amount).to_have_count(0)


async def test_digits_typed_are_no_results(screen: Screen, campaign: Reminders) -> None:
    page = screen.page
    card = await connect(screen, campaign)
    await card.locator("[data-note]").focus()
    await page.keyboard.type("Каже, 1 і 2 платежі були")
    await page.keyboard.press("Escape")
    await page.keyboard.press("KeyK")
    await page.keyboard.press("Digit1")
    await expect(page.locator("#keypad-shown")).to_have_text("1")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Digit2")
    _, refused, *_ = await screen.desk.services.dispositions.of_project(1)
    await expect(card.locator(".lead-chosen")).to_have_text(refused.name)
    assert await campaign.chosen("c-1") == refused.name


async def test_a_conversation_without_a_result_waits_in_my_day(screen: Screen, campaign: Reminders) -> None:
    page, centre = screen.page, screen.desk.call_centre
    await campaign.attempt("c-1", screen.operator, outcome="answered")
    await centre.ring(screen.operator, campaign.call("c-1", DialMode.PREDICTIVE))
    centre.answer(screen.operator)
    centre.end(screen.operator)
    await expect(page.locator("#primary-action")).to_have_text("Завершити без результату")
    centre.make_ready(screen.operator)
    await expect(page.get_by_role("alert")).to_contain_text(WHO)
    await page.click("#nav-day")
    missing = page.locator("#day-missing")
    await expect(missing).to_contain_text(WHO)
    await missing.get_by_role("button", name="Вказати результат").click()
    await expect(missing.locator("[data-lead]")).to_be_visible()
    await picture(page, "day-missing")
    await page.keyboard.press("Digit2")
    await expect(missing).to_be_hidden()
    assert await campaign.chosen("c-1") != ""


async def test_one_conversation_at_a_time_has_the_keys(screen: Screen, desk: Desk, campaign: Reminders) -> None:
    page = screen.page
    for call_id, other in (("c-1", {"lead_id": 901}), ("c-2", {"lead_id": 902}), ("c-3", {})):
        await campaign.attempt(call_id, screen.operator, outcome="answered", **other)
    await page.goto(desk.url + "/day")
    give, opened_ones = page.locator("#day-missing .day-actions button"), page.locator("#day-missing [data-lead]")
    await expect(give).to_have_count(3)
    await give.nth(1).click()
    await expect(page.locator("#result-2 [data-lead]")).to_be_focused()
    await give.nth(0).click()
    await expect(opened_ones).to_have_count(1)
    await expect(page.locator("#result-1 [data-lead]")).to_be_focused()
    await page.keyboard.press("Digit2")
    await expect(give).to_have_count(2)
    await expect(give.nth(0)).to_be_focused()
    assert await campaign.chosen("c-3") != ""
    assert [await campaign.chosen(call_id) for call_id in ("c-1", "c-2")] == ["", ""]


async def test_a_task_that_left_the_list_meanwhile_takes_no_others_place(screen: Screen, desk: Desk) -> None:
    page = screen.page
    await plan_day(desk)
    await page.goto(desk.url + "/day")
    tasks = page.locator(".day-task")
    await expect(tasks).to_have_count(3)
    async with desk.database.write() as connection:
        await connection.execute(day_tasks.delete().where(day_tasks.c.position == 1))
        earlier = day_tasks.update().where(day_tasks.c.position == 2).values(position=1)
        await connection.execute(earlier)
    await tasks.nth(0).get_by_role("button", name="Виконано").click()
    await expect(page.locator("#day-tasks [role=alert]")).to_contain_text("нічого не позначено")
    await picture(page, "day-moved")
    await expect(tasks).to_have_count(2)
    await expect(page.locator(".day-task.is-done")).to_have_count(0)


async def test_the_days_tasks_in_order_and_by_keyboard(screen: Screen, desk: Desk, campaign: Reminders) -> None:
    page = screen.page
    await page.click("#nav-day")
    await expect(page.locator(".tasks-empty")).to_be_visible()
    await plan_day(desk)
    await page.click("#nav-day")
    tasks = page.locator(".day-task")
    await expect(tasks).to_have_count(3)
    await expect(tasks.nth(0)).to_contain_text(desk.inna.name)
    await expect(tasks.nth(0).locator(".task-overdue")).to_be_visible()
    await expect(tasks.nth(2)).to_contain_text("Уточнити ліміт")
    await picture(page, "day")
    await tasks.nth(0).get_by_role("button", name="Виконано").click()
    await expect(tasks.nth(2)).to_have_class("task day-task is-done")
    await expect(tasks.nth(0).locator(".day-open")).to_be_focused()
    await expect(page.locator("#tasks-title")).to_contain_text("2 з 3")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Enter")
    await expect(page.locator("h1").filter(has_text=desk.shared[0].name)).to_be_visible()
    await page.goto(desk.url + "/day?day=tomorrow")
    await expect(page.locator(".tasks-empty")).to_be_visible()


async def plan_day(desk: Desk) -> None:
    """What the night has left for the operator."""
    now, (oleh, hanna) = utc_now(), desk.shared
    mine = {"day": now.astimezone(KYIV).date(), "operator_id": desk.operator.id}
    request = {"contact_id": hanna.id, "project_id": 1, "created_at": now, "updated_at": now}
    rows = (
        {"position": 1, "kind": "promise", "lead_id": 901, "contact_id": desk.inna.id, "rank": 1,
         "due_at": now - timedelta(days=1), "overdue": True},
        {"position": 2, "kind": "lead", "lead_id": 902, "contact_id": oleh.id, "rank": 5, "due_at": now},
        {"position": 3, "kind": "request", "contact_id": hanna.id, "request_id": 100},
    )  # fmt: skip
    async with desk.database.write() as connection:
        await connection.execute(requests.insert().values(id=100, text="Уточнити ліміт на медикаменти.", **request))
        for row in rows:
            await connection.execute(day_tasks.insert().values(mine | row))


@pytest.mark.parametrize(("scheme", "viewport"), [("light", WIDE), ("dark", PHONE)])
async def test_nothing_bars_people_with_disabilities(
    browser: Browser, desk: Desk, campaign: Reminders, scheme: str, viewport: dict[str, int]
) -> None:
    async with opened(browser, desk, color_scheme=scheme, viewport=viewport, reduced_motion="reduce") as screen:
        page, found = screen.page, {}
        card = await preview(screen, campaign, seconds=60)
        await card.locator("[data-lead-open=skip]").click()
        found["preview"] = await violations(page)
        card = await connect(screen, campaign, "c-2")
        promise = await campaign.offered("promise")
        await page.keyboard.press(f"Digit{promise.key}")
        found["promise"] = await violations(page)
        await page.keyboard.press("Escape")
        await page.keyboard.press("Digit1")
        await expect(card.locator(".lead-chosen")).not_to_be_empty()
        screen.desk.call_centre.end(screen.operator)
        found["done"] = await violations(page)
        await plan_day(desk)
        await page.goto(desk.url + "/day")
        await expect(page.locator(".day-task")).to_have_count(3)
        found["day"] = await violations(page)
        assert {name: problems for name, problems in found.items() if problems} == {}
