"""A headless Chromium whose microphone beeps, and the real PBX."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from tests.browser.demonstration import centre, demo_database, olena, stack
from tests.integration.conftest import pbx, set_global

__all__ = ["browser", "centre", "demo_database", "olena", "pbx", "set_global", "stack"]

expect.set_options(timeout=15_000)  # milliseconds; a busy machine is no fault of the page's


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """A browser for the tests of a module; each opens windows of its own."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
        )
        yield chromium
        await chromium.close()
