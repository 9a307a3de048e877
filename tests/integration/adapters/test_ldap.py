"""A directory as a backend, against a real slapd."""

import asyncio
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import ldap3
import pytest
import trustme

from telemarket.adapters.ldap import KIND
from telemarket.backend import Backend, BackendRefused, BackendUnavailable, CursorRefused
from telemarket.core.clock import utc_now
from tests.integration.adapters.opening import all_of, names, opened
from tests.slapd import PASSWORD, READER, SUFFIX, PrivateSlapd, person


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """A server's chain, its key and the authority, for the name localhost."""
    folder = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    issued.cert_chain_pems[0].write_to_path(folder / "chain.pem")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    return folder / "chain.pem", folder / "key.pem", folder / "ca.pem"


@pytest.fixture
def slapd() -> Iterator[PrivateSlapd]:
    with PrivateSlapd() as server:
        yield server


class House:
    """Opens backends as the daemon would; its clock runs, because slapd's does, which dates the entries."""

    def __init__(self, folder: Path) -> None:
        self.ahead = timedelta()
        self._folder = folder

    def open(self, slapd: PrivateSlapd, **options: Any) -> Backend:
        where = {"host": "127.0.0.1", "port": slapd.port, "tls": "none", "base": SUFFIX}
        return self.open_with(**{**where, "user": READER, "password": PASSWORD, **options})

    def open_with(self, **options: Any) -> Backend:
        return opened(KIND, self._folder, lambda: utc_now() + self.ahead, **options)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


async def test_every_person_comes_over_under_a_lasting_key(slapd: PrivateSlapd, house: House) -> None:
    slapd.load([person("Анна", telephoneNumber="044 238-00-55", mobile=["050 1", "050 2"]), person("Boris")])
    backend = house.open(slapd)
    batches = await all_of(backend)
    assert names(batches) == ["Boris", "Анна"]
    assert all(batch.snapshot for batch in batches)
    anna = next(record for batch in batches for record in batch.records if record.name == "Анна")
    assert anna.phones == (("direct", "044 238-00-55"), ("mobile", "050 1"), ("mobile", "050 2"))
    with slapd.administrator() as connection:
        connection.modify_dn(f"cn=Анна,{SUFFIX}", "cn=Ганна")
    renamed = next(r for batch in await all_of(backend) for r in batch.records if r.name == "Ганна")
    assert renamed.key == anna.key


async def test_what_another_server_has_is_left_to_it(slapd: PrivateSlapd, house: House) -> None:
    elsewhere = (f"ou=elsewhere,{SUFFIX}", {"objectClass": ["referral", "extensibleObject"], "ref": "ldap://other/"})
    slapd.load([person("Anna"), elsewhere])
    assert names(await all_of(house.open(slapd))) == ["Anna"]
    with pytest.raises(BackendRefused, match="name that one as host"):
        await all_of(house.open(slapd, base=f"ou=elsewhere,{SUFFIX}"))


async def test_check_says_that_all_is_well(slapd: PrivateSlapd, house: House) -> None:
    slapd.load([person("Anna", telephoneNumber="1")])
    assert all(finding.well for finding in await house.open(slapd).check())


async def test_check_says_what_to_do(slapd: PrivateSlapd, house: House) -> None:
    slapd.load([person("Anna", dominoUNID="A" * 32)])
    signed_in, key, telephones = await house.open(slapd, key="objectGUID").check()
    assert signed_in.well
    assert not key.well
    assert "found here: entryUUID, dominoUNID" in key.remedy
    assert not telephones.well
    assert "mapping" in telephones.remedy


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"password": "wrong"}, "Check user and password."),
        ({"base": f"ou=nowhere,{SUFFIX}"}, "Check base"),
        ({"base": "nonsense"}, "each is a DN"),
        ({"filter": "(objectClass=unknown)"}, "Check base, filter and key"),
        ({"filter": "(((cn=*)"}, "filter"),
        ({"key": "objectGUID"}, "Check base, filter and key"),
        ({"user": "", "password": ""}, "Check base, and that the user may see it."),
    ],
)
async def test_what_a_person_has_to_mend_is_refused_in_words(
    slapd: PrivateSlapd, house: House, options: dict[str, Any], said: str
) -> None:
    slapd.load([person("Anna")])
    backend = house.open(slapd, **options)
    with pytest.raises(BackendRefused, match=said):
        await all_of(backend)
    assert not all(finding.well for finding in await backend.check())


async def test_no_password_is_in_any_text(slapd: PrivateSlapd, house: House) -> None:
    backend = house.open(slapd, password="s3cret-password")
    with pytest.raises(BackendRefused) as refused:
        await all_of(backend)
    assert "s3cret" not in str(refused.value) + repr(refused.value.__context__)


@pytest.mark.parametrize("people", [250, 1200], ids=["first page", "later page"])
async def test_an_answer_the_server_cut_is_no_snapshot(house: House, people: int) -> None:
    with PrivateSlapd(sizelimit=str(people - 100)) as slapd:
        slapd.load(person(f"P{n}") for n in range(people))
        with pytest.raises(BackendRefused, match=r"sizeLimitExceeded.*Raise the limits"):
            await all_of(house.open(slapd))


async def test_a_server_that_dies_in_mid_sync_gives_no_snapshot(slapd: PrivateSlapd, house: House) -> None:
    slapd.load(person(f"P{n}") for n in range(1200))
    backend = house.open(slapd)
    batches = backend.sync("")
    seen = [record.key for record in (await anext(batches)).records]
    slapd.kill()
    with pytest.raises(BackendUnavailable):
        await anext(batches)
    assert 0 < len(seen) < 1200
    slapd.start()
    whole = [record.key for batch in await all_of(backend) for record in batch.records]
    assert len(whole) == len(set(whole)) == 1200
    assert set(seen) < set(whole)


async def test_nobody_answers(slapd: PrivateSlapd, house: House) -> None:
    slapd.kill()
    backend = house.open(slapd)
    with pytest.raises(BackendUnavailable, match="does not answer"):
        await all_of(backend)
    (finding,) = await backend.check()
    assert not finding.well
    assert "firewall" in finding.remedy


@pytest.mark.parametrize("tls", ["none", "starttls", "tls"])
async def test_a_server_that_accepts_and_says_nothing(house: House, tls: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        options = {"host": "127.0.0.1", "port": silent.getsockname()[1], "base": SUFFIX, "tls": tls, "timeout": 1}
        with pytest.raises(BackendUnavailable, match="does not answer"):
            await all_of(house.open_with(**options))


async def test_only_changed_entries_are_read_and_deleted_ones_go_in_time(slapd: PrivateSlapd, house: House) -> None:
    slapd.load([person("Anna"), person("Boris")])
    backend = house.open(slapd, changed="modifyTimestamp", complete_hours=24)
    cursor = (await all_of(backend))[-1].cursor
    with slapd.administrator() as connection:
        connection.delete(f"cn=Boris,{SUFFIX}")
        connection.add(f"cn=Vira,{SUFFIX}", ["inetOrgPerson"], {"sn": "Vira"})
        connection.modify(f"cn=Vira,{SUFFIX}", {"mobile": [(ldap3.MODIFY_ADD, ["050 1"])]})
    house.ahead += timedelta(hours=23)
    changed = await all_of(backend, cursor)
    assert "Vira" in names(changed)
    assert not any(batch.snapshot for batch in changed)
    house.ahead += timedelta(hours=1)
    complete = await all_of(backend, changed[-1].cursor)
    assert names(complete) == ["Anna", "Vira"]
    assert all(batch.snapshot for batch in complete)


async def test_what_did_not_change_is_not_read_again(slapd: PrivateSlapd, house: House) -> None:
    slapd.load([person("Anna")])
    backend = house.open(slapd, changed="entryCSN")
    cursor = (await all_of(backend))[-1].cursor
    with slapd.administrator() as connection:
        connection.add(f"cn=Vira,{SUFFIX}", ["inetOrgPerson"], {"sn": "Vira"})
    changed = await all_of(backend, cursor)
    assert "Vira" in names(changed)
    assert names(await all_of(backend, changed[-1].cursor)) == ["Vira"]  # the newest once more, in case of a twin


async def test_an_entry_dated_in_the_future_hides_no_later_change(slapd: PrivateSlapd, house: House) -> None:
    slapd.load([person("Anna"), person("Boris", modifyTimestamp="22060101000000Z")])
    backend = house.open(slapd, changed="modifyTimestamp")
    cursor = (await all_of(backend))[-1].cursor
    with slapd.administrator() as connection:
        connection.add(f"cn=Vira,{SUFFIX}", ["inetOrgPerson"], {"sn": "Vira"})
    changed = await all_of(backend, cursor)
    assert {"Boris", "Vira"} <= set(names(changed))
    assert not any(batch.snapshot for batch in changed)


async def test_after_a_change_of_the_configuration_all_is_read(slapd: PrivateSlapd, house: House) -> None:
    slapd.load([person("Anna"), person("Boris")])
    cursor = (await all_of(house.open(slapd, changed="entryCSN")))[-1].cursor
    again = await all_of(house.open(slapd, changed="entryCSN", mapping={"sn": "position"}), cursor)
    assert names(again) == ["Anna", "Boris"]
    assert all(batch.snapshot for batch in again)


async def test_a_cursor_of_something_else_is_refused(slapd: PrivateSlapd, house: House) -> None:
    with pytest.raises(CursorRefused):
        await all_of(house.open(slapd), "H4sIAA==")


async def test_a_live_question_finds_numbers_however_they_are_written(slapd: PrivateSlapd, house: House) -> None:
    slapd.load(
        [
            person("Anna", telephoneNumber="8 (044) 238-05-26"),
            person("Boris", mobile="+380 44 2380526, 050"),
            person("Vira", telephoneNumber="044 2380527"),
        ]
    )
    backend = house.open(slapd)
    found = await backend.look_up("+380442380526", "0442380526")
    assert sorted(record.name for record in found) == ["Anna", "Boris"]
    assert await backend.look_up("", "526") == ()


async def test_a_directory_that_hangs_leaves_the_house_its_threads(slapd: PrivateSlapd, house: House) -> None:
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(1))
    backend = house.open(slapd)
    slapd.stop()
    questions = [asyncio.create_task(backend.look_up("+380442380526", "")) for _ in range(3)]
    try:
        await asyncio.sleep(0)  # they are under way
        assert await asyncio.to_thread(sum, (1, 2)) == 3
        assert not any(question.done() for question in questions)
    finally:
        slapd.kill()
        await asyncio.gather(*questions, return_exceptions=True)
        await backend.close()


@pytest.mark.parametrize("tls", ["starttls", "tls"])
async def test_the_password_crosses_only_to_a_server_that_is_known(
    house: House, certificate: tuple[Path, Path, Path], tls: str
) -> None:
    chain, key, authority = certificate
    with PrivateSlapd(certificate=(chain, key)) as slapd:
        slapd.load([person("Anna")])
        port = slapd.tls_port if tls == "tls" else slapd.port
        known = house.open(slapd, host="localhost", port=port, tls=tls, ca_file=authority)
        assert names(await all_of(known)) == ["Anna"]
        strange = house.open(slapd, host="localhost", port=port, tls=tls)
        with pytest.raises(BackendRefused, match="ca_file"):
            await all_of(strange)
        misnamed = house.open(slapd, port=port, tls=tls, ca_file=authority)  # the certificate is not for 127.0.0.1
        with pytest.raises(BackendRefused, match="not trusted"):
            await all_of(misnamed)


async def test_without_tls_at_the_server_nothing_is_sent(slapd: PrivateSlapd, house: House) -> None:
    with pytest.raises(BackendRefused):
        await all_of(house.open(slapd, tls="starttls"))


async def test_twenty_thousand_entries(slapd: PrivateSlapd, house: House) -> None:
    slapd.load(person(f"P{n}", telephoneNumber=f"044 {n:07}") for n in range(20_000))
    keys = {record.key for batch in await all_of(house.open(slapd)) for record in batch.records}
    assert len(keys) == 20_000
