"""Test calls: a contact of the demonstration rings up, with a voice, from his own number."""

import asyncio

from telemarket.asterisk.pbx.sipp import Run, Sipp
from telemarket.calls.floor import Floor
from telemarket.calls.model import Project
from telemarket.casework.service import CaseworkService
from telemarket.contacts.service import ContactService
from telemarket.core.errors import InvalidInput, TelemarketError
from telemarket.core.i18n import N_

MOST_AT_ONCE = 5
TALK_SECONDS = 180.0
PATIENCE_SECONDS = 120.0


class TooManyTestCalls(TelemarketError):
    """Enough test calls are going on."""

    error_id = "too-many-test-calls"
    retryable = True


class DemoCallers:
    """Places test calls, at most MOST_AT_ONCE at a time. A caller waits for two minutes, and talks for three."""

    def __init__(self, contacts: ContactService, casework: CaseworkService, floor: Floor, world: Sipp) -> None:
        self._contacts = contacts
        self._casework = casework
        self._floor = floor
        self._world = world
        self._lines = asyncio.Semaphore(MOST_AT_ONCE)
        self._calls: set[asyncio.Task[None]] = set()

    async def call(self, contact_id: int) -> None:
        """Have this contact call. Raises NotFound, InvalidInput if he has no number, and TooManyTestCalls."""
        contact = await self._contacts.get(contact_id)
        number = next((phone.e164 for phone in contact.phones if phone.e164), "")
        if not number:
            raise InvalidInput(N_("This contact has no number to call from."), field="contact_id")
        last = await self._casework.history(contact_id, limit=1)
        project = choose_project(self._floor, last[0].project_number if last else "")
        if self._lines.locked():
            raise TooManyTestCalls(
                N_("%(count)s test calls are going on already.", count=MOST_AT_ONCE),
                remedy=N_("Hang one up, or wait until it ends."),
            )
        await self._lines.acquire()
        try:
            run = await self._world.start_calls(
                project.dnis[0],
                caller=number.removeprefix("+"),
                talk=TALK_SECONDS,
                patience=PATIENCE_SECONDS,
                speak=True,
            )
        except BaseException:
            self._lines.release()
            raise
        task = asyncio.create_task(self._until_end(run))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    async def close(self) -> None:
        """Hang up."""
        calls = tuple(self._calls)
        for task in calls:
            task.cancel()
        await asyncio.gather(*calls, return_exceptions=True)

    async def _until_end(self, run: Run) -> None:
        try:
            await run.outcome()
        finally:
            self._lines.release()
            await run.stop()


def choose_project(floor: Floor, usual: str) -> Project:
    """One with an operator available, for who pressed the button wants the call himself; if it can be, the `usual`."""
    called = [project for project in floor.projects.values() if project.dnis]
    return max(called, key=lambda project: (bool(floor.available[project.id]), project.number == usual))
