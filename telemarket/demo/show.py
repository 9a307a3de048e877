"""The demonstration for people: the daemon in this process, and callers at the press of a button."""

import asyncio
import signal
import tempfile
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

from telemarket.core import migrate
from telemarket.core.settings import Settings
from telemarket.daemon import Daemon
from telemarket.demo.callers import DemoCallers
from telemarket.demo.campaign import people_to_call, prepare_campaign
from telemarket.demo.centre import LIABILITY
from telemarket.demo.house import House
from telemarket.demo.outside_crm import outside_crm


async def show(house: House, settings: Settings, started: Callable[[str], None]) -> None:
    """Run until SIGINT or SIGTERM; `started` is told the address of the pages."""
    async with AsyncExitStack() as parts:
        notes = parts.enter_context(tempfile.TemporaryDirectory(prefix="telemarket-demo-"))
        crm_url = await parts.enter_async_context(outside_crm())
        daemon = Daemon(settings, demo_call=lambda contact_id: callers.call(contact_id))
        world = house.world(Path(notes))
        callers = DemoCallers(daemon.contacts, daemon.casework, daemon.engine.floor, world)
        parts.push_async_callback(callers.close)
        await migrate.upgrade(daemon.database)
        await daemon.projects.update(LIABILITY.number, crm_url=crm_url, crm_open="frame")
        trunk = await parts.enter_async_context(people_to_call(world))
        project = await daemon.projects.project(LIABILITY.number)
        await prepare_campaign(daemon.outbound, daemon.database, project.id, trunk)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, daemon.stop)
        await daemon.run(lambda: started(daemon.web.url))
