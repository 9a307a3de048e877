"""A directory keeps the contract of a backend."""

import socket
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import ldap3
import pytest

from telemarket.adapters.ldap import KIND
from telemarket.backend import Backend
from tests.integration.adapters.contract import BackendContract, Person, cannot
from tests.integration.adapters.opening import opened
from tests.slapd import PASSWORD, READER, SUFFIX, PrivateSlapd


class DirectorySource:
    carries = frozenset({"company", "position", "mobile", "direct", "fax", "email", "address"})
    page = 600
    secret = PASSWORD

    def __init__(self, slapd: PrivateSlapd, folder: Path) -> None:
        self._slapd = slapd
        self._folder = folder
        self._keys: dict[str, str] = {}
        self.backend = self._open()

    def _open(self, **options: Any) -> Backend:
        given = {"host": "127.0.0.1", "port": self._slapd.port, "tls": "none", "base": SUFFIX}
        return opened(KIND, self._folder, **{**given, "user": READER, "password": PASSWORD, "timeout": 1, **options})

    async def put(self, *people: Person) -> None:
        with self._slapd.administrator() as connection:
            for person in people:
                dn, entry = f"uid={person.id},{SUFFIX}", _entry(person)
                if person.id in self._keys:
                    connection.modify(dn, {name: [(ldap3.MODIFY_REPLACE, [text])] for name, text in entry.items()})
                else:
                    connection.add(dn, ["inetOrgPerson", "listed"], entry)
            for entry in connection.extend.standard.paged_search(
                SUFFIX, "(uid=*)", attributes=["uid", "entryUUID"], paged_size=500
            ):
                values = entry["raw_attributes"]
                self._keys[values["uid"][0].decode()] = values["entryUUID"][0].decode()

    async def remove(self, *ids: str) -> None:
        with self._slapd.administrator() as connection:
            for each in ids:
                connection.delete(f"uid={each},{SUFFIX}")

    def key(self, person_id: str) -> str:
        return self._keys[person_id]

    async def forget_cursors(self) -> None:
        raise NotImplementedError

    async def die(self) -> None:
        self._slapd.kill()

    async def revive(self) -> None:
        self._slapd.start()

    async def stall(self) -> None:
        self._slapd.stop()

    async def throttle(self, seconds: int) -> None:
        raise NotImplementedError

    def intruder(self) -> Backend:
        return self._open(password="intruder's secret")

    def unreachable(self) -> Backend:
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]
        return self._open(port=port)

    async def results(self) -> Sequence[str]:
        raise NotImplementedError


class TestDirectory(BackendContract):
    @pytest.fixture
    async def source(self, tmp_path: Path) -> AsyncIterator[DirectorySource]:
        with PrivateSlapd() as slapd:
            yield DirectorySource(slapd, tmp_path)

    test_only_what_changed_is_named_again = cannot("all is read each time, or nobody would learn who is gone")
    test_when_the_source_forgot_the_cursor_everything_comes_anew = cannot("a directory keeps no place")
    test_a_source_that_is_busy_says_when_to_ask_again = cannot("LDAP has no way to say when")
    test_the_result_of_a_request_is_kept = cannot("a directory keeps no requests")


def _entry(person: Person) -> dict[str, str]:
    values = {
        "cn": person.name,
        "sn": person.name,
        "o": person.company,
        "title": person.position,
        "mobile": person.mobile,
        "telephoneNumber": person.direct,
        "facsimileTelephoneNumber": person.fax,
        "mail": person.email,
        "street": person.address,
    }
    return {name: text for name, text in values.items() if text}
