"""Address books of a real CardDAV server: what every backend has to do, and what is their own."""

import re
import tomllib
from collections.abc import AsyncIterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from carddav_server import MAKE_BOOK, PASSWORD, USER, CardDavServer
from telemarket_carddav import KIND

from telemarket.backend import Backend
from telemarket.core.settings import PluginSettings
from telemarket.plugins import PluginManager, discovery
from tests.integration.adapters.contract import BackendContract, Mirror, Person, cannot
from tests.integration.adapters.opening import all_of, opened


class BookSource:
    carries = frozenset({"company", "position", "mobile", "direct", "fax", "email", "address"})
    page = 12
    secret = PASSWORD

    def __init__(self, server: CardDavServer, folder: Path) -> None:
        self.server = server
        self._folder = folder
        self._client = aiohttp.ClientSession(headers={"Authorization": aiohttp.encode_basic_auth(USER, PASSWORD)})
        self.backend = self.open()

    def open(self, **options: Any) -> Backend:
        usual = {"url": self.server.book, "user": USER, "password": PASSWORD, "page": 5, "timeout": 2}
        return opened(KIND, self._folder, **usual | options)

    async def make(self) -> None:
        method, body = MAKE_BOOK
        async with self._client.request(method, self.server.book, data=body) as answer:
            answer.raise_for_status()

    async def put_card(self, file: str, text: str) -> None:
        async with self._client.put(self.server.book + quote(file), data=text.encode()) as answer:
            answer.raise_for_status()

    async def put(self, *people: Person) -> None:
        for person in people:
            await self.put_card(self.key(person.id), _card(person))

    async def remove(self, *ids: str) -> None:
        for each in ids:
            async with self._client.delete(self.server.book + self.key(each)) as answer:
                answer.raise_for_status()

    def key(self, person_id: str) -> str:
        return f"{person_id}.vcf"

    async def forget_cursors(self) -> None:
        self.server.forget()

    async def die(self) -> None:
        self.server.failing = ("502 Bad Gateway", {})

    async def revive(self) -> None:
        self.server.failing = None

    async def stall(self) -> None:
        self.server.stall()

    async def throttle(self, seconds: int) -> None:
        self.server.failing = ("503 Service Unavailable", {"Retry-After": str(seconds)})

    def intruder(self) -> Backend:
        return self.open(password="intruder's secret")

    def unreachable(self) -> Backend:
        return self.open(url="http://127.0.0.1:9/book/")

    async def close(self) -> None:
        await self.backend.close()
        await self._client.close()


@pytest.fixture
async def source(tmp_path: Path) -> AsyncIterator[BookSource]:
    with CardDavServer(tmp_path) as server:
        source = BookSource(server, tmp_path)
        await source.make()
        yield source
        await source.close()


class _BookContract(BackendContract):
    test_a_caller_is_found_live = cannot("a server compares the text of a number, and writes it as people do")
    test_a_live_question_can_be_given_up = cannot("there is no live look-up")
    test_the_result_of_a_request_is_kept = cannot("an address book has no place for requests")


class TestAddressBook(_BookContract):
    """A server that tells what changed."""


class TestPlainAddressBook(_BookContract):
    """A server that does not."""

    @pytest.fixture(autouse=True)
    def _without_sync(self, source: BookSource) -> None:
        source.server.without_sync = True

    test_only_what_changed_is_named_again = cannot("it does not tell what changed")
    test_when_the_source_forgot_the_cursor_everything_comes_anew = cannot("it gave no cursor of its own")


async def test_of_a_plain_server_nothing_is_read_while_nothing_changed(source: BookSource) -> None:
    source.server.without_sync = True
    await source.put_card("a.vcf", _card(Person(id="a", name="А")))
    cursor = (await all_of(source.backend))[-1].cursor
    assert await all_of(source.backend, cursor) == []


async def test_the_check_names_the_address_books_where_the_address_is_none(source: BookSource) -> None:
    [finding] = await source.open(url=source.server.root).check()
    assert not finding.well
    assert finding.remedy == "Address books below it: contacts."


async def test_a_card_is_opened_in_the_servers_own_pages(source: BookSource) -> None:
    await source.put(Person(id="a", name="А"))
    mirror = Mirror(source.open(card_template="https://cloud/contacts/{uid}?file={file}"))
    await mirror.synchronise()
    assert mirror.records["a.vcf"].url == "https://cloud/contacts/a?file=a.vcf"


async def test_files_with_any_name_are_read(source: BookSource) -> None:
    await source.put_card("Олена & Ко #1.vcf", _card(Person(id="x", name="Олена")))
    mirror = Mirror(source.backend)
    await mirror.synchronise()
    assert mirror.names() == {"Олена & Ко #1.vcf": "Олена"}


def test_telemarket_finds_the_kind_where_the_package_announces_it(monkeypatch: pytest.MonkeyPatch) -> None:
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    announced = project["entry-points"][discovery.ENTRY_POINT_GROUP]
    found = [EntryPoint(name, value, discovery.ENTRY_POINT_GROUP) for name, value in announced.items()]
    monkeypatch.setattr(discovery, "entry_points", lambda **_: found)
    manager = PluginManager(PluginSettings())
    manager.load()
    assert manager.backend_kinds() == (KIND,)
    assert manager.problems == ()


def test_the_configuration_of_the_readme_is_one() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    [told] = re.findall(r"^```toml\n(.*?)^```", readme, re.M | re.S)
    section = tomllib.loads(told)["backends"]["office"]
    assert section["kind"] == KIND.name
    assert KIND.options.model_validate(section["options"])


def _card(person: Person) -> str:
    lines = [
        "BEGIN:VCARD",
        "VERSION:3.0",
        f"UID:{person.id}",
        f"FN:{person.name}",
        f"N:{person.name};;;;",
        *([f"ORG:{person.company}"] if person.company else []),
        *([f"TITLE:{person.position}"] if person.position else []),
        *([f"TEL;TYPE=CELL,VOICE:{person.mobile}"] if person.mobile else []),
        *([f"TEL;TYPE=WORK:{person.direct}"] if person.direct else []),
        *([f"TEL;TYPE=WORK,FAX:{person.fax}"] if person.fax else []),
        *([f"EMAIL;TYPE=WORK:{person.email}"] if person.email else []),
        *([f"ADR;TYPE=WORK:;;{person.address.replace(',', chr(92) + ',')};;;;"] if person.address else []),
        "END:VCARD",
    ]
    return "\r\n".join([*lines, ""])
