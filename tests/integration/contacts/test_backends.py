"""Configured backends as administrators and supervisors meet them: the command, the child process, the page."""

import asyncio
import json
import os
import tomllib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import structlog
from click.testing import CliRunner, Result

from telemarket.adapters.child import SECTIONS
from telemarket.adapters.registry import Registry
from telemarket.adapters.schedule import SyncSchedule, child_process
from telemarket.cli.main import cli
from telemarket.contacts.service import ContactService
from telemarket.contacts.sync.states import SyncStates
from telemarket.core.clock import utc_now
from telemarket.core.database import Database
from telemarket.core.migrate import upgrade
from telemarket.core.settings import Settings
from telemarket.numbers import NumberingPlan
from tests.desk import Desk, running_desk, signed_in
from tests.integration.contacts.clients import CLIENTS, make_clients, section

CONFIG = """
data_dir = "{folder}"
[backends.policies]
kind = "sql"
title = "Поліси"
[backends.policies.options]
url = "sqlite:///{folder}/clients.db"
query = "SELECT id, name, phone FROM clients"
[backends.broken]
kind = "sql"
[backends.broken.options]
adress = "nowhere"
"""


@pytest.fixture(autouse=True)
def _usual_logs() -> Iterator[None]:
    """The command silences logs for its process, which here is the tests'."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def clients(tmp_path: Path) -> Path:
    path = tmp_path / "clients.db"
    make_clients(path)
    return path


# ---- the command


@pytest.fixture
def config(tmp_path: Path, clients: Path) -> Path:
    async def prepare() -> None:
        database = Database(f"sqlite+aiosqlite:///{tmp_path}/telemarket.db")
        await upgrade(database)
        await database.close()

    asyncio.run(prepare())
    path = tmp_path / "telemarket.toml"
    path.write_text(CONFIG.format(folder=tmp_path), encoding="utf-8")
    assert tomllib.loads(path.read_text(encoding="utf-8"))
    return path


def run(config: Path, *arguments: str) -> Result:
    result = CliRunner().invoke(cli, ["--config", str(config), "backend", *arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_the_command_synchronises_and_tells_what_came(config: Path, clients: Path) -> None:
    first = json.loads(run(config, "sync", "policies", "--json").stdout)
    assert (first["new"], first["unchanged"]) == (2, 0)
    make_clients(clients, [CLIENTS[0], ("2", "Коваль-Бойко Петро", "050 333 44 55", "", "")])
    assert "1 changed, 1 unchanged" in run(config, "sync", "policies").output
    policies, broken = json.loads(run(config, "list", "--json").stdout)
    assert policies["state"]["succeeded_at"]
    assert "adress" in broken["problem"]
    assert "options.adress" in run(config, "list").output


def test_the_command_checks_each_backend_and_fails_if_one_is_not_well(config: Path, clients: Path) -> None:
    assert run(config, "check", "policies").exit_code == 0
    assert run(config, "check").exit_code == 1
    clients.unlink()
    found = run(config, "check", "policies")
    assert found.exit_code == 1
    assert "FAIL" in found.output


def test_the_command_names_every_kind_with_its_options(config: Path) -> None:
    kinds = {kind["name"]: kind for kind in json.loads(run(config, "kinds", "--json").stdout)}
    assert {"sql", "onec77", "exchange", "graph", "ldap", "domino"} <= set(kinds)
    assert all(option["description"] for kind in kinds.values() for option in kind["options"])


# ---- the child process


@pytest.fixture
async def settings(tmp_path: Path, clients: Path, database_url: str) -> Settings:
    settings = Settings(
        data_dir=tmp_path,
        database={"url": database_url},  # type: ignore[arg-type]
        backends={"policies": section(clients, every=3600)},  # type: ignore[dict-item]
    )
    database = Database(settings.database_url)
    await upgrade(database)
    await database.close()
    return settings


async def test_a_child_process_synchronises_and_gets_no_secret_where_others_see_it(settings: Settings) -> None:
    assert await child_process(settings)("policies") == 0
    database = Database(settings.database_url)
    try:
        match = await ContactService(database, NumberingPlan(), utc_now).match("0671112233")
        state = await SyncStates(database, utc_now).read("policies")
    finally:
        await database.close()
    assert match.contact is not None
    assert match.contact.attributes["поліс"] == "1100039"
    assert (state.counts.new, state.failure, state.running) == (2, None, False)
    assert "database" in SECTIONS
    assert not any("clients.db" in value for value in os.environ.values())


async def test_a_child_that_fails_says_why_in_the_state(settings: Settings, clients: Path) -> None:
    clients.write_bytes(b"this is no database" * 100)
    assert await child_process(settings)("policies") == 1
    database = Database(settings.database_url)
    try:
        state = await SyncStates(database, utc_now).read("policies")
    finally:
        await database.close()
    assert state.failure is not None
    assert state.failure.message


async def test_a_backend_is_synchronised_at_the_start_and_whenever_somebody_asks(settings: Settings) -> None:
    database = Database(settings.database_url)
    states, runs = SyncStates(database, utc_now), asyncio.Queue[str]()

    async def run_child(name: str) -> int:
        assert await states.claim(name, "child")
        await states.succeeded(name, (await states.read(name)).counts)
        runs.put_nowait(name)
        return 0

    schedule = SyncSchedule(Registry(settings, (), utc_now), states, run_child, utc_now)
    task = asyncio.create_task(schedule.run())
    try:
        assert await runs.get() == "policies"
        schedule.ask("policies")
        assert await runs.get() == "policies"
        assert runs.empty()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await database.close()


# ---- the page


@pytest.fixture
async def desk(tmp_path: Path, clients: Path) -> AsyncIterator[Desk]:
    broken = {"kind": "sql", "title": "Зламана", "options": {"adress": "nowhere"}}
    async with running_desk(tmp_path, sources={"policies": section(clients), "broken": broken}) as desk:
        yield desk


async def test_the_page_says_how_each_source_stands_and_what_to_mend(desk: Desk) -> None:
    async with signed_in(desk, "iryna") as supervisor:
        shown = (await supervisor.get("/backends")).text
        assert "Поліси" in shown
        assert "options.adress" in shown
        found = await supervisor.post("/backends/policies/check", headers={"HX-Request": "true"})
        assert "✓" in found.text
        missing = await supervisor.get("/backends/nobody")
        assert missing.status_code == 404


async def test_operators_neither_see_nor_start_synchronisations(desk: Desk) -> None:
    async with signed_in(desk) as operator:
        assert (await operator.get("/backends")).status_code == 403
        assert (await operator.post("/backends/policies/sync")).status_code == 403


async def test_the_card_shows_what_is_left_of_each_service(desk: Desk, tmp_path: Path) -> None:
    assert await child_process(desk.services.settings)("policies") == 0
    contact = (await desk.services.contacts.match("0671112233")).contact
    assert contact is not None
    async with signed_in(desk) as operator:
        card: httpx.Response = await operator.get(f"/contacts/{contact.id}")
    assert "Стаціонар" in card.text
    assert "49 000,5" in card.text.replace("\xa0", " ")
    assert "Поліси" in card.text
