"""What columns become, and which configurations are refused by name."""

import re
import tomllib
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from telemarket.adapters.sql.mapping import RowMapping, fill, text_of
from telemarket.adapters.sql.options import SqlOptions
from telemarket.adapters.sql.place import read_place, write_place
from telemarket.backend import CursorRefused, Limit

NOW = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
LIMITS = [{"service": "Послуга", "amount": "left", "of_amount": "insured", "unit": "currency"}]


def record_of(*rows: dict[str, Any], mapping: dict[str, str] | None = None) -> tuple[Any, list[str]]:
    return RowMapping("ID", mapping or {}, LIMITS, "https://crm/{id}").record(rows)


def test_columns_called_as_fields_need_no_mapping_and_others_are_attributes() -> None:
    record, complaints = record_of(
        {
            "id": 17,
            "kind": "Company",
            "name": " ТОВ «Ромашка» ",
            "mobile": "0671234567",
            "phone": "238 05 26, 238 05 25",
            "email": "a@example.com; b@example.com",
            "category": "VIP, ДМС",
            "address": None,
            "born": date(1980, 5, 1),
            "score": 2.50,
        }
    )
    assert (record.key, record.kind, record.name) == ("17", "company", "ТОВ «Ромашка»")
    assert record.phones == (("mobile", "0671234567"), ("", "238 05 26, 238 05 25"))
    assert record.emails == ("a@example.com", "b@example.com")
    assert record.categories == ("VIP", "ДМС")
    assert record.attributes == (("Born", "1980-05-01"), ("Score", "2.5"))
    assert record.addresses == ()
    assert record.url == "https://crm/17"
    assert complaints == []


def test_columns_are_found_however_their_names_are_written_and_can_be_left_out() -> None:
    record, _ = record_of({"id": 1, "name": "x", "fio": "Олена"}, mapping={"FIO": "name", "name": ""})
    assert (record.name, record.attributes) == ("Олена", ())


def test_of_several_rows_each_limit_counts_once_and_none_without_a_number() -> None:
    rows = [
        {"id": 1, "послуга": "ДМС", "left": "1 250,50", "insured": 5000, "currency": "UAH"},
        {"id": 1, "послуга": "ДМС", "left": "1 250,50", "insured": 5000, "currency": "UAH"},
        {"id": 1, "послуга": None, "left": None, "insured": None, "currency": "UAH"},
        {"id": 1, "послуга": "КАСКО", "left": "багато", "insured": 1, "currency": "UAH"},
    ]
    record, complaints = record_of(*rows)
    assert record.limits == (Limit(service="ДМС", amount=Decimal("1250.50"), of_amount=Decimal(5000), unit="UAH"),)
    assert [str(complaint) for complaint in complaints] == ["“багато” is no number."]
    assert record.attributes == ()


@given(st.dictionaries(st.sampled_from(["id", "name", "phone", "left", "x"]), st.text() | st.floats() | st.none()))
def test_no_row_is_too_strange(row: dict[str, Any]) -> None:
    record, _ = record_of(row)
    assert record.key == text_of(row.get("id"))


@given(st.text(min_size=1))
def test_a_value_never_changes_the_shape_of_an_address(value: str) -> None:
    url = fill("https://crm/{key}?x=1", {"key": value})
    if url:
        head, _, rest = url.removeprefix("https://").partition("/")
        assert (head, rest.count("?"), rest.count("/"), rest.count("#")) == ("crm", 1, 0, 0)
        assert url.isascii()


@pytest.mark.parametrize(
    "value",
    [7, "A17", Decimal("7.50"), 1.5, date(2026, 11, 2), datetime(2026, 11, 2, 10, 0, 0, 123456), NOW, b"\0\0\1\xff"],
)
def test_a_cursor_keeps_its_value_and_its_type(value: Any) -> None:
    place = read_place(write_place(value, NOW, "mark"))
    assert place is not None
    assert (place.value, type(place.value)) == (value, type(value))
    assert (place.complete, place.configuration) == (NOW, "mark")


@pytest.mark.parametrize("cursor", ["x", "{}", '{"kind":"int","newest":"x","complete":"2026-11-02T10:00:00Z"}'])
def test_a_cursor_of_another_hand_is_refused(cursor: str) -> None:
    with pytest.raises(CursorRefused):
        read_place(cursor)


def test_a_cursor_of_an_unknown_type_is_refused() -> None:
    place = read_place('{"kind":"list","newest":[],"complete":"2026-11-02T10:00:00Z","configuration":""}')
    assert place is not None
    with pytest.raises(CursorRefused):
        _ = place.value


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"url": "not a url"}, "no SQLAlchemy URL"),
        ({"query": "SELECT * FROM a WHERE b > :since"}, "there is no parameter :since here"),
        ({"look_up_query": "SELECT :phone"}, "known: :e164, :digits, :national"),
        ({"changed": "at"}, "belong together"),
        ({"changed": "at", "changes_query": "SELECT 1"}, "changes_query has no :cursor"),
        ({"deleted_query": "SELECT 1"}, "deleted_query without changes_query"),
        ({"mapping": {"tel": "phone:landline"}}, "tel: there is no field 'phone:landline'"),
        ({"mapping": {"x": "attribute"}}, "there is no field 'attribute'"),
        ({"limits": [{"amount": "left"}]}, "Field required"),
        ({"limits": [{"service": "s", "amuont": "left"}]}, "Extra inputs"),
    ],
)
def test_a_configuration_that_cannot_be_meant_is_refused_by_name(options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError) as caught:
        SqlOptions.model_validate({"url": "sqlite:///a.db", "query": "SELECT 1 AS id"} | options)
    assert complaint in str(caught.value)


def test_a_colon_that_is_no_parameter_can_be_written() -> None:
    options = SqlOptions.model_validate({"url": "sqlite:///a.db", "query": r"SELECT '12:30', a::text, '\:x' AS id"})
    assert options.query


def test_the_how_tos_configuration_is_one() -> None:
    page = Path(__file__).parents[3] / "docs/how-to/administrator/sql-backend.md"
    blocks = re.findall(r"^```toml\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)
    told: dict[str, Any] = {}
    for block in blocks:
        told |= tomllib.loads(block)["backends"]["clients"].get("options", {})
    options = SqlOptions.model_validate(told)
    assert options.changes_query
    assert options.look_up_query
    assert options.limits[0].columns["amount"] == "sum_left"
