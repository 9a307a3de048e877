"""Options, rows, numbers and addresses of Domino: what needs no server."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from telemarket.adapters.domino.links import Links
from telemarket.adapters.domino.options import DominoOptions
from telemarket.adapters.domino.records import RowMapping, is_empty
from telemarket.adapters.domino.rows import of_object, of_view_entry
from telemarket.adapters.domino.spelling import spellings

UNID = "0123456789ABCDEF0123456789ABCDEF"
KEYS = ("plus", "digits", "national", "trunk", "last9", "last7")


def options(**changed: Any) -> DominoOptions:
    given = {"route": "views", "url": "https://domino.example.com", "database": "crm/clients.nsf", "view": "All"}
    return DominoOptions.model_validate({**given, "columns": {"FullName": "name"}, **changed})


@pytest.mark.parametrize(
    ("e164", "digits", "spelled"),
    [
        (
            "+380441234567",
            "0441234567",
            ("+380441234567", "380441234567", "441234567", "0441234567", "1234567"),  # the last nine are the national
        ),
        ("", "291-01-90", ("2910190",)),
        ("", "anonymous", ()),
        ("+18005550123", "", ("+18005550123", "18005550123", "8005550123", "08005550123", "005550123", "5550123")),
    ],
)
def test_a_number_in_every_spelling(e164: str, digits: str, spelled: tuple[str, ...]) -> None:
    assert spellings(e164, digits, KEYS, "0") == spelled


def test_the_first_spelling_is_the_first_that_is_configured() -> None:
    assert spellings("+74951234567", "", ("trunk", "last7"), "8") == ("84951234567", "1234567")


@pytest.mark.parametrize(
    ("changed", "address"),
    [
        ({}, f"https://domino.example.com/crm/clients.nsf/0/{UNID}?OpenDocument"),
        ({"link_login": True}, f"https://domino.example.com/crm/clients.nsf/0/{UNID}?OpenDocument&Login"),
        (
            {"replica_id": "C1256E0D:0041CF6D"},
            f"https://domino.example.com/__C1256E0D0041CF6D.nsf/0/{UNID}?OpenDocument",
        ),
        (
            {"link_url": "https://notes.example.com/"},
            f"https://notes.example.com/crm/clients.nsf/0/{UNID}?OpenDocument",
        ),
        (
            {"database": "\\Клієнти & Co\\a b?.nsf"},
            "https://domino.example.com/%D0%9A%D0%BB%D1%96%D1%94%D0%BD%D1%82%D0%B8%20%26%20Co/a%20b%3F.nsf"
            f"/0/{UNID}?OpenDocument",
        ),
        ({"link": "notes"}, f"notes://domino.example.com/crm/clients.nsf/0/{UNID}"),
        ({"link": "notes", "notes_server": "mail01"}, f"notes://mail01/crm/clients.nsf/0/{UNID}"),
        ({"link": "none"}, ""),
        ({"route": "rest", "scope": "crm", "user": "u", "database": ""}, ""),
    ],
)
def test_the_address_of_a_document(changed: dict[str, Any], address: str) -> None:
    assert Links(options(**changed)).document(UNID) == address


def test_the_address_of_a_number() -> None:
    links = Links(options(phone_view="Люди\\By Phone"))
    assert links.by_phone("+380/1?2") == (
        "https://domino.example.com/crm/clients.nsf/%D0%9B%D1%8E%D0%B4%D0%B8%5CBy%20Phone/%2B380%2F1%3F2?OpenDocument"
    )
    assert links.by_phone("") == ""
    assert Links(options()).by_phone("1") == ""
    assert Links(options(phone_view="ByPhone", link="notes")).by_phone("1") == ""


def test_what_a_server_calls_a_document_cannot_leave_its_place_in_the_address() -> None:
    assert Links(options()).document("../x?y#{key}").endswith("/0/..%2Fx%3Fy%23%7Bkey%7D?OpenDocument")


@pytest.mark.parametrize(
    ("typed", "texts"),
    [
        ({"text": {"0": " Анна "}}, ("Анна",)),
        ({"text": {"0": ""}}, ()),
        ({"textlist": {"text": [{"0": "a"}, {"0": ""}, {"0": "b"}]}}, ("a", "b")),
        ({"number": {"0": "12.5"}}, ("12.5",)),
        ({"numberlist": {"number": [{"0": 1}, {"0": 2.0}]}}, ("1", "2")),
        ({"datetime": {"0": "20261122T101500,00Z"}}, ("20261122T101500,00Z",)),
        ({}, ()),
    ],
)
def test_values_of_a_view_entry(typed: dict[str, Any], texts: tuple[str, ...]) -> None:
    entry = {"@position": "1.2", "@unid": UNID, "entrydata": [{"@columnnumber": "0", "@name": "$7", **typed}]}
    row = of_view_entry(entry)
    assert (row.unid, row.place, row.values) == (UNID, "1.2", {"$7": texts})


def test_values_of_an_object() -> None:
    row = of_object({"@unid": UNID, "@index": "3", "Name": "Анна", "Sum": 10.0, "Tags": ["a", None, True, 2]}, "3")
    assert row.values == {"name": ("Анна",), "sum": ("10",), "tags": ("a", "2")}
    assert of_object({"@meta": {"unid": UNID}}, "").unid == UNID
    assert of_object({"@unid": "", "@category": True, "$1": "441234567"}, "0").unid == ""


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=4))
def test_whatever_json_says_becomes_texts(entry: dict[str, Any]) -> None:
    row = of_object(entry, "0")
    assert all(text and text == text.strip() for texts in row.values.values() for text in texts)


def test_columns_become_fields_in_the_order_of_the_configuration() -> None:
    columns = {
        "Alias": "name",
        "FullName": "name",
        "Street": "address:work",
        "City": "address:work",
        "Note": "attribute:Примітка",
    }
    mapping = RowMapping(columns, "company", Links(options()))
    values = {"@unid": UNID, "fullname": "Анна", "Street": "Хрещатик, 1", "city": "Київ", "Note": ["a", "b"]}
    record = mapping.record(of_object(values, "0"))
    assert (record.kind, record.name) == ("company", "Анна")
    assert record.addresses == (("work", "Хрещатик, 1, Київ"),)
    assert record.attributes == (("Примітка", "a, b"),)
    assert is_empty(mapping.record(of_object({"@unid": UNID, "Note": "a"}, "0")))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"view": "", "columns": {}}, "route views needs view, columns"),
        ({"route": "rest"}, "route rest needs scope, user"),
        ({"route": "ldap"}, "route ldap needs ldap"),
        ({"columns": {"FullName": "telephone"}}, "no field 'telephone'"),
        ({"url": "https://user:secret@domino.example.com"}, "url"),
        ({"url": "domino.example.com"}, "url"),
        ({"phone_keys": ["last3"]}, "phone_keys"),
        ({"page_size": 1}, "page_size"),
        ({"replica_id": "../x"}, "replica_id"),
        ({"write_back": {"items": {"Body": "text"}}}, "need route rest"),
        ({"route": "rest", "scope": "c", "user": "u", "phone_query": "Phone = '1'"}, "no .number"),
        ({"route": "rest", "scope": "c", "user": "u", "write_back": {"items": {"Body": "password"}}}, "write_back"),
        ({"colums": {}}, "colums"),
    ],
)
def test_a_configuration_that_cannot_work_is_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        options(**changed)


def test_the_configurations_of_the_how_to_can_be_used() -> None:
    page = Path(__file__).parents[4] / "docs/how-to/administrator/domino.md"
    blocks = re.findall(r"^```toml\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S)
    sections = [section["options"] for block in blocks for section in tomllib.loads(block)["backends"].values()]
    whole = [DominoOptions.model_validate(section) for section in sections if "route" in section]
    assert {each.route for each in whole} == {"views", "ldap"}
    rest = {"route": "rest", "scope": "crm", "database": ""}
    for part in (section for section in sections if "route" not in section):
        assert options(**rest, user="Telemarket", **part).write_back
