"""The work of imports in processes of their own, so that files cost the calls neither time nor memory.

`python -m telemarket.importing.child TASK …` answers with JSON on standard output: `{"done": …}` or `{"refused": …}`.
"""

import asyncio
import contextlib
import resource
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from telemarket.contacts.sync.merging import trust_of
from telemarket.core.children import run_until_ended, take_settings
from telemarket.core.clock import utc_now
from telemarket.core.database import Database
from telemarket.core.errors import TelemarketError
from telemarket.core.i18n import to_stored, translator
from telemarket.core.settings import Settings
from telemarket.importing.refused import write_refused
from telemarket.importing.running import ImportRunner
from telemarket.importing.sample import keep_sample
from telemarket.importing.scheduled import run_profile
from telemarket.importing.store import ImportStore
from telemarket.importing.undoing import undo
from telemarket.numbers import NumberingPlan

SECTIONS = {"data_dir", "timezone", "language", "database", "numbers", "backends", "imports", "log"}
"""What of the settings an import needs."""
MEMORY = 8 << 30
"""Bytes of address space: a million rows of ten columns take a gigabyte while they are read."""


async def _sample(_settings: Settings, arguments: Sequence[str]) -> None:
    source, target, sheet = arguments
    keep_sample(Path(source), Path(target), sheet)


async def _run(settings: Settings, arguments: Sequence[str]) -> None:
    async with _database(settings) as database:
        await _runner(database, settings).run(int(arguments[0]), Path(arguments[1]))


async def _undo(settings: Settings, arguments: Sequence[str]) -> None:
    async with _database(settings) as database:
        await undo(database, _plan(settings), trust_of(settings), utc_now, int(arguments[0]))


async def _refused(settings: Settings, arguments: Sequence[str]) -> None:
    async with _database(settings) as database:
        rows = await ImportStore(database, utc_now).refused(int(arguments[0]))
    write_refused(Path(arguments[1]), rows, translator(arguments[2], settings.timezone))


async def _profile(settings: Settings, arguments: Sequence[str]) -> None:
    async with _database(settings) as database:
        await run_profile(database, settings, _runner(database, settings), utc_now, int(arguments[0]))


TASKS: dict[str, Callable[[Settings, Sequence[str]], Awaitable[None]]] = {
    "sample": _sample,
    "run": _run,
    "undo": _undo,
    "refused": _refused,
    "profile": _profile,
}


def _runner(database: Database, settings: Settings) -> ImportRunner:
    """A runner that whoever ends this process ends between two batches, not within one."""
    runner = ImportRunner(database, _plan(settings), trust_of(settings), utc_now)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, runner.stop)
    return runner


def _plan(settings: Settings) -> NumberingPlan:
    return NumberingPlan(regions=tuple(settings.numbers.regions), area_code=settings.numbers.area_code)


def main() -> None:
    """Carry out the task that the arguments name."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    settings = take_settings()
    answer = run_until_ended(_answer(settings, sys.argv[1], sys.argv[2:]))
    sys.stdout.buffer.write(msgspec.json.encode(answer or {"done": True}))


async def _answer(settings: Settings, task: str, arguments: Sequence[str]) -> dict[str, Any]:
    try:
        await TASKS[task](settings, arguments)
    except TelemarketError as error:
        field = getattr(error, "field", "")
        return {"refused": {"message": to_stored(error.message), "remedy": to_stored(error.remedy), "field": field}}
    return {"done": True}


@contextlib.asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[Database]:
    database = Database(settings.database_url, pool_size=2, bulk=True)
    try:
        yield database
    finally:
        await database.close()


if __name__ == "__main__":
    main()
