"""Domino's directory by LDAP: a real slapd with the attributes Domino has."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.adapters.domino.support import House, all_of, records_of
from tests.slapd import PASSWORD, READER, SUFFIX, PrivateSlapd, person

UNID = "0123456789ABCDEF0123456789ABCDEF"


@pytest.fixture(scope="module")
def slapd() -> Iterator[PrivateSlapd]:
    with PrivateSlapd() as server:
        numbers = {"telephoneNumber": "044 238-00-55", "mobile": "+380 50 1234567", "homePhone": "2380526"}
        server.load([person("Анна Коваленко", dominoUNID=UNID, facsimileTelephoneNumber="2380527", **numbers)])
        yield server


def options(slapd: PrivateSlapd, **changed: Any) -> dict[str, Any]:
    where = {"host": "127.0.0.1", "port": slapd.port, "tls": "none", "base": SUFFIX, "filter": "(objectClass=person)"}
    ldap = {**where, "user": READER, "password": PASSWORD, **changed}
    return {"route": "ldap", "url": "https://domino.example.com", "database": "names.nsf", "ldap": ldap}


async def test_entries_lead_to_their_documents(slapd: PrivateSlapd, house: House) -> None:
    (anna,) = records_of(await all_of(house.open(options(slapd))))
    assert (anna.key, anna.name) == (UNID, "Анна Коваленко")
    assert anna.url == f"https://domino.example.com/names.nsf/0/{UNID}?OpenDocument"
    assert anna.phones == (
        ("direct", "044 238-00-55"),
        ("mobile", "+380 50 1234567"),
        ("home", "2380526"),
        ("fax", "2380527"),
    )


async def test_the_mapping_can_be_changed(slapd: PrivateSlapd, house: House) -> None:
    backend = house.open(options(slapd, mapping={"telephoneNumber": "phone:main", "homePhone": ""}))
    (anna,) = records_of(await all_of(backend))
    assert anna.phones == (("main", "044 238-00-55"), ("mobile", "+380 50 1234567"), ("fax", "2380527"))


async def test_a_pop_up_without_any_look_up(slapd: PrivateSlapd, house: House) -> None:
    backend = house.open({**options(slapd), "phone_view": "ByPhone"})
    assert backend.card_url("+380501234567", "") == (
        "https://domino.example.com/names.nsf/ByPhone/501234567?OpenDocument"
    )


async def test_all_is_well(slapd: PrivateSlapd, house: House) -> None:
    assert all(finding.well for finding in await house.open(options(slapd)).check())
