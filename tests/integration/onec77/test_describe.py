"""`telemarket backend onec77 describe`: what a base holds, by the names to map."""

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from telemarket.cli.main import cli
from tests.onec77.insurance import insurance


def describe(*arguments: str | Path, **environment: str) -> Result:
    return CliRunner().invoke(cli, ["backend", "onec77", "describe", *map(str, arguments)], env=environment)


def found(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    description: dict[str, Any] = json.loads(result.stdout)
    return description


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return insurance().write(tmp_path / "base")


def test_everything_a_mapping_can_name_is_shown(base: Path) -> None:
    told = describe(base).stdout
    for name in ("Контрагенты", "Телефоны", "subordinate", "ТелефонМобильныйО…", "ОстаткиЛимитов", "Полис", "cp1251"):
        assert name in told
    assert "7 rows, folders" in told


def test_programs_read_json(base: Path) -> None:
    description = found(describe(base, "--json"))
    catalogs = {catalog["name"]: catalog for catalog in description["catalogs"]}
    assert list(catalogs) == ["Контрагенты", "Телефоны", "Застрахованные", "Услуги"]
    assert catalogs["Телефоны"]["subordinate"]
    [mobile] = [each for each in catalogs["Застрахованные"]["attributes"] if each["column"] == "SP32"]
    assert mobile == {"name": "ТелефонМобильныйО", "column": "SP32", "type": "C", "length": 30, "cut": True}
    [document] = description["documents"]
    assert [each["name"] for each in document["lines"]] == ["Услуга", "Количество", "КоличествоНачальн"]
    assert description["periodic"] == [{"name": "SP501", "values": 5}]
    assert description["long_strings"] == [{"name": "SP77", "values": 1}]


def test_one_can_be_picked_out(base: Path) -> None:
    description = found(describe(base, "--name", "контр", "--json"))
    assert [each["name"] for each in description["catalogs"]] == ["Контрагенты"]
    assert description["documents"] == []


def test_a_file_that_is_not_there_does_not_hide_the_others(base: Path) -> None:
    (base / "SC48.DBF").unlink()
    catalogs = {each["name"]: each for each in found(describe(base, "--json"))["catalogs"]}
    assert catalogs["Телефоны"]["rows"] is None
    assert "SC48.DBF" in catalogs["Телефоны"]["problem"]
    assert catalogs["Контрагенты"]["rows"] == 7


def test_a_base_in_sql(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'base.db'}"
    engine = sa.create_engine(url)
    insurance().write_sql(engine, tmp_path / "1Cv7.DDS")
    engine.dispose()
    result = describe("--dictionary", tmp_path / "1Cv7.DDS", "--json", TELEMARKET_ONEC77_URL=url)
    assert {each["name"]: each["rows"] for each in found(result)["catalogs"]}["Контрагенты"] == 6


def test_what_is_no_base_is_said(tmp_path: Path) -> None:
    result = describe(tmp_path)
    assert result.exit_code == 1
    assert "1Cv7.DD" in str(result.exception)
    assert describe().exit_code == 2
