"""A call through the whole of Telemarket: recorded, finished, in the ledger, on the page."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from telemarket.asterisk.pbx.instance import Instance
from telemarket.asterisk.pbx.sipp import Sipp
from telemarket.recordings import audio
from tests.integration.centre import DNIS, PASSWORD, Centre


@pytest.fixture
async def centre(pbx: Instance, sipp: Sipp, tmp_path: Path) -> AsyncIterator[Centre]:
    centre = Centre(pbx, sipp, tmp_path)
    try:
        yield centre
        await centre.quiet()
    finally:
        await centre.close()


async def finished(centre: Centre) -> dict[str, Any]:
    """The one recording, once it has been looked at."""
    async with asyncio.timeout(30):
        while not (rows := [row for row in await centre.rows("recordings") if row["state"] != "expected"]):
            await asyncio.sleep(0.1)
    [row] = rows
    return row


async def test_a_call_is_recorded_in_stereo_and_can_be_listened_to(centre: Centre) -> None:
    async with centre.sipp.phone(ring=0.1, speak=True) as phone:
        await centre.prepare()
        await centre.add_operator("anna", phone)
        await centre.start()
        async with centre.ready("anna"):
            await centre.sipp.call(DNIS, talk=3.0, speak=True)
        recording = await finished(centre)
        assert recording["state"] == "sound"
        assert recording["seconds"] > 2.5
        both = audio.peaks(centre.recordings / recording["file"])
        assert [max(side) > 10 for side in both] == [True, True]
        async with httpx.AsyncClient(base_url=centre.url) as client:
            await client.post("/sign-in", data={"login": "anna", "password": PASSWORD})
            sound = await client.get(f"/recordings/{recording['call_id']}")
    assert len(sound.content) == recording["size"]


async def test_what_a_killed_daemon_left_is_finished_by_the_next(centre: Centre) -> None:
    async with centre.sipp.phone(ring=0.1, speak=True) as phone:
        await centre.prepare()
        await centre.add_operator("anna", phone)
        await centre.start()
        async with centre.ready("anna") as [anna]:
            caller = await centre.sipp.start_calls(DNIS, speak=True)
            await anna.state("talking")
            async with asyncio.timeout(10):
                while not await centre.rows("recordings"):
                    await asyncio.sleep(0.05)
        os.kill(centre.pid, signal.SIGKILL)
        await centre.stop()
        await caller.hang_up()
        await centre.start()
        recording = await finished(centre)
    assert recording["state"] == "sound"
    assert audio.read_shape(centre.recordings / recording["file"]).channels == 2
