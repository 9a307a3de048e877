"""An operator at his page, which is his telephone: what he presses, what he sees, and when the page saw it."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Locator, Page, expect

from telemarket.asterisk.pbx.instance import Instance
from telemarket.core.people import page_endpoint
from telemarket.demo.centre import PASSWORD

# Notes in `moments` when something first happens in the page, in milliseconds; keeps the page's peer connections.
OBSERVE = """
window.moments = {};
window.peers = [];
const note = (what) => { window.moments[what] ??= performance.now(); };
window.WebSocket = class extends WebSocket {
  constructor(...how) {
    super(...how);
    this.addEventListener("message", ({ data }) => {
      if (typeof data === "string" && data.startsWith("INVITE ")) note("invite");
    });
  }
};
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...how) {
    super(...how);
    window.peers.push(this);
  }
};
new MutationObserver(() => {
  const card = document.querySelector("#cards [data-call]");
  if (card && card.offsetParent && card.querySelector("[data-card-title]")) note("card");
  if (document.body?.dataset.telephoneCall === "ringing") note("ringing");
}).observe(document, { subtree: true, childList: true, attributes: true });
"""

# Packets of sound the page got in its latest conversation; none while it was all silence.
HEARD = """async () => {
  const reports = window.peers.length ? [...(await window.peers.at(-1).getStats()).values()] : [];
  const heard = reports.find((report) => report.type === "inbound-rtp" && report.totalAudioEnergy > 0);
  return heard?.packetsReceived ?? 0;
}"""

# Whether a steady tone of the frequency given is among what the page plays: the caller's, in a test.
TONE = """async (frequency) => {
  const stream = document.getElementById("remote-audio").srcObject;
  if (!stream) return false;
  window.ear ??= new AudioContext();
  await window.ear.resume();
  const analyser = window.ear.createAnalyser();
  analyser.fftSize = 4096;
  window.ear.createMediaStreamSource(stream).connect(analyser);
  await new Promise((done) => setTimeout(done, 300));
  const spectrum = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(spectrum);
  analyser.disconnect();
  const at = Math.round((frequency * analyser.fftSize) / window.ear.sampleRate);
  return Math.max(...spectrum.slice(at - 2, at + 3)) > -60;
}"""

PICTURES = os.environ.get("TELEMARKET_SCREENSHOTS", "")
DESK, PHONE = {"width": 1280, "height": 720}, {"width": 390, "height": 844}


class OperatorPage:
    """One signed-in operator's browser tab."""

    def __init__(self, page: Page, login: str) -> None:
        self.page = page
        self._login = login
        self.bar = page.locator("#bar")
        self.button = page.locator("#primary-action")

    async def sign_in(self, url: str) -> None:
        await self.page.goto(url)
        await self.page.fill("#login", self._login)
        await self.page.fill("#password", PASSWORD)
        await self.page.click("#sign-in-button")
        await self.telephone("ready")

    # ---- what he sees

    async def state(self, state: str) -> None:
        await expect(self.bar).to_have_attribute("data-state", state, timeout=15_000)

    async def situation(self, situation: str) -> None:
        """What he is in the midst of, as the bar tells it."""
        await expect(self.bar).to_have_attribute("data-situation", situation, timeout=15_000)

    async def telephone(self, state: str) -> None:
        await expect(self.page.locator("body")).to_have_attribute("data-telephone", state, timeout=15_000)

    async def telephone_call(self, call: str) -> None:
        await expect(self.page.locator("body")).to_have_attribute("data-telephone-call", call, timeout=15_000)

    def card(self) -> Locator:
        """The card in front."""
        return self.page.locator("#cards [data-call]:visible")

    async def caller(self) -> str:
        """Who calls, as the card says."""
        return await self.card().locator("[data-card-title]").text_content() or ""

    async def call_id(self) -> str:
        return await self.card().get_attribute("data-call") or ""

    async def moments(self) -> dict[str, float]:
        found: dict[str, float] = await self.page.evaluate("moments")
        return found

    # ---- what he hears

    async def talks(self, pbx: Instance) -> None:
        """Wait until a second of sound has come to his page, and a second of his has come to the exchange."""
        await self.telephone_call("talking")
        before = await self._sound(pbx)
        async with asyncio.timeout(20):
            while any(now < was + 50 for now, was in zip(await self._sound(pbx), before, strict=True)):
                await asyncio.sleep(0.1)
        assert await self.page.evaluate("() => !document.getElementById('remote-audio').paused")

    async def hears(self, tone: int, *, heard: bool = True) -> None:
        """Wait until somebody's tone (in Hz) is heard in his page, or is not any more."""
        async with asyncio.timeout(15):
            while await self.page.evaluate(TONE, tone) is not heard:
                await asyncio.sleep(0.1)

    async def _sound(self, pbx: Instance) -> tuple[int, int]:
        """Packets he has heard, and packets of his the exchange has."""
        statistics = await asyncio.to_thread(pbx.command, "pjsip show channelstats")
        received = re.search(rf"{page_endpoint(self._login)}\S*\s+[\d:]+\s+\S+\s+(\d+)", statistics)
        return await self.page.evaluate(HEARD), int(received[1]) if received else 0

    # ---- what he presses

    async def press(self, action: str) -> None:
        """Click the big button once it means `action` and listens again after the last change."""
        await self._means(action)
        await self.button.click()

    async def press_key(self, key: str, action: str) -> None:
        """Press `key` once the big button means `action`."""
        await self._means(action)
        await self.page.keyboard.press(key)

    async def _means(self, action: str) -> None:
        await expect(self.button).to_have_attribute("data-action", action, timeout=15_000)
        await expect(self.button).to_be_visible()
        await self.page.wait_for_timeout(700)  # a button that has just changed ignores a hasty second click

    async def ready(self) -> None:
        await self.press("ready")
        await self.state("ready")

    # ---- pictures

    async def picture(self, name: str) -> None:
        """Save how the page looks in either theme, on a desk and on a phone, if $TELEMARKET_SCREENSHOTS says where."""
        if not PICTURES:
            return
        for scheme in ("light", "dark"):
            await self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            for size in (PHONE, DESK):
                await self.page.set_viewport_size(size)  # type: ignore[arg-type]
                path = Path(PICTURES) / f"{name}-{size['width']}-{scheme}.png"
                await self.page.screenshot(path=path)
        await self.page.emulate_media(color_scheme="light")


@asynccontextmanager
async def at_the_desk(browser: Browser, url: str, login: str, **how: Any) -> AsyncIterator[OperatorPage]:
    """`login` in a browser of his own, signed in, with a telephone that is registered."""
    window = await browser.new_context(
        **{"viewport": DESK, "permissions": ["microphone"], "locale": "uk-UA", "color_scheme": "light", **how}
    )
    try:
        await window.add_init_script(OBSERVE)
        operator = OperatorPage(await window.new_page(), login)
        await operator.sign_in(url)
        yield operator
    finally:
        await window.close()


def seconds(clock: str | None) -> int:
    """What a clock of minutes and seconds shows."""
    match = re.search(r"(\d+):(\d\d)", clock or "")
    assert match, clock
    return int(match[1]) * 60 + int(match[2])
