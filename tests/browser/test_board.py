"""The board and the wall in a real browser, fed by a scripted floor."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from telemarket.calls.views import AgentState, AgentView, BoardChanged, BoardView, CallState, CallView
from telemarket.desk import board_feed
from tests.browser.operator import PICTURES
from tests.browser.screen import Screen, opened, violations
from tests.desk import PASSWORD, Desk, running_desk
from tests.floor import fill, hire

pytestmark = pytest.mark.asyncio(loop_scope="module")

LATE = 15_000
WATCHES_SOCKETS = """
window.sockets = new Set();
window.WebSocket = class extends WebSocket {
  constructor(...how) {
    super(...how);
    window.sockets.add(this);
  }
};
"""
OPEN_SOCKETS = "path => [...sockets].filter(s => s.readyState <= 1 && s.url.endsWith(path)).length"


@pytest_asyncio.fixture(loop_scope="module")
async def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setattr(board_feed, "PUSH_EVERY", 0.05)
    async with running_desk(tmp_path) as running:
        await hire(running, 50)
        fill(running, operators=50)
        yield running


async def board_of(screen: Screen, query: str = "") -> Page:
    """The board, with its first picture on it."""
    await screen.page.goto(f"{screen.desk.url}/board{query}")
    await expect(screen.page.locator("#board")).to_have_attribute("data-shown", "true")
    return screen.page


def changed(desk: Desk) -> None:
    desk.services.bus.publish(BoardChanged())


def one(desk: Desk, state: CallState) -> CallView:
    """The first call of the floor in this state."""
    return next(call for call in desk.call_centre.calls.values() if call.state is state)


def agent(desk: Desk, state: AgentState) -> AgentView:
    return next(agent for agent in desk.call_centre.agents.values() if agent.state is state and agent.id >= 1000)


async def picture(page: Page, name: str) -> None:
    """Save how the page looks, if $TELEMARKET_SCREENSHOTS says where."""
    if PICTURES:
        for scheme in ("dark", "light"):
            await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            await page.screenshot(path=Path(PICTURES) / f"{name}-{scheme}.png")


# ---- what is seen


async def test_fifty_operators_fit_on_a_small_screen(browser: Browser, desk: Desk) -> None:
    async with opened(browser, desk, "iryna", locale="uk-UA") as screen:
        page = await board_of(screen)
        await expect(page.locator("#board-agents .agent")).to_have_count(50)
        await picture(page, "board")
        assert await page.evaluate("(e => e.scrollHeight <= e.clientHeight)(document.getElementById('board-agents'))")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_two_hundred_operators_and_a_push_are_on_screen_whole(browser: Browser, desk: Desk) -> None:
    await hire_more(desk)
    async with opened(browser, desk, "iryna") as screen:
        fill(desk, operators=200, waiting=30)
        page = await board_of(screen)
        await expect(page.locator("#board-agents .agent")).to_have_count(200)
        await expect(page.locator("#board-waiting .call")).to_have_count(30)
        fill(desk, operators=180, waiting=3, seed=2)
        await expect(page.locator("#board-agents .agent")).to_have_count(180)
        await expect(page.locator("#board-waiting .call")).to_have_count(3)


async def hire_more(desk: Desk) -> None:
    async with desk.database.write() as connection:
        await connection.exec_driver_sql("DELETE FROM users WHERE id >= 1000")
        await connection.exec_driver_sql("DELETE FROM projects WHERE id > 1")
    await hire(desk, 200)


async def test_clocks_tick_without_the_server(browser: Browser, desk: Desk) -> None:
    async with opened(browser, desk, "iryna") as screen:
        page = await board_of(screen)
        clock = page.locator("#board-talking .call-clock").first
        before = await clock.text_content() or ""
        await expect(clock).not_to_have_text(before)


async def test_a_pause_that_lasts_too_long_and_a_caller_who_waits_too_long_are_marked(
    browser: Browser, desk: Desk
) -> None:
    async with opened(browser, desk, "iryna") as screen:
        page = await board_of(screen)
        overrun = [agent for agent in desk.call_centre.agents.values() if agent.overrun]
        await expect(page.locator(".agent.is-overrun")).to_have_count(len(overrun))
        await expect(page.locator('.agent.is-overrun use[href$="#alert"]')).to_have_count(len(overrun))
        await expect(page.locator("#board-waiting .call-clock.is-late").first).to_contain_text("!")


async def test_nothing_moves_from_under_the_pointer(browser: Browser, desk: Desk) -> None:
    async with opened(browser, desk, "iryna") as screen:
        page = await board_of(screen)
        first = page.locator("#board-agents .agent").first
        name = await first.locator(".agent-name").text_content() or ""
        await first.hover()
        desk.call_centre.agents[1000 + 7] = msgspec.structs.replace(agent(desk, AgentState.RINGING), id=1007)
        was = int(await first.get_attribute("data-agent") or 0)
        desk.call_centre.agents[was] = msgspec.structs.replace(
            desk.call_centre.agents[was], state=AgentState.PAUSED, call=None
        )
        changed(desk)
        await expect(page.locator(f'.agent[data-agent="{was}"]')).to_have_attribute("data-state", "paused")
        await expect(first.locator(".agent-name")).to_have_text(name)
        await page.mouse.move(640, 20)
        await page.locator("#board-search").focus()
        changed(desk)
        await expect(first.locator(".agent-name")).not_to_have_text(name)


async def test_an_empty_floor_says_how_it_fills(browser: Browser, desk: Desk) -> None:
    fill(desk, operators=0, waiting=0)
    async with opened(browser, desk, "iryna") as screen:
        page = await board_of(screen)
        for empty in ("#board-agents-empty", "#board-waiting-empty", "#board-talking-empty"):
            await expect(page.locator(empty)).to_be_visible()


async def test_a_lost_stream_is_told_and_comes_back_by_itself(
    browser: Browser, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(browser, desk, "iryna") as screen:
        page = await board_of(screen)
        with monkeypatch.context() as broken:
            broken.setattr(desk.call_centre, "board", _fault)
            changed(desk)
            await expect(page.locator("#board-stale")).to_be_visible(timeout=LATE)
            await page.locator("#board-talking [data-act=listen]").first.click()
            assert desk.call_centre.asked == []  # what is no longer true is not to be acted upon
        await expect(page.locator("#board-stale")).to_be_hidden(timeout=LATE)


def _fault() -> BoardView:
    raise RuntimeError("a fault")


# ---- what is chosen


async def test_filters_are_in_the_address_and_remembered(browser: Browser, desk: Desk) -> None:
    async with opened(browser, desk, "iryna") as screen:
        page = await board_of(screen)
        await page.click(".board-choice summary")
        await page.check('#board-projects input[value="078"]')
        await expect(page).to_have_url(f"{desk.url}/board?project=078")
        await expect(page.locator("#board-queues tbody tr")).to_have_count(1)
        serving = [agent for agent in desk.call_centre.agents.values() if 2 in agent.project_ids]
        await expect(page.locator("#board-agents .agent")).to_have_count(len(serving))
        await page.keyboard.press("Escape")
        await page.click('#board-states [data-state="ready"]')
        await page.select_option("#board-sort", "name")
        names = await page.locator(".agent-name").all_text_contents()
        assert names == sorted(names)
        await page.click("#nav-calls")
        await page.click("#nav-board")
        await expect(page).to_have_url(f"{desk.url}/board?project=078&state=ready&sort=name")
        await expect(page.locator("#board-queues tbody tr")).to_have_count(1)
        assert await page.get_attribute("#board-wall-link", "href") == "/board/wall?project=078"


async def test_a_search_finds_operators_and_their_calls(browser: Browser, desk: Desk) -> None:
    async with opened(browser, desk, "iryna") as screen:
        page = await board_of(screen)
        await page.keyboard.press("/")
        await page.keyboard.type("олена пет")
        await expect(page.locator("#board-agents .agent")).to_have_count(1)
        await expect(page.locator("#board-talking .call")).to_have_count(1)
        await page.keyboard.press("Escape")
        await expect(page.locator("#board-agents .agent")).to_have_count(50)


async def test_leaving_the_board_ends_its_stream(browser: Browser, desk: Desk) -> None:
    async with opened(browser, desk, "iryna") as screen:
        await screen.page.add_init_script(WATCHES_SOCKETS)
        page = await board_of(screen)
        await streams(page, 1)
        for _ in range(3):
            await page.click("#nav-calls")
            await streams(page, 0)
            await page.click("#nav-board")
            await streams(page, 1)
        await page.click("#nav-desk")
        await streams(page, 0)
        for event in ("freeze", "resume"):
            await page.evaluate("event => document.dispatchEvent(new Event(event))", event)
        await page.wait_for_function("[...sockets].some((s) => s.readyState === 1 && s.url.endsWith('/desk/live'))")
        await streams(page, 0)
        assert await page.evaluate(OPEN_SOCKETS, "/desk/live") == 1


async def streams(page: Page, count: int) -> None:
    """Wait until so many streams of boards are open."""
    async with asyncio.timeout(10):
        while await page.evaluate(OPEN_SOCKETS, "/board/live") != count:
            await asyncio.sleep(0.05)


# ---- what a supervisor does


async def asked(desk: Desk, *expected: tuple[object, ...]) -> None:
    """Wait until the call centre has been asked for this, and nothing else."""
    async with asyncio.timeout(10):
        while len(desk.call_centre.asked) < len(expected):
            await asyncio.sleep(0.02)
    assert desk.call_centre.asked == list(expected)
    changed(desk)


async def test_listening_by_mouse_and_by_keyboard(browser: Browser, desk: Desk) -> None:
    async with opened(browser, desk, "iryna") as screen:
        page, call, iryna = await board_of(screen), one(desk, CallState.TALKING), desk.senior.id
        row = page.locator(f'[data-living="{call.id}"]')
        await row.get_by_role("button").last.click()
        await expect(page.locator("#bar")).to_have_attribute("data-state", "watching")
        changed(desk)
        await expect(row).to_have_class("call is-watched")
        await row.locator(".call-main").focus()
        await page.keyboard.press("w")
        await expect(page.locator("#bar")).to_have_attribute("data-state", "watching")
        await page.keyboard.press("Enter")
        await page.locator("#board-menu").get_by_text("Join in").click()
        await expect(page.locator("#board-menu")).to_be_hidden()
        await asked(desk, *(("watch", iryna, call.id, mode) for mode in ("listen", "whisper", "barge")))


async def test_an_operators_state_is_set_from_his_menu(browser: Browser, desk: Desk) -> None:
    async with opened(browser, desk, "iryna") as screen:
        page, paused = await board_of(screen), agent(desk, AgentState.PAUSED)
        tile = page.locator(f'.agent[data-agent="{paused.id}"]')
        await tile.focus()
        await page.keyboard.press("Enter")
        await page.keyboard.press("Enter")  # Ready is the first
        await expect(tile).to_be_focused()
        ready = ("set_agent_state", desk.senior.id, paused.id, "ready", "")
        await asked(desk, ready)
        await expect(tile).to_have_attribute("data-state", "ready")
        await tile.click()
        await page.locator("#board-menu").get_by_text("Обід").click()
        await asked(desk, ready, ("set_agent_state", desk.senior.id, paused.id, "paused", "Обід"))
        await expect(tile).to_have_attribute("data-state", "paused")


async def test_a_waiting_caller_is_moved(browser: Browser, desk: Desk) -> None:
    async with opened(browser, desk, "iryna") as screen:
        page, call, iryna = await board_of(screen), one(desk, CallState.WAITING), desk.senior.id
        row = page.locator(f'[data-living="{call.id}"]')
        await row.locator("[data-act=move]").click()
        await page.keyboard.type("078")
        await expect(page.locator("#board-move-found [data-to]").first).to_contain_text("Медичне страхування")
        await page.keyboard.press("Enter")
        await expect(page.locator("#board-move")).to_be_hidden()
        await row.locator(".call-main").focus()
        await page.keyboard.press("m")
        await page.get_by_role("button", name="To voicemail").click()
        moves = [("move_call", iryna, call.id, to) for to in ("queue:078", "voicemail")]
        await asked(desk, *moves)


async def test_a_call_is_ended_only_after_a_question(browser: Browser, desk: Desk) -> None:
    async with opened(browser, desk, "iryna") as screen:
        page, call = await board_of(screen), one(desk, CallState.TALKING)
        for answer in ("Let it go on", "End the call"):
            assert desk.call_centre.asked == []
            await page.locator(f'[data-living="{call.id}"] .call-main').click()
            await page.get_by_text("End the call…").click()
            await page.locator("#board-end").get_by_role("button", name=answer, exact=True).click()
            await expect(page.locator("#board-end")).to_be_hidden()
        await asked(desk, ("end_call", desk.senior.id, call.id))


async def test_the_arrows_go_about_the_operators(browser: Browser, desk: Desk) -> None:
    async with opened(browser, desk, "iryna") as screen:
        page = await board_of(screen)
        tiles = page.locator("#board-agents .agent")
        await tiles.first.focus()
        await page.keyboard.press("ArrowRight")
        await expect(tiles.nth(1)).to_be_focused()
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("ArrowLeft")
        await page.keyboard.press("ArrowUp")
        await expect(tiles.first).to_be_focused()
        assert await page.locator('#board-agents .agent[tabindex="0"]').count() == 1


async def test_a_senior_operator_only_looks(browser: Browser, desk: Desk) -> None:
    await desk.services.identity.update_user(desk.operator.id, role="senior")
    async with opened(browser, desk) as screen:
        page = await board_of(screen)
        await expect(page.locator("#board-agents .agent")).to_have_count(50)
        assert await page.locator("[data-act]").count() == 0
        await page.locator("#board-talking .call-main").first.click()
        await page.keyboard.press("l")
        await expect(page.locator("#board-menu")).to_have_count(0)
    assert desk.call_centre.asked == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 720}, {"width": 390, "height": 844}])
async def test_the_board_bars_nobody(browser: Browser, desk: Desk, scheme: str, viewport: dict[str, Any]) -> None:
    how = {"color_scheme": scheme, "viewport": viewport, "reduced_motion": "reduce"}
    async with opened(browser, desk, "iryna", **how) as screen:
        page = await board_of(screen)
        assert await violations(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


# ---- the wall


async def wall_of(browser: Browser, desk: Desk, query: str = "", **context: Any) -> Page:
    """The wall as a display that has been signed in shows it."""
    window = await browser.new_context(**{"viewport": {"width": 1920, "height": 1080}, **context})
    page = await window.new_page()
    await page.goto(desk.url)
    await page.fill("#login", "hall")
    await page.fill("#password", PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{desk.url}/board/wall")
    await page.goto(f"{desk.url}/board/wall{query}")
    await expect(page.locator(".wall-queue").first).to_be_visible()
    return page


@pytest_asyncio.fixture(loop_scope="module")
async def hall(desk: Desk) -> Desk:
    await desk.services.identity.create_user("hall", PASSWORD, name="Зала", role="display", language="uk")
    return desk


@pytest.mark.parametrize(("query", "figures"), [("", 24), ("?project=078", 6)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_walls_figures_can_be_read_from_afar(
    browser: Browser, hall: Desk, query: str, figures: int, scheme: str
) -> None:
    page = await wall_of(browser, hall, query, color_scheme=scheme)
    values = page.locator(".wall-figure strong")
    await expect(values).to_have_count(figures)
    await picture(page, f"wall{query[9:]}")
    heights = await values.evaluate_all("all => all.map(e => parseFloat(getComputedStyle(e).fontSize) / innerHeight)")
    assert min(heights) >= 0.059  # of a screen half a metre high: digits of over two centimetres
    overflowing = "all => all.filter(e => e.scrollWidth > e.parentElement.clientWidth).map(e => e.textContent)"
    assert await values.evaluate_all(overflowing) == []
    assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert await page.locator("button, a, input").count() == 0
    assert await violations(page) == []
    await page.context.close()


async def test_the_wall_comes_back_without_a_reload(
    browser: Browser, hall: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await wall_of(browser, hall)
    await page.evaluate("window.same = true")
    for _ in range(2):
        with monkeypatch.context() as broken:
            broken.setattr(hall.call_centre, "board", _fault)
            changed(hall)
            await expect(page.locator("#wall-stale")).to_be_visible(timeout=LATE)
        await expect(page.locator("#wall-stale")).to_be_hidden(timeout=LATE)
    assert await page.evaluate("window.same")
    await page.context.close()


async def test_the_wall_does_not_grow_with_its_pushes(
    browser: Browser, hall: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board_feed, "PUSH_EVERY", 0.0)
    page = await wall_of(browser, hall)
    debugger = await page.context.new_cdp_session(page)
    await debugger.send("Performance.enable")
    await pushes(page, hall, 50)
    nodes, heap = await footprint(debugger)
    await pushes(page, hall, 500)
    more_nodes, more_heap = await footprint(debugger)
    assert more_nodes <= nodes + 10
    assert more_heap <= heap + 300_000  # half a kilobyte a push would be forty megabytes a day
    await page.context.close()


async def pushes(page: Page, desk: Desk, count: int) -> None:
    """Have so many pictures shown, one after another."""
    for number in range(count):
        figures = msgspec.structs.replace(desk.call_centre.queues[0], waiting=1000 + number)
        desk.call_centre.queues = (figures, *desk.call_centre.queues[1:])
        changed(desk)
        await expect(page.locator(".wall-waiting strong").first).to_have_text(str(1000 + number))


async def footprint(debugger: Any) -> tuple[int, int]:
    """DOM nodes and bytes of the heap after the garbage was collected."""
    await debugger.send("HeapProfiler.collectGarbage")
    metrics = {m["name"]: m["value"] for m in (await debugger.send("Performance.getMetrics"))["metrics"]}
    return int(metrics["Nodes"]), int(metrics["JSHeapUsedSize"])
