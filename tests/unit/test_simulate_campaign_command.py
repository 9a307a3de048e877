"""`telemarket simulate campaign` as it is typed."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from telemarket.cli.main import cli

SHORT = ("--operators", "3", "--days", "2", "--hours", "1")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["simulate", "campaign", *arguments])


def test_days_are_rows_and_a_sentence() -> None:
    printed = run(*SHORT)
    assert printed.exit_code == 0, printed.output
    assert [line.split()[0] for line in printed.output.splitlines()[:4]] == ["day", "1", "2", "all"]
    assert "1.0% allowed" in printed.output


def test_options_come_from_a_file_and_what_is_typed_counts_more(tmp_path: Path) -> None:
    file = tmp_path / "spring.toml"
    file.write_text('operators = 3\ndays = 2\nhours = 1\nmode = "progressive"\ntarget = 3\nseed = 5\n')
    told = json.loads(run("--file", str(file), "--json").output)
    assert (len(told["days"]), told["target"], told["abandoned"]) == (2, 0.03, 0)
    assert len(json.loads(run("--file", str(file), "--days", "1", "--json").output)["days"]) == 1


def test_what_a_file_must_not_say_is_named(tmp_path: Path) -> None:
    file = tmp_path / "spring.toml"
    file.write_text("operatives = 3\n")
    refused = run("--file", str(file))
    assert refused.exit_code == 2
    assert "operatives is no option" in refused.output


@pytest.mark.parametrize(
    "line", ["swing = 3", "swing = [1]", "talk = true", "svg = 5", "operators = [3]", "hours = {}", "json = 1"]
)
def test_a_value_of_a_wrong_kind_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "spring.toml"
    file.write_text(line)
    refused = run("--file", str(file), "--operators", "3")
    assert refused.exit_code == 2
    assert line.partition(" ")[0] in refused.output.splitlines()[-1]


def test_a_picture_is_drawn(tmp_path: Path) -> None:
    file = tmp_path / "days.svg"
    assert run(*SHORT, "--svg", str(file)).exit_code == 0
    bars = ElementTree.parse(file).iter("{http://www.w3.org/2000/svg}rect")  # noqa: S314
    assert len(list(bars)) == 4
