"""The watchdog's own process against a real Asterisk, while what stands for the daemon dies."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from telemarket.asterisk.ari import AriClient
from telemarket.asterisk.ari.models import Channel
from telemarket.asterisk.pbx.instance import Instance
from telemarket.asterisk.pbx.sipp import FOREVER, Run, Sipp
from tests.integration.hall import clear

Daemon = tuple[Process, int]
Call = Callable[[str], Awaitable[None]]
APP = "telemarket"
FALLBACK = "telemarket-fallback"


@pytest.fixture
async def ari(pbx: Instance, call: Call, daemon: Daemon) -> AsyncIterator[AriClient]:
    client = AriClient(pbx.ari_url, pbx.access.ari_user, pbx.access.ari_password, APP)
    yield client
    await clear(client)
    await client.close()


@pytest.fixture
async def call(sipp: Sipp) -> AsyncIterator[Call]:
    """Has somebody call a number and stay on the line."""
    runs: list[Run] = []

    async def start(number: str) -> None:
        runs.append(await sipp.start_calls(number))

    yield start
    await asyncio.gather(*(run.stop() for run in runs))


@asynccontextmanager
async def process(*arguments: str, stderr: int | None = None, **environment: str) -> AsyncIterator[Process]:
    child = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=PIPE, stderr=stderr, env=environment or None
    )
    try:
        yield child
    finally:
        if child.returncode is None:
            child.send_signal(signal.SIGCONT)
            child.kill()
            await child.wait()


@pytest.fixture
async def daemon(pbx: Instance, sipp: Sipp) -> AsyncIterator[Daemon]:
    """What stands for the daemon, and its port."""
    async with AsyncExitStack() as stack:
        phones = [
            f"PJSIP/world/{(await stack.enter_async_context(sipp.phone(ring=ring))).contact}"
            for ring in (0.01, FOREVER)
        ]
        access = pbx.access
        child = await stack.enter_async_context(
            process("-m", "tests.integration.holder", pbx.ari_url, APP, access.ari_user, access.ari_password, *phones)
        )
        assert child.stdout
        yield child, int(await child.stdout.readline())


@pytest.fixture
async def watchdog(pbx: Instance, daemon: Daemon) -> AsyncIterator[Process]:
    """`telemarket watchdog`, once it has seen the daemon alive."""
    environment = {
        "TELEMARKET_ASTERISK__ARI_URL": pbx.ari_url,
        "TELEMARKET_ASTERISK__ARI_USER": pbx.access.ari_user,
        "TELEMARKET_ASTERISK__ARI_PASSWORD": pbx.access.ari_password,
        "TELEMARKET_WEB__PORT": str(daemon[1]),
    }
    async with process(
        "-c", "from telemarket.cli.main import main; main()", "watchdog", stderr=PIPE, **environment
    ) as child:
        await seen_alive(child)
        yield child


async def seen_alive(watchdog: Process) -> None:
    """Wait until it says so."""
    assert watchdog.stderr
    async with asyncio.timeout(30):
        while b"the daemon is alive" not in (line := await watchdog.stderr.readline()):
            assert line, "the watchdog has ended"


async def until(found: Callable[[dict[str, Channel]], bool], ari: AriClient, seconds: float = 15) -> None:
    """Wait until the PBX's channels, by the number dialled or our own id, are as wanted."""
    async with asyncio.timeout(seconds):
        while not found(await channels(ari)):  # what the PBX does sends us no event
            await asyncio.sleep(0.05)


async def channels(ari: AriClient) -> dict[str, Channel]:
    return {
        channel.id if channel.id.startswith("tm-") else channel.dialplan.exten: channel
        for channel in await ari.channels.list()
    }


def in_fallback(channel: Channel) -> bool:
    return channel.dialplan.context == FALLBACK


@pytest.mark.parametrize("death", [signal.SIGKILL, signal.SIGSTOP])
async def test_waiting_callers_reach_the_fallback_within_5_s_and_conversations_go_on(
    death: signal.Signals, ari: AriClient, daemon: Daemon, watchdog: Process, call: Call
) -> None:
    for number in ("7777", "6666", "5555"):
        await call(number)
    await until(
        lambda now: (
            {"tm-talking", "tm-ringing", "7777", "6666", "5555"} <= now.keys()
            and all(now[name].state == "Up" for name in ("tm-talking", "7777", "6666", "5555"))
            and now["tm-ringing"].state == "Ringing"
        ),
        ari,
    )
    daemon[0].send_signal(death)
    await until(lambda now: in_fallback(now["6666"]) and in_fallback(now["5555"]) and "tm-ringing" not in now, ari, 5)
    now = await channels(ari)
    assert not in_fallback(now["7777"])
    [bridge] = [bridge for bridge in await ari.bridges.list() if bridge.id == "tm-conversation"]
    assert set(bridge.channels) == {"tm-talking", now["7777"].id}


async def test_callers_a_frozen_daemon_is_still_handed_are_sent_on_too_until_it_wakes(
    ari: AriClient, daemon: Daemon, watchdog: Process, call: Call
) -> None:
    daemon[0].send_signal(signal.SIGSTOP)
    await call("5555")
    await until(lambda now: "5555" in now and in_fallback(now["5555"]), ari)
    await call("4444")
    await until(lambda now: "4444" in now and in_fallback(now["4444"]), ari)
    daemon[0].send_signal(signal.SIGCONT)
    await seen_alive(watchdog)
    await call("3333")
    await until(lambda now: "3333" in now and now["3333"].state == "Up", ari)
    assert not in_fallback((await channels(ari))["3333"])


async def test_it_ends_when_asked_to(watchdog: Process) -> None:
    watchdog.terminate()
    async with asyncio.timeout(15):
        assert await watchdog.wait() == 0
