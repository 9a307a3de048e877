"""`telemarket nightly`, as an administrator types it."""

import asyncio
import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from telemarket.cli.main import cli
from telemarket.core.clock import utc_now
from telemarket.core.database import Database
from telemarket.dialer.rule_model import Rule
from telemarket.dialer.tables import lead_rules, number_health
from tests.integration.dialer.nightly.night import NightHouse


@pytest.fixture
def environment(tmp_path: Path, sqlite_schema: bytes) -> dict[str, str]:
    """A campaign with a rule that has not been run for long, and somebody it is about."""
    path = tmp_path / "telemarket.db"
    path.write_bytes(sqlite_schema)
    url = f"sqlite+aiosqlite:///{path}"

    async def prepare() -> None:
        database = Database(url)
        house = NightHouse(database)
        house.now = utc_now()
        await house.open()
        await house.person("Коваль", "0670000000", region="Київ")
        await house.rule(await house.campaign(), Rule(region="Київ"))
        async with database.write() as connection:
            await connection.execute(lead_rules.update().values(ran_for=date(2026, 1, 1)))
        await database.close()

    asyncio.run(prepare())
    return {"TELEMARKET_DATABASE__URL": url, "TELEMARKET_DATA_DIR": str(tmp_path)}


def run(environment: dict[str, str], *arguments: str, command: str = "run") -> Result:
    return CliRunner().invoke(cli, ("nightly", command, *arguments), env=environment)


def leads_added(environment: dict[str, str], *arguments: str) -> int:
    return int(json.loads(run(environment, "--json", *arguments).stdout.splitlines()[-1])["rules"])


def test_what_is_due_is_done_once_and_a_dry_run_does_nothing(environment: dict[str, str]) -> None:
    assert leads_added(environment, "--dry-run") == 1
    assert "1 leads added by rules" in run(environment).stdout
    assert leads_added(environment) == 0


def test_what_failed_is_said(tmp_path: Path) -> None:
    empty = {"TELEMARKET_DATABASE__URL": f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"}
    done = run(empty | {"TELEMARKET_DATA_DIR": str(tmp_path)})
    assert done.exit_code != 0
    assert "rules" in str(done.exception)


def test_a_dead_number_is_said_to_be_good(environment: dict[str, str]) -> None:
    async def die() -> None:
        database = Database(environment["TELEMARKET_DATABASE__URL"])
        dead = {"number": "+380670000000", "dead_at": utc_now(), "dead_why": "invalid"}
        async with database.write() as connection:
            await connection.execute(number_health.insert().values(dead))
        await database.close()

    asyncio.run(die())
    assert "0 leads may be called again" in run(environment, "067 000 00 00", command="revive").stdout
    again = run(environment, "067 000 00 00", command="revive")
    assert "+380670000000" in str(again.exception)
    assert run(environment, "hello", command="revive").exit_code == 2
