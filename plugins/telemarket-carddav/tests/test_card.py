"""vCards as servers and telephones write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telemarket_carddav.card import Unreadable, record_of


def card(*lines: str, version: str = "3.0") -> str:
    return "\r\n".join(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""])


def test_a_card_of_nextcloud() -> None:
    record = record_of(
        card(
            "UID:4a17",
            "FN:Олена Коваль",
            "N:Коваль;Олена;Петрівна;;",
            "ORG:ТОВ «Ромашка»;Бухгалтерія",
            "TITLE:головний бухгалтер",
            'TEL;VALUE=uri;TYPE="voice,cell":tel:+380671234567',
            "TEL;TYPE=HOME,VOICE:044 200-00-01",
            "item1.TEL;TYPE=pref:238 05 26",
            "item1.X-ABLABEL:Дача",
            "EMAIL;TYPE=INTERNET:olena@example.com",
            "ADR;TYPE=HOME:;;вул. Хрещатик\\, 1;Київ;;01001;Україна",
            "CATEGORIES:VIP,ДМС",
            "URL:https://example.com",
            "BDAY:19800501",
        ),
        "4a17.vcf",
        "https://cloud/{uid}",
    )
    assert (record.key, record.kind, record.name) == ("4a17.vcf", "person", "Олена Коваль")
    assert (record.company, record.position) == ("ТОВ «Ромашка»", "головний бухгалтер")
    assert record.phones == (("mobile", "+380671234567"), ("home", "044 200-00-01"), ("", "238 05 26"))
    assert record.addresses == (("home", "вул. Хрещатик, 1, Київ, 01001, Україна"),)
    assert record.categories == ("VIP", "ДМС")
    assert ("Department", "Бухгалтерія") in record.attributes
    assert ("Birthday", "19800501") in record.attributes
    assert record.url == "https://cloud/4a17"


def test_a_company_and_a_name_in_parts() -> None:
    record = record_of(card("FN:", "ORG:АТ «Банк»", "X-ABSHOWAS:COMPANY", "TEL;TYPE=MAIN:0800"), "k", "")
    assert (record.kind, record.name, record.company) == ("company", "АТ «Банк»", "")
    assert record.phones == (("main", "0800"),)
    assert record_of(card("N:Коваль;Олена;;;"), "k", "").name == "Олена Коваль"


def test_a_card_of_an_old_telephone() -> None:
    record = record_of(card("N:Koval;Olena", "TEL;CELL:+380671234567", version="2.1"), "k", "")
    assert (record.name, record.phones) == ("Olena Koval", (("mobile", "+380671234567"),))


@pytest.mark.parametrize("text", ["", "no card", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "BEGIN:VCARD\r\n"])
def test_what_is_no_card_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        record_of(text, "k", "")


@given(st.lists(st.sampled_from(["TEL", "ADR", "ORG", "N", "FN", "X-A", ";", ":", "\\", "=", '"', "é", ",", " "])))
def test_no_line_is_too_strange(parts: list[str]) -> None:
    try:
        record = record_of(card("FN:x", "".join(parts)), "k", "")
    except Unreadable:
        return
    assert record.key == "k"
