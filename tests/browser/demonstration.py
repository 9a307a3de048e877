"""The demonstration's call centre with operators in real browsers, as fixtures."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from telemarket.asterisk.pbx.instance import Instance
from telemarket.asterisk.pbx.programs import find_sipp
from telemarket.asterisk.pbx.sipp import Sipp
from telemarket.calls.projects import ProjectService
from telemarket.core.clock import utc_now
from telemarket.demo.centre import HULL
from telemarket.demo.filling import fill
from tests.browser.operator import OperatorPage, at_the_desk
from tests.integration.centre import Centre
from tests.pbx import ROOTFS

NUMBER = HULL.dnis[0]
WRAP_UP = 6  # seconds
# However busy the machine is, the order of card and ring is what is tested here, not the time either takes.
PATIENT = "[calls]\ncard_deadline = 10.0\n"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo_database(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("demo") / "telemarket.db"
    await fill(path, utc_now())
    return path.read_bytes()


@pytest_asyncio.fixture(loop_scope="module")
async def centre(pbx: Instance, demo_database: bytes, tmp_path: Path) -> AsyncIterator[Centre]:
    """The demonstration's call centre at work; in the end nothing is left in the PBX."""
    (tmp_path / "telemarket.db").write_bytes(demo_database)
    async with Sipp(find_sipp(ROOTFS), tmp_path, pbx.sip_address) as sipp:
        centre = Centre(pbx, sipp, tmp_path, extra=PATIENT)
        try:
            await ProjectService(centre.database).update(HULL.number, wrapup_seconds=WRAP_UP, ring_seconds=30)
            centre.past = {call["id"] for call in await centre.rows("calls")}
            await centre.connect_pages()
            await centre.start()
            yield centre
            await centre.quiet()
        finally:
            await centre.close()
            pbx.command("channel request hangup all")  # what a failed test left


@pytest_asyncio.fixture(loop_scope="module")
async def stack() -> AsyncIterator[AsyncExitStack]:
    """Browsers that stay open until the end of the test."""
    async with AsyncExitStack() as parts:
        yield parts


@pytest_asyncio.fixture(loop_scope="module")
async def olena(browser: Browser, centre: Centre, stack: AsyncExitStack) -> OperatorPage:
    """Olena, ready."""
    olena = await stack.enter_async_context(at_the_desk(browser, centre.url, "olena"))
    await olena.ready()
    return olena
