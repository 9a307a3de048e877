"""Profiles that run by themselves: from a folder, an address, a database; the remaining sum of every contract."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from time import time
from typing import Any

import pytest
from aiohttp import web

from telemarket.contacts.model import OWN, ContactFields
from telemarket.contacts.service import ContactService
from telemarket.core.clock import utc_now
from telemarket.core.database import Database
from telemarket.core.settings import Settings
from telemarket.importing import running, schedule
from telemarket.importing.model import Column, Mapping
from telemarket.importing.processes import SHORT, ImportProcesses
from telemarket.importing.profiles import Outcome, Profile, ProfileStore, Schedule
from telemarket.importing.running import ImportRunner
from telemarket.importing.schedule import ImportSchedule
from telemarket.importing.scheduled import run_profile
from telemarket.importing.store import ImportStore
from telemarket.numbers import NumberingPlan

PLAN = NumberingPlan()
SUMS = Mapping(
    columns=(
        Column(heading="договір", target="attribute:Поліс"),
        Column(heading="залишок", target="attribute:Залишок", kind="money"),
    ),
    keys=("attribute:Поліс",),
    add=False,
)


class Centre:
    """A call centre with one client, whose sums come from outside."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.folder = folder
        self.profiles = ProfileStore(database, utc_now)
        self.contacts = ContactService(database, PLAN, utc_now)
        self.ahead = timedelta(minutes=1)  # files have been left alone for so long

    def settings(self, **source: Any) -> Settings:
        url = self.database.url.replace("+aiosqlite", "").replace("+asyncpg", "")
        return Settings(
            data_dir=self.folder,
            database={"url": url},  # type: ignore[arg-type]
            imports={"sources": {"sums": source}},  # type: ignore[arg-type]
        )

    async def client(self) -> int:
        fields = ContactFields(name="Новоха Інна", attributes={"Поліс": "1100039", "Залишок": "50000.00"})
        return (await self.contacts.create(fields)).id

    async def profile(self) -> Profile:
        profile = await self.profiles.save("Страхові суми", SUMS)
        await self.profiles.schedule(profile.id, Schedule(source="sums", every=60))
        return await self.profiles.get(profile.id)

    async def run(self, settings: Settings, profile: Profile) -> Outcome:
        runner = ImportRunner(self.database, PLAN, {OWN: 100}, utc_now)
        return await run_profile(self.database, settings, runner, lambda: utc_now() + self.ahead, profile.id)

    async def left(self, client: int) -> str:
        return (await self.contacts.get(client)).attributes["Залишок"]


@pytest.fixture
def centre(database: Database, tmp_path: Path) -> Centre:
    return Centre(database, tmp_path)


async def test_files_of_a_folder_are_imported_once_and_again_when_changed(centre: Centre) -> None:
    client, profile = await centre.client(), await centre.profile()
    drop = centre.folder / "drop"
    drop.mkdir()
    settings = centre.settings(kind="folder", folder="drop", pattern="*.csv")
    (drop / "sums.csv").write_text("договір;залишок\n1100039;43 500,00\n", encoding="cp1251")
    (drop / "other.txt").write_text("not asked for", encoding="ascii")
    assert (await centre.run(settings, profile)).failure == ""
    assert await centre.left(client) == "43500.00"
    await centre.run(settings, profile)
    assert len(await ImportStore(centre.database, utc_now).recent()) == 1
    (drop / "sums.csv").write_text("договір;залишок\n1100039;42 000,00\n", encoding="cp1251")
    await centre.run(settings, profile)
    assert await centre.left(client) == "42000.00"


async def test_imported_files_are_put_away_and_a_bad_one_stays_and_is_told(centre: Centre) -> None:
    client, profile = await centre.client(), await centre.profile()
    drop = centre.folder / "drop"
    drop.mkdir()
    settings = centre.settings(kind="folder", folder="drop", done="drop/done")
    (drop / "bad.xlsx").write_bytes(b"PK\x03\x04rubbish")
    (drop / "good.csv").write_text("договір;залишок\n1100039;1,00\n", encoding="utf-8")
    outcome = await centre.run(settings, profile)
    assert "bad.xlsx" in outcome.failure
    assert await centre.left(client) == "1.00"
    assert sorted(path.name for path in drop.iterdir()) == ["bad.xlsx", "done"]
    assert (drop / "done/good.csv").exists()
    again = await centre.run(settings, profile)  # the bad one is not tried again as it is, nor forgotten
    assert (again.failed_at, again.succeeded_at) == (outcome.failed_at, None)
    assert "bad.xlsx" in again.failure
    (drop / "next.csv").write_text("договір;залишок\n1100039;2,00\n", encoding="utf-8")
    assert (await centre.run(settings, profile)).failure == ""


async def test_what_cannot_be_put_away_is_told_and_not_imported_again(centre: Centre) -> None:
    client, profile = await centre.client(), await centre.profile()
    (centre.folder / "drop").mkdir()
    (centre.folder / "file").touch()  # where a folder should be
    settings = centre.settings(kind="folder", folder="drop", done="file/done")
    (centre.folder / "drop/sums.csv").write_text("договір;залишок\n1100039;1,00\n", encoding="utf-8")
    assert "sums.csv" in (await centre.run(settings, profile)).failure
    assert await centre.left(client) == "1.00"
    await centre.run(settings, profile)
    assert len(await ImportStore(centre.database, utc_now).recent()) == 1


async def stopped_at_once(runner: ImportRunner, import_id: int, path: Path, run: Any = ImportRunner.run) -> Any:
    runner.stop()
    return await run(runner, import_id, path)


async def test_a_file_is_gone_on_with_where_its_import_was_ended(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "BATCH", 2)
    profile = await centre.profiles.save("Клієнти", Mapping(columns=(Column(heading="ПІБ", target="name"),)))
    await centre.profiles.schedule(profile.id, Schedule(source="sums", every=60))
    drop = centre.folder / "drop"
    drop.mkdir()
    settings = centre.settings(kind="folder", folder="drop", done="done")
    for name, age in (("first.csv", 20), ("second.csv", 10)):
        (drop / name).write_text("\n".join(["ПІБ", *(f"Коваль {name} {n}" for n in range(5))]), encoding="utf-8")
        os.utime(drop / name, (time() - age, time() - age))
    with monkeypatch.context() as ended:
        ended.setattr(ImportRunner, "run", stopped_at_once)
        outcome = await centre.run(settings, profile)
    assert "first.csv" in outcome.failure
    assert (outcome.succeeded_at, sorted(path.name for path in drop.iterdir())) == (None, ["first.csv", "second.csv"])

    assert (await centre.run(settings, profile)).failure == ""
    assert sorted(path.name for path in (centre.folder / "done").iterdir()) == ["first.csv", "second.csv"]
    done = await ImportStore(centre.database, utc_now).recent()
    assert [(each.title, each.state, each.counts.new) for each in reversed(done)] == [
        ("first.csv", "done", 5),
        ("second.csv", "done", 5),
    ]


async def test_a_turn_while_another_import_works_leaves_nothing_behind(centre: Centre) -> None:
    client, profile = await centre.client(), await centre.profile()
    (centre.folder / "drop").mkdir()
    (centre.folder / "drop/sums.csv").write_text("договір;залишок\n1100039;1,00\n", encoding="utf-8")
    centre.ahead = timedelta(seconds=10)
    settings, imports = centre.settings(kind="folder", folder="drop"), ImportStore(centre.database, utc_now)
    other = await imports.begin_new("other.csv", None, SUMS, None)
    assert (await centre.run(settings, profile)).failure
    assert [each.id for each in await imports.recent()] == [other]
    await imports.end(other, "done")
    assert (await centre.run(settings, profile)).failure == ""
    assert await centre.left(client) == "1.00"


async def test_a_run_that_dies_is_told_at_the_profile(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    profile = await centre.profile()
    (centre.folder / "drop").mkdir()
    monkeypatch.setattr(schedule, "LONG", 0.01)  # nobody gets that far in this time
    processes = ImportProcesses(centre.settings(kind="folder", folder="drop"))
    await ImportSchedule(centre.profiles, processes).run_one(profile)
    outcome = (await centre.profiles.get(profile.id)).outcome
    assert outcome.failure
    assert outcome.failed_at


async def test_a_file_still_being_written_waits(centre: Centre) -> None:
    client, profile = await centre.client(), await centre.profile()
    centre.ahead = timedelta()
    (centre.folder / "drop").mkdir()
    (centre.folder / "drop/sums.csv").write_text("договір;залишок\n1100039;1,00\n", encoding="utf-8")
    await centre.run(centre.settings(kind="folder", folder="drop"), profile)
    assert await centre.left(client) == "50000.00"


@dataclass
class Shop:
    """A web server with a table."""

    url: str = ""
    body: str = "договір;залишок\n1100039;77,00\n"
    status: int = 200
    asked: list[dict[str, str]] = field(default_factory=list)
    open: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    async def answer_late(self, request: web.Request) -> web.Response:
        self.waiting.release()
        await self.open.wait()
        return await self.answer(request)

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(dict(request.headers))
        etag = f'"{hash(self.body)}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304)
        location = {"Location": "http://127.0.0.1:1/elsewhere"} if self.status == 302 else {}
        return web.Response(status=self.status, body=self.body.encode("cp1251"), headers={"ETag": etag, **location})


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    one, app = Shop(), web.Application()
    app.router.add_get("/sums.csv", one.answer)
    app.router.add_get("/late.csv", one.answer_late)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    one.url = f"http://127.0.0.1:{runner.addresses[0][1]}/sums.csv"
    yield one
    await runner.cleanup()


async def test_an_address_is_asked_whether_it_has_news(centre: Centre, shop: Shop) -> None:
    client, profile = await centre.client(), await centre.profile()
    settings = centre.settings(kind="http", url=shop.url, headers={"Authorization": "Bearer geheim"})
    await centre.run(settings, profile)
    assert await centre.left(client) == "77.00"
    assert shop.asked[0]["Authorization"] == "Bearer geheim"
    outcome = await centre.run(settings, profile)
    assert outcome.failure == ""
    assert len(await ImportStore(centre.database, utc_now).recent()) == 1
    shop.body = "договір;залишок\n1100039;76,00\n"
    await centre.run(settings, profile)
    assert await centre.left(client) == "76.00"


async def test_a_file_is_looked_at_while_long_work_goes_on(centre: Centre, shop: Shop) -> None:
    client, profile = await centre.client(), await centre.profile()
    processes = ImportProcesses(centre.settings(kind="http", url=shop.url.replace("sums", "late")))
    file, seen = centre.folder / "clients.csv", centre.folder / "clients.sample"
    file.write_text("договір;залишок\n1100039;1,00\n", encoding="utf-8")
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        for _ in range(2):
            group.create_task(processes.run("profile", profile.id, deadline=60 + SHORT))
            await shop.waiting.acquire()
        await processes.run("sample", file, seen, "")
        shop.open.set()
    assert seen.exists()
    assert await centre.left(client) == "77.00"


async def test_an_address_that_fails_leads_away_or_sends_too_much_is_told(centre: Centre, shop: Shop) -> None:
    profile = await centre.profile()
    settings = centre.settings(kind="http", url=shop.url)
    shop.status = 500
    assert "500" in (await centre.run(settings, profile)).failure
    shop.status = 302
    assert "302" in (await centre.run(settings, profile)).failure
    shop.status, shop.body = 200, "x" * (2 << 20)
    small = settings.model_copy(update={"imports": settings.imports.model_copy(update={"largest_mb": 1})})
    assert "1 MB" in (await centre.run(small, profile)).failure
    nobody = centre.settings(kind="http", url="http://secret:word@127.0.0.1:1/")
    failure = (await centre.run(nobody, profile)).failure
    assert "word" not in failure
    assert (await centre.profiles.get(profile.id)).outcome.failure == failure


async def test_a_query_brings_the_sums(centre: Centre) -> None:
    client, profile = await centre.client(), await centre.profile()
    with sqlite3.connect(centre.folder / "polis.db") as source:
        source.execute("create table polis (number text, rest numeric)")
        source.execute("insert into polis values ('1100039', 12.5), ('1100040', null)")
    source.close()
    query = "select number as договір, rest as залишок from polis"
    settings = centre.settings(kind="sql", url="sqlite:///polis.db", query=query)
    assert (await centre.run(settings, profile)).failure == ""
    assert await centre.left(client) == "12.50"
    wrong = centre.settings(kind="sql", url="sqlite:///polis.db", query="select * from nothing")
    assert (await centre.run(wrong, profile)).failure


async def test_a_due_profile_runs_in_one_process_only(centre: Centre) -> None:
    client, profile = await centre.client(), await centre.profile()
    drop = centre.folder / "drop"
    drop.mkdir()
    (drop / "sums.csv").write_text("договір;залишок\n1100039;5,00\n", encoding="utf-8")
    settings = centre.settings(kind="http", url="http://127.0.0.1:1/")
    assert [due.id for due in await centre.profiles.due()] == [profile.id]
    one = ImportSchedule(centre.profiles, ImportProcesses(settings))
    assert await centre.profiles.take_turn(profile)
    assert not await centre.profiles.take_turn(profile)
    await one.run_one(profile)  # not his turn any more
    assert (await centre.profiles.get(profile.id)).outcome.failed_at is None
    await centre.profiles.want(profile.id)
    await one.run_one((await centre.profiles.due())[0])
    assert (await centre.profiles.get(profile.id)).outcome.failed_at is not None
    assert await centre.left(client) == "50000.00"
