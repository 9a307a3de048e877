"""What people say of contacts that sources know too, on both databases: it lasts, and nothing stale lasts with it."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from telemarket.backend import Record
from telemarket.contacts.merges import Merges
from telemarket.contacts.model import OWN, Contact, ContactFields
from telemarket.contacts.service import ContactService
from telemarket.core.database import Database
from telemarket.importing.running import ImportRunner
from telemarket.importing.sample import take_sample
from telemarket.importing.store import ImportStore
from telemarket.importing.undoing import undo
from tests.integration.contacts.test_sync import PLAN, Rig, person

TRUST = {OWN: 100, "onec": 100}
OTHERS = person("9", "Бондар Борис", "067 111 22 33")


class House(Rig):
    """One source, operators, and those who import files and merge doubles."""

    def __init__(self, database: Database, trust: dict[str, int]) -> None:
        super().__init__(database, trust)
        self.contacts = ContactService(database, PLAN, self.clock, trust)
        self.merges = Merges(database, PLAN, self.clock, trust)
        self.imports = ImportStore(database, self.clock)
        self.trust = trust

    async def source_says(self, **values: Any) -> None:
        """The source knows Petro, and this of him."""
        given = {"name": "Коваль Петро", "phones": (("mobile", "0503334455"),)} | values
        await self.snapshot(Record(key="1", **given), OTHERS)

    async def source_drops_him(self) -> None:
        await self.snapshot(OTHERS)

    async def petro(self) -> Contact:
        found = await self.caller("0503334455")
        assert found is not None
        return found

    async def import_file(self, folder: Path, headings: str, *rows: str) -> int:
        path = folder / "clients.csv"
        path.write_text("\n".join([headings, *rows]), encoding="utf-8")
        mapping = take_sample(path).recognise(PLAN).mapping()
        import_id = await self.imports.add(path.name, None, mapping=mapping)
        await self.imports.begin(import_id)
        counts = await ImportRunner(self.database, PLAN, self.trust, self.clock).run(import_id, path)
        assert counts.updated == len(rows)
        return import_id

    async def undo_import(self, import_id: int) -> None:
        await self.imports.begin_undo(import_id)
        await undo(self.database, PLAN, self.trust, self.clock, import_id)


@pytest.fixture
def house(database: Database) -> House:
    return House(database, TRUST)


# ---- imports


async def test_what_an_import_says_lasts_when_the_source_speaks_again(house: House, tmp_path: Path) -> None:
    await house.source_says(position="лікар")
    await house.import_file(
        tmp_path,
        "ПІБ;Моб. тел.;Регіон;№ договору",
        "Коваль Петро;0503334455;Київ;АА 7",
        "Бондар Борис;0671112233;Львів;АА 8",
    )
    await house.source_says(position="головний лікар")
    petro = await house.petro()
    assert (petro.position, petro.region, petro.attributes) == ("головний лікар", "Київ", {"№ договору": "АА 7"})
    assert petro.origins["position"] == "onec"
    assert "region" not in petro.origins


async def test_an_import_undone_leaves_what_the_source_says_now(house: House, tmp_path: Path) -> None:
    await house.source_says(position="лікар", region="Одеса", attributes=(("Програма", "Базова"),))
    heading = "ПІБ;Моб. тел.;Посада;Регіон;Програма;№ договору"
    import_id = await house.import_file(tmp_path, heading, "Коваль Петро;0503334455;директор;Київ;Повна;АА 7")
    imported = await house.petro()
    assert (imported.position, imported.region) == ("директор", "Київ")
    assert imported.attributes == {"Програма": "Повна", "№ договору": "АА 7"}
    await house.source_says(position="головний лікар", region="Одеса", attributes=(("Програма", "Мала"),))
    assert (await house.petro()).position == "директор"
    await house.undo_import(import_id)
    petro = await house.petro()
    assert (petro.position, petro.region, petro.attributes) == ("головний лікар", "Одеса", {"Програма": "Мала"})
    assert petro.origins["position"] == "onec"
    await house.source_says(position="пенсіонер")
    assert (await house.petro()).position == "пенсіонер"


async def test_a_number_from_a_foreign_file_is_the_same_number_beside_a_source(house: House, tmp_path: Path) -> None:
    await house.source_says()
    path = tmp_path / "poland.csv"
    path.write_text("ПІБ;Моб. тел.;E-mail\nКоваль Петро;512 345 678;p@example.com\n", encoding="utf-8")
    petro = await house.petro()
    await house.contacts.update(petro.id, ContactFields(emails=("p@example.com",)), None)
    mapping = take_sample(path).recognise(PLAN).mapping()
    import_id = await house.imports.add(
        path.name, None, mapping=msgspec.structs.replace(mapping, region="PL", keys=("email",))
    )
    await house.imports.begin(import_id)
    await ImportRunner(house.database, PLAN, TRUST, house.clock).run(import_id, path)
    assert "+48512345678" in {phone.e164 for phone in (await house.petro()).phones}


# ---- operators


async def test_a_mark_on_somebody_is_no_word_that_keeps_him_when_his_source_lets_him_go(house: House) -> None:
    await house.source_says()
    petro = await house.petro()
    await house.contacts.update(petro.id, ContactFields(vip=True), None)
    await house.source_drops_him()
    assert await house.everybody() == ["Бондар Борис"]
    assert await house.caller("0503334455") is None
    await house.source_says()
    assert await house.petro() == await house.contacts.get(petro.id)
    assert (await house.petro()).vip


@pytest.mark.parametrize("trust", [TRUST, {OWN: 100, "onec": 50}])
async def test_what_an_operator_wrote_first_outlasts_a_source_that_said_the_same(
    database: Database, trust: dict[str, int]
) -> None:
    house = House(database, trust)
    fields = ContactFields(
        name="Коваль Петро",
        position="лікар",
        emails=("P@example.com",),
        addresses=(("work", "Київ"),),
        categories=("ДМС",),
        attributes={"Поліс": "42"},
        phones=(("mobile", "0503334455"),),
    )
    written = await house.contacts.create(fields)
    same = {"emails": ("p@example.com",), "addresses": (("home", "Київ"),), "categories": ("ДМС",)}
    await house.source_says(**same, position="лікар", attributes=(("Поліс", "42"),))
    assert (await house.petro()).id == written.id
    await house.contacts.update(written.id, ContactFields(vip=True), None)
    await house.contacts.update(written.id, ContactFields(name="Коваль Петро", region="Київ"), None)
    await house.source_drops_him()
    left = await house.petro()
    assert (left.id, left.name, left.position, left.region) == (written.id, "Коваль Петро", "лікар", "Київ")
    assert (left.emails, left.categories, left.attributes) == (("P@example.com",), ("ДМС",), {"Поліс": "42"})
    assert left.addresses == (("work", "Київ"),)
    assert left.origins == {}


async def test_a_word_that_a_trusted_source_outweighs_is_still_there_when_it_falls_silent(database: Database) -> None:
    house = House(database, {OWN: 100, "onec": 50})
    await house.source_says(position="лікар")
    petro = await house.petro()
    await house.contacts.update(petro.id, ContactFields(position="завідувач"), None)
    await house.contacts.update(petro.id, ContactFields(vip=True), None)
    assert (await house.petro()).position == "лікар"
    await house.source_says()
    assert (await house.petro()).position == "завідувач"


async def test_taking_a_word_back_leaves_it_to_the_source(house: House) -> None:
    await house.source_says(position="лікар")
    petro = await house.petro()
    await house.contacts.update(petro.id, ContactFields(position="завідувач"), None)
    await house.contacts.update(petro.id, ContactFields(position="лікар"), None)
    await house.source_says(position="головний лікар")
    assert (await house.petro()).position == "головний лікар"


# ---- doubles


async def _merged(house: House) -> tuple[Contact, Contact, int]:
    """Petro of the source made a part of one an operator wrote: that one, Petro, and the merge."""
    await house.source_says(position="лікар")
    petro = await house.petro()
    written = await house.contacts.create(ContactFields(name="Петро К.", phones=(("mobile", "0635556677"),)))
    return written, petro, await house.merges.merge(written.id, petro.id, (), None)


async def test_an_undone_merge_does_not_bring_back_what_the_source_no_longer_says(house: House) -> None:
    written, petro, merge_id = await _merged(house)
    await house.source_says(phones=(("mobile", "0509990000"),), position="головний лікар")
    await house.merges.undo(merge_id, None)
    again = await house.contacts.get(petro.id)
    assert ([phone.raw for phone in again.phones], again.position) == (["0509990000"], "головний лікар")
    assert (again.archived_at, again.merged_into) == (None, None)
    kept = await house.contacts.get(written.id)
    assert ([phone.raw for phone in kept.phones], kept.name, kept.position) == (["0635556677"], "Петро К.", "")


async def test_an_undone_merge_does_not_bring_back_whom_the_source_has_dropped(house: House) -> None:
    written, petro, merge_id = await _merged(house)
    await house.source_drops_him()
    await house.merges.undo(merge_id, None)
    assert await house.everybody() == ["Бондар Борис", "Петро К."]
    assert await house.caller("0503334455") is None
    await house.source_says()
    assert (await house.petro()).id == petro.id
    assert (await house.contacts.get(written.id)).backend_keys == {}


async def test_who_must_not_be_called_stays_so_when_a_merge_is_undone(house: House) -> None:
    await house.source_says()
    petro = await house.petro()
    await house.contacts.update(petro.id, ContactFields(do_not_call=True), None)
    written = await house.contacts.create(ContactFields(name="Петро К.", phones=(("mobile", "0635556677"),)))
    merge_id = await house.merges.merge(written.id, petro.id, (), None)
    await house.source_drops_him()
    await house.merges.undo(merge_id, None)
    assert (await house.petro()).do_not_call


async def test_who_was_ours_alone_keeps_his_word_though_a_source_came_to_know_him_meanwhile(house: House) -> None:
    one = await house.contacts.create(ContactFields(name="Коваль Петро", phones=(("mobile", "0503334455"),)))
    two = await house.contacts.create(ContactFields(name="Петро К.", phones=(("mobile", "0635556677"),)))
    merge_id = await house.merges.merge(one.id, two.id, (), None)
    await house.source_says(position="лікар")
    await house.merges.undo(merge_id, None)
    kept = await house.petro()
    assert (kept.id, kept.position, kept.backend_keys) == (one.id, "лікар", {"onec": "1"})
    await house.source_drops_him()
    assert (await house.petro()).name == "Коваль Петро"


async def test_a_merge_with_whom_a_source_knows_keeps_what_was_written_of_the_other(house: House) -> None:
    await house.source_says(name="Коваль Петро")
    petro = await house.petro()
    written = await house.contacts.create(ContactFields(name="Коваль Петро", phones=(("mobile", "0635556677"),)))
    await house.merges.merge(written.id, petro.id, (), None)
    await house.source_drops_him()
    left = await house.contacts.get(written.id)
    assert (left.name, left.archived_at) == ("Коваль Петро", None)
