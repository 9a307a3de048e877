"""What an operator does with his call at the desk, by mouse and by keyboard, in a real browser without a telephone."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Self
from urllib.parse import urlencode

import msgspec
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route, expect
from playwright.async_api import Error as PlaywrightError

from telemarket.calls.views import AgentState, BoardChanged, CallState, PartyView
from tests.browser.screen import Screen, opened, violations
from tests.desk import INNA, SHARED, Desk, running_desk
from tests.fakes.call_centre import KASKO, SLOT, FakeCallCentre, new_call, new_queue

pytestmark = pytest.mark.asyncio(loop_scope="module")

UNKNOWN = "+380501112233"
# Texts that do not fit where they stand.
CUT_SHORT = """(selector) => [...document.querySelectorAll(selector)]
  .filter((box) => box.scrollWidth > box.clientWidth && getComputedStyle(box).overflow !== "visible")
  .map((box) => box.textContent)"""


@pytest_asyncio.fixture(loop_scope="module")
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with running_desk(tmp_path) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def screen(browser: Browser, desk: Desk) -> AsyncIterator[Screen]:
    async with opened(browser, desk) as one:
        yield one


@pytest.fixture
def centre(desk: Desk) -> FakeCallCentre:
    return desk.call_centre


async def pressed(screen: Screen, selector: str, on: bool) -> None:
    await expect(screen.page.locator(selector)).to_have_attribute("aria-pressed", str(on).lower())


async def test_hold_mute_and_the_recordings_pause_by_mouse(screen: Screen, centre: FakeCallCentre) -> None:
    await screen.talk("c-1", INNA)
    for value, name in ((True, "Зняти"), (False, "Утримати")):
        await screen.page.click("#hold")
        await expect(screen.page.locator("#hold")).to_have_text(name)
        assert centre.asked[-1][:3] == ("hold", screen.operator, value)
    for selector, command, values in (
        ("#mute", "mute", (True, False)),
        ("#recording-pause", "set_recording", (False, True)),
    ):
        for value in values:
            await screen.page.click(selector)
            await pressed(screen, selector, value is values[0])
            assert centre.asked[-1][:3] == (command, screen.operator, value)
    assert centre.asked[-1] == ("set_recording", screen.operator, True, "button")


async def test_hold_mute_and_the_recordings_pause_by_keyboard_while_typing(
    screen: Screen, centre: FakeCallCentre
) -> None:
    await screen.talk("c-1", INNA)
    await screen.page.locator("[data-note]").focus()
    await screen.page.keyboard.press("F6")
    await screen.situation("held")
    await expect(screen.page.locator("#strip-text")).to_contain_text("0:0")
    await screen.page.keyboard.press("F9")
    await pressed(screen, "#mute", True)
    await screen.page.keyboard.press("Shift+F9")
    await pressed(screen, "#recording-pause", True)
    await screen.page.keyboard.press("F6")
    await screen.situation("talking")
    assert [asked[0] for asked in centre.asked] == ["hold", "mute", "set_recording", "hold"]


async def test_the_finder_offers_free_operators_first_then_queues_and_accepts_a_number(
    screen: Screen, centre: FakeCallCentre
) -> None:
    desk = screen.desk
    centre.queues = (new_queue(waiting=2, ready=1),)
    centre.set_agent(desk.colleague.id, state=AgentState.TALKING)
    centre.set_agent(desk.senior.id, state=AgentState.READY, page=True)
    await screen.talk("c-1", INNA)
    await screen.page.click("#transfer")
    found = screen.page.locator("#transfer-found [role=option]")
    await expect(found).to_have_count(4)
    assert [await found.nth(n).get_attribute("data-to") for n in range(4)] == [
        "operator:iryna",
        "operator:taras",
        "queue:077",
        "park",
    ]
    await expect(found.nth(1)).to_contain_text("розмовляє")
    await screen.page.fill("#transfer-search", "067 234 56 78")
    await expect(found).to_have_count(1)
    await expect(found).to_contain_text("+380 67 234 56 78")
    await screen.page.keyboard.press("Enter")
    await screen.situation("consulting")
    assert centre.asked[-1] == ("transfer", screen.operator, "number:+380672345678", True)


async def test_enter_typed_in_haste_goes_to_what_was_typed(screen: Screen, centre: FakeCallCentre) -> None:
    centre.set_agent(screen.desk.colleague.id, state=AgentState.READY, page=True)
    centre.set_agent(screen.desk.senior.id, state=AgentState.READY, page=True)
    await screen.talk("c-1", INNA)
    await screen.page.keyboard.press("F7")
    await screen.page.keyboard.type("тар")
    await screen.page.keyboard.press("Shift+Enter")
    await screen.state("wrap-up")
    assert centre.asked[-1] == ("transfer", screen.operator, "operator:taras", False)


class SlowSearch:
    """Holds the answer to one question of the finder until it is let go."""

    def __init__(self, page: Page, text: str) -> None:
        self._page = page
        self._question = f"**/desk/destinations?{urlencode({'q': text})}"
        self._asked, self._free = asyncio.Event(), asyncio.Event()

    async def __aenter__(self) -> Self:
        await self._page.route(self._question, self._hold)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._free.set()
        await self._page.unroute_all(behavior="wait")

    async def asked(self) -> None:
        """Wait until the question is on its way."""
        async with asyncio.timeout(15):
            await self._asked.wait()

    def let_go(self) -> None:
        self._free.set()

    async def _hold(self, route: Route) -> None:
        self._asked.set()
        await self._free.wait()
        with contextlib.suppress(PlaywrightError):  # the page does not want it any more
            await route.continue_()


@pytest_asyncio.fixture(loop_scope="module")
async def finder(screen: Screen, centre: FakeCallCentre) -> Page:
    """In mid-call, with two colleagues to choose from: Iryna first, then Taras."""
    centre.set_agent(screen.desk.colleague.id, state=AgentState.READY, page=True)
    centre.set_agent(screen.desk.senior.id, state=AgentState.READY, page=True)
    await screen.talk("c-1", INNA)
    await screen.page.keyboard.press("F7")
    await expect(screen.page.locator("#transfer-found [aria-selected=true]")).to_have_attribute(
        "data-to", "operator:iryna"
    )
    return screen.page


async def test_enter_waits_for_the_answer_on_its_way(screen: Screen, centre: FakeCallCentre, finder: Page) -> None:
    async with SlowSearch(finder, "тар") as slow:
        await finder.keyboard.type("тар")
        await slow.asked()
        await finder.keyboard.press("Shift+Enter")
        assert [asked for asked in centre.asked if asked[0] == "transfer"] == []
        slow.let_go()
        await screen.state("wrap-up")
        assert centre.asked[-1] == ("transfer", screen.operator, "operator:taras", False)


@pytest.mark.parametrize("then", ["Escape", "x", "F7"])
async def test_who_thinks_better_of_it_while_the_answer_is_on_its_way_passes_nobody_on(
    screen: Screen, centre: FakeCallCentre, finder: Page, then: str
) -> None:
    """He closes the finder, types on, or closes it and opens it again."""
    async with SlowSearch(finder, "тар") as slow:
        await finder.keyboard.type("тар")
        await slow.asked()
        await finder.keyboard.press("Shift+Enter")
        for key in ("Escape", "F7") if then == "F7" else (then,):
            await finder.keyboard.press(key)
        slow.let_go()
    await finder.wait_for_load_state("networkidle")
    await screen.situation("talking")
    assert [asked for asked in centre.asked if asked[0] == "transfer"] == []


async def test_a_click_means_who_is_seen_though_an_answer_is_on_its_way(
    screen: Screen, centre: FakeCallCentre, finder: Page
) -> None:
    async with SlowSearch(finder, "тар") as slow:
        await finder.keyboard.type("тар")
        await slow.asked()
        await finder.click("[data-to='operator:iryna']")
        slow.let_go()
        await finder.click("#transfer-blind")
        await screen.state("wrap-up")
        assert centre.asked[-1] == ("transfer", screen.operator, "operator:iryna", False)


async def test_a_search_that_failed_leaves_nobody_chosen(screen: Screen, centre: FakeCallCentre, finder: Page) -> None:
    await finder.route("**/desk/destinations?*", lambda route: route.abort())
    await finder.keyboard.type("тар")
    await finder.keyboard.press("Shift+Enter")
    await expect(finder.locator("#toasts > *")).to_be_visible()
    await expect(finder.locator("#transfer-search")).not_to_have_attribute("aria-activedescendant", re.compile("."))
    await screen.situation("talking")
    assert [asked for asked in centre.asked if asked[0] == "transfer"] == []
    screen.complaints.clear()  # of the network


async def test_a_name_nobody_has_can_be_read_by_everybody(screen: Screen, finder: Page) -> None:
    await finder.keyboard.type("нікого такого")
    await expect(finder.locator(".destination-none")).to_be_visible()
    assert await violations(finder) == []


async def test_arrows_choose_and_who_is_not_on_shift_cannot_be_chosen(screen: Screen, centre: FakeCallCentre) -> None:
    await screen.talk("c-1", INNA)
    await screen.page.keyboard.press("F7")
    found = screen.page.locator("#transfer-found [role=option]")
    await expect(found.first).to_have_attribute("aria-disabled", "true")
    await expect(screen.page.locator("[aria-selected=true]")).to_have_attribute("data-to", "queue:077")
    await screen.page.keyboard.press("ArrowDown")
    await expect(screen.page.locator("[aria-selected=true]")).to_have_attribute("data-to", "park")
    await screen.page.keyboard.press("ArrowUp")
    await screen.page.click("#transfer-blind")
    await screen.state("wrap-up")
    assert centre.asked[-1] == ("transfer", screen.operator, "queue:077", False)


@pytest.mark.parametrize(
    ("press", "how", "situation"),
    [
        ("#primary-action", "complete", "wrap-up"),
        ("[data-consult=swap]", "swap", "consulting"),
        ("[data-consult=conference]", "conference", "conference"),
        ("[data-consult=return]", "return", "talking"),
        ("F2", "complete", "wrap-up"),
        ("F6", "swap", "consulting"),
        ("F7", "conference", "conference"),
        ("F4", "return", "talking"),
    ],
)
async def test_a_consultation_goes_on_as_the_operator_says(
    screen: Screen, centre: FakeCallCentre, press: str, how: str, situation: str
) -> None:
    await screen.talk("c-1", INNA)
    centre.consult_operator(screen.operator, screen.desk.colleague.id)
    await screen.situation("consulting")
    await expect(screen.page.locator("#primary-action")).to_have_attribute("data-action", "return")
    centre.consulted_answers(screen.operator)
    await expect(screen.page.locator("#primary-action")).to_have_attribute("data-action", "complete")
    await expect(screen.page.locator("#strip-text")).to_contain_text("Тарас Коваль")
    await screen.settled()
    if press.startswith("F"):
        await screen.page.keyboard.press(press)
    else:
        await screen.page.click(press)
    await screen.situation(situation)
    assert centre.asked[-1] == ("consult", screen.operator, how)


async def test_a_conference_names_everybody(screen: Screen, centre: FakeCallCentre) -> None:
    await screen.talk("c-1", INNA)
    parties = (
        PartyView(channel_id="leg-2", role="conference", agent_id=screen.desk.colleague.id, talking=True),
        PartyView(channel_id="leg-3", role="conference", number=UNKNOWN, talking=True),
    )
    centre.change_call(screen.operator, parties=parties)
    for name in ("Тарас Коваль", "+380 50 111 22 33"):
        await expect(screen.page.locator("#strip-text")).to_contain_text(name)


async def test_a_supervisor_who_joins_in_is_told_and_one_who_listens_is_not(
    screen: Screen, centre: FakeCallCentre
) -> None:
    await screen.talk("c-1", INNA)
    for mode, told in (("listen", False), ("whisper", False), ("barge", True)):
        centre.watch(screen.desk.senior.id, "c-1", mode)
        centre.change_call(screen.operator, held=not told)  # something to wait for
        await expect(screen.page.locator("#hold")).to_have_text("Утримати" if told else "Зняти")
        text = await screen.page.text_content("#strip-text") or ""
        assert ("Ірина Бондар" in text) is told


async def test_keys_are_sent_in_the_order_pressed(screen: Screen, centre: FakeCallCentre) -> None:
    await screen.talk("c-1", INNA)
    await screen.page.keyboard.press("Escape")
    await screen.page.keyboard.press("KeyK")
    async with screen.page.expect_response(lambda answer: answer.request.post_data == "digits=9"):
        await screen.page.keyboard.type("12*")
        await screen.page.click("[data-digit='9']")
    await expect(screen.page.locator("#keypad-shown")).to_have_text("12*9")
    await screen.page.keyboard.press("Escape")
    await expect(screen.page.locator("#keypad")).to_be_hidden()
    assert [asked[2] for asked in centre.asked if asked[0] == "send_digits"] == list("12*9")


async def test_a_parked_call_is_taken_up_from_the_list_on_any_page(
    browser: Browser, screen: Screen, centre: FakeCallCentre
) -> None:
    await screen.talk("c-1", INNA)
    await screen.page.keyboard.press("Shift+F7")
    await screen.state("ready")
    async with opened(browser, screen.desk, "taras") as colleague:
        menu = colleague.page.locator("#parked-menu")
        await expect(menu).to_be_visible()
        await colleague.page.keyboard.press("KeyP")
        await expect(menu.locator("[data-parked]")).to_be_focused()
        await expect(menu).to_contain_text("Новоха Інна Іванівна")
        await expect(menu).to_contain_text(str(SLOT))
        await colleague.page.keyboard.press("Enter")
        await colleague.state("ringing")
        assert centre.asked[-1] == ("retrieve", screen.desk.colleague.id, "c-1")
    await expect(screen.page.locator("#parked-menu")).to_be_hidden()


async def test_the_wrap_up_is_extended(screen: Screen, centre: FakeCallCentre) -> None:
    await screen.talk("c-1", INNA)
    centre.end(screen.operator, wrapup=20)
    await screen.state("wrap-up")
    await screen.page.click("#extend-wrapup")
    await expect(screen.page.locator("#agent-state-clock")).to_contain_text("1:1")
    await screen.page.keyboard.press("Shift+F2")
    await expect(screen.page.locator("#agent-state-clock")).to_contain_text("2:1")


async def test_a_pause_says_that_it_lasts_too_long_and_a_call_what_comes_after_it(
    screen: Screen, centre: FakeCallCentre
) -> None:
    centre.set_agent(screen.operator, state=AgentState.PAUSED, reason="Обід", overrun=True)
    await expect(screen.page.locator("#bar-overrun")).to_be_visible()
    await screen.talk("c-1", INNA)
    await screen.page.keyboard.press("F8")
    await screen.page.keyboard.press("Enter")
    await expect(screen.page.locator("#strip-text")).to_contain_text("Після цього дзвінка почнеться пауза")


# ---- the card goes along


async def test_the_card_opens_on_the_other_side_with_what_the_first_had_written(
    browser: Browser, screen: Screen, centre: FakeCallCentre
) -> None:
    async with opened(browser, screen.desk, "taras") as colleague:
        centre.make_ready(colleague.operator)
        centre.set_agent(colleague.operator, page=True)
        await screen.talk("c-1", INNA)
        await screen.card("c-1").locator("[data-note]").fill("Питає про госпіталізацію")
        await screen.page.keyboard.press("F7")
        await expect(screen.page.locator("[aria-selected=true]")).to_have_attribute("data-to", "operator:taras")
        await screen.page.keyboard.press("Shift+Enter")
        await screen.state("wrap-up")
        await expect(screen.card("c-1").locator(".saved-line")).to_contain_text("Збережено")
        passed = msgspec.structs.replace(
            centre.calls["c-1"], state=CallState.TALKING, agent_id=None, transferred_by=screen.operator
        )
        await centre.ring(colleague.operator, passed)
        card = colleague.card("c-1")
        await expect(card.locator("[data-note]")).to_have_value("Питає про госпіталізацію")
        await expect(card.locator("[data-passed]")).to_contain_text("Олена Петренко")
        await expect(card.locator("h1")).to_have_text("Новоха Інна Іванівна")


async def test_words_that_could_not_be_saved_go_along_as_words_to_be_saved(
    browser: Browser, screen: Screen, centre: FakeCallCentre
) -> None:
    """Nobody knows yet who calls, so there is no contact to save them with."""
    async with opened(browser, screen.desk, "taras") as colleague:
        await screen.talk("c-1", "anonymous")
        await screen.card("c-1").locator("[data-note]").fill("Не хоче назватися")
        await screen.page.click("#transfer")
        await screen.page.fill("#transfer-search", "077")
        await expect(screen.page.locator("[aria-selected=true]")).to_have_attribute("data-to", "queue:077")
        await screen.page.click("#transfer-blind")
        await screen.state("wrap-up")
        centre.consult_operator(screen.operator, colleague.operator)
        card = colleague.card("c-1")
        await expect(card.locator("[data-note]")).to_have_value("Не хоче назватися")
        await expect(card).to_contain_text("Олена Петренко")
        assert await card.get_attribute("data-dirty") == "true"


async def test_who_is_asked_sees_the_card_who_asks_and_what_he_saves_meanwhile(
    browser: Browser, screen: Screen, centre: FakeCallCentre
) -> None:
    async with opened(browser, screen.desk, "taras") as colleague:
        await screen.talk("c-1", INNA)
        centre.consult_operator(screen.operator, colleague.operator)
        await colleague.situation("asked")
        await expect(colleague.card("c-1").locator("[data-passed]")).to_contain_text("Олена Петренко")
        await expect(colleague.page.locator("#strip-text")).to_contain_text("Олена Петренко")
        await screen.card("c-1").locator("[data-note]").fill("Ліміт вичерпано")
        await screen.card("c-1").locator("[data-save]").click()
        await expect(colleague.card("c-1").locator("[data-note]")).to_have_value("Ліміт вичерпано")
        await expect(colleague.card("c-1").locator(".history")).to_contain_text("Ліміт вичерпано")


# ---- calling a number


async def test_a_number_on_the_card_is_called_for_the_cards_project(screen: Screen, centre: FakeCallCentre) -> None:
    await screen.talk("c-1", INNA)
    centre.end(screen.operator)
    await screen.state("wrap-up")
    await screen.card("c-1").locator("[data-dial='+380442379028']").click()
    await screen.situation("calling")
    inna = screen.desk.inna.id
    assert centre.asked[-1] == ("call_number", screen.operator, "+380442379028", KASKO.id, inna)
    # The number, until his card says who it is.
    await expect(screen.page.locator("#bar-caller")).to_contain_text(re.compile(r"\+380 44 237 90 28|Новоха Інна"))
    await screen.settled()
    await screen.page.click("#primary-action")
    await screen.state("wrap-up")


async def test_a_number_in_the_search_and_one_typed_are_called(screen: Screen, centre: FakeCallCentre) -> None:
    centre.make_ready(screen.operator)
    await screen.page.goto(screen.desk.url + "/contacts")
    await screen.page.fill("#contact-search", "044 500 10 20")
    await screen.page.locator('#contact-results [data-dial="+380445001020"]').click()
    await screen.situation("calling")
    assert centre.asked[-1] == ("call_number", screen.operator, "+380445001020", 0, None)
    centre.make_ready(screen.operator)
    await screen.state("ready")
    await screen.page.evaluate("document.activeElement.blur()")
    await screen.page.keyboard.press("KeyC")
    await screen.page.keyboard.type("(050) 111-22-33")
    await screen.page.keyboard.press("Enter")
    await screen.situation("calling")
    assert centre.asked[-1] == ("call_number", screen.operator, UNKNOWN, 0, None)


async def test_who_serves_several_projects_says_for_which_he_calls(screen: Screen, centre: FakeCallCentre) -> None:
    other = await screen.desk.services.projects.add("078", name="Медичне страхування")
    centre.set_agent(screen.operator, state=AgentState.READY, project_ids=(KASKO.id, other.id))
    await screen.state("ready")
    await screen.page.goto(f"{screen.desk.url}/contacts?q=мель")
    await screen.page.locator("#contact-results [data-dial]").first.click()
    await screen.page.get_by_role("button", name="Медичне страхування").click()
    await screen.situation("calling")
    assert centre.asked[-1][:4] == ("call_number", screen.operator, SHARED, other.id)


async def test_a_number_clicked_in_mid_call_is_one_to_pass_the_call_on_to(
    screen: Screen, centre: FakeCallCentre
) -> None:
    await screen.talk("c-1", INNA)
    await screen.card("c-1").locator("[data-dial='+380442379028']").click()
    await expect(screen.page.locator("[aria-selected=true]")).to_have_attribute("data-to", "number:+380442379028")
    await screen.page.click("#transfer-attended")
    await screen.situation("consulting")
    assert centre.asked[-1] == ("transfer", screen.operator, "number:+380442379028", True)


# ---- watching


async def test_who_watches_a_call_listens_whispers_joins_in_and_takes_over(browser: Browser, screen: Screen) -> None:
    centre = screen.desk.call_centre
    await screen.talk("c-1", INNA)
    async with opened(browser, screen.desk, "iryna") as supervisor:
        centre.watch(supervisor.operator, "c-1", "listen")
        await supervisor.state("watching")
        text = supervisor.page.locator("#strip-text")
        await expect(text).to_contain_text("Олена Петренко")
        await expect(text).to_contain_text("Новоха")
        for press, mode in (("KeyW", "whisper"), ("KeyB", "barge"), ("KeyL", "listen")):
            await supervisor.page.keyboard.press(press)
            await pressed(supervisor, f"[data-watch={mode}]", True)
            assert centre.asked[-1] == ("watch", supervisor.operator, "c-1", mode)
        assert await violations(supervisor.page) == []
        await supervisor.page.click("#take-over")
        await supervisor.state("talking")
        assert centre.asked[-1] == ("take_over", supervisor.operator)
        centre.watch(supervisor.operator, "c-1", "barge")
        await supervisor.state("watching")
        await supervisor.settled()
        await supervisor.page.keyboard.press("F2")
        await supervisor.state("ready")
        assert centre.asked[-1] == ("stop_watching", supervisor.operator)


# ---- for everybody


@pytest.mark.parametrize("language", ["uk", "ru", "en"])
async def test_after_a_call_the_whole_bar_can_be_read_beside_parked_calls(
    screen: Screen, centre: FakeCallCentre, language: str
) -> None:
    await screen.desk.services.identity.update_user(screen.operator, language=language)
    await screen.page.reload()
    centre.calls["p-1"] = msgspec.structs.replace(new_call("p-1", SHARED), state=CallState.PARKED, parked_slot=SLOT)
    centre.bus.publish(BoardChanged())
    await screen.talk("c-1", INNA)
    centre.end(screen.operator)
    await screen.state("wrap-up")
    for action in ("#primary-action", "#extend-wrapup", "#parked-menu", "#pause-menu"):
        await expect(screen.page.locator(action)).to_be_in_viewport(ratio=1)
    assert await screen.page.evaluate(CUT_SHORT, "#bar-call, #agent-state-word, .rail span") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 720}, {"width": 390, "height": 844}])
async def test_nothing_bars_people_with_disabilities(
    browser: Browser, desk: Desk, scheme: str, viewport: dict[str, int]
) -> None:
    async with opened(browser, desk, color_scheme=scheme, viewport=viewport, reduced_motion="reduce") as screen:
        page, centre, me = screen.page, desk.call_centre, screen.operator
        centre.set_agent(desk.colleague.id, state=AgentState.READY, page=True)
        centre.calls["p-1"] = msgspec.structs.replace(new_call("p-1", SHARED), state=CallState.PARKED, parked_slot=SLOT)
        centre.bus.publish(BoardChanged())
        await page.click("#parked-menu summary")
        found = {"parked": await violations(page)}
        await screen.talk("c-1", INNA)
        found["talking"] = await violations(page)
        await page.click("#keypad-open")
        found["keypad"] = await violations(page)
        await page.click("#keypad-open")
        await page.click("#transfer")
        await expect(page.locator("#transfer-found [role=option]").first).to_be_visible()
        found["transfer"] = await violations(page)
        await page.keyboard.press("Escape")
        centre.consult_operator(me, desk.colleague.id)
        centre.consulted_answers(me)
        await screen.situation("consulting")
        found["consulting"] = await violations(page)
        centre.change_call(me, held=True, muted=True, recording_paused=True, parties=())
        await screen.situation("held")
        found["held"] = await violations(page)
        centre.end(me)
        await screen.state("wrap-up")
        found["wrap-up"] = await violations(page)
        for problems in found.values():
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), problems
        assert {name: problems for name, problems in found.items() if problems} == {}


async def test_in_mid_call_the_card_fits_a_small_screen_without_scrolling(screen: Screen) -> None:
    await screen.talk("c-1", INNA)
    await expect(screen.card("c-1").locator("[data-save]")).to_be_in_viewport(ratio=1)
    assert await screen.page.evaluate("document.documentElement.scrollHeight <= innerHeight")
