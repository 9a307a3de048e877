"""Columns known by the headings people really write, and by what stands under them."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from telemarket.importing.headings import meaning
from telemarket.importing.model import NAME_KEY, Column, Mapping, checked
from telemarket.importing.recognition import Recognition, find_header, recognise_rows
from telemarket.importing.sample import take_sample
from telemarket.numbers import NumberingPlan

PLAN = NumberingPlan()


@pytest.mark.parametrize(
    ("target", "headings"),
    [
        ("name", ["ПІБ", "П.І.Б.", "ФИО", "Ф.И.О. клиента", "Full name", "Контактна особа", "Прізвище, ім'я", "Name"]),
        ("surname", ["Прізвище", "Фамилия", "Last name"]),
        ("first_name", ["Ім'я", "Ім’я", "Имя", "First Name"]),
        ("patronymic", ["По батькові", "Отчество"]),
        ("phone", ["тел.", "Телефон", "Телефони", "Phone", "Контактний номер", "Tel", "номер телефона"]),
        ("phone:mobile", ["моб.", "Моб. тел.", "Мобільний", "Мобильный телефон", "Mobile phone", "Сот."]),
        ("phone:direct", ["Робочий телефон", "Тел. раб.", "Work phone", "Прямий тел."]),
        ("phone:home", ["Тел. дом.", "Домашній телефон", "Home phone"]),
        ("phone:fax", ["Факс", "факс/тел", "Fax"]),
        ("email", ["E-mail", "email", "Ел. пошта", "Электронная почта", "Пошта", "e-mail адреса"]),
        ("address:legal", ["Юр. адреса", "Юридический адрес", "Адреса (юр.)", "Legal address"]),
        ("address:work", ["Факт. адрес", "Фактична адреса", "Адрес факт."]),
        ("address:postal", ["Поштова адреса", "Адрес почтовый"]),
        ("address:other", ["Адреса", "Адрес", "Address"]),
        ("company", ["Компанія", "Организация", "Назва підприємства", "Company", "Контрагент", "Наименование"]),
        ("position", ["Посада", "Должность", "Job title"]),
        ("region", ["Регіон", "Область", "Region", "Місто", "Город"]),
        ("category", ["Категорія", "Категория клиента", "Category"]),
        ("source", ["Джерело", "Источник", "Source"]),
        ("do_not_call", ["Не дзвонити", "Do not call"]),
        ("", ["№ п/п", "№", "No."]),
    ],
)
def test_headings_of_three_languages_are_known(target: str, headings: list[str]) -> None:
    assert {heading: meaning(heading).target for heading in headings} == dict.fromkeys(headings, target)


@pytest.mark.parametrize(
    ("heading", "kind", "width"),
    [
        ("ЄДРПОУ", "text", 8),
        ("ІПН", "text", 10),
        ("№ договору", "text", 0),
        ("Номер полиса", "text", 0),
        ("Залишок страхової суми, грн", "money", 0),
        ("Ліміт", "money", 0),
        ("Сумма долга", "money", 0),
        ("Дата народження", "date", 0),
        ("Договір дійсний до", "date", 0),
        ("Кількість візитів", "number", 0),
    ],
)
def test_other_headings_become_further_values_of_their_kind(heading: str, kind: str, width: int) -> None:
    found = meaning(heading)
    assert (found.target, found.kind, found.width) == (f"attribute:{heading}", kind, width)


def recognised(*rows: Sequence[object]) -> Recognition:
    sample = list(enumerate(rows, 1))
    return recognise_rows(sample, PLAN, find_header(sample))


def targets(recognition: Recognition) -> list[str]:
    return [each.column.target for each in recognition.columns]


def test_headings_are_found_below_titles_and_empty_rows() -> None:
    rows: list[list[object]] = [
        ["Реєстр застрахованих станом на 01.11.2026", "", ""],
        ["", "", ""],
        ["ПІБ", "Телефон", "Залишок"],
        ["Новоха Інна", "0671234567", 100.5],
    ]
    assert find_header(list(enumerate(rows, 1))) == 3
    assert targets(recognised(*rows)) == ["name", "phone", "attribute:Залишок"]


def test_without_headings_the_contents_tell() -> None:
    rows: list[list[object]] = [
        [f"Коваль{n} Тарас Петрович", f"38067123450{n}", f"t{n}@example.com", "ТОВ «Борис»", "щось"] for n in range(5)
    ]
    recognition = recognised(*rows)
    assert recognition.header == 0
    assert targets(recognition) == ["name", "phone", "email", "company", ""]
    assert [each.column.heading for each in recognition.columns] == ["A", "B", "C", "D", "E"]
    assert max(each.confidence for each in recognition.columns) < 0.8


def test_contents_correct_a_wrong_heading_and_doubt_an_empty_promise() -> None:
    mails = recognised(["Клієнт", "Телефон"], *([f"Коваль {n}", f"a{n}@example.com"] for n in range(5)))
    assert targets(mails) == ["name", "email"]
    doubtful = recognised(["Клієнт", "Телефон"], *([f"Коваль {n}", "немає"] for n in range(5)))
    assert doubtful.columns[1].confidence < 0.5


def test_parts_of_a_name_and_rival_columns_are_settled() -> None:
    both = recognised(
        ["Прізвище", "Ім'я", "Клієнт", "Місто", "Область"], ["Коваль", "Тарас", "так", "Київ", "Київська"]
    )
    assert targets(both) == ["surname", "first_name", "attribute:Клієнт", "attribute:Місто", "region"]
    alone = recognised(["Ім'я", "Тел."], ["Тарас Коваль", "0671234567"])
    assert targets(alone) == ["name", "phone"]


def test_keys_are_what_tells_the_contact() -> None:
    clients = recognised(["ПІБ", "Тел.", "№ договору"], ["Коваль Тарас", "0671234567", "11"])
    assert clients.mapping().keys == ("phone", NAME_KEY)
    sums = recognised(["№ договору", "Залишок"], ["1100039", "50 000,00"])
    assert sums.mapping().keys == ("attribute:№ договору",)


def test_equal_headings_are_told_apart() -> None:
    recognition = recognised(["Телефон", "Телефон"], ["0671234567", "0501234567"])
    assert [each.column.heading for each in recognition.columns] == ["Телефон", "Телефон B"]
    assert targets(recognition) == ["phone", "phone"]


def test_nothing_is_recognised_that_cannot_be_imported() -> None:
    headings = ["Телефон", "ПІБ", "VIP", "ВІП", "Прізвище", "Ім'я", "Прізвище страхувальника", "Сума", "Сума:"]
    mapping = recognised(headings, ["0671234567", "Ко", "так", "так", "Ко", "Іван", "Бо", "1", "2"]).mapping()
    assert checked(mapping).targets() >= {"vip", "attribute:ВІП", "surname", "attribute:Сума", "attribute:I Сума"}


def test_the_row_with_all_headings_of_a_profile_holds_the_headings(tmp_path: Path) -> None:
    path = tmp_path / "clients.csv"
    path.write_text("Zestawienie;2026\nNr;Kwota\nАА-1;100.00\n")
    columns = (Column(heading="Nr", target="attribute:Договір"), Column(heading="Kwota", target="attribute:Сума"))
    sample = take_sample(path)
    assert sample.header == 0
    assert sample.told(Mapping(columns=columns)).header == 2
    assert sample.told(Mapping(columns=columns, header=1)).header == 2
    assert sample.told(Mapping(columns=(Column(heading="A", target="name"),))).header == 0
