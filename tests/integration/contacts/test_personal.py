"""One person's data on both databases: handed out whole, erased whole, and not brought back by a backend."""

import zipfile
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from telemarket.backend import Record
from telemarket.calls.of_contacts import CallsOfContacts
from telemarket.calls.tables import calls
from telemarket.casework.of_contacts import RequestsOfContacts
from telemarket.casework.tables import requests
from telemarket.contacts.erased import ErasedKeys
from telemarket.contacts.live import LiveLookup
from telemarket.contacts.merges import Merges
from telemarket.contacts.model import OWN, Contact, ContactFields
from telemarket.contacts.personal import ErasureRefused, PersonalDataService
from telemarket.contacts.search import ContactFilter
from telemarket.contacts.service import ContactService
from telemarket.contacts.sync.store import RecordStore
from telemarket.core.audit import AuditLog
from telemarket.core.database import Database, metadata
from telemarket.core.errors import InvalidInput, NotFound
from telemarket.core.tables import audit_log, journal
from telemarket.numbers import NumberingPlan, normalise
from telemarket.recordings.of_contacts import RecordingsOfContacts
from telemarket.recordings.retention import Retention
from telemarket.recordings.tables import recordings
from tests.fakes.backend import FakeBackend

PLAN = NumberingPlan()
AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
NAME, NUMBER = "Новоха Інна", "0672345678"


@pytest.fixture
def service(database: Database) -> ContactService:
    return ContactService(database, PLAN, lambda: AT)


@pytest.fixture
def erased(tmp_path: Path) -> ErasedKeys:
    return ErasedKeys(tmp_path / "data" / "erasure.key", PLAN)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "recordings"
    folder.mkdir()
    return folder


def personal_of(database: Database, erased: ErasedKeys, folder: Path) -> PersonalDataService:
    retention = Retention(database, folder, AuditLog(database, lambda: AT), lambda: AT)
    rooms = (CallsOfContacts(), RequestsOfContacts(), RecordingsOfContacts(folder, retention))
    return PersonalDataService(database, lambda: AT, erased, rooms)


@pytest.fixture
def personal(database: Database, erased: ErasedKeys, folder: Path) -> PersonalDataService:
    return personal_of(database, erased, folder)


async def inna(service: ContactService, database: Database, folder: Path) -> Contact:
    """Somebody of whom every room keeps something, and who was two contacts once."""
    contact = await service.create(
        ContactFields(name=NAME, phones=(("", NUMBER),), emails=("inna@example.com",), attributes={"Поліс": "АА 777"})
    )
    double = await service.create(ContactFields(name="Новоха І. І.", phones=(("", "2380055"),)))
    await Merges(database, PLAN, lambda: AT, {OWN: 0}).merge(contact.id, double.id, (), None)
    await service.update(contact.id, ContactFields(position="бухгалтерка"), None)
    await service.remember_choice(NUMBER, contact.id, None)
    arrived = {"project": 1, "ani": "+380672345678", "caller_name": NAME, "dnis": "077"}
    async with database.write() as connection:
        call = {"id": "1.1", "contact_id": contact.id, "ani": "+380672345678", "caller_name": NAME, "dnis": "077"}
        await connection.execute(calls.insert().values(**call, arrived_at=AT, result="answered"))
        entry = {"at": AT, "kind": "call.arrived", "call_id": "1.1", "data": msgspec.json.encode(arrived)}
        await connection.execute(journal.insert().values(entry))
        request = {"contact_id": contact.id, "call_id": "1.1", "text": "Питала про поліс"}
        await connection.execute(requests.insert().values(**request, created_at=AT, updated_at=AT))
        recording = {"call_id": "1.1", "file": "1.1.wav", "stereo": False, "started_at": AT, "state": "sound"}
        await connection.execute(recordings.insert().values(**recording, number_end="672345678"))
    (folder / "1.1.wav").write_bytes(b"RIFF, her voice")
    return await service.get(contact.id)


async def everything(database: Database) -> str:
    """All texts of the database."""
    found: list[Any] = []
    async with database.read() as connection:
        for table in metadata.sorted_tables:
            for row in await connection.execute(sa.select(table)):
                found += [value.decode(errors="replace") if isinstance(value, bytes) else str(value) for value in row]
    return "\n".join(found)


async def test_everything_about_a_person_is_handed_out(
    service: ContactService, database: Database, personal: PersonalDataService, folder: Path, tmp_path: Path
) -> None:
    contact = await inna(service, database, folder)
    names = await personal.export(contact.id, tmp_path / "inna.zip", None)
    assert set(names) == {
        *(f"{room}.json" for room in ("contact", "calls", "requests", "recordings")),
        "recordings/1.1.wav",
    }
    with zipfile.ZipFile(tmp_path / "inna.zip") as archive:
        told = {name: archive.read(name).decode() for name in names}
    assert told["recordings/1.1.wav"] == "RIFF, her voice"
    for text in (NAME, "Новоха І. І.", "0672345678", "2380055", "inna@example.com", "АА 777", "бухгалтерка"):
        assert text in told["contact.json"]
    assert "Питала про поліс" in told["requests.json"]
    assert "+380672345678" in told["calls.json"]
    assert msgspec.json.decode(told["recordings.json"])[0]["file"] == "1.1.wav"
    async with database.read() as connection:
        assert "contact.export" in (await connection.scalars(sa.select(audit_log.c.action))).all()
    with pytest.raises(NotFound):
        await personal.export(999, tmp_path / "nobody.zip", None)
    assert not (tmp_path / "nobody.zip").exists()
    assert (tmp_path / "inna.zip").stat().st_mode & 0o777 == 0o600


async def test_an_erased_person_is_nowhere_and_still_counted(
    service: ContactService, database: Database, personal: PersonalDataService, folder: Path
) -> None:
    contact = await inna(service, database, folder)
    other = await service.create(ContactFields(name="Новоха Інна", phones=(("", "0500000001"),)))
    counts = await personal.erase(contact.id, None)
    assert counts == {"calls": 1, "requests": 1, "recordings": 1, "contact": 2}
    assert await service.get(other.id) == other
    await personal.erase(other.id, None)
    text = await everything(database)
    for trace in ("Новоха", "672345678", "2380055", "inna", "АА 777", "Питала", "бухгалтерка"):
        assert trace not in text
    for archived in (False, True):
        found = await service.find(ContactFilter(text="Новоха", archived=archived), 10)
        assert found.contacts == ()
    assert not (folder / "1.1.wav").exists()
    assert (await service.match(NUMBER)).candidates == ()
    async with database.read() as connection:
        assert (await connection.scalars(sa.select(calls.c.result))).all() == ["answered"]
        assert (await connection.scalars(sa.select(recordings.c.state))).all() == ["deleted"]
        audit = await connection.execute(sa.select(audit_log.c.action, audit_log.c.subject))
    assert ("contact.erase", f"contact {contact.id}") in [tuple(row) for row in audit]


async def test_who_was_merged_away_is_handed_out_and_erased_with_the_contact_that_has_him(
    service: ContactService, database: Database, personal: PersonalDataService, folder: Path, tmp_path: Path
) -> None:
    contact = await inna(service, database, folder)
    above = await service.create(ContactFields(name="Новоха"))
    await Merges(database, PLAN, lambda: AT, {OWN: 0}).merge(above.id, contact.id, (), None)
    before = await everything(database)
    with pytest.raises(InvalidInput) as refused:
        await personal.erase(contact.id, None)
    assert str(above.id) in str(refused.value)
    with pytest.raises(InvalidInput):
        await personal.export(contact.id, tmp_path / "part.zip", None)
    assert await everything(database) == before
    assert (await personal.erase(above.id, None))["contact"] == 3


async def test_what_was_keyed_in_and_dialled_goes_with_the_person(
    service: ContactService, database: Database, personal: PersonalDataService, folder: Path
) -> None:
    contact = await inna(service, database, folder)
    said = {
        "call.keyed": {"node": "1", "value": "77700123"},
        "call.dialing": {"number": "+380930000077"},
        "call.callback_accepted": {"number": "+380930000078"},
    }
    async with database.write() as connection:
        entries = [
            {"at": AT, "kind": kind, "call_id": "1.1", "data": msgspec.json.encode(data)} for kind, data in said.items()
        ]
        await connection.execute(journal.insert(), entries)
        call = {"id": "1.2", "contact_id": contact.id, "ani": "101", "dnis": "0930000079", "direction": "outbound"}
        await connection.execute(calls.insert().values(**call, arrived_at=AT))
    await personal.erase(contact.id, None)
    text = await everything(database)
    for trace in ("77700123", "93000007"):
        assert trace not in text


async def test_what_is_on_legal_hold_stays_with_all_the_rest(
    service: ContactService, database: Database, personal: PersonalDataService, folder: Path
) -> None:
    contact = await inna(service, database, folder)
    retention = Retention(database, folder, AuditLog(database, lambda: AT), lambda: AT)
    await retention.hold("1.1", "справа 12/26", None)
    before = await everything(database)
    with pytest.raises(ErasureRefused, match="справа 12/26"):
        await personal.erase(contact.id, None)
    assert await everything(database) == before
    assert (folder / "1.1.wav").exists()
    await retention.release("1.1", None)
    await personal.erase(contact.id, None)
    with pytest.raises(NotFound):
        await personal.erase(999, None)


async def test_a_dry_run_counts_and_erases_nothing(
    service: ContactService, database: Database, database_url: str, erased: ErasedKeys, folder: Path
) -> None:
    contact = await inna(service, database, folder)
    trial = Database(database_url, dry_run=True)
    try:
        counts = await personal_of(trial, erased, folder).erase(contact.id, None)
    finally:
        await trial.close()
    assert counts["contact"] == 2
    assert await service.get(contact.id) == contact
    assert (folder / "1.1.wav").exists()


async def test_no_backend_brings_an_erased_person_back(
    database: Database, service: ContactService, erased: ErasedKeys, folder: Path
) -> None:
    store = RecordStore(database, PLAN, lambda: AT, {"crm": 1, OWN: 0}, erased)
    inna, ivan = [
        Record(key=key, name=name, phones=(("", number),))
        for key, name, number in (("7", NAME, NUMBER), ("8", "Іван", "0500000001"))
    ]
    await store.take_over("crm", [inna, ivan])
    contact = (await service.match(NUMBER)).contact
    assert contact is not None
    await personal_of(database, erased, folder).erase(contact.id, None)
    assert (folder.parent / "data" / "erasure.key").stat().st_mode & 0o777 == 0o600
    moved = msgspec.structs.replace(inna, key="9", name="Інна Новоха")
    taken = await store.take_over("crm", [inna, ivan, moved])
    assert (taken.new, taken.unchanged) == (0, 1)
    assert {key for key, _ in taken.refused} == {"7", "9"}
    assert (await service.match(NUMBER)).candidates == ()
    heir = Record(key="10", name="Петро Новий", phones=(("", NUMBER),))
    assert (await store.take_over("crm", [heir])).new == 1


async def test_who_was_erased_is_not_on_the_card_by_a_live_question_either(
    service: ContactService, database: Database, erased: ErasedKeys, folder: Path
) -> None:
    contact = await service.create(ContactFields(name=NAME, phones=(("", NUMBER),)))
    backend = FakeBackend("crm")
    ivan = Record(key="8", name="Іван", phones=(("", "+380672345678"),))
    backend.put(Record(key="7", name=NAME, phones=(("", "+380672345678"),)), ivan)
    live = LiveLookup([backend], partial(erased.among_found, database), deadline=60)
    number = normalise(NUMBER, PLAN)
    assert number is not None
    [before] = [answer async for answer in live.ask(number)]
    assert len(before.found) == 2
    await personal_of(database, erased, folder).erase(contact.id, None)
    [after] = [answer async for answer in live.ask(number)]
    assert after.found == (ivan,)
