"""`telemarket simulate day --project`: a day with what is stored of a project."""

import asyncio
import json
from typing import Any

import pytest
from click.testing import CliRunner

from telemarket.calls.projects import ProjectService
from telemarket.cli.main import cli
from telemarket.core.clock import utc_now
from telemarket.core.database import Database
from telemarket.core.errors import NotFound
from telemarket.core.identity import IdentityService
from telemarket.core.migrate import upgrade


@pytest.fixture
def environment(database_url: str) -> dict[str, str]:
    """Project 077, served by three, with a wrap-up of ten minutes."""

    async def prepare() -> None:
        database = Database(database_url)
        await upgrade(database)
        identity = IdentityService(database, utc_now, 12)
        logins = ("anna", "petro", "olha")
        for login in logins:
            await identity.create_user(login, "correct horse", name=login, role="operator")
        projects = ProjectService(database)
        await projects.add("077", name="КАСКО", dnis=["100"], wrapup_seconds=600)
        await projects.change_operators("077", add=logins)
        await database.close()

    asyncio.run(prepare())
    return {"TELEMARKET_DATABASE__URL": database_url}


def day(environment: dict[str, str], *arguments: str) -> dict[str, Any]:
    typed = ["simulate", "day", "--calls-per-hour", "12", "--repeat", "2", "--patience", "60", "--json", *arguments]
    result = CliRunner().invoke(cli, typed, env=environment)
    if result.exception:
        raise result.exception
    told: dict[str, Any] = json.loads(result.stdout)
    return told


def test_a_days_operators_and_wrap_up_are_the_projects_unless_given(environment: dict[str, str]) -> None:
    as_stored = day(environment, "--project", "077")
    assert as_stored["operators"] == 3
    assert as_stored["measures"]["occupancy"]["simulated"]["mean"] > 0.5
    shorter = day(environment, "--project", "077", "--wrap-up", "0", "--operators", "6")
    assert shorter["operators"] == 6
    assert shorter["measures"]["occupancy"]["simulated"]["mean"] < 0.2


def test_an_unknown_project_is_named(environment: dict[str, str]) -> None:
    with pytest.raises(NotFound, match="078"):
        day(environment, "--project", "078")
