"""What comes over after the first time: what changed, and nothing else."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from telemarket.adapters.onec77.errors import UnreadableBase
from tests.onec77.dbf import Deleted
from tests.onec77.insurance import DENTIST, PRICE, insurance, options
from tests.onec77.reading import NOW, Reader, opened
from tests.onec77.writer import Base, identifier


class House:
    """A base that 1C goes on changing, and somebody who keeps up with it."""

    def __init__(self, folder: Path) -> None:
        self.now = NOW
        self.base = insurance()
        self.folder = folder
        self.base.write(folder / "base")
        self.reader = Reader(opened(folder, options(folder="base"), lambda: self.now))

    def change(self, table: str, slot: int, **cells: str) -> None:
        rows = self.base.tables[table].rows
        rows[slot] = {**rows[slot], **cells}

    async def read(self) -> list[str]:
        """Let 1C write what was changed; returns the names of the contacts that came over."""
        self.base.write(self.folder / "base")
        await self.reader.read()
        return sorted(self.reader.records[key].name for key in self.reader.named)


@pytest.fixture
async def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    await house.reader.read()
    assert len(house.reader.records) == 5
    return house


async def test_where_nothing_was_written_nothing_is_read(house: House) -> None:
    # That a file is rubbish would be noticed, were it read: its time of change and size are as before.
    path = house.folder / "base/SC49.DBF"
    status = path.stat()
    content = path.read_bytes()
    path.write_bytes(content.replace("Коваль".encode("cp1251"), "Король".encode("cp1251")))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    await house.reader.read()
    assert house.reader.named == []
    house.now += timedelta(hours=1)  # a share may tell an old time of change: once an hour all is read
    await house.reader.read()
    assert [house.reader.records[key].name for key in house.reader.named] == ["Король Олена"]


async def test_written_files_of_the_same_content_bring_nothing(house: House) -> None:
    house.change("SC49", 0, VERSTAMP="     9")
    assert await house.read() == []


async def test_only_the_changed_come_over(house: House) -> None:
    house.change("SC49", 1, SP32="050 999-88-77")
    assert await house.read() == ["Щур Іван"]
    assert house.reader.named_like("Щур").phones == (("mobile", "050 999-88-77"),)


async def test_a_telephone_in_the_subordinate_catalog_changes_its_owner(house: House) -> None:
    house.change("SC48", 2, SP650="067 765-43-21")
    assert await house.read() == ["Київ-Їжа"]
    house.base.tables["SC48"].add(
        ID=identifier(9), PARENTEXT=house.base.tables["SC47"].rows[4]["ID"], SP650="291-11-11"
    )
    assert await house.read() == ["ТОВ «Ромашка»"]
    assert len(house.reader.named_like("Ромашка").phones) == 3


async def test_a_company_s_new_name_changes_its_people(house: House) -> None:
    house.change("SC47", 4, DESCR="ТОВ «Волошка»")
    assert await house.read() == ["Коваль Олена", "ТОВ «Волошка»"]
    assert house.reader.named_like("Коваль").company == "ТОВ «Волошка»"


async def test_a_renamed_folder_changes_those_within(house: House) -> None:
    house.change("SC47", 1, DESCR="Золоті")
    assert await house.read() == ["ТОВ «Ромашка»"]
    assert house.reader.named_like("Ромашка").categories == ("Клієнти", "Золоті")


async def test_a_spent_limit_changes_the_contact(house: House) -> None:
    house.change("RG60", 1, SP603="120.00")
    assert await house.read() == ["Коваль Олена"]
    [limit] = house.reader.named_like("Коваль").limits
    assert str(limit.amount) == "120.00"


async def test_a_long_string_changes_the_contact(house: House) -> None:
    house.base.tables["1SBLOB"].rows.clear()
    house.base.long_string(77, house.base.tables["SC47"].rows[4]["ID"], "Коротко.")
    assert await house.read() == ["ТОВ «Ромашка»"]
    assert ("Примітка", "Коротко.") in house.reader.named_like("Ромашка").attributes


@pytest.mark.parametrize("gone", ["deleted", "marked", "overwritten"])
async def test_who_is_gone_is_gone(gone: str, house: House) -> None:
    rows = house.base.tables["SC49"].rows
    if gone == "deleted":
        rows[0] = Deleted(rows[0])
    elif gone == "marked":
        rows[0] = {**rows[0], "ISMARK": "*"}
    else:  # 1C uses the slot of a deleted row again
        rows[0] = {"ID": identifier(2000), "DESCR": "Новенька Ніна"}
    assert await house.read() == (["Новенька Ніна"] if gone == "overwritten" else [])
    names = {record.name for record in house.reader.records.values()}
    assert "Коваль Олена" not in names
    assert {"Щур Іван", "Ґудзь Тарас", "Київ-Їжа", "ТОВ «Ромашка»"} <= names


async def test_who_moves_to_another_slot_stays_himself(house: House) -> None:
    rows = house.base.tables["SC49"].rows
    rows[0], rows[1] = rows[1], rows[0]
    assert await house.read() == []


async def test_a_price_becomes_valid_on_its_day(house: House) -> None:
    house.base.periodic(PRICE, DENTIST, "20261123", "1500")
    await house.read()
    assert str(house.reader.services["SC50:1Y"].price) == "1200.50"
    house.now += timedelta(days=1)
    await house.reader.read()
    assert str(house.reader.services["SC50:1Y"].price) == "1500"


async def test_a_day_begins_where_people_here_live(house: House) -> None:
    house.base.periodic(PRICE, DENTIST, "20261123", "1500")
    await house.read()
    house.now = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)  # half past midnight in Kyiv
    await house.reader.read()
    assert str(house.reader.services["SC50:1Y"].price) == "1500"


async def test_a_service_that_is_gone_is_gone(house: House) -> None:
    house.change("SC50", 2, ISMARK="*")
    await house.read()
    assert set(house.reader.services) == {"SC50:1Y"}
    assert len(house.reader.records) == 5


async def test_a_service_that_cannot_be_read_any_more_stays_as_it_was(house: House) -> None:
    house.change("1SCONST", 1, VALUE="дорого")
    await house.read()
    assert [key for key, _ in house.reader.refused] == ["SC50:1Y"]
    assert not house.reader.began_anew
    assert str(house.reader.services["SC50:1Y"].price) == "1200.50"


async def test_with_another_mapping_everything_comes_anew(house: House) -> None:
    given = options(folder="base")
    given["contacts"][1]["position"] = ""
    house.reader.backend = opened(house.folder, given, lambda: house.now)
    await house.reader.read()
    assert len(house.reader.named) == 5
    assert house.reader.named_like("Коваль").position == ""


async def test_the_same_cursor_gives_the_same_changes_again(house: House) -> None:
    """Whoever reads may have failed to note the newer one."""
    cursor = house.reader.cursor
    house.change("SC49", 1, DESCR="Щур Йосип")
    assert await house.read() == ["Щур Йосип"]
    house.reader.cursor = cursor
    assert await house.read() == ["Щур Йосип"]


async def test_where_most_is_gone_the_whole_has_to_be_looked_at(tmp_path: Path) -> None:
    base = Base()
    table = base.catalog(5, "Клиенты")
    for number in range(1, 101):
        table.add(ID=identifier(number), DESCR=f"Клієнт {number}")
    base.write(tmp_path / "base")
    reader = Reader(opened(tmp_path, {"folder": "base", "contacts": [{"catalog": "Клиенты"}]}))
    await reader.read()
    del table.rows[60:]
    base.write(tmp_path / "base")
    await reader.read()
    assert not reader.began_anew
    assert len(reader.records) == 60
    del table.rows[10:]
    base.write(tmp_path / "base")
    await reader.read()
    assert reader.began_anew


async def test_what_was_kept_between_the_runs_does_not_pile_up(house: House) -> None:
    for number in range(8):
        house.change("SC49", 0, DESCR=f"Коваль {number}")
        await house.read()
    assert len(list((house.folder / "own").iterdir())) <= 4


async def test_a_base_that_is_not_mounted_loses_nothing(house: House) -> None:
    (house.folder / "base").rename(house.folder / "away")
    with pytest.raises(UnreadableBase) as caught:
        await house.reader.read()
    assert caught.value.remedy
    [finding] = await house.reader.backend.check()
    assert not finding.well
    (house.folder / "away").rename(house.folder / "base")
    house.change("SC49", 0, DESCR="Коваль О.")
    assert await house.read() == ["Коваль О."]
    assert len(house.reader.records) == 5
