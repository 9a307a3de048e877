"""Exchange Server keeps the contract of a backend."""

import socket
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from telemarket.adapters.exchange.ews import KIND
from telemarket.backend import Backend
from tests.fakes.exchange.ews import PASSWORD, USER, FakeEws, busy, ews_server
from tests.fakes.exchange.serving import dead
from tests.integration.adapters.contract import BackendContract, Person, cannot
from tests.integration.adapters.opening import opened

ANNA = "anna@example.com"


class EwsSource:
    carries = frozenset({"company", "position", "mobile", "direct", "fax", "email", "address"})
    page = 1100
    secret = PASSWORD

    def __init__(self, fake: FakeEws, folder: Path) -> None:
        self._fake = fake
        self._folder = folder
        self._contacts = fake.mailbox(ANNA)
        self._keys: dict[str, str] = {}
        self.backend = self._open()

    def _open(self, **options: Any) -> Backend:
        given = {"url": self._fake.url, "user": USER, "password": PASSWORD, "auth": "basic", "mailboxes": [ANNA]}
        return opened(KIND, self._folder, **{**given, "timeout": 1, **options})

    async def put(self, *people: Person) -> None:
        for person in people:
            if person.id in self._keys:
                self._contacts.change(self._keys[person.id], **_contact(person))
            else:
                self._keys[person.id] = self._contacts.add(**_contact(person))

    async def remove(self, *ids: str) -> None:
        for each in ids:
            self._contacts.remove(self._keys[each])

    def key(self, person_id: str) -> str:
        return self._keys[person_id]

    async def forget_cursors(self) -> None:
        self._fake.forget_states()

    async def die(self) -> None:
        self._fake.fate.all = dead

    async def revive(self) -> None:
        self._fake.fate.all = None

    async def stall(self) -> None:
        self._fake.fate.stalled = True

    async def throttle(self, seconds: int) -> None:
        self._fake.fate.all = busy(seconds)

    def intruder(self) -> Backend:
        return self._open(password="intruder's secret")

    def unreachable(self) -> Backend:
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]
        return self._open(url=f"http://127.0.0.1:{port}/EWS/Exchange.asmx")

    async def results(self) -> Sequence[str]:
        raise NotImplementedError


class TestEws(BackendContract):
    @pytest.fixture
    async def source(self, tmp_path: Path) -> AsyncIterator[EwsSource]:
        fake = FakeEws()
        async with ews_server(fake):
            source = EwsSource(fake, tmp_path)
            yield source
            await source.backend.close()

    test_the_result_of_a_request_is_kept = cannot("nothing is written into people's mailboxes")


def _contact(person: Person) -> dict[str, Any]:
    phones = {"MobilePhone": person.mobile, "BusinessPhone": person.direct, "BusinessFax": person.fax}
    return {
        "DisplayName": person.name,
        "GivenName": person.name,
        "CompanyName": person.company,
        "JobTitle": person.position,
        "PhoneNumbers": {slot: text for slot, text in phones.items() if text},
        "EmailAddresses": {"EmailAddress1": person.email} if person.email else {},
        "PhysicalAddresses": {"Business": {"Street": person.address}} if person.address else {},
    }
