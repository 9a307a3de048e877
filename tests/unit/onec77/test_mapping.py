"""What the options refuse, and that the manual's examples can be used."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from telemarket.adapters.onec77.mapping import OneC77Options
from tests.onec77.insurance import options

MANUAL = Path(__file__).parents[3] / "docs/how-to/administrator/onec77.md"


def test_the_examples_of_the_manual_can_be_used() -> None:
    examples = re.findall(r"^```toml\n(.*?)^```$", MANUAL.read_text(encoding="utf-8"), re.M | re.S)
    assert len(examples) == 2
    for example in examples:
        for section in tomllib.loads(example)["backends"].values():
            OneC77Options.model_validate(section["options"])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"folder": None}, "needs `folder`"),
        ({"source": "sql"}, "needs `url` and `dictionary`"),
        ({"source": "ole"}, "'dbf', 'sql' or 'folder'"),
        ({"contacts": []}, "at least 1"),
        ({"kontakts": []}, "kontakts"),
    ],
)
def test_options_that_cannot_be_used_are_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(said)):
        OneC77Options.model_validate({**options(folder="base"), **change})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"document": "Полис"}, "either a register or a document"),
        ({"register": ""}, "either a register or a document"),
        ({"references": {}}, "one of `references`"),
        ({"amount": ""}, "amount or the quantity"),
    ],
)
def test_limits_that_cannot_be_used_are_refused(change: dict[str, Any], said: str) -> None:
    given = options(folder="base")
    given["limits"][0] |= change
    with pytest.raises(ValidationError, match=re.escape(said)):
        OneC77Options.model_validate(given)


def test_the_url_of_a_base_in_sql_is_not_shown() -> None:
    given = options(source="sql", url="mssql+pymssql://reader:s3cret@host/base", dictionary="1Cv7.DDS")
    assert "s3cret" not in repr(OneC77Options.model_validate(given))
