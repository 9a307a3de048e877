"""Exchange Online as a backend, with a server that keeps to what Microsoft publishes about Graph."""

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import trustme

from telemarket.adapters.exchange.graph import KIND
from telemarket.backend import Backend, BackendRefused, BackendUnavailable, CursorRefused, Record
from tests.fakes.exchange.graph import CLIENT, SECRET, TENANT, FakeGraph, graph_server
from tests.fakes.exchange.serving import dead, status
from tests.fakes.exchange.store import Folder
from tests.integration.adapters.opening import all_of, names, opened

ANNA = "anna@example.com"

Opener = Callable[..., Any]


@pytest.fixture
async def online(tmp_path: Path) -> AsyncIterator[FakeGraph]:
    authority, fake = trustme.CA(), FakeGraph()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    async with graph_server(fake, context):
        yield fake


@pytest.fixture
def contacts(online: FakeGraph) -> Folder:
    return online.mailbox(ANNA)


@pytest.fixture
def reading(online: FakeGraph, tmp_path: Path) -> Opener:
    @asynccontextmanager
    async def read(**options: Any) -> AsyncIterator[Backend]:
        given = {
            **{"tenant": TENANT, "client_id": CLIENT, "client_secret": SECRET, "mailboxes": [ANNA]},
            **{"authority": online.url, "base_url": f"{online.url}/v1.0", "ca_file": "ca.pem"},
        }
        backend = opened(KIND, tmp_path, **{**given, **options})
        try:
            yield backend
        finally:
            await backend.close()

    return read


async def test_a_contact_comes_over_whole(contacts: Folder, reading: Opener) -> None:
    item_id = contacts.add(
        displayName="Анна Коваленко",
        givenName="Анна",
        surname="Коваленко",
        companyName="Приклад",
        jobTitle="Бухгалтер",
        department="Бухгалтерія",
        businessPhones=["238-05-26", "238-05-27"],
        homePhones=["236-80-19"],
        mobilePhone="050 123-45-67",
        emailAddresses=[{"name": "Anna", "address": "anna@example.com"}],
        businessAddress={"street": "Хрещатик, 1", "city": "Київ", "postalCode": "01001"},
        homeAddress={},
        categories=["VIP"],
        businessHomePage=None,
        spouseName="not asked for",
    )
    async with reading(url_template="https://outlook.example.com/?ItemID={id}") as backend:
        (batch,) = await all_of(backend)
    assert batch.snapshot
    assert batch.records == [
        Record(
            key=item_id,
            name="Анна Коваленко",
            company="Приклад",
            position="Бухгалтер",
            phones=(
                ("direct", "238-05-26"),
                ("direct", "238-05-27"),
                ("home", "236-80-19"),
                ("mobile", "050 123-45-67"),
            ),
            emails=("anna@example.com",),
            addresses=(("work", "Хрещатик, 1, 01001, Київ"),),
            categories=("VIP",),
            attributes=(("Department", "Бухгалтерія"),),
            url="https://outlook.example.com/?ItemID=" + quote(item_id, safe=""),
        )
    ]


async def test_afterwards_only_changes_are_read(contacts: Folder, reading: Opener) -> None:
    anna, boris = contacts.add(displayName="Anna"), contacts.add(displayName="Boris")
    contacts.add(displayName="Vira")
    async with reading() as backend:
        cursor = (await all_of(backend))[-1].cursor
        contacts.change(anna, displayName="Hanna")
        contacts.remove(boris)
        contacts.add(companyName="Приклад", displayName="Приклад")
        (batch,) = await all_of(backend, cursor)
        (nothing,) = await all_of(backend, batch.cursor)
    assert not batch.snapshot
    assert [(record.kind, record.name) for record in batch.records] == [("person", "Hanna"), ("company", "Приклад")]
    assert batch.deleted == [boris]
    assert not nothing.records
    assert not nothing.deleted


async def test_several_mailboxes_and_folders_in_one_cursor(
    online: FakeGraph, contacts: Folder, reading: Opener
) -> None:
    contacts.add(displayName="Anna")
    clients = Folder("Клієнти", contacts)
    Folder("VIP", clients).add(displayName="Boris")
    Folder("Клієнти", online.mailbox("info@example.com")).add(displayName="Vira")
    Folder("VIP", online.mailboxes["info@example.com"].children[0])
    options = {"mailboxes": [ANNA, "info@example.com"], "folders": ["contacts", "клієнти", "contacts/Клієнти/VIP"]}
    async with reading(**options) as backend:
        batches = await all_of(backend)
        assert names(batches) == ["Anna", "Boris", "Vira"]
        clients.add(displayName="Galyna")
        assert names(await all_of(backend, batches[-1].cursor)) == ["Galyna"]


async def test_the_directory_is_an_address_list(online: FakeGraph, reading: Opener) -> None:
    anna = online.users.add(
        displayName="Anna", mail="anna@example.com", businessPhones=["238-05-26"], mobilePhone="050 1", city="Київ"
    )
    boris = online.users.add(displayName="Boris")
    async with reading(mailboxes=[], directory=True) as backend:
        batches = await all_of(backend)
        assert names(batches) == ["Anna", "Boris"]
        online.users.change(anna, mobilePhone="050 2")
        online.users.remove(boris)
        (batch,) = await all_of(backend, batches[-1].cursor)
    assert batch.deleted == [boris]
    assert batch.records == [
        Record(
            key=anna,
            name="Anna",
            phones=(("direct", "238-05-26"), ("mobile", "050 2")),
            emails=("anna@example.com",),
            addresses=(("work", "Київ"),),
        )
    ]


async def test_what_dies_in_mid_sync_goes_on_from_its_cursor(
    online: FakeGraph, contacts: Folder, reading: Opener
) -> None:
    contacts.add(displayName="Anna")
    async with reading() as backend:
        cursor = (await all_of(backend))[-1].cursor
        added = [contacts.add(displayName=f"P{n}") for n in range(500)]
        online.fate.next = [None, dead, dead]  # aiohttp asks again where a kept connection ends
        batches = backend.sync(cursor)
        first = await anext(batches)
        with pytest.raises(BackendUnavailable):
            await anext(batches)
        rest = await all_of(backend, first.cursor)
    keys = [record.key for batch in (first, *rest) for record in batch.records]
    assert sorted(keys) == sorted(added)


async def test_one_token_serves_until_it_is_refused(online: FakeGraph, contacts: Folder, reading: Opener) -> None:
    contacts.add(displayName="Anna")
    async with reading() as backend:
        await all_of(backend)
        await all_of(backend)
        assert online.sign_ins == 1
        online.revoke()
        assert names(await all_of(backend)) == ["Anna"]
    assert online.sign_ins == 2


async def test_a_token_refused_twice_is_a_matter_for_people(
    online: FakeGraph, contacts: Folder, reading: Opener
) -> None:
    online.fate.next = [status(401), status(401)]
    async with reading() as backend:
        with pytest.raises(BackendRefused, match="Grant the application"):
            await all_of(backend)


@pytest.mark.parametrize("options", [{}, {"mailboxes": [], "directory": True}])
async def test_a_link_graph_does_not_know_is_refused(
    online: FakeGraph, contacts: Folder, reading: Opener, options: dict[str, Any]
) -> None:
    online.users.add(displayName="Anna")
    contacts.add(displayName="Anna")
    async with reading(**options) as backend:
        cursor = (await all_of(backend))[-1].cursor
        online.forget_links()
        with pytest.raises(CursorRefused):
            await all_of(backend, cursor)
        assert names(await all_of(backend)) == ["Anna"]


@pytest.mark.parametrize(
    "places", ['{"other@example.com|contacts":"x"}', '{"anna@example.com|contacts":"https://example.com/v1.0/"}']
)
async def test_a_cursor_of_something_else_is_refused(
    online: FakeGraph, contacts: Folder, reading: Opener, places: str
) -> None:
    async with reading(url_template="") as backend:
        with pytest.raises(CursorRefused):
            await all_of(backend, f'{{"url_template":"","places":{places}}}')
    assert not online.asked


async def test_a_pause_in_the_middle_is_waited_for(online: FakeGraph, contacts: Folder, reading: Opener) -> None:
    added = [contacts.add(displayName=f"P{n}") for n in range(500)]
    online.fate.next = [None, status(429, Retry_After="0"), status(503, Retry_After="0")]
    async with reading() as backend:
        batches = await all_of(backend)
    assert sorted(record.key for batch in batches for record in batch.records) == sorted(added)


@pytest.mark.parametrize(
    ("trouble", "seconds"),
    [
        (status(429, Retry_After="7"), 7),
        (status(503, Retry_After="7"), 7),
        (status(429), None),
        (status(500), None),
    ],
)
async def test_who_is_busy_from_the_start_is_asked_later(
    online: FakeGraph, contacts: Folder, reading: Opener, trouble: Any, seconds: float | None
) -> None:
    online.fate.next = [trouble]
    async with reading() as backend:
        with pytest.raises(BackendUnavailable) as busy:
            await all_of(backend)
    assert busy.value.retry_after == seconds


async def test_a_longer_pause_than_can_be_waited_for(online: FakeGraph, contacts: Folder, reading: Opener) -> None:
    for n in range(300):
        contacts.add(displayName=f"P{n}")
    online.fate.next = [None, status(429, Retry_After="3600")]
    async with reading() as backend:
        with pytest.raises(BackendUnavailable) as busy:
            await all_of(backend)
    assert busy.value.retry_after == 3600


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"client_secret": "wrong"}, "the secret has not expired"),
        ({"tenant": "nobody.example.com"}, "Check tenant and authority"),
        ({"mailboxes": ["nobody@example.com"]}, "Check mailboxes and folders"),
        ({"folders": ["contacts/Unknown"]}, "spelling of names"),
        ({"folders": ["contacts/Closed"]}, "application access policy"),
        ({"ca_file": None}, "ca_file"),
    ],
)
async def test_what_a_person_has_to_mend_is_refused_in_words(
    contacts: Folder, reading: Opener, options: dict[str, Any], said: str
) -> None:
    Folder("Closed", contacts).closed = True
    async with reading(**options) as backend:
        with pytest.raises(BackendRefused, match=said):
            await all_of(backend)
        assert any(not finding.well and said in finding.remedy for finding in await backend.check())


async def test_the_missing_permission_is_named(online: FakeGraph, contacts: Folder, reading: Opener) -> None:
    online.granted = set()
    async with reading(directory=True) as backend:
        findings = await backend.check()
    assert [finding.well for finding in findings] == [False, False]
    assert "Contacts.Read" in findings[0].remedy
    assert "User.Read.All" in findings[1].remedy


async def test_check_says_how_much_there_is(online: FakeGraph, contacts: Folder, reading: Opener) -> None:
    contacts.add(displayName="Anna")
    for n in range(201):
        online.users.add(displayName=f"P{n}")
    async with reading(directory=True) as backend:
        findings = await backend.check()
    assert [finding.what for finding in findings] == [f"{ANNA}|contacts: 1 entries.", "directory: 200+ entries."]
    assert all(finding.well for finding in findings)
