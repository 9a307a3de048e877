"""`telemarket campaign`, as an administrator types it."""

import asyncio
import csv
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import xlsxwriter
from click.testing import CliRunner, Result

from telemarket.calls.projects import ProjectService
from telemarket.cli.main import cli
from telemarket.contacts.model import ContactFields
from telemarket.contacts.service import ContactService
from telemarket.core.clock import utc_now
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput, NotFound
from telemarket.dialer.leads import Leads
from telemarket.importing.errors import UnreadableFile
from telemarket.numbers import NumberingPlan

LIST = """Клієнт;Телефон;Борг;Пріоритет;Зона
Новоха Інна;067 000 00 01;100,50;1;
Коваль Петро;немає;200;2;
Шевчук Олег;0670000002, 044 555-55-55;300;3;Europe/London
Бондар Юрій;067 000 00 01;400;4;
Мельник Ігор;0670000003;500;5;Europe/Atlantis
"""


@pytest.fixture
def environment(tmp_path: Path, sqlite_schema: bytes) -> dict[str, str]:
    """A project with one contact."""
    path = tmp_path / "telemarket.db"
    path.write_bytes(sqlite_schema)
    url = f"sqlite+aiosqlite:///{path}"

    async def prepare() -> None:
        database = Database(url)
        await ProjectService(database).add("077", name="Борги", dnis=["0800"])
        contacts = ContactService(database, NumberingPlan(), utc_now)
        phones = (("", "0501112233"),)
        await contacts.create(ContactFields(name="Ткач Ганна", phones=phones, region="Київ", consent="given"))
        await database.close()

    asyncio.run(prepare())
    return {"TELEMARKET_DATABASE__URL": url, "TELEMARKET_DATA_DIR": str(tmp_path)}


def run(environment: dict[str, str], *arguments: str) -> Result:
    result = CliRunner().invoke(cli, ("campaign", *arguments), env=environment)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_a_campaign_from_its_draft_to_its_pause(environment: dict[str, str]) -> None:
    assert "Would create" in run(environment, "create", "077", "Борги", "--dry-run").stdout
    assert json.loads(run(environment, "list", "--json").stdout) == []
    assert "1 Борги [preview, draft" in run(environment, "create", "077", "Борги", "--profile", "uk-ofcom").stdout
    told = json.loads(run(environment, "show", "1", "--json").stdout)
    assert told["campaign"]["terms"]["profile"]["name"] == "uk-ofcom"
    assert "not ready: It has nobody to call" in run(environment, "show", "1").stdout
    with pytest.raises(InvalidInput, match="nobody to call"):
        run(environment, "start", "1")
    assert "Added 1 leads" in run(environment, "add-leads", "1", "--region", "Київ").stdout
    assert "Would start" in run(environment, "start", "1", "--dry-run").stdout
    assert "running" in run(environment, "start", "1").stdout
    assert "paused" in run(environment, "pause", "1").stdout
    assert "[preview, paused" in run(environment, "list").stdout
    with pytest.raises(NotFound):
        run(environment, "show", "9")


def test_terms_come_from_a_file(environment: dict[str, str], tmp_path: Path) -> None:
    run(environment, "create", "077", "Борги")
    terms = json.loads(run(environment, "show", "1", "--json").stdout)["campaign"]["terms"]
    file = tmp_path / "terms.json"
    file.write_text(json.dumps(terms | {"most_attempts": 3}))
    run(environment, "create", "077", "Ще раз", "--terms", str(file))
    again = json.loads(run(environment, "show", "2", "--json").stdout)["campaign"]["terms"]
    assert again == terms | {"most_attempts": 3}
    file.write_text(run(environment, "show", "2", "--json").stdout, encoding="utf-8-sig")
    run(environment, "create", "077", "Як показано", "--terms", str(file))
    assert json.loads(run(environment, "show", "3", "--json").stdout)["campaign"]["terms"] == again
    file.write_text(json.dumps(terms | {"most_attempts": 0}))
    with pytest.raises(InvalidInput):
        run(environment, "create", "077", "Ні", "--terms", str(file))
    file.write_bytes("{“борг”}".encode("cp1251"))
    with pytest.raises(InvalidInput, match=r"terms\.json cannot be read"):
        run(environment, "create", "077", "Ні", "--terms", str(file))
    assert len(json.loads(run(environment, "list", "--json").stdout)) == 3


def test_a_list_in_a_file_becomes_leads_and_its_rubbish_is_told(environment: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(LIST, encoding="cp1251")
    run(environment, "create", "077", "Борги")
    options = ("--rank", "Пріоритет", "--zone", "Зона", "--name", "Клієнт", "--number", "Телефон")
    tried = run(environment, "add-leads", "1", str(file), *options, "--dry-run")
    assert (tried.exit_code, "Would add 2 leads" in tried.stdout) == (3, True)
    done = run(environment, "add-leads", "1", str(file), *options, "--json")
    added = json.loads(done.stdout)
    assert (done.exit_code, added["added"], added["doubles"], added["refused_count"]) == (3, 2, 1, 2)
    assert [line for line, _ in added["refused"]] == ["3", "6"]

    out = tmp_path / "out.csv"
    assert "Wrote 2 leads" in run(environment, "export", "1", str(out)).stdout
    rows = list(csv.DictReader(out.read_text(encoding="utf-8-sig").splitlines()))
    assert [row["name"] for row in rows] == ["Новоха Інна", "Шевчук Олег"]
    assert rows[1]["numbers"] == "+380670000002, +380445555555"
    assert rows[0]["values"] == "Борг: 100,50"
    assert run(environment, "export", "1", str(out)).exit_code == 2


def test_an_export_that_fails_leaves_no_half_file(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks_off(*_: object) -> AsyncIterator[list[str]]:
        yield ["id"]
        raise KeyboardInterrupt

    monkeypatch.setattr(Leads, "export", breaks_off)
    run(environment, "create", "077", "Борги")
    there = set(tmp_path.iterdir())
    assert run(environment, "export", "1", str(tmp_path / "out.csv")).exit_code == 1
    assert set(tmp_path.iterdir()) == there


def test_columns_are_recognised_and_numbers_of_a_workbook_are_whole(
    environment: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "list.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate([("ПІБ", "Телефон", "Договір"), ("Коваль Петро", 380670000001, 1100039)]):
            sheet.write_row(row, 0, cells)
    run(environment, "create", "077", "Борги")
    assert "Added 1 leads" in run(environment, "add-leads", "1", str(file)).stdout
    with pytest.raises(InvalidInput, match="Номер"):
        run(environment, "add-leads", "1", str(file), "--number", "Номер")


def test_leads_come_from_one_place_at_a_time(environment: dict[str, str], tmp_path: Path) -> None:
    run(environment, "create", "077", "Борги")
    assert run(environment, "add-leads", "1").exit_code == 2
    assert run(environment, "add-leads", "1", "--backend", "crm", "--region", "Київ").exit_code == 2


@pytest.mark.parametrize("attribute", ["Тип", "Тип=", "=позика", " = "])
def test_an_attribute_without_a_value_chooses_nobody(environment: dict[str, str], attribute: str) -> None:
    run(environment, "create", "077", "Борги")
    with pytest.raises(InvalidInput, match="NAME=VALUE"):
        run(environment, "add-leads", "1", "--attribute", attribute)


@pytest.mark.parametrize(
    ("source", "told"), [(("--import-run", "99"), "import 99"), (("--backend", "nosuch"), "nosuch")]
)
def test_a_source_that_is_not_there_is_refused(environment: dict[str, str], source: tuple[str, str], told: str) -> None:
    run(environment, "create", "077", "Борги")
    with pytest.raises(NotFound, match=told):
        run(environment, "add-leads", "1", *source)


def test_numbers_that_must_not_be_called(environment: dict[str, str], tmp_path: Path) -> None:
    added = run(environment, "do-not-call", "add", "067 000 00 01", "+380670000001", "--reason", "asked")
    assert "Added 1; 1 on the list already" in added.stdout
    file = tmp_path / "numbers.txt"
    file.write_text("0670000002\nrubbish\n067 000 00 01\n")
    done = run(environment, "do-not-call", "import", str(file), "--project", "077", "--json")
    assert done.exit_code == 3
    assert json.loads(done.stdout)["added"] == 2
    assert len(run(environment, "do-not-call", "list").stdout.splitlines()) == 3
    listed = json.loads(run(environment, "do-not-call", "list", "--project", "077", "--json").stdout)
    assert {each["number"] for each in listed} == {"+380670000001", "+380670000002"}
    assert "Removed 1" in run(environment, "do-not-call", "remove", "0670000001").stdout
    broken = tmp_path / "numbers.xlsx"
    broken.write_text("0670000003\n")
    with pytest.raises(UnreadableFile, match="no spreadsheet"):
        run(environment, "do-not-call", "import", str(broken))
    with pytest.raises(NotFound):
        run(environment, "do-not-call", "add", "0670000001", "--project", "999")
