"""Imports carried out on real databases: what they write, what they hand back, how they are undone and gone on with."""

import asyncio
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook

from telemarket.calls.tables import calls
from telemarket.contacts.model import OWN, ContactFields
from telemarket.contacts.service import ContactService
from telemarket.contacts.tables import contacts, imports, phones
from telemarket.contacts.writing import archive_many
from telemarket.core.clock import utc_now
from telemarket.core.database import Database
from telemarket.core.i18n import translator
from telemarket.importing import running, store
from telemarket.importing.errors import ImportBusy
from telemarket.importing.model import Counts, Mapping
from telemarket.importing.refused import write_refused
from telemarket.importing.running import ImportRunner
from telemarket.importing.sample import take_sample
from telemarket.importing.store import ImportStore
from telemarket.importing.tables import open_table
from telemarket.importing.undoing import undo
from telemarket.numbers import NumberingPlan

PLAN = NumberingPlan()
TRUST = {OWN: 100}
HEADINGS = ["ПІБ", "Моб. тел.", "E-mail", "Компанія", "№ договору", "Залишок, грн"]


def client(number: int, **changed: str) -> list[str]:
    row = [f"Коваль Тарас {number}", f"067{2000000 + number}", f"k{number}@example.com", "СК Здорово", f"К-{number:05}"]
    values = dict(zip(HEADINGS, [*row, f"{number * 100},50"], strict=True)) | changed
    return list(values.values())


def table(folder: Path, rows: list[list[str]], name: str = "clients.csv", headings: list[str] = HEADINGS) -> Path:
    path = folder / name
    path.write_bytes("\r\n".join(";".join(row) for row in [headings, *rows]).encode("cp1251"))
    return path


class Desk:
    """One who imports files."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.store = ImportStore(database, utc_now)
        self.contacts = ContactService(database, PLAN, utc_now)

    async def begin(self, path: Path, **told: Any) -> int:
        mapping = msgspec.structs.replace(take_sample(path).recognise(PLAN).mapping(), **told)
        import_id = await self.store.add(path.name, None, mapping=mapping)
        await self.store.begin(import_id)
        return import_id

    async def run(self, path: Path, **told: Any) -> tuple[int, Counts]:
        import_id = await self.begin(path, **told)
        return import_id, await self.runner().run(import_id, path)

    def runner(self) -> ImportRunner:
        return ImportRunner(self.database, PLAN, TRUST, utc_now)

    async def undo(self, import_id: int) -> None:
        await self.store.begin_undo(import_id)
        await undo(self.database, PLAN, TRUST, utc_now, import_id)

    async def count(self) -> int:
        async with self.database.read() as connection:
            return int(await connection.scalar(sa.select(sa.func.count()).select_from(contacts)) or 0)

    async def of(self, number: str) -> Any:
        contact = (await self.contacts.match(number)).contact
        assert contact is not None
        return contact


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def fates(counts: Counts) -> tuple[int, int, int, int]:
    return counts.new, counts.updated, counts.unchanged, counts.refused


async def test_twelve_bad_rows_are_handed_back_and_the_others_imported(desk: Desk, tmp_path: Path) -> None:
    bad = [client(900 + n, **{"Моб. тел.": "не знає"}) for n in range(6)]
    bad += [client(910 + n, **{"Залишок, грн": "багато"}) for n in range(5)]
    bad += [client(1)]
    rows = [client(n) for n in range(40)]
    import_id, counts = await desk.run(table(tmp_path, [*rows[:20], *bad, *rows[20:]]))
    assert fates(counts) == (40, 0, 0, 12)
    assert await desk.count() == 40

    refused = await desk.store.refused(import_id)
    write_refused(tmp_path / "refused.xlsx", refused, translator("uk"))
    back = CalamineWorkbook.from_path(tmp_path / "refused.xlsx").get_sheet_by_index(0).to_python()
    assert back[0][2:] == HEADINGS
    assert [row[0] for row in back[1:]] == [22.0 + n for n in range(12)]
    assert back[1][2:] == bad[0]
    assert all(row[1] for row in back[1:])


async def test_the_cells_of_refused_rows_are_forgotten_in_time(desk: Desk, tmp_path: Path) -> None:
    import_id, _ = await desk.run(table(tmp_path, [client(1), client(2, **{"Моб. тел.": "не знає"})]))
    await desk.store.forget_refused(utc_now() - timedelta(days=1))
    assert len(await desk.store.refused(import_id)) == 1
    await desk.store.forget_refused(utc_now())
    assert await desk.store.refused(import_id) == []
    assert (await desk.store.get(import_id)).counts.refused == 1
    await desk.undo(import_id)
    assert await desk.count() == 0


async def test_a_contact_has_what_its_row_says(desk: Desk, tmp_path: Path) -> None:
    await desk.run(table(tmp_path, [client(7)]), source="база 2026")
    contact = await desk.of("0672000007")
    assert (contact.name, contact.company, contact.emails) == ("Коваль Тарас 7", "СК Здорово", ("k7@example.com",))
    assert contact.attributes == {"№ договору": "К-00007", "Залишок, грн": "700.50"}
    assert (contact.source, contact.phones[0].kind) == ("база 2026", "mobile")


async def test_a_file_without_headings_is_imported_from_its_first_row(desk: Desk, tmp_path: Path) -> None:
    path = table(tmp_path, [["Бондар Олена Іванівна", "0672000002"]], headings=["Коваль Тарас Петрович", "0672000001"])
    mapping = take_sample(path).recognise(PLAN).mapping()
    rehearsed, _ = await desk.runner().rehearse(mapping, path)
    _, counts = await desk.run(path)
    assert fates(rehearsed) == fates(counts) == (2, 0, 0, 0)
    assert (await desk.of("0672000001")).name == "Коваль Тарас Петрович"


async def test_a_second_file_changes_what_differs_and_adds_what_is_new(desk: Desk, tmp_path: Path) -> None:
    await desk.run(table(tmp_path, [client(n) for n in range(5)]))
    changed = client(1, **{"Залишок, грн": "1,00", "E-mail": "other@example.com", "Компанія": ""})
    _, counts = await desk.run(table(tmp_path, [client(0), changed, client(6)]))
    assert fates(counts) == (1, 1, 1, 0)
    contact = await desk.of("0672000001")
    assert contact.attributes == {"№ договору": "К-00001", "Залишок, грн": "1.00"}
    assert contact.emails == ("k1@example.com", "other@example.com")
    assert contact.company == "СК Здорово"


async def test_empty_cells_clear_when_told_to(desk: Desk, tmp_path: Path) -> None:
    await desk.run(table(tmp_path, [client(1)]))
    emptied = client(1, **{"Компанія": "", "E-mail": "", "Залишок, грн": ""})
    await desk.run(table(tmp_path, [emptied, client(2)]), empty="clear")
    contact = await desk.of("0672000001")
    assert (contact.company, contact.emails, contact.attributes) == ("", (), {"№ договору": "К-00001"})


async def test_the_contracts_number_updates_the_sum_and_adds_nobody(desk: Desk, tmp_path: Path) -> None:
    await desk.run(table(tmp_path, [client(n) for n in range(5)]))
    sums = [["К-00003", "42,00"], ["К-99999", "1,00"]]
    path = table(tmp_path, sums, "sums.csv", ["№ договору", "Залишок, грн"])
    import_id, counts = await desk.run(path, add=False)
    assert fates(counts) == (0, 1, 0, 1)
    assert (await desk.of("0672000003")).attributes["Залишок, грн"] == "42.00"
    assert [row for row, _, _ in await desk.store.refused(import_id)] == [3]


@pytest.mark.parametrize("key", ["email", "name+company"])
async def test_other_keys_find_the_contact(desk: Desk, tmp_path: Path, key: str) -> None:
    await desk.run(table(tmp_path, [client(n) for n in range(3)]))
    moved = client(1, **{"Моб. тел.": "0509998877"})
    _, counts = await desk.run(table(tmp_path, [moved]), keys=(key,))
    assert fates(counts) == (0, 1, 0, 0)
    assert {phone.e164 for phone in (await desk.of("0509998877")).phones} == {"+380672000001", "+380509998877"}


@pytest.mark.parametrize("batch", [1, 1000])
@pytest.mark.parametrize("stopped", [False, True])
async def test_a_second_row_of_one_contact_is_handed_back(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int, stopped: bool
) -> None:
    monkeypatch.setattr(running, "BATCH", batch)
    numbers = (("mobile", "0672000001"), ("", "0442000001"))
    contact = await desk.contacts.create(ContactFields(name="Коваль Тарас", phones=numbers, company="Стара"))
    rows = [["0672000001", "Перша"], ["0442000001", "Друга"]]
    path = table(tmp_path, rows, headings=["Телефон", "Компанія"])
    import_id = await desk.begin(path)
    if stopped:
        await desk.store.stop(import_id)
        await desk.runner().run(import_id, path)
        await desk.store.begin(import_id)
    assert fates(await desk.runner().run(import_id, path)) == (0, 1, 0, 1)
    assert (await desk.contacts.get(contact.id)).company == "Перша"
    assert [(row, "2" in reason) for row, _, reason in await desk.store.refused(import_id)] == [(3, True)]
    await desk.undo(import_id)
    assert (await desk.contacts.get(contact.id)).company == "Стара"


async def test_numbers_are_read_in_the_region_asked_for(desk: Desk, tmp_path: Path) -> None:
    await desk.run(table(tmp_path, [client(1, **{"Моб. тел.": "512 345 678"})]), region="PL")
    assert (await desk.of("+48512345678")).name == "Коваль Тарас 1"


async def test_an_import_is_undone_but_for_what_was_used_since(desk: Desk, tmp_path: Path) -> None:
    await desk.run(table(tmp_path, [client(1), client(2)]))
    changes = [client(1, **{"Компанія": "Нова"}), client(2, **{"Компанія": "Нова"}), *(client(n) for n in range(3, 8))]
    import_id, _ = await desk.run(table(tmp_path, changes))
    called = await desk.of("0672000003")
    edited = await desk.of("0672000002")
    async with desk.database.write() as connection:
        call = {"id": "c1", "ani": "", "dnis": "", "arrived_at": utc_now(), "contact_id": called.id}
        await connection.execute(calls.insert().values(call))
        await connection.execute(contacts.update().where(contacts.c.id == edited.id).values(company="Інша"))
    await desk.undo(import_id)
    assert await desk.count() == 3
    assert (await desk.of("0672000001")).company == "СК Здорово"
    assert (await desk.of("0672000002")).company == "Інша"
    assert (await desk.of("0672000003")).name == "Коваль Тарас 3"
    assert (await desk.store.get(import_id)).state == "undone"
    assert [row for row, _, _ in await desk.store.refused(import_id, "kept")] == [3, 4]
    async with desk.database.read() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(phones)) == 3


async def test_a_dated_consent_is_given_back(desk: Desk, tmp_path: Path) -> None:
    fields = ContactFields(name="Коваль Тарас", phones=(("", "0672000001"),), consent="refused")
    before = await desk.contacts.create(fields)
    path = table(tmp_path, [["0672000001", "так"]], headings=["Телефон", "Згода"])
    import_id, _ = await desk.run(path)
    assert (await desk.contacts.get(before.id)).consent == "given"
    await desk.undo(import_id)
    after = await desk.contacts.get(before.id)
    assert (after.consent, after.consent_at) == ("refused", before.consent_at)


async def test_a_value_changed_since_stays_and_that_is_told(desk: Desk, tmp_path: Path) -> None:
    await desk.contacts.ensure_for_caller("0672000001", "")
    caller = await desk.of("0672000001")
    rows = [["0672000001", "Коваль Тарас", "СК Здорово"]]
    path = table(tmp_path, rows, headings=["Телефон", "ПІБ", "Компанія"])
    import_id, _ = await desk.run(path)
    await desk.contacts.update(caller.id, ContactFields(name="Коваленко Тарас"), None)
    await desk.undo(import_id)
    after = await desk.contacts.get(caller.id)
    assert (after.name, after.company, after.incomplete) == ("Коваленко Тарас", "", False)
    assert [row for row, _, _ in await desk.store.refused(import_id, "kept")] == [2]


async def test_what_was_archived_since_stays_and_that_is_told(desk: Desk, tmp_path: Path) -> None:
    contact = await desk.contacts.create(ContactFields(name="Коваль Тарас", phones=(("", "0672000001"),)))
    import_id, _ = await desk.run(table(tmp_path, [["0672000001", "Нова"]], headings=["Телефон", "Компанія"]))
    async with desk.database.write() as connection:
        await archive_many(connection, [contact.id], at=utc_now(), origin="desk", by=None)
    await desk.undo(import_id)
    assert [row for row, _, _ in await desk.store.refused(import_id, "kept")] == [2]


async def test_an_import_cut_short_says_so_and_goes_on(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "BATCH", 10)
    path = table(tmp_path, [client(n) for n in range(50)])
    import_id = await desk.begin(path)
    runner = desk.runner()

    def killed(counts: Counts) -> None:
        if counts.read == 20:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await runner.run(import_id, path, killed)
    found = await desk.store.get(import_id)
    assert (found.state, found.counts.new, await desk.count()) == ("stopped", 20, 20)
    await desk.store.begin(import_id)
    assert fates(await runner.run(import_id, path)) == (50, 0, 0, 0)
    assert await desk.count() == 50


async def test_an_import_whose_process_died_is_told_and_can_be_undone(desk: Desk, tmp_path: Path) -> None:
    path = table(tmp_path, [client(1)])
    import_id, _ = await desk.run(path)
    async with desk.database.write() as connection:
        long_ago = utc_now().replace(year=2020)
        await connection.execute(imports.update().values(state="running", alive_at=long_ago))
    found = await desk.store.get(import_id)
    assert found.state == "failed"
    assert "interrupted" in found.failure
    await desk.undo(import_id)
    assert await desk.count() == 0


async def test_an_import_whose_file_takes_long_to_read_is_seen_to_live(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = table(tmp_path, [client(1)])
    import_id = await desk.begin(path)
    beaten, beat = Event(), ImportStore.beat

    async def noted(imports: ImportStore, connection: Any, beating: int) -> None:
        await beat(imports, connection, beating)
        beaten.set()

    def slow(*told: Any) -> Any:
        assert beaten.wait(30)
        return open_table(*told)

    monkeypatch.setattr(store, "BEAT", 0.01)
    monkeypatch.setattr(ImportStore, "beat", noted)
    monkeypatch.setattr(running, "open_table", slow)
    assert fates(await desk.runner().run(import_id, path)) == (1, 0, 0, 0)


async def test_an_import_that_somebody_else_took_over_goes_no_further(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "BATCH", 10)
    path = table(tmp_path, [client(n) for n in range(50)])
    import_id = await desk.begin(path)
    await desk.store.end(import_id, "undoing")
    assert (await desk.runner().run(import_id, path)).read == 10
    assert (await desk.store.get(import_id)).state == "undoing"


async def test_a_running_import_is_stopped_after_its_batch(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "BATCH", 10)
    path = table(tmp_path, [client(n) for n in range(50)])
    import_id = await desk.begin(path)
    await desk.store.stop(import_id)
    counts = await desk.runner().run(import_id, path)
    assert counts.read == 10
    assert (await desk.store.get(import_id)).state == "stopped"


async def test_only_one_import_works_at_a_time(desk: Desk, tmp_path: Path) -> None:
    path = table(tmp_path, [client(1)])
    await desk.begin(path)
    with pytest.raises(ImportBusy):
        await desk.begin(path)


async def test_a_rehearsal_tells_all_and_writes_nothing(desk: Desk, tmp_path: Path) -> None:
    await desk.run(table(tmp_path, [client(1)]))
    path = table(tmp_path, [client(1), client(2), client(3, **{"E-mail": "nobody"})])
    mapping: Mapping = take_sample(path).recognise(PLAN).mapping()
    counts, refused = await desk.runner().rehearse(mapping, path)
    assert fates(counts) == (1, 0, 1, 1)
    assert [row for row, _, _ in refused] == [4]
    assert await desk.count() == 1
