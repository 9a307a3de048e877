"""Rows read as people meant them, whatever a spreadsheet made of their cells."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemarket.contacts.attributes import AttributeType
from telemarket.core.errors import InvalidInput
from telemarket.importing.drafting import Draft, Drafter, Registers
from telemarket.importing.model import Column, Mapping
from telemarket.numbers import NumberingPlan

PLAN = NumberingPlan()
REGISTERS = Registers(
    consultants={"olena": 7, "олена петренко": 7},
    types=(
        AttributeType(id=1, name="Статус", kind="choice", choices=("VIP", "Звичайний")),
        AttributeType(id=2, name="ЄДРПОУ", kind="text"),
        AttributeType(id=3, name="Клас", kind="choice", choices=("007", "008")),
        AttributeType(id=4, name="Початок", kind="date"),
        AttributeType(id=5, name="Строк", project_id=1, kind="date"),
        AttributeType(id=6, name="Строк", project_id=2, kind="text"),
    ),
)


def draft(cells: list[object], *columns: Column, **mapping: object) -> Draft:
    told = Mapping(columns=columns, **mapping)  # type: ignore[arg-type]
    made = Drafter(told, [column.heading for column in columns], PLAN, REGISTERS).draft((2, cells))
    assert made is not None
    return made


def phone_of(cell: object) -> str:
    made = draft(["Коваль", cell], Column(heading="Н", target="name"), Column(heading="Т", target="phone"))
    return made.refusal or ", ".join(phone["e164"] for phone in made.phones)


@pytest.mark.parametrize(
    ("cell", "e164"),
    [
        (380671234567.0, "+380671234567"),
        (671234567.0, "+380671234567"),
        (671234567, "+380671234567"),
        ("3.80671234567E+11", "+380671234567"),
        ("3,80671234567E+11", "+380671234567"),
        ("671234567.0", "+380671234567"),
        ("067 123-45-67, 050 111 22 33", "+380671234567, +380501112233"),
        ("-", ""),
        ("немає", ""),
    ],
)
def test_telephones_that_became_floats_are_whole_again(cell: object, e164: str) -> None:
    assert phone_of(cell) == e164


def test_a_shortened_telephone_is_refused_and_told() -> None:
    assert "3.8067E+11" in phone_of("3.8067E+11")
    assert "3.8067E+11" in phone_of("3.8067E+11")
    assert "не знає" in phone_of("не знає")


@given(st.integers(2_000_000, 9_999_999))
def test_whatever_form_a_number_has_it_is_the_same(number: int) -> None:
    national = 670_000_000 + number
    forms = [
        float(national),
        f"{national}.0",
        f"0{national}",
        f"380{national}",
        float(f"380{national}"),
        f"+380{national}",
    ]
    assert {phone_of(form) for form in forms} == {f"+380{national}"}


def attribute(cell: object, kind: str, width: int = 0) -> str:
    columns = (Column(heading="Н", target="name"), Column(heading="А", target="attribute:А", kind=kind, width=width))
    made = draft(["Коваль", cell], *columns)
    return made.refusal or made.values["attributes"]["А"]


@pytest.mark.parametrize(
    ("cell", "kind", "width", "value"),
    [
        ("50 000,00 грн", "money", 0, "50000.00"),
        ("1,234.56", "money", 0, "1234.56"),
        ("1.234,5", "money", 0, "1234.50"),
        ("(100)", "money", 0, "-100.00"),
        (12.5, "money", 0, "12.50"),
        ("22.11.2026 р.", "date", 0, "2026-11-22"),
        (date(2026, 11, 22), "date", 0, "2026-11-22"),
        (46348.0, "date", 0, "2026-11-22"),
        ("так", "flag", 0, "1"),
        (1234567.0, "text", 8, "01234567"),
        (1100039.0, "text", 0, "1100039"),
    ],
)
def test_values_are_kept_in_one_form(cell: object, kind: str, width: int, value: str) -> None:
    assert attribute(cell, kind, width) == value


def test_values_of_the_wrong_kind_are_refused_by_column() -> None:
    assert attribute("багато", "money") == "А: “багато” is no number."
    assert attribute("колись", "date") == "А: “колись” is no date."


def test_an_administrators_type_goes_before_the_columns_kind() -> None:
    columns = (Column(heading="Н", target="name"), Column(heading="С", target="attribute:Статус"))
    assert draft(["Коваль", "vip"], *columns).values["attributes"] == {"Статус": "VIP"}
    assert "інший" in draft(["Коваль", "інший"], *columns).refusal


@pytest.mark.parametrize(
    ("name", "cell", "width", "value"),
    [
        ("ЄДРПОУ", 1234567.0, 8, "01234567"),
        ("ЄДРПОУ", "1234567.0", 0, "1234567"),
        ("Клас", 7.0, 3, "007"),
        ("Початок", 46348.0, 0, "2026-11-22"),
        ("Початок", datetime(2026, 11, 22, 9, 30), 0, "2026-11-22"),
        ("Строк", "22.11.2026", 0, "2026-11-22"),
        ("Строк", "довічно", 0, "довічно"),
    ],
)
def test_a_typed_value_is_whole_again_too(name: str, cell: object, width: int, value: str) -> None:
    columns = (Column(heading="Н", target="name"), Column(heading="А", target=f"attribute:{name}", width=width))
    assert draft(["Коваль", cell], *columns).values["attributes"] == {name: value}


def test_a_shortened_number_is_refused_as_a_typed_value() -> None:
    columns = (Column(heading="Н", target="name"), Column(heading="А", target="attribute:ЄДРПОУ"))
    assert "3.8067E+11" in draft(["Коваль", "3.8067E+11"], *columns).refusal


@pytest.mark.parametrize("cells", [["Коваль", "", "a@example.com"], ["Коваль", "a@example.com", ""]])
def test_an_empty_column_clears_nothing_that_another_has(cells: list[object]) -> None:
    columns = [Column(heading=name, target=target) for name, target in (("Н", "name"), ("1", "email"), ("2", "email"))]
    made = draft(cells, *columns, empty="clear")
    assert (made.values["emails"], made.cleared) == (["a@example.com"], [])
    assert draft(["Коваль", "", ""], *columns, empty="clear").cleared


def test_a_name_in_parts_and_a_consultant_by_name() -> None:
    columns = [Column(heading=each, target=each) for each in ("surname", "first_name", "patronymic", "consultant")]
    made = draft(["Новоха", "Інна", "", "Олена  Петренко"], *columns)
    assert (made.values["name"], made.values["consultant_id"]) == ("Новоха Інна", 7)
    assert "Хтось" in draft(["Новоха", "Інна", "", "Хтось"], *columns).refusal


def test_rows_that_say_nobody_are_refused_and_empty_ones_passed_over() -> None:
    columns = (Column(heading="Н", target="name"), Column(heading="Р", target="region"))
    assert draft(["", "Київ"], *columns).refusal
    assert Drafter(Mapping(columns=columns), ["Н", "Р"], PLAN).draft((2, ["", None])) is None


def test_a_file_without_a_column_of_the_mapping_is_refused() -> None:
    with pytest.raises(InvalidInput, match="Телефон"):
        Drafter(Mapping(columns=(Column(heading="Телефон", target="phone"),)), ["ПІБ"], PLAN)


cells = st.one_of(
    st.text(max_size=60),
    st.floats(),
    st.integers(),
    st.booleans(),
    st.none(),
    st.dates(),
    st.datetimes(),
    st.timedeltas(),
)
all_columns = [
    *(
        Column(heading=t, target=t)
        for t in ("name", "phone", "email", "company", "vip", "consent", "category", "address:legal")
    ),
    *(Column(heading=k, target=f"attribute:{k}", kind=k) for k in ("text", "number", "money", "date", "flag")),
]


@given(st.lists(cells, max_size=len(all_columns)))
def test_no_cell_breaks_the_reading(row: list[object]) -> None:
    drafter = Drafter(Mapping(columns=tuple(all_columns), empty="clear"), [c.heading for c in all_columns], PLAN)
    made = drafter.draft((1, row))
    assert made is None or made.refusal or made.values or made.phones
