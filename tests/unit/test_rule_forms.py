"""The form of a nightly rule."""

from decimal import Decimal

import pytest

from telemarket.desk.project_forms.draft import Draft
from telemarket.desk.rule_forms import read
from telemarket.dialer.rule_model import LeadRule, NumberIs, Rule


def sent(value: str) -> tuple[tuple[NumberIs, ...], list[str]]:
    """The conditions read from the form, and the fields with problems."""
    fields = {"at": "02:00", "rule.rank": "1", "rule.again_after": "1", "rule.numbers[0].attribute": "Борг"}
    draft = Draft.sent((fields | {"rule.numbers[0].value": value}).items())
    kept = LeadRule(id=1, campaign_id=1, name="x", rule=Rule())
    numbers = read(draft, kept).rule.numbers
    return numbers, [problem.field for problem in draft.problems if problem.field.startswith("rule.numbers")]


@pytest.mark.parametrize("value", ["1e99999999", "-1e99999999", "1e-99999999", "inf", "NaN", "сто"])
def test_a_number_beyond_reason_is_refused(value: str) -> None:
    assert sent(value)[1] == ["rule.numbers[0].value"]


@pytest.mark.parametrize(("value", "number"), [("1 000,50", "1000.50"), ("", "0"), ("0e99999999", "0"), ("-3", "-3")])
def test_a_number_is_read_as_people_write_it(value: str, number: str) -> None:
    numbers, problems = sent(value)
    assert (str(numbers[0].value), problems) == (str(Decimal(number)), [])
