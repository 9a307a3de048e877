"""`telemarket agent` as an operator runs it: a process beside the real daemon, with a browser that takes notes."""

import asyncio
import os
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from telemarket.asterisk.pbx.sipp import FOREVER
from tests.integration.centre import PASSWORD
from tests.integration.following.house import House

CRM = "https://crm.example.com/card?phone={{ call.ani }}&who={{ contact.name }}"


class Desktop:
    """An operator's computer: his own settings, and a browser that only notes what it is told to open."""

    def __init__(self, folder: Path) -> None:
        self._opened = folder / "opened"
        self.settings = folder / "config"
        browser = folder / "browser"
        browser.write_text(f'#!/bin/sh\necho "$1" >> "{self._opened}"\n')
        browser.chmod(0o755)
        self._environment = os.environ | {"XDG_CONFIG_HOME": str(self.settings), "BROWSER": str(browser)}

    @property
    def kept(self) -> Path:
        return self.settings / "telemarket/agent.json"

    async def opened(self, count: int) -> list[str]:
        """What the browser was told to open, once that is `count` addresses."""
        async with asyncio.timeout(15):
            while len(addresses := self._opened.read_text().splitlines() if self._opened.exists() else []) < count:
                await asyncio.sleep(0.05)
        return addresses

    @asynccontextmanager
    async def agent(self, *arguments: str, say: str = "") -> AsyncIterator[asyncio.subprocess.Process]:
        """The agent, running; `say` is typed into it."""
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "telemarket", "agent", *arguments),
            env=self._environment,
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
        )
        assert process.stdin
        process.stdin.write(f"{say}\n".encode())
        process.stdin.close()
        try:
            yield process
        finally:
            if process.returncode is None:
                process.terminate()
            await process.communicate()


async def test_one_sign_in_lasts_over_calls_and_a_restart_of_the_desk(
    house: House, stack: AsyncExitStack, tmp_path: Path
) -> None:
    await house.open(stack, crm_url=CRM, anna={"ring": FOREVER})
    desktop = Desktop(tmp_path)
    async with desktop.agent(house.url, "--login", "anna", "--password-stdin", say=PASSWORD):
        caller = await house.sipp.start_calls("400", caller="380671234567", name="Іва & Co")
        [first] = await desktop.opened(1)
        await caller.hang_up()
        assert first.startswith("https://crm.example.com/card?phone=380671234567&who=%D0%86%D0%B2%D0%B0%20%26%20Co")
        await house.written("journal", kind="call.card_shown")
        await house.stop()
        await house.start()
        caller = await house.sipp.start_calls("400", caller="380501112233")
        assert len(await desktop.opened(2)) == 2
        await caller.hang_up()
    assert stat.S_IMODE(desktop.kept.stat().st_mode) == 0o600
    assert PASSWORD not in desktop.kept.read_text()
    async with desktop.agent("--print") as agent:  # no address, no password
        caller = await house.sipp.start_calls("400", caller="380991112233")
        assert agent.stdout
        printed = await asyncio.wait_for(agent.stdout.readline(), 10)
        await caller.hang_up()
    assert b"phone=380991112233" in printed


async def test_a_sign_in_that_was_ended_ends_the_agent_and_leaves_nothing_behind(
    house: House, stack: AsyncExitStack, tmp_path: Path
) -> None:
    await house.open(stack, anna={"ring": 0.2})
    desktop = Desktop(tmp_path)
    async with desktop.agent(house.url, "--login", "anna", "--password-stdin", say=PASSWORD) as agent:
        caller = await house.sipp.start_calls("400")
        assert await desktop.opened(1) == [f"{house.url}/"]  # without an outside CRM the desk itself
        await caller.hang_up()
        await house.stop()
        await house.end_sessions("anna")
        await house.start()
        _, said = await asyncio.wait_for(agent.communicate(), 15)
    assert agent.returncode == 1
    assert b"sign-in has ended" in said
    assert not desktop.kept.exists()


async def test_signing_out_ends_the_session_at_the_desk_too(
    house: House, stack: AsyncExitStack, tmp_path: Path
) -> None:
    await house.open(stack, anna={"ring": 0.2})
    desktop = Desktop(tmp_path)
    async with desktop.agent(house.url, "--login", "anna", "--password-stdin", say=PASSWORD) as agent:
        assert agent.stderr
        assert b"Waiting" in await asyncio.wait_for(agent.stderr.readline(), 15)
    before = len(await house.rows("sessions"))
    async with desktop.agent("--sign-out") as agent:
        await asyncio.wait_for(agent.communicate(), 15)
    assert agent.returncode == 0
    assert len(await house.rows("sessions")) == before - 1
    assert not desktop.kept.exists()


async def test_a_wrong_password_is_called_that(house: House, stack: AsyncExitStack, tmp_path: Path) -> None:
    await house.open(stack, anna={"ring": 0.2})
    desktop = Desktop(tmp_path)
    async with desktop.agent(house.url, "--login", "anna", "--password-stdin", say="wrong") as agent:
        _, said = await asyncio.wait_for(agent.communicate(), 15)
    assert agent.returncode == 1
    assert b"refused" in said
    assert not desktop.kept.exists()
