"""`telemarket project`: plans carried to files and back, holidays, skills and order from the command line."""

import json
from pathlib import Path

import pytest

from telemarket.core.errors import InvalidInput, NotFound
from tests.integration.test_cli_people import ADD_ANNA, endpoints, environment, run

__all__ = ["endpoints", "environment"]

TOML = """
language = "en"   # what callers hear
strategy = "skill-level"

[[skills]]
skill = "english"
level = 60
relax = [{ after = 50, level = 40 }]   # the longer he waits, the less is enough

[[overflow]]
when = "waited"
after = 120
to = "operator:anna"
"""


@pytest.fixture
def centre(environment: dict[str, str]) -> dict[str, str]:
    """A database with one operator and one project."""
    run(environment, *ADD_ANNA)
    run(environment, "project", "add", "077", "КАСКО", "--dnis", "100")
    run(environment, "project", "operators", "077", "--add", "anna", text=None)
    return environment


def shown(environment: dict[str, str]) -> dict[str, dict[str, object]]:
    project: dict[str, dict[str, object]] = json.loads(run(environment, "project", "show", "077", "--json").stdout)
    return project


def test_a_plan_is_carried_to_a_file_and_back(centre: dict[str, str], tmp_path: Path) -> None:
    source, carried = tmp_path / "plan.toml", tmp_path / "plan.json"
    source.write_text(TOML)
    assert "can be taken" in run(centre, "project", "plan", "077", "--import", str(source), "--dry-run").stdout
    assert shown(centre)["plan"]["language"] == "uk"
    run(centre, "project", "plan", "077", "--import", str(source))
    plan = shown(centre)["plan"]
    assert (plan["language"], plan["strategy"]) == ("en", "skill-level")
    run(centre, "project", "plan", "077", "--export", str(carried))
    run(centre, "project", "add", "078", "ДМС")
    run(centre, "project", "plan", "078", "--import", str(carried))
    assert json.loads(run(centre, "project", "plan", "078", "--export", "-").stdout) == plan


def test_a_plan_that_cannot_be_meant_is_refused_by_field(centre: dict[str, str], tmp_path: Path) -> None:
    source = tmp_path / "plan.toml"
    for wrong, field in (
        (TOML.replace("anna", "nobody"), "plan.overflow[0].to"),
        (TOML.replace("after = 120", 'after = "soon"'), "plan.overflow[0].after"),
        (TOML + "greeting = 5", "plan.overflow[0]"),
        ("[", "plan"),
        ('greeting = "no-such-sound"', "plan.greeting"),
    ):
        source.write_text(wrong)
        with pytest.raises(InvalidInput) as refused:
            run(centre, "project", "plan", "077", "--import", str(source))
        assert refused.value.field == field
    assert shown(centre)["plan"]["overflow"] == []


def test_holidays_come_from_a_list(centre: dict[str, str]) -> None:
    run(centre, "project", "holidays", "077", "-", text="2026-12-25\n31.12.2026 9-13  # shorter\n")
    run(centre, "project", "holidays", "077", "-", text="2027-01-01\n")
    hours = shown(centre)["plan"]["hours"]
    assert isinstance(hours, dict)
    assert hours["days"] == {"2026-12-25": [], "2026-12-31": [{"since": "09:00", "until": "13:00"}], "2027-01-01": []}
    with pytest.raises(InvalidInput, match="Line 2"):
        run(centre, "project", "holidays", "077", "-", text="2027-03-08\n2027-02-30\n")
    run(centre, "project", "holidays", "077", "-", "--replace", text="2027-03-08\n")
    hours = shown(centre)["plan"]["hours"]
    assert isinstance(hours, dict)
    assert list(hours["days"]) == ["2027-03-08"]


def test_skills_and_order(centre: dict[str, str]) -> None:
    assert "english 80, polish 40" in run(centre, "project", "skills", "anna", "english=80", "polish=40").stdout
    assert "english 80." in run(centre, "project", "skills", "anna", "polish=0").stdout
    assert run(centre, "project", "skills", "anna").stdout == "anna: english 80.\n"
    run(centre, "project", "rank", "077", "anna=3")
    assert list(shown(centre)["ranks"].values()) == [3]
    for wrong in ("english", "english=much", "=5"):
        with pytest.raises(InvalidInput):
            run(centre, "project", "skills", "anna", wrong)
    with pytest.raises(NotFound):
        run(centre, "project", "rank", "077", "nobody=1")
