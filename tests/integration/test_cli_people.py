"""`telemarket user` and `telemarket project`, as an administrator types them."""

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from telemarket.cli.main import cli
from telemarket.core.database import Database
from telemarket.core.errors import DatabaseUnavailable, InvalidInput, NotFound
from telemarket.core.migrate import upgrade

ADD_ANNA = ("user", "add", "anna", "--name", "Анна", "--password-stdin")


@pytest.fixture
def endpoints(tmp_path: Path) -> Path:
    return tmp_path / "endpoints.conf"


@pytest.fixture
def environment(database_url: str, tmp_path: Path, endpoints: Path) -> dict[str, str]:
    async def prepare() -> None:
        database = Database(database_url)
        await upgrade(database)
        await database.close()

    asyncio.run(prepare())
    return {
        "TELEMARKET_DATABASE__URL": database_url,
        "TELEMARKET_DATA_DIR": str(tmp_path),
        "TELEMARKET_ASTERISK__ENDPOINTS_FILE": str(endpoints),
    }


def run(environment: dict[str, str], *arguments: str, text: str | None = "correct horse\n") -> Result:
    result = CliRunner().invoke(cli, arguments, env=environment, input=text)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def listed(environment: dict[str, str], what: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(run(environment, what, "list", "--json").stdout)
    return found


def test_people_are_added_listed_and_deactivated(environment: dict[str, str], endpoints: Path) -> None:
    run(environment, *ADD_ANNA, "--role", "supervisor")
    run(environment, "user", "add", "petro", "--name", "Петро", "--telephone", "phone", "--endpoint", "101",
        "--password-stdin")  # fmt: skip
    assert [(u["login"], u["role"], u["endpoint"]) for u in listed(environment, "user")] == [
        ("anna", "supervisor", "page-anna"),
        ("petro", "operator", "101"),
    ]
    assert "page-anna" in endpoints.read_text()
    assert "101" not in endpoints.read_text()  # the PBX's own
    run(environment, "user", "deactivate", "anna")
    assert "page-anna" not in endpoints.read_text()
    assert "deactivated" in run(environment, "user", "list").stdout
    run(environment, "user", "activate", "anna")
    assert "page-anna" in endpoints.read_text()
    run(environment, "user", "passwd", "anna", "--password-stdin", text="another horse\n")


def test_no_password_is_printed(environment: dict[str, str]) -> None:
    result = run(environment, *ADD_ANNA)
    assert "horse" not in result.output


def test_a_dry_run_checks_everything_and_changes_nothing(environment: dict[str, str], endpoints: Path) -> None:
    assert "Would add" in run(environment, *ADD_ANNA, "--dry-run").stdout
    assert "Would add" in run(environment, "project", "add", "077", "КАСКО", "--dnis", "100", "--dry-run").stdout
    assert listed(environment, "user") == listed(environment, "project") == []
    assert not endpoints.exists()
    run(environment, *ADD_ANNA)
    with pytest.raises(InvalidInput, match="belongs to anna"):
        run(environment, *ADD_ANNA, "--dry-run")


def test_projects_are_added_changed_and_served(environment: dict[str, str]) -> None:
    run(environment, *ADD_ANNA)
    run(environment, "project", "add", "077", "КАСКО", "--dnis", "100", "--dnis", "101", "--wrapup-seconds", "45")
    run(environment, "project", "operators", "077", "--add", "anna")
    run(environment, "project", "set", "077", "--no-record", "--crm-open", "window", "--crm-url",
        "https://crm.example/{{ call.ani }}")  # fmt: skip
    (project,) = listed(environment, "project")
    assert (project["dnis"], project["wrapup_seconds"], project["record"]) == (["100", "101"], 45, False)
    assert (project["crm_open"], len(project["operator_ids"])) == ("window", 1)  # type: ignore[arg-type]
    run(environment, "project", "set", "077", "--crm-open", "no", "--inactive")
    assert listed(environment, "project") == []


def test_errors_say_what_is_wrong(environment: dict[str, str]) -> None:
    with pytest.raises(NotFound, match="nobody"):
        run(environment, "user", "passwd", "nobody", "--password-stdin")
    with pytest.raises(InvalidInput, match="--password-stdin"):
        run(environment, "user", "add", "anna", "--name", "Анна")
    with pytest.raises(NotFound, match="077"):
        run(environment, "project", "set", "077", "--name", "X")


def test_a_database_without_tables_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnavailable, match="telemarket db upgrade"):
        run({"TELEMARKET_DATA_DIR": str(tmp_path)}, "user", "list")
