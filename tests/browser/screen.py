"""The desk without a telephone in a real browser: one tab of an operator, and whatever it complained about."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, ConsoleMessage, Locator, Page, expect

from tests.desk import PASSWORD, Desk
from tests.fakes.call_centre import new_call

AXE = Path(__file__).parents[2] / "frontend/node_modules/axe-core/axe.min.js"


@dataclass
class Screen:
    """One browser tab of an operator, and whatever it complained about."""

    page: Page
    desk: Desk
    login: str = "olena"
    complaints: list[str] = field(default_factory=list)

    @property
    def operator(self) -> int:
        """Whose screen it is."""
        people = (self.desk.operator, self.desk.colleague, self.desk.senior)
        return next(user.id for user in people if user.login == self.login)

    def listen(self) -> None:
        def console(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning"):
                self.complaints.append(message.text)

        self.page.on("console", console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(f"dialog {dialog.message}"))

    async def sign_in(self) -> None:
        await self.page.goto(self.desk.url)
        await self.page.fill("#login", self.login)
        await self.page.fill("#password", PASSWORD)
        await self.page.keyboard.press("Enter")
        await expect(self.page.locator("#bar")).to_have_attribute("data-state", "offline")

    async def state(self, state: str) -> None:
        await expect(self.page.locator("#bar")).to_have_attribute("data-state", state)

    async def ring(self, call_id: str, ani: str, name: str = "") -> None:
        await self.desk.call_centre.ring(self.operator, new_call(call_id, ani, name=name))
        await expect(self.page.locator(f'[data-call="{call_id}"]')).to_be_attached()

    async def talk(self, call_id: str, ani: str) -> None:
        """A call that has been answered."""
        await self.ring(call_id, ani)
        self.desk.call_centre.answer(self.operator)
        await self.situation("talking")

    async def situation(self, situation: str) -> None:
        """Wait until the bar says so."""
        await expect(self.page.locator("#bar")).to_have_attribute("data-situation", situation)

    async def settled(self) -> None:
        """A big button that has just changed ignores a hasty second click."""
        await self.page.wait_for_timeout(700)

    def card(self, call_id: str) -> Locator:
        return self.page.locator(f'[data-call="{call_id}"]')


@asynccontextmanager
async def opened(browser: Browser, desk: Desk, login: str = "olena", **context: Any) -> AsyncIterator[Screen]:
    """A signed-in operator's screen; fails if the browser had anything to complain about."""
    async with await browser.new_context(**{"viewport": {"width": 1280, "height": 720}, **context}) as window:
        screen = Screen(await window.new_page(), desk, login)
        screen.listen()
        await screen.sign_in()
        yield screen
        assert screen.complaints == []


async def violations(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA."""
    # Through the debugger: the page's own policy forbids foreign scripts.
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    result = await page.evaluate(
        "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    return [
        f"{rule['id']}: {node['html'][:160]} {node['any'][0]['message'] if node['any'] else ''}"
        for rule in result["violations"]
        for node in rule["nodes"]
    ]
