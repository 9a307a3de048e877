"""A call centre with two operators at desk phones."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from telemarket.asterisk.pbx.instance import Instance
from telemarket.asterisk.pbx.sipp import Sipp
from tests.integration.calls.people import People
from tests.integration.centre import Centre
from tests.integration.conftest import SetGlobal


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    """Telephones and pages that live until the end of the test."""
    async with AsyncExitStack() as parts:
        yield parts


@pytest.fixture
async def centre(pbx: Instance, sipp: Sipp, tmp_path: Path) -> AsyncIterator[Centre]:
    """A call centre that is prepared but not started; in the end the PBX must be as empty as before."""
    centre = Centre(pbx, sipp, tmp_path)
    try:
        yield centre
        await centre.quiet()
    finally:
        await centre.close()
        pbx.command("channel request hangup all")  # what a failed test left


@pytest.fixture
def people(centre: Centre, stack: AsyncExitStack) -> People:
    """Makes people for the call centre."""
    return People(centre, stack)


@pytest.fixture
def trunk(set_global: SetGlobal) -> None:
    """Calls to numbers go to whoever `people.outside` made."""
    set_global("TELEMARKET_TRUNK", "trunk")
