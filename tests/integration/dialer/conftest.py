"""A call centre for campaigns."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from telemarket.asterisk.pbx.instance import Instance
from telemarket.asterisk.pbx.sipp import Sipp
from tests.integration.centre import Centre
from tests.integration.dialer.outbound import Outbound


@pytest.fixture
async def outbound(pbx: Instance, sipp: Sipp, tmp_path: Path) -> AsyncIterator[Outbound]:
    """Prepared but not started; in the end the PBX must be as empty as before."""
    centre = Centre(pbx, sipp, tmp_path)
    try:
        async with AsyncExitStack() as parts:
            await centre.prepare()
            yield Outbound(centre, parts)
            await centre.quiet()
    finally:
        await centre.close()
        pbx.command("channel request hangup all")  # what a failed test left
