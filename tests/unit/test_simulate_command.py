"""`telemarket simulate` as it is typed."""

import json

import pytest
from click.testing import CliRunner, Result

from telemarket.cli.main import cli


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["simulate", *arguments])


DAY = ("day", "--operators", "6", "--calls-per-hour", "60,90", "--talk", "120", "--wrap-up", "10", "--repeat", "3")


def test_a_day_is_a_table_by_half_hour_the_formula_beside_it_and_a_sentence() -> None:
    printed = run(*DAY, "--patience", "60")
    assert printed.exit_code == 0, printed.output
    assert [line.split()[0] for line in printed.output.splitlines()[:4]] == ["time", "0:00", "0:30", "all"]
    assert "answered within 20 s / (offered - abandoned within 20 s)" in printed.output
    assert "Erlang A" in printed.output
    assert "6 operators answer" in printed.output
    assert "3 independent days" in printed.output


def test_the_seed_decides() -> None:
    assert run(*DAY).output == run(*DAY).output
    assert run(*DAY).output != run(*DAY, "--seed", "2").output


def test_json_has_the_same_figures() -> None:
    told = json.loads(run(*DAY, "--json").output)
    assert [row["start"] for row in told["half_hours"]] == [0, 1800]
    assert told["model"] == "Erlang C"
    level = told["measures"]["service_level"]
    assert level["simulated"]["low"] < level["simulated"]["mean"] < level["simulated"]["high"]
    assert 0 < level["expected"] < 1
    assert told["in_words"].startswith("6 operators answer")


def test_staffing_knows_the_textbook_answer() -> None:
    told = run("staffing", "--calls-per-hour", "200,0", "--answer", "0", "--wrap-up", "0", "--json")
    busy, quiet = json.loads(told.output)
    assert busy["operators"] == 14
    assert busy["service_level"] == pytest.approx(0.88835, abs=5e-6)
    assert quiet["operators"] == 0


def test_an_aim_nobody_reaches_is_said() -> None:
    told = run("staffing", "--calls-per-hour", "200", "--answer", "30", "--service-level", "80/20")
    assert "–" in told.output.splitlines()[1]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("day", "--calls-per-hour", "60"), "--operators"),
        (("day", "--operators", "3", "--calls-per-hour", "many"), "60,90,120"),
        (("day", "--operators", "3", "--calls-per-hour", "0"), "not always 0"),
        (("day", "--operators", "3", "--calls-per-hour", "60,70", "--hours", "2"), "--hours"),
        (("staffing", "--calls-per-hour", "60", "--service-level", "80"), "80/20"),
    ],
)
def test_what_makes_no_sense_is_said(arguments: tuple[str, ...], says: str) -> None:
    refused = run(*arguments)
    assert refused.exit_code == 2
    assert says in refused.output
