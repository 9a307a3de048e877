"""Exchange Server as a backend: exchangelib talking to a server that is faithful in what matters here."""

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from telemarket.adapters.exchange.ews import KIND
from telemarket.backend import Backend, BackendRefused, BackendUnavailable, CursorRefused, Record
from tests.fakes.exchange.ews import PASSWORD, USER, FakeEws, busy, ews_server
from tests.fakes.exchange.ntlm import Ntlm
from tests.fakes.exchange.serving import dead, status
from tests.fakes.exchange.store import Folder
from tests.integration.adapters.opening import all_of, names, opened

ANNA = "anna@example.com"

Opener = Callable[..., Any]


@pytest.fixture
async def exchange() -> AsyncIterator[FakeEws]:
    fake = FakeEws()
    async with ews_server(fake):
        yield fake


@pytest.fixture
def contacts(exchange: FakeEws) -> Folder:
    return exchange.mailbox(ANNA)


@pytest.fixture
def reading(exchange: FakeEws, tmp_path: Path) -> Opener:
    @asynccontextmanager
    async def read(**options: Any) -> AsyncIterator[Backend]:
        given = {"url": exchange.url, "user": USER, "password": PASSWORD, "auth": "basic", "mailboxes": [ANNA]}
        backend = opened(KIND, tmp_path, **{**given, **options})
        try:
            yield backend
        finally:
            await backend.close()

    return read


async def test_a_contact_comes_over_whole(contacts: Folder, reading: Opener) -> None:
    item_id = contacts.add(
        DisplayName="Анна Коваленко",
        GivenName="Анна",
        Surname="Коваленко",
        CompanyName="Приклад",
        JobTitle="Бухгалтер",
        Department="Бухгалтерія",
        PhoneNumbers={"MobilePhone": "050 123-45-67", "BusinessPhone": "238-05-26", "BusinessFax": "238-05-27"},
        EmailAddresses={"EmailAddress1": "anna@example.com", "EmailAddress2": "/o=Example/cn=anna"},
        PhysicalAddresses={"Business": {"Street": "Хрещатик, 1", "City": "Київ", "PostalCode": "01001"}},
        Categories=["VIP"],
        BusinessHomePage="https://example.com",
    )
    async with reading() as backend:
        (batch,) = await all_of(backend)
    (record,) = batch.records
    assert batch.snapshot
    assert record.url.endswith(f"/owa/?ItemID={item_id}&exvsurl=1&viewmodel=PersonaCardViewModelFactory")
    assert sorted(record.phones) == [("direct", "238-05-26"), ("fax", "238-05-27"), ("mobile", "050 123-45-67")]
    assert record == Record(
        key=item_id,
        name="Анна Коваленко",
        company="Приклад",
        position="Бухгалтер",
        phones=record.phones,
        emails=("anna@example.com",),
        addresses=(("work", "Хрещатик, 1, 01001, Київ"),),
        site="https://example.com",
        categories=("VIP",),
        attributes=(("Department", "Бухгалтерія"),),
        url=record.url,
    )


async def test_a_contact_with_nothing_but_a_company_is_one(contacts: Folder, reading: Opener) -> None:
    contacts.add(CompanyName="Приклад", FileAs="Приклад", PhoneNumbers={"CompanyMainPhone": "238-00-55"})
    contacts.add(DisplayName="Friends", list=True)  # a distribution list is nobody
    async with reading() as backend:
        (batch,) = await all_of(backend)
    assert [(r.kind, r.name, r.phones) for r in batch.records] == [("company", "Приклад", (("main", "238-00-55"),))]


async def test_afterwards_only_changes_are_read(contacts: Folder, reading: Opener) -> None:
    anna, boris = contacts.add(DisplayName="Anna"), contacts.add(DisplayName="Boris")
    contacts.add(DisplayName="Vira")
    async with reading() as backend:
        cursor = (await all_of(backend))[-1].cursor
        contacts.change(anna, DisplayName="Hanna")
        contacts.remove(boris)
        contacts.add(DisplayName="Galyna")
        (batch,) = await all_of(backend, cursor)
        (nothing,) = await all_of(backend, batch.cursor)
    assert not batch.snapshot
    assert names([batch]) == ["Galyna", "Hanna"]
    assert batch.deleted == [boris]
    assert not nothing.records
    assert not nothing.deleted


async def test_several_mailboxes_and_folders_in_one_cursor(
    exchange: FakeEws, contacts: Folder, reading: Opener
) -> None:
    contacts.add(DisplayName="Anna")
    clients = Folder("Клієнти", contacts)
    clients.add(DisplayName="Boris")
    exchange.mailbox("info@example.com")
    top = exchange.mailboxes["info@example.com"]
    Folder("Клієнти", top.children[0]).add(DisplayName="Vira")
    options = {"mailboxes": [ANNA, "info@example.com"], "folders": ["contacts/Клієнти", "contacts"]}
    async with reading(**options) as backend:
        batches = await all_of(backend)
        assert names(batches) == ["Anna", "Boris", "Vira"]
        clients.add(DisplayName="Galyna")
        assert names(await all_of(backend, batches[-1].cursor)) == ["Galyna"]


async def test_a_folder_beside_the_contacts(exchange: FakeEws, contacts: Folder, reading: Opener) -> None:
    Folder("Abonnenten", exchange.mailboxes[ANNA]).add(DisplayName="Anna")
    async with reading(folders=["Abonnenten"]) as backend:
        assert names(await all_of(backend)) == ["Anna"]


async def test_public_folders_are_read_whole_each_time(exchange: FakeEws, contacts: Folder, reading: Opener) -> None:
    shared = Folder("Contacts", Folder("Company", exchange.public, public=True), public=True)
    kept = {shared.add(DisplayName=f"P{n}", PhoneNumbers={"CompanyMainPhone": "238-00-55"}) for n in range(600)}
    gone = shared.add(DisplayName="Anna")
    kept.add(contacts.add(DisplayName="Boris"))
    async with reading(public_folders=["Company/Contacts"]) as backend:
        batches = await all_of(backend)
        assert {record.key for batch in batches for record in batch.records} == kept | {gone}
        shared.remove(gone)
        again = await all_of(backend, next(batch.cursor for batch in batches if batch.cursor))
    assert {record.key for batch in again for record in batch.records} == kept
    assert all(batch.snapshot for batch in again)
    assert len(again) > 2


async def test_a_public_folder_may_be_emptied(exchange: FakeEws, contacts: Folder, reading: Opener) -> None:
    Folder("Contacts", exchange.public, public=True)
    async with reading(folders=[], public_folders=["Contacts"]) as backend:
        (batch,) = await all_of(backend)
    assert batch.snapshot
    assert not batch.records


async def test_what_dies_in_mid_sync_goes_on_from_its_cursor(
    exchange: FakeEws, contacts: Folder, reading: Opener
) -> None:
    contacts.add(DisplayName="Anna")
    async with reading() as backend:
        cursor = (await all_of(backend))[-1].cursor
        added = [contacts.add(DisplayName=f"P{n}") for n in range(1100)]
        exchange.fate.next = [None, dead]
        batches = backend.sync(cursor)
        first = await anext(batches)
        with pytest.raises(BackendUnavailable):
            await anext(batches)
        rest = await all_of(backend, first.cursor)
    keys = [record.key for batch in (first, *rest) for record in batch.records]
    assert sorted(keys) == sorted(added)


async def test_a_page_that_leads_nowhere_is_not_taken_for_the_last(
    exchange: FakeEws, contacts: Folder, reading: Opener
) -> None:
    for n in range(501):
        contacts.add(DisplayName=f"Абонент {n}")
    async with reading() as backend:
        batches = backend.sync("")
        assert len((await anext(batches)).records) == 500
        exchange.stuck = True
        with pytest.raises(BackendUnavailable, match="nothing to go on from"):
            await anext(batches)


async def test_a_state_exchange_does_not_know_is_refused(exchange: FakeEws, contacts: Folder, reading: Opener) -> None:
    contacts.add(DisplayName="Anna")
    async with reading() as backend:
        cursor = (await all_of(backend))[-1].cursor
        exchange.forget_states()
        with pytest.raises(CursorRefused):
            await all_of(backend, cursor)
        assert names(await all_of(backend)) == ["Anna"]


@pytest.mark.parametrize(
    "cursor", ["nonsense", '["a"]', '{"url_template":"","places":{"other@example.com|contacts":"x"}}']
)
async def test_a_cursor_of_something_else_is_refused(contacts: Folder, reading: Opener, cursor: str) -> None:
    async with reading() as backend:
        with pytest.raises(CursorRefused):
            await all_of(backend, cursor)


async def test_after_a_change_of_the_configuration_all_is_read(contacts: Folder, reading: Opener) -> None:
    contacts.add(DisplayName="Anna")
    async with reading() as backend:
        cursor = (await all_of(backend))[-1].cursor
    async with reading(url_template="https://example.com/{id}") as backend:
        with pytest.raises(CursorRefused):
            await all_of(backend, cursor)


async def test_a_pause_in_the_middle_is_waited_for(exchange: FakeEws, contacts: Folder, reading: Opener) -> None:
    added = [contacts.add(DisplayName=f"P{n}") for n in range(1100)]
    async with reading() as backend:
        batches = backend.sync("")
        read = [await anext(batches)]
        exchange.fate.next = [busy(0.01), busy(0.01), None, busy(0.01)]
        read += [batch async for batch in batches]
    assert sorted(record.key for batch in read for record in batch.records) == sorted(added)


@pytest.mark.parametrize(
    ("trouble", "seconds"),
    [
        (busy(7), 7),
        (status(503, Retry_After="300"), 300),
        (status(503), None),
        (status(500), None),
        (status(429, Retry_After="Sun, 22 Nov 2026 12:00:00 GMT"), None),
    ],
)
async def test_who_is_busy_from_the_start_is_asked_later(
    exchange: FakeEws, contacts: Folder, reading: Opener, trouble: Any, seconds: float | None
) -> None:
    exchange.fate.next = [trouble]
    async with reading() as backend:
        with pytest.raises(BackendUnavailable) as busy_:
            await all_of(backend)
    assert busy_.value.retry_after == seconds


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"password": "wrong"}, "Check user, password and auth"),
        ({"mailboxes": ["nobody@example.com"]}, "Check the addresses in mailboxes"),
        ({"folders": ["contacts/Unknown"]}, "Check folders and public_folders"),
        ({"public_folders": ["Unknown"]}, "Check folders and public_folders"),
        ({"folders": ["contacts/Closed"]}, "right to read the folder"),
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


async def test_users_sign_in_by_ntlm(
    exchange: FakeEws, contacts: Folder, reading: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = tmp_path / "users"
    users.write_text(":".join((*USER.split("\\"), PASSWORD)))
    monkeypatch.setenv("NTLM_USER_FILE", str(users))
    exchange.ntlm = Ntlm()
    contacts.add(DisplayName="Anna")
    async with reading(auth="ntlm") as backend:
        assert names(await all_of(backend)) == ["Anna"]
    async with reading(auth="ntlm", password="wrong") as backend:
        with pytest.raises(BackendRefused, match="Check user, password and auth"):
            await all_of(backend)


async def test_an_address_that_is_not_exchanges(exchange: FakeEws, contacts: Folder, reading: Opener) -> None:
    async with reading(url=exchange.url.replace("Exchange.asmx", "exchange")) as backend:
        with pytest.raises(BackendRefused, match=r"ends in /EWS/Exchange\.asmx"):
            await all_of(backend)


async def test_check_says_how_much_there_is(contacts: Folder, reading: Opener) -> None:
    contacts.add(DisplayName="Anna")
    async with reading() as backend:
        (finding,) = await backend.check()
    assert finding.well
    assert finding.what == f"{ANNA}|contacts: 1 entries."


async def test_a_live_question_finds_usual_spellings(contacts: Folder, reading: Opener) -> None:
    contacts.add(DisplayName="Anna", PhoneNumbers={"BusinessPhone": "8 (044) 238-05-26"})
    contacts.add(DisplayName="Boris", PhoneNumbers={"MobilePhone": "+380442380526"})
    contacts.add(DisplayName="Vira", PhoneNumbers={"MobilePhone": "+380502380526"})  # another operator's
    contacts.add(DisplayName="Galyna", PhoneNumbers={"BusinessFax": "+380442380526"})
    async with reading() as backend:
        found = await backend.look_up("+380442380526", "0442380526")
        assert sorted(record.name for record in found) == ["Anna", "Boris"]
        assert await backend.look_up("", "101") == ()


async def test_only_the_authority_named_is_trusted(tmp_path: Path, reading: Opener) -> None:
    authority, fake = trustme.CA(), FakeEws()
    fake.mailbox(ANNA).add(DisplayName="Anna")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    async with ews_server(fake, context):
        async with reading(url=fake.url, ca_file="ca.pem") as backend:
            assert names(await all_of(backend)) == ["Anna"]
        async with reading(url=fake.url) as backend:
            with pytest.raises(BackendRefused, match="ca_file"):
                await all_of(backend)
