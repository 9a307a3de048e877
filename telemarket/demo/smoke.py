"""The demonstration without people: real calls to simulated desks, and what became of each call."""

import asyncio
import contextlib
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp

from telemarket.asterisk.pbx.endpoints import Operator
from telemarket.asterisk.pbx.sipp import Sipp
from telemarket.calls.projects import ProjectService
from telemarket.core.clock import utc_now
from telemarket.core.database import Database
from telemarket.core.errors import TelemarketError
from telemarket.core.settings import Settings
from telemarket.demo.centre import OPERATORS, PASSWORD, PROJECTS
from telemarket.demo.clients import make_clients
from telemarket.demo.desk_client import DeskClient
from telemarket.demo.evidence import Caller, Desk, PlacedCall, SmokeReport, ended_calls, judge
from telemarket.demo.house import House
from telemarket.demo.packages import Tell

MOST_CALLS = 150
RING_SECONDS = 0.3
TALK_SECONDS = 2.0
PATIENCE_SECONDS = 30.0
CALLS_PER_SECOND = 1.0  # five desks, each busy for less than three seconds a call: nobody has to wait
UNKNOWN_EVERY = 8
START_SECONDS = 30.0
STOP_SECONDS = 20.0


class DaemonDied(TelemarketError):
    """The daemon of the smoke run did not start."""

    error_id = "demo-daemon"


async def run_smoke(house: House, settings: Settings, calls: int, tell: Tell) -> SmokeReport:
    """Place `calls` calls to a centre of desks with telephones in `house`, whose PBX runs. Ends all it starts."""
    async with contextlib.AsyncExitStack() as parts:
        notes = parts.enter_context(tempfile.TemporaryDirectory(prefix="telemarket-world-"))
        database = Database(settings.database_url, pool_size=1)
        parts.push_async_callback(database.close)
        await _without_wrapup(database)
        world = house.world(Path(notes))
        phones = {person.login: await parts.enter_async_context(world.phone(ring=RING_SECONDS)) for person in OPERATORS}
        telephones = [Operator(endpoint=login, kind="static", contact=run.contact) for login, run in phones.items()]
        await asyncio.to_thread(house.connect, telephones)
        tell("Starting the daemon")
        url = await parts.enter_async_context(_daemon(house, settings))
        desks = [await parts.enter_async_context(_staffed(url, login)) for login in phones]
        began = utc_now()
        placed = await _place(world, choose_callers(calls), tell)
        tell("Waiting for the calls to settle")
        rows = await ended_calls(database, began, len(placed))
        for desk in desks:
            desk.rang = [invite.at for invite in (await phones[desk.login].stop()).invites]
        return await judge(database, rows, placed, desks, settings.recordings_dir)


def choose_callers(count: int) -> list[Caller]:
    """Clients with a number of their own, one in UNKNOWN_EVERY replaced by somebody nobody knows."""
    clients = make_clients(utc_now().date())
    shared = Counter(number for client in clients for number in client.numbers)
    dnis = {project.number: project.dnis[0] for project in PROJECTS}
    known = (
        Caller(number=client.numbers[0], dnis=dnis[client.project], contact_id=contact_id)
        for contact_id, client in enumerate(clients, 1)
        if shared[client.numbers[0]] == 1
    )
    return [
        Caller(number=f"3806790000{n:02d}", dnis=PROJECTS[0].dnis[0]) if n % UNKNOWN_EVERY == 0 else next(known)
        for n in range(1, count + 1)
    ]


async def _without_wrapup(database: Database) -> None:
    """A desk is free again as soon as its call has ended."""
    for project in PROJECTS:
        await ProjectService(database).update(project.number, wrapup_seconds=0)


@contextlib.asynccontextmanager
async def _daemon(house: House, settings: Settings) -> AsyncIterator[str]:
    """The daemon as a process of its own, as in production; gives the address of its pages."""
    command = (sys.executable, "-m", "telemarket", "--config", str(house.config), "run")
    with house.log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output
        )
    url = f"http://127.0.0.1:{settings.web.port}"
    try:
        await _until_healthy(process, url)
        yield url
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), STOP_SECONDS)
            except TimeoutError:
                process.kill()
                await process.wait()


async def _until_healthy(process: asyncio.subprocess.Process, url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session:
        while time.monotonic() < deadline and process.returncode is None:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                async with session.get(f"{url}/healthz") as answer:
                    health = await answer.json()
                    if health["ok"] and health["ami"]:
                        return
            await asyncio.sleep(0.05)
    raise DaemonDied(f"The daemon is not ready after {START_SECONDS:.0f} s.", remedy="Its log says why.")


@contextlib.asynccontextmanager
async def _staffed(url: str, login: str) -> AsyncIterator[Desk]:
    """An operator at his page, ready, who notes when each card comes."""
    desk = Desk(login)

    def note(message: dict[str, Any]) -> None:
        if message["type"] == "card":
            desk.cards.setdefault(message["call_id"], time.time())

    async with DeskClient(url, login, PASSWORD, on_message=note) as client:
        await client.ready()
        await client.state("ready")
        yield desk


async def _place(world: Sipp, callers: list[Caller], tell: Tell) -> list[PlacedCall]:
    """Let all of them call, one after the other but not waiting for each other's end."""
    calls: list[asyncio.Task[PlacedCall]] = []
    async with asyncio.TaskGroup() as group:
        for number, caller in enumerate(callers, 1):
            tell(f"Call {number} of {len(callers)}")
            calls.append(group.create_task(_call(world, caller)))
            await asyncio.sleep(1 / CALLS_PER_SECOND)
    return [call.result() for call in calls]


async def _call(world: Sipp, caller: Caller) -> PlacedCall:
    outcome = await world.call(
        caller.dnis, caller=caller.number, talk=TALK_SECONDS, patience=PATIENCE_SECONDS, speak=True
    )
    return PlacedCall(caller=caller, served=outcome.successful == 1 and bool(outcome.answers))
