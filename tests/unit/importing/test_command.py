"""`telemarket import`: a file named or not by the word, what is told, the status that tells of refused rows."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from telemarket.cli.main import cli
from telemarket.core.errors import InvalidInput


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.setenv("TELEMARKET_DATA_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()

    def invoke(*arguments: str) -> Result:
        result = runner.invoke(cli, arguments)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    invoke("db", "upgrade")
    rows = ["ПІБ;Телефон;Залишок", "Новоха Інна;0672345678;50 000,00", "Бойко;не знає;1", "Коваль;0501112233;2"]
    (tmp_path / "clients.csv").write_text("\n".join(rows), encoding="cp1251")
    return invoke


def test_a_file_is_imported_listed_and_undone(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    columns = json.loads(run("import", "columns", "clients.csv", "--json").stdout)
    assert [each["column"]["target"] for each in columns["columns"]] == ["name", "phone", "attribute:Залишок"]
    rehearsed = run("import", "clients.csv", "--dry-run")
    assert (rehearsed.exit_code, "2 new" in rehearsed.stdout) == (3, True)
    done = run("import", "clients.csv", "--save", "Клієнти", "--refused", "refused.xlsx", "--json")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["counts"]["new"], [each["row"] for each in told["refused"]]) == (3, 2, [3])
    assert (tmp_path / "refused.xlsx").exists()
    again = json.loads(run("import", "file", "--profile", "Клієнти", "clients.csv", "--json").stdout)
    assert (again["counts"]["new"], again["counts"]["unchanged"]) == (0, 2)
    assert [each["name"] for each in json.loads(run("import", "profiles", "--json").stdout)] == ["Клієнти"]
    assert "Undone" in run("import", "undo", str(told["import"])).stdout
    assert [each["state"] for each in json.loads(run("import", "list", "--json").stdout)] == ["done", "undone"]


def test_columns_and_keys_are_told(run) -> None:  # type: ignore[no-untyped-def]
    told = ("--map", "Залишок=attribute:Ліміт:money", "--map", "Телефон=", "--key", "name+company")
    done = run("import", *told, "clients.csv", "--json")
    assert (done.exit_code, json.loads(done.stdout)["counts"]["new"]) == (0, 3)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (("nothing.csv",), "file"),
        (("clients.csv", "--map", "Немає=name"), "map"),
        (("clients.csv", "--map", "Телефон"), "map"),
        (("clients.csv", "--map", "Телефон=telephone"), "columns"),
        (("clients.csv", "--key", "email"), "keys"),
    ],
)
def test_nonsense_is_refused_by_field(run, arguments: tuple[str, ...], field: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InvalidInput) as refused:
        run("import", *arguments)
    assert refused.value.field == field


def test_headings_that_nobody_knows_are_told_by_their_row(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "sums.csv").write_text("Nr;Kwota\nАА-1;100.00\nАА-2;200.50\n")
    told = ("--map", "Nr=name", "--map", "Kwota=attribute:Сума:money", "--key", "name+company")
    done = run("import", "sums.csv", "--header", "1", *told, "--save", "Суми", "--json")
    assert (done.exit_code, json.loads(done.stdout)["counts"]["new"]) == (0, 2)
    again = run("import", "sums.csv", "--profile", "Суми", "--json")
    assert (again.exit_code, json.loads(again.stdout)["counts"]["refused"]) == (0, 0)
