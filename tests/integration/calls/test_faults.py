"""What goes wrong in a night: the PBX or the daemon dies, the database is away, five hundred call at once."""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import psutil
import pytest

from telemarket.asterisk.pbx.instance import Instance
from telemarket.asterisk.pbx.programs import find_sipp
from telemarket.asterisk.pbx.sipp import FOREVER, Sipp
from tests.integration.centre import DNIS, Centre
from tests.integration.conftest import FreshInstance
from tests.pbx import ROOTFS
from tests.postgres import PrivatePostgres


@pytest.fixture
async def own_pbx(fresh_instance: FreshInstance, tmp_path: Path) -> AsyncIterator[Centre]:
    """A call centre with a PBX that may be killed."""
    instance = fresh_instance(tmp_path / "pbx").up()
    async with Sipp(find_sipp(ROOTFS), tmp_path, instance.sip_address) as sipp:
        centre = Centre(instance, sipp, tmp_path)
        try:
            yield centre
        finally:
            await centre.close()


def kill(instance: Instance) -> None:
    pid = instance.pid()
    assert pid is not None
    process = psutil.Process(pid)
    process.kill()
    process.wait(10)


async def test_asterisk_killed_with_twenty_calls_up(own_pbx: Centre, stack: AsyncExitStack) -> None:
    centre, logins = own_pbx, [f"op{number}" for number in range(5)]
    phone = await stack.enter_async_context(centre.sipp.phone(ring=0.1))
    await centre.prepare()
    for login in logins:
        await centre.add_operator(login, phone)
    await centre.start()
    async with centre.ready(*logins) as desks:
        await centre.sipp.start_calls(DNIS, count=20, rate=20, talk=FOREVER)
        for desk in desks:
            await desk.state("talking")
        await desks[0].until(lambda: desks[0].agent["waiting"] == 15)
        kill(centre.pbx)
        centre.pbx.up()
        for desk in desks:  # nobody stays in a call that is no more
            await desk.state("ready", timeout=30)
        ended = await centre.calls(20)
        assert len(ended) == 20
        results = Counter(call["result"] for call in ended)
        assert results == {"answered": 5, "ended-unobserved": 15}
        again = await centre.sipp.call(DNIS, talk=0.5)  # and the next caller is served
        assert again.statuses[-1] == 200
    await centre.quiet()


@pytest.fixture
async def on_postgres(pbx: Instance, sipp: Sipp, tmp_path: Path) -> AsyncIterator[tuple[Centre, PrivatePostgres]]:
    """A call centre on a database server of its own."""
    with PrivatePostgres() as server:
        centre = Centre(pbx, sipp, tmp_path, server.create("centre"))
        try:
            yield centre, server
        finally:
            await centre.close()


async def test_the_database_away_for_thirty_seconds(
    on_postgres: tuple[Centre, PrivatePostgres], stack: AsyncExitStack
) -> None:
    centre, server = on_postgres
    phone = await stack.enter_async_context(centre.sipp.phone(ring=0.1))
    await centre.prepare()
    await centre.add_operator("anna", phone)
    await centre.start()
    async with centre.ready("anna") as [anna]:
        before = await centre.sipp.start_calls(DNIS, caller="380509990001", talk=5)
        await anna.state("talking")
        server.stop()
        away = asyncio.get_running_loop().time()
        outcomes = [await before.outcome()]  # the conversation goes on, and others are had meanwhile
        for number in range(2, 5):
            outcomes.append(await centre.sipp.call(DNIS, caller=f"38050999000{number}", talk=1))
        assert [outcome.statuses[-1] for outcome in outcomes] == [200] * 4
        while asyncio.get_running_loop().time() < away + 30:
            await asyncio.sleep(0.2)
        server.start()
        calls = await centre.calls(4)
    assert {call["ani"] for call in calls} == {f"38050999000{number}" for number in range(1, 5)}
    assert {call["result"] for call in calls} == {"answered"}


async def test_five_hundred_calls_at_once(centre: Centre, stack: AsyncExitStack) -> None:
    logins = [f"op{number}" for number in range(10)]
    phone = await stack.enter_async_context(centre.sipp.phone(ring=0.1, talk=0.2))
    await centre.prepare()
    for login in logins:
        await centre.add_operator(login, phone)
    await centre.start()
    async with centre.ready(*logins):
        crowd = await centre.sipp.call(DNIS, count=500, rate=500)
    assert (crowd.successful, crowd.failed) == (500, 0), crowd.errors
    calls = await centre.calls(500)
    assert len(calls) == 500
    assert {call["result"] for call in calls} == {"answered"}


@pytest.mark.parametrize("state", ["ringing", "talking", "held", "consulting", "parked", "wrap-up"])
async def test_kill_9_of_the_daemon_at_every_step(centre: Centre, stack: AsyncExitStack, state: str) -> None:
    """The caller is not lost: he is in conversation, or in an operator's hands again, and has one record."""
    first = await stack.enter_async_context(centre.sipp.phone(ring=1.0))
    second = await stack.enter_async_context(centre.sipp.phone(ring=0.2))
    await centre.prepare(wrapup_seconds=30)
    await centre.add_operator("anna", first)
    await centre.add_operator("boris", second)
    await centre.start()
    async with centre.ready("anna") as [anna], centre.desk("boris") as boris:
        caller = await centre.sipp.start_calls(DNIS, caller="380671234567")
        await anna.state("ringing")
        if state != "ringing":
            await anna.state("talking")
        match state:
            case "held":
                await anna.post("/desk/hold", on="1")
                await centre.written("journal", kind="call.held")
            case "consulting":
                await boris.ready()
                await anna.post("/desk/transfer", to="operator:boris", attended="1")
                await centre.written("journal", kind="call.consulted")
            case "parked":
                await anna.post("/desk/park")
                await centre.written("journal", kind="call.parked")
            case "wrap-up":
                await centre.written("journal", kind="call.answered")  # the caller has heard of it too by then
                await caller.hang_up()
                await centre.written("journal", kind="call.ended")
        await centre.stop(signal.SIGKILL)
        await centre.start()
        await anna.connect()
        await boris.connect()
        if state == "wrap-up":
            await anna.state("wrap-up")
        else:
            if state == "parked":
                await anna.post("/desk/ready")
            await anna.state("talking")
            await anna.until(lambda: anna.agent["call"]["held"] is (state in ("held", "consulting")))
            await caller.hang_up()
            await anna.state("wrap-up")
    assert (await centre.call())["result"] == "answered"
