"""An operator of a campaign in a real browser: previewing, being connected, giving results, the day's tasks."""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from telemarket.calls.tables import calls
from telemarket.calls.views import AgentState, DialMode
from telemarket.core.clock import utc_now
from telemarket.demo.past import KYIV
from telemarket.dialer.day_tasks import DayTask, TaskKind
from telemarket.dialer.model import Chosen
from telemarket.dialer.promises import Promise
from telemarket.dialer.tables import attempts
from tests.browser.screen import Screen, opened, violations
from tests.desk import INNA, Desk, running_desk
from tests.fakes.dialer import CAMPAIGN, LEAD, new_attempt, new_lead, new_lead_call

pytestmark = pytest.mark.asyncio(loop_scope="module")

PICTURES = os.environ.get("TELEMARKET_SCREENSHOTS", "")
PHONE, WIDE = {"width": 390, "height": 844}, {"width": 1280, "height": 720}
STEPAN = "+380671112233"
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
    """A lead who was called twice before and did not keep a promise."""
    async with running_desk(tmp_path) as running:
        now = utc_now()
        before = new_attempt(
            "before-1", dialed_at=now - timedelta(days=2), agent_id=running.colleague.id, outcome="answered"
        )
        noted = msgspec.structs.replace(before, note="обіцяв сплатити після зарплати")
        missed = new_attempt("before-2", dialed_at=now - timedelta(days=1))
        running.dialer.the_lead = new_lead(past=(missed, noted))
        kept = {"contact_id": None, "agent_id": running.colleague.id, "name": "", "made_at": now}
        running.dialer.promises = (
            Promise(
                id=1, lead_id=LEAD, amount=Decimal(1200), currency="UAH", due_on=now.date(), state="unpaid", **kept
            ),
        )
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def screen(browser: Browser, desk: Desk) -> AsyncIterator[Screen]:
    async with opened(browser, desk) as one:
        await one.page.add_init_script(EARS)
        await one.page.reload()
        await one.state("offline")
        await one.page.click("#primary-action")
        await one.state("ready")
        yield one


async def preview(screen: Screen, call_id: str = "c-1", number: str = STEPAN, seconds: float | None = None) -> Locator:
    """The dialer shows the operator its next lead: his card."""
    centre = screen.desk.call_centre
    call = new_lead_call(call_id, number, DialMode.PREVIEW)
    await screen.desk.services.cards.prepare(call)
    screen.desk.services.cards.push(screen.operator, call)
    until = utc_now() + timedelta(seconds=seconds) if seconds else None
    centre.set_call(screen.operator, call, AgentState.PREVIEW, until)
    await screen.state("preview")
    return screen.card(call_id)


async def connect(screen: Screen, call_id: str = "c-1", number: str = STEPAN) -> Locator:
    """Somebody the dialer called says hello, and the operator's telephone answers by itself."""
    await screen.desk.call_centre.ring(screen.operator, new_lead_call(call_id, number))
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


async def chosen(desk: Desk, count: int = 1) -> tuple[str, Chosen, int]:
    """The last result chosen, once there are so many."""
    async with asyncio.timeout(10):
        while len(desk.dialer.chosen) < count:
            await asyncio.sleep(0.02)
    return desk.dialer.chosen[-1]


async def test_a_lead_is_looked_at_then_called_by_one_key(screen: Screen, desk: Desk) -> None:
    page = screen.page
    card = await preview(screen, seconds=40)
    await expect(page.locator("#bar-caller")).to_have_text("Далі: Гнатюк Степан Орестович")
    for text in ("Нагадування про платіж", "Борг, грн", "4 200", "К-1100039", "Тарас Коваль", "після зарплати",
                 "не відповів", "Обіцяв сплатити", "1 200 UAH", "не сплачено"):  # fmt: skip
        await expect(card.locator(".lead-band")).to_contain_text(text)
    await expect(card.locator("[data-lead-until]")).to_contain_text("0:3")
    await expect(card.locator("[data-lead-dial]")).to_be_in_viewport(ratio=1)
    await picture(page, "lead-preview")
    await screen.settled()
    await page.keyboard.press("Enter")
    await screen.situation("calling")
    assert desk.call_centre.asked == [("preview_dial", screen.operator)]
    await expect(card.locator(".lead-calling")).to_be_visible()
    desk.call_centre.end(screen.operator)
    await expect(card.locator(".lead-unanswered")).to_be_visible()
    await screen.settled()
    await page.keyboard.press("Enter")
    await screen.state("ready")
    assert desk.dialer.chosen == []


async def test_a_lead_is_skipped_with_a_reason(screen: Screen, desk: Desk) -> None:
    page = screen.page
    card = await preview(screen)
    await page.keyboard.press("KeyS")
    await expect(card.locator("[data-lead-first]").first).to_be_focused()
    await picture(page, "lead-skip")
    await page.keyboard.press("Escape")
    await expect(card.locator("[data-lead-dial]")).to_be_visible()
    await page.keyboard.press("KeyS")
    await page.keyboard.press("Digit3")
    await screen.state("ready")
    card = await preview(screen, "c-2")
    await page.keyboard.press("KeyS")
    await card.locator("[name=reason]").fill("у відпустці до 1 грудня")
    await page.keyboard.press("Enter")
    await screen.state("ready")
    reasons = [asked[2] for asked in desk.call_centre.asked if asked[0] == "preview_skip"]
    assert reasons == ["bad-time", "у відпустці до 1 грудня"]


async def test_who_answers_is_on_the_screen_with_a_tone_and_nothing_rings(screen: Screen) -> None:
    page = screen.page
    title = await page.title()
    await screen.desk.call_centre.ring(screen.operator, new_lead_call("c-1", INNA))
    await screen.situation("connecting")
    card = screen.card("c-1")
    await expect(card).to_be_visible()
    await expect(card.locator(".lead-band")).to_contain_text("Нагадування про платіж")
    await page.wait_for_function("notes.length === 2")
    assert await page.title() == title
    screen.desk.call_centre.answer(screen.operator)
    await screen.situation("talking")
    await expect(card.locator(".lead-result")).to_be_visible()
    await picture(page, "lead-talking")
    assert await page.evaluate("notes.length") == 2, "one tone for one call"


async def test_a_result_by_one_key_and_on_to_the_next(screen: Screen, desk: Desk) -> None:
    page = screen.page
    card = await connect(screen)
    await page.keyboard.press("Digit1")
    call_id, result, user_id = await chosen(desk)
    [agreed, refused, *_] = (await desk.services.lead_reader.choice(1)).dispositions
    assert (call_id, result.disposition_id, user_id) == ("c-1", agreed.id, screen.operator)
    await expect(card.locator(".lead-chosen")).to_have_text(agreed.name)
    desk.call_centre.end(screen.operator)
    await page.keyboard.press("Digit2")
    assert (await chosen(desk, 2))[1].disposition_id == refused.id
    await expect(card.locator('[aria-pressed="true"]')).to_have_text(f"2 {refused.name}")
    await expect(page.locator("#primary-action")).to_have_text("Готово, далі")
    await picture(page, "lead-done")
    await screen.settled()
    await page.keyboard.press("Enter")
    await screen.state("ready")
    await expect(card).to_have_count(0)


async def test_what_needs_more_is_asked_for(screen: Screen, desk: Desk) -> None:
    page = screen.page
    card = await connect(screen)
    await page.keyboard.press("Digit5")
    await expect(card.locator("[name=amount]:visible")).to_be_focused()
    await page.keyboard.type("1 200,50")
    await picture(page, "lead-promise")
    await page.keyboard.press("Enter")
    _, promised, _ = await chosen(desk)
    tomorrow = (utc_now() + timedelta(days=1)).date()
    assert (promised.amount, promised.currency) == (Decimal("1200.50"), "UAH")
    assert promised.pay_by in (tomorrow, tomorrow + timedelta(days=1))
    await expect(card.locator(".lead-chosen")).to_contain_text("1 200,5 UAH")
    desk.call_centre.end(screen.operator)
    await page.keyboard.press("Digit3")
    due = card.locator("[name=due]:visible")
    await expect(due).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(due).to_have_count(0)
    await page.keyboard.press("Digit3")
    await due.fill("2030-03-01T10:30")
    await page.keyboard.press("Enter")
    _, callback, _ = await chosen(desk, 2)
    assert callback.due == datetime.fromisoformat("2030-03-01T10:30+02:00")


async def test_digits_typed_are_no_results(screen: Screen, desk: Desk) -> None:
    page = screen.page
    card = await connect(screen)
    await card.locator("[data-note]").focus()
    await page.keyboard.type("Каже, 1 і 2 платежі були")
    await page.keyboard.press("Escape")
    await page.keyboard.press("KeyK")
    await page.keyboard.press("Digit3")
    await expect(page.locator("#keypad-shown")).to_have_text("3")
    await page.keyboard.press("Escape")
    assert desk.dialer.chosen == []
    await page.keyboard.press("Digit2")
    await chosen(desk)
    assert len(desk.dialer.chosen) == 1


async def test_a_conversation_without_a_result_waits_in_my_day(screen: Screen, desk: Desk) -> None:
    page, centre = screen.page, desk.call_centre
    await connect(screen)
    centre.end(screen.operator)
    await expect(page.locator("#primary-action")).to_have_text("Завершити без результату")
    await keep_conversation(desk, "c-1")
    centre.make_ready(screen.operator)
    await expect(page.get_by_role("alert")).to_contain_text("Гнатюк Степан Орестович")
    await page.click("#nav-day")
    missing = page.locator("#day-missing")
    await expect(missing).to_contain_text("+380 67 111 22 33")
    await missing.get_by_role("button", name="Вказати результат").click()
    await expect(missing.locator("[data-lead]")).to_be_visible()
    await picture(page, "day-missing")
    await page.keyboard.press("Digit2")
    assert (await chosen(desk))[0] == "c-1"


async def keep_conversation(desk: Desk, call_id: str) -> None:
    """What the journal and the dialer have of a conversation that is over."""
    now = utc_now()
    call = {"id": call_id, "project_id": 1, "agent_id": desk.operator.id, "arrived_at": now, "answered_at": now}
    attempt = {"id": call_id, "campaign_id": CAMPAIGN, "lead_id": LEAD, "number": STEPAN, "claimed_at": now}
    async with desk.database.write() as connection:
        await connection.execute(calls.insert().values(call | {"ended_at": now}))
        await connection.execute(attempts.insert().values(attempt))


async def test_the_days_tasks_in_order_and_by_keyboard(screen: Screen, desk: Desk) -> None:
    page = screen.page
    await page.click("#nav-day")
    await expect(page.locator(".tasks-empty")).to_be_visible()
    desk.dialer.tasks = day(desk)
    await page.click("#nav-day")
    tasks = page.locator(".day-task")
    await expect(tasks).to_have_count(3)
    await expect(tasks.nth(0)).to_contain_text(desk.inna.name)
    await expect(tasks.nth(0).locator(".task-overdue")).to_be_visible()
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


def day(desk: Desk) -> list[DayTask]:
    """An operator's day."""
    now = utc_now()
    mine = {"day": now.astimezone(KYIV).date(), "operator_id": desk.operator.id, "campaign": "Нагадування про платіж"}
    oleh, hanna = desk.shared
    return [
        DayTask(**mine, position=1, kind=TaskKind.PROMISE, contact_id=desk.inna.id, name=desk.inna.name, rank=1,
                due_at=now - timedelta(days=1), overdue=True),
        DayTask(**mine, position=2, kind=TaskKind.LEAD, contact_id=oleh.id, name=oleh.name, rank=5, due_at=now),
        DayTask(**{**mine, "campaign": ""}, position=3, kind=TaskKind.REQUEST, contact_id=hanna.id, name=hanna.name,
                text="Уточнити ліміт на медикаменти та передзвонити."),
    ]  # fmt: skip


@pytest.mark.parametrize(("scheme", "viewport"), [("light", WIDE), ("dark", PHONE)])
async def test_nothing_bars_people_with_disabilities(
    browser: Browser, desk: Desk, scheme: str, viewport: dict[str, int]
) -> None:
    async with opened(browser, desk, color_scheme=scheme, viewport=viewport, reduced_motion="reduce") as screen:
        page, found = screen.page, {}
        card = await preview(screen, seconds=60)
        found["preview"] = await violations(page)
        await card.locator("[data-lead-open=skip]").click()
        found["skip"] = await violations(page)
        card = await connect(screen, "c-2")
        found["talking"] = await violations(page)
        await page.keyboard.press("Digit5")
        found["promise"] = await violations(page)
        await page.keyboard.press("Escape")
        await page.keyboard.press("Digit1")
        await expect(card.locator(".lead-chosen")).to_be_visible()
        desk.call_centre.end(screen.operator)
        found["done"] = await violations(page)
        desk.dialer.tasks = day(desk)
        await page.goto(desk.url + "/day")
        await expect(page.locator(".day-task")).to_have_count(3)
        found["day"] = await violations(page)
        assert {name: problems for name, problems in found.items() if problems} == {}
