"""Exchange Online keeps the contract of a backend."""

import socket
import ssl
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import trustme

from telemarket.adapters.exchange.graph import KIND
from telemarket.backend import Backend
from tests.fakes.exchange.graph import CLIENT, SECRET, TENANT, FakeGraph, graph_server
from tests.fakes.exchange.serving import dead, status
from tests.integration.adapters.contract import BackendContract, Person, cannot
from tests.integration.adapters.opening import opened

ANNA = "anna@example.com"


class GraphSource:
    carries = frozenset({"company", "position", "mobile", "direct", "email", "address"})  # Graph has no faxes
    page = 450
    secret = SECRET

    def __init__(self, fake: FakeGraph, folder: Path) -> None:
        self._fake = fake
        self._folder = folder
        self._contacts = fake.mailbox(ANNA)
        self._keys: dict[str, str] = {}
        self.backend = self._open()

    def _open(self, **options: Any) -> Backend:
        given = {
            **{"tenant": TENANT, "client_id": CLIENT, "client_secret": SECRET, "mailboxes": [ANNA], "timeout": 1},
            **{"authority": self._fake.url, "base_url": f"{self._fake.url}/v1.0", "ca_file": "ca.pem"},
        }
        return opened(KIND, self._folder, **{**given, **options})

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
        self._fake.forget_links()

    async def die(self) -> None:
        self._fake.fate.all = dead

    async def revive(self) -> None:
        self._fake.fate.all = None

    async def stall(self) -> None:
        self._fake.fate.stalled = True

    async def throttle(self, seconds: int) -> None:
        self._fake.fate.all = status(429, Retry_After=str(seconds))

    def intruder(self) -> Backend:
        return self._open(client_secret="intruder's secret")

    def unreachable(self) -> Backend:
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]
        return self._open(base_url=f"https://127.0.0.1:{port}/v1.0", authority=f"https://127.0.0.1:{port}")

    async def results(self) -> Sequence[str]:
        raise NotImplementedError


class TestGraph(BackendContract):
    @pytest.fixture
    async def source(self, tmp_path: Path) -> AsyncIterator[GraphSource]:
        authority, fake = trustme.CA(), FakeGraph()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(context)
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        async with graph_server(fake, context):
            source = GraphSource(fake, tmp_path)
            yield source
            await source.backend.close()

    test_a_caller_is_found_live = cannot("Graph does not search telephones")
    test_a_live_question_can_be_given_up = cannot("Graph does not search telephones")
    test_the_result_of_a_request_is_kept = cannot("nothing is written into people's mailboxes")


def _contact(person: Person) -> dict[str, Any]:
    return {
        "displayName": person.name,
        "givenName": person.name,
        "companyName": person.company,
        "jobTitle": person.position,
        "mobilePhone": person.mobile or None,
        "businessPhones": [person.direct] if person.direct else [],
        "emailAddresses": [{"address": person.email}] if person.email else [],
        "businessAddress": {"street": person.address} if person.address else {},
    }
