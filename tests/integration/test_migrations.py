"""The schema that migrations make is the one the code declares."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from click.testing import CliRunner

from telemarket.cli.main import cli
from telemarket.core import migrate
from telemarket.core.database import Database, metadata
from telemarket.core.errors import ConfigurationError


def differences(connection: sa.Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": migrate.is_declared})
    return compare_metadata(context, metadata)


async def test_migrations_make_the_tables_the_code_declares(database: Database) -> None:
    async with database.read() as connection:
        assert await connection.run_sync(differences) == []


async def test_upgrading_again_changes_nothing(database: Database) -> None:
    await migrate.upgrade(database)
    assert await migrate.current(database) == migrate.head()


async def test_two_processes_upgrading_at_once_both_succeed(database_url: str) -> None:
    program = "from telemarket.cli.main import main; main()"
    environment = {**os.environ, "TELEMARKET_DATABASE__URL": database_url}
    processes = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", program, "db", "upgrade", "--json"), env=environment, stdout=PIPE, stderr=STDOUT
        )
        for _ in range(2)
    ]
    for process in processes:
        output, _ = await process.communicate()
        assert json.loads(output)["up_to_date"], output


async def test_a_later_versions_database_is_refused_in_words(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = 'later'"))
    with pytest.raises(ConfigurationError, match=r"later.*another version"):
        await migrate.upgrade(database)


def test_the_command_line_upgrades_and_reports(tmp_path: Path) -> None:
    def run(*arguments: str) -> tuple[int, dict[str, Any]]:
        done = CliRunner().invoke(cli, ["db", *arguments, "--json"], env={"TELEMARKET_DATA_DIR": str(tmp_path)})
        return done.exit_code, json.loads(done.output)

    status, before = run("status")
    assert (status, before["current"], before["up_to_date"]) == (1, None, False)
    status, after = run("upgrade")
    assert (status, after["current"], after["up_to_date"]) == (0, migrate.head(), True)
    assert run("status") == (0, after)
