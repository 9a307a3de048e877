"""Imports as the daemon runs them: in processes that may be killed, ended with the daemon, gone on with, undone."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa

from telemarket.contacts.tables import contacts
from telemarket.core.errors import InvalidInput
from telemarket.importing.errors import ImportBusy
from telemarket.importing.store import Import
from tests.desk import Desk, running_desk

ROWS = 8_000


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with running_desk(tmp_path) as running:
        yield running


async def handed_in(desk: Desk, text: str) -> int:
    async def blocks() -> AsyncIterator[bytes]:
        yield text.encode("cp1251")

    return (await desk.services.imports.add("clients.csv", blocks(), desk.senior.id)).id


async def until(desk: Desk, import_id: int, there: Callable[[Import], bool]) -> Import:
    """The import once `there` is true of it; only the database tells what the child does."""
    async with asyncio.timeout(60):
        while not there(found := await desk.services.imports.imports.get(import_id)):
            await asyncio.sleep(0.01)
        return found


async def count(desk: Desk) -> int:
    async with desk.database.read() as connection:
        return int(await connection.scalar(sa.select(sa.func.count()).select_from(contacts)) or 0)


def clients() -> str:
    return "\n".join(["ПІБ;Телефон", *(f"Коваль {n};067{2_000_000 + n}" for n in range(ROWS))])


async def test_an_import_that_is_killed_or_ended_loses_and_doubles_nothing(desk: Desk) -> None:
    imports, before = desk.services.imports, await count(desk)
    import_id = await handed_in(desk, clients())
    await imports.start(import_id)
    await until(desk, import_id, lambda found: found.counts.new > 0)
    with pytest.raises(ImportBusy):
        await imports.start(import_id)
    for child in psutil.Process().children():
        if "telemarket.importing.child" in child.cmdline():
            os.kill(child.pid, signal.SIGKILL)
    killed = await until(desk, import_id, lambda found: not found.works)
    assert (killed.state, await count(desk)) == ("failed", before + killed.counts.new)

    await imports.start(import_id)
    await until(desk, import_id, lambda found: found.counts.new > killed.counts.new)
    await imports.close()
    ended = await imports.imports.get(import_id)
    assert (ended.state, await count(desk)) == ("stopped", before + ended.counts.new)

    await imports.start(import_id)
    done = await until(desk, import_id, lambda found: not found.works)
    assert (done.state, done.counts.new, await count(desk)) == ("done", ROWS, before + ROWS)
    await imports.undo(import_id)
    undone = await until(desk, import_id, lambda found: not found.works)
    assert (undone.state, await count(desk)) == ("undone", before)


async def test_a_file_that_is_no_table_leaves_nothing(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="web page"):
        await handed_in(desk, "<html></html>")
    assert await desk.services.imports.imports.recent() == []
    assert list((tmp_path / "imports").iterdir()) == []
