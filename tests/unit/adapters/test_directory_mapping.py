"""What an entry's attributes become."""

import re

import pytest
from pydantic import ValidationError

from telemarket.adapters.ldap import DirectoryOptions
from telemarket.adapters.ldap.mapping import EntryMapping
from telemarket.backend import Record

WHERE = {"host": "directory.example.com", "base": "dc=example,dc=com"}


def record_of(options: DirectoryOptions, **values: list[bytes]) -> Record:
    mapping = EntryMapping(options.fields, options.key, options.url_template)
    return mapping.record({name.lower(): given for name, given in values.items()})


def test_an_entry_of_active_directory_becomes_a_record() -> None:
    options = DirectoryOptions(**WHERE, key="objectGUID", url_template="https://people.example.com/{key}")
    record = record_of(
        options,
        objectGUID=[bytes(range(16))],
        cn=["Коваленко Анна".encode()],
        displayName=["Анна Коваленко".encode()],
        title=["Бухгалтер".encode()],
        company=[b"Example Ltd"],
        telephoneNumber=[b"+380 44 238-00-55"],
        mobile=[b"050 123 45 67", b"050 123 45 67"],
        mail=[b"anna@example.com"],
        streetAddress=["вул. Лесі Українки, 7".encode()],
        l=["Київ".encode()],
        department=["Бухгалтерія".encode()],
    )
    assert record == Record(
        key="03020100-0504-0706-0809-0a0b0c0d0e0f",
        name="Анна Коваленко",
        position="Бухгалтер",
        company="Example Ltd",
        phones=(("direct", "+380 44 238-00-55"), ("mobile", "050 123 45 67")),
        emails=("anna@example.com",),
        addresses=(("work", "вул. Лесі Українки, 7, Київ"),),
        attributes=(("Department", "Бухгалтерія"),),
        url="https://people.example.com/03020100-0504-0706-0809-0a0b0c0d0e0f",
    )


def test_the_configuration_changes_what_attributes_mean() -> None:
    options = DirectoryOptions(
        **WHERE,
        key="dominoUNID",
        url_template="https://mail.example.com/names.nsf/0/{key}?OpenDocument",
        mapping={"OfficePhoneNumber": "phone:main", "telephoneNumber": "", "postalAddress": "address:postal"},
    )
    record = record_of(
        options,
        dominoUNID=[b"A+/="],
        cn=[b"Anna"],
        telephoneNumber=[b"101"],
        officePhoneNumber=[b"0442380055"],
        postalAddress=[b"Khreshchatyk 1$01001 Kyiv"],
    )
    assert record.phones == (("main", "0442380055"),)
    assert record.addresses == (("postal", "Khreshchatyk 1, 01001 Kyiv"),)
    assert record.url == "https://mail.example.com/names.nsf/0/A%2B%2F%3D?OpenDocument"


@pytest.mark.parametrize("field", ["telephone", "phone:pager", "name:first", "attribute", "address:"])
def test_a_field_that_does_not_exist_is_refused_by_name(field: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(f"mobile: there is no field {field!r}")):
        DirectoryOptions(**WHERE, mapping={"mobile": field})


def test_bytes_that_are_no_text_do_not_lose_the_entry() -> None:
    record = record_of(DirectoryOptions(**WHERE), entryUUID=[b"1"], cn=[b"Ann\xff"])
    assert record.name == "Ann\ufffd"
