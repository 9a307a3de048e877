"""A desk nobody looks at: hidden behind another tab, or frozen by the browser."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from tests.browser.bare import BareBrowser, BarePage
from tests.desk import INNA, PASSWORD, Desk, running_desk
from tests.fakes.call_centre import new_call

pytestmark = pytest.mark.asyncio(loop_scope="module")

# Keeps what the page plays, whom it notifies of, and how often the server answered its heartbeat.
OBSERVE = """
window.played = []; window.notified = []; window.pulses = 0;
const play = HTMLMediaElement.prototype.play;
HTMLMediaElement.prototype.play = function () { window.played.push(this); return play.call(this); };
window.Notification = class {
  static permission = "granted";
  constructor(title) { window.notified.push(title); }
  close() {}
};
window.WebSocket = class extends WebSocket {
  constructor(...how) {
    super(...how);
    this.addEventListener("message", ({ data }) => { if (String(data).includes('"pulse"')) window.pulses += 1; });
  }
};
"""
SOUNDS = "window.played.some((tone) => !tone.paused && !tone.muted && tone.currentTime > 1)"


@pytest_asyncio.fixture(loop_scope="module")
async def bare(tmp_path: Path) -> AsyncIterator[BareBrowser]:
    async with BareBrowser.running(tmp_path / "profile") as browser:
        yield browser


@asynccontextmanager
async def at_the_desk(bare: BareBrowser, desk: Desk) -> AsyncIterator[BarePage]:
    """Olena, signed in."""
    async with bare.opened() as page:
        await page.command("Page.enable")
        await page.command("Page.addScriptToEvaluateOnNewDocument", source=OBSERVE)
        await page.command("Page.navigate", url=desk.url)
        await page.until("document.querySelector('#login')")
        await page.evaluate(f"login.value = 'olena'; password.value = '{PASSWORD}'; document.forms[0].requestSubmit()")
        await page.until("document.querySelector('#bar')?.dataset.state === 'offline'")
        yield page


@asynccontextmanager
async def hidden(bare: BareBrowser, page: BarePage) -> AsyncIterator[None]:
    """Another tab lies over the page."""
    async with bare.opened():
        await page.until("document.visibilityState === 'hidden'")
        yield


async def test_a_frozen_page_leaves_at_once_and_comes_back_with_its_card(bare: BareBrowser, tmp_path: Path) -> None:
    async with running_desk(tmp_path) as desk, at_the_desk(bare, desk) as page:
        centre, me = desk.call_centre, desk.operator.id
        await page.lifecycle("frozen")
        await centre.gone.wait()
        assert not await centre.ring(me, new_call("c-1", INNA)), "nobody can be shown a card"
        await page.lifecycle("active")
        await page.until("document.querySelector('[data-call=c-1] h1')?.textContent.includes('Новоха')")
        await page.until("document.querySelector('#bar').dataset.state === 'ringing'")
        assert centre.pages == {me: 1}


async def test_a_hidden_page_stays_present_though_its_timers_are_throttled(bare: BareBrowser, tmp_path: Path) -> None:
    async with running_desk(tmp_path, page_timeout=8.0) as desk, at_the_desk(bare, desk) as page:
        async with hidden(bare, page):
            await page.evaluate("window.pulses = 0")
            await page.until("window.pulses >= 2")
        assert desk.call_centre.pages == {desk.operator.id: 1}


async def test_a_hidden_page_shows_the_card_rings_aloud_and_notifies(bare: BareBrowser, tmp_path: Path) -> None:
    async with running_desk(tmp_path, telephone="page") as desk, at_the_desk(bare, desk) as page:
        centre, me = desk.call_centre, desk.operator.id
        async with hidden(bare, page):
            await centre.ring(me, new_call("c-1", INNA))
            await page.until(SOUNDS)
            assert centre.shown == [(me, "c-1")]
            assert "Новоха" in str(await page.evaluate("window.notified[0]"))
            assert "Новоха" in str(await page.evaluate("document.title"))
            centre.answer(me)
            await page.until("window.played.every((tone) => tone.paused)")
