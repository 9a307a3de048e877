"""A PBX whose administrator runs app_queue and plain extensions, and Telemarket beside it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from telemarket.asterisk.pbx.instance import Instance
from telemarket.asterisk.pbx.programs import find_sipp
from telemarket.asterisk.pbx.provide import provide_asterisk
from telemarket.asterisk.pbx.sipp import Sipp
from tests.integration.following.house import House, write_dialplan
from tests.pbx import ROOTFS


@pytest.fixture(scope="package")
def queue_pbx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """An Asterisk with queues and extensions of its own; its dialplan knows nothing of Telemarket."""
    folder = tmp_path_factory.mktemp("queue-pbx")
    write_dialplan(folder)
    instance = Instance(folder, provide_asterisk(ROOTFS, print))
    try:
        yield instance.up()
    finally:
        instance.down()


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    """Telephones and pages that live until the end of the test."""
    async with AsyncExitStack() as parts:
        yield parts


@pytest.fixture
async def house(queue_pbx: Instance, tmp_path: Path) -> AsyncIterator[House]:
    """The house with Telemarket prepared but not started; in the end the PBX must be as empty as before."""
    async with Sipp(find_sipp(ROOTFS), tmp_path, queue_pbx.sip_address) as sipp:
        house = House(queue_pbx, sipp, tmp_path)
        try:
            yield house
            await house.quiet()
        finally:
            await house.close()
