"""A call centre for campaigns."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from telemarket.asterisk.pbx.instance import Instance
from telemarket.asterisk.pbx.sipp import Sipp
from tests.integration.centre import Centre
from tests.integration.dialer.outbound import Outbound


@pytest.fixture
async def outbound(pbx: Instance, sipp: Sipp, tmp_path: Path) -> AsyncIterator[Outbound]:
    """Prepared but not started; in the end the PBX must be as empty as before."""
    async with _outbound(Centre(pbx, sipp, tmp_path)) as outbound:
        yield outbound


@pytest.fixture
async def on_postgres(pbx: Instance, sipp: Sipp, tmp_path: Path, postgres_url: str) -> AsyncIterator[Outbound]:
    """The same on PostgreSQL."""
    async with _outbound(Centre(pbx, sipp, tmp_path, postgres_url)) as outbound:
        yield outbound


@pytest.fixture
async def second(pbx: Instance, sipp: Sipp, tmp_path: Path, postgres_url: str) -> AsyncIterator[Centre]:
    """Another daemon on the database of `on_postgres`, with an application of its own."""
    folder = tmp_path / "second"
    folder.mkdir()
    centre = Centre(pbx, sipp, folder, postgres_url, extra='app = "telemarket-second"')
    yield centre
    await centre.close()


@asynccontextmanager
async def _outbound(centre: Centre) -> AsyncIterator[Outbound]:
    try:
        async with AsyncExitStack() as parts:
            await centre.prepare()
            yield Outbound(centre, parts)
            await centre.quiet()
    finally:
        await centre.close()
        centre.pbx.command("channel request hangup all")  # what a failed test left
