"""`telemarket contacts`, as an administrator types it."""

import asyncio
import json
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from telemarket.cli.main import cli
from telemarket.contacts.model import ContactFields
from telemarket.contacts.service import ContactService
from telemarket.core.clock import utc_now
from telemarket.core.database import Database
from telemarket.core.errors import NotFound
from telemarket.core.migrate import upgrade
from telemarket.numbers import NumberingPlan


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Two contacts of one person, 1 and 2."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'telemarket.db'}"

    async def prepare() -> None:
        database = Database(url)
        await upgrade(database)
        service = ContactService(database, NumberingPlan(), utc_now)
        await service.create(ContactFields(name="Новоха Інна", phones=(("", "0672345678"),), region="Київ"))
        await service.create(
            ContactFields(name="Новоха І.", phones=(("", "0672345678"), ("", "2380055")), region="Львів")
        )
        await database.close()

    asyncio.run(prepare())
    return {"TELEMARKET_DATABASE__URL": url, "TELEMARKET_DATA_DIR": str(tmp_path)}


def run(environment: dict[str, str], *arguments: str, text: str | None = None) -> Result:
    result = CliRunner().invoke(cli, ("contacts", *arguments), env=environment, input=text)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_a_contact_is_found_shown_and_his_double_named(environment: dict[str, str]) -> None:
    [found] = json.loads(run(environment, "search", "інна", "--json").stdout)
    assert (found["id"], found["name"]) == (1, "Новоха Інна")
    assert "+380672345678" in run(environment, "show", "1").stdout
    [double] = json.loads(run(environment, "duplicates", "1", "--json").stdout)
    assert (double["contact"]["id"], double["reasons"]) == (2, ["number"])
    with pytest.raises(NotFound):
        run(environment, "show", "9")


def test_doubles_are_merged_and_parted(environment: dict[str, str]) -> None:
    told = run(environment, "merge", "1", "2", "--take", "region", "--dry-run").stdout
    assert "region: Львів" in told
    assert json.loads(run(environment, "show", "2", "--json").stdout)["merged_into"] is None
    assert "unmerge 1" in run(environment, "merge", "1", "2", "--take", "region").stdout
    kept = json.loads(run(environment, "show", "1", "--json").stdout)
    assert (kept["name"], kept["region"], len(kept["phones"])) == ("Новоха Інна", "Львів", 2)
    assert "region: Київ → Львів" in run(environment, "history", "1").stdout
    run(environment, "unmerge", "1")
    assert json.loads(run(environment, "show", "1", "--json").stdout)["region"] == "Київ"
    assert json.loads(run(environment, "show", "2", "--json").stdout)["merged_into"] is None


def test_a_refusal_outlasts_a_merge(environment: dict[str, str]) -> None:
    async def refuse() -> None:
        database = Database(environment["TELEMARKET_DATABASE__URL"])
        service = ContactService(database, NumberingPlan(), utc_now)
        await service.update(1, ContactFields(consent="given"), None)
        await service.update(2, ContactFields(consent="refused"), None)
        await database.close()

    asyncio.run(refuse())
    assert "consent: refused" in run(environment, "merge", "1", "2").stdout
    assert json.loads(run(environment, "show", "1", "--json").stdout)["consent"] == "refused"


def test_data_are_handed_out_and_erased(environment: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "inna.zip"
    run(environment, "export", "1", str(file))
    with zipfile.ZipFile(file) as archive:
        assert "Новоха Інна" in archive.read("contact.json").decode()
    assert run(environment, "export", "1", str(file)).exit_code == 2
    assert "Would erase contact 1" in run(environment, "erase", "1", "--dry-run").stdout
    assert run(environment, "erase", "1", text="n\n").exit_code == 1
    assert json.loads(run(environment, "show", "1", "--json").stdout)["name"] == "Новоха Інна"
    run(environment, "erase", "1", "--yes")
    erased = json.loads(run(environment, "show", "1", "--json").stdout)
    assert (erased["name"], erased["phones"], erased["archived_at"] is None) == ("", [], False)
