"""A folder that 1C exports CSV and XML files into."""

import os
import time
from pathlib import Path
from typing import Any

import pytest

from telemarket.adapters.onec77.errors import BusyBase, UnreadableBase
from tests.onec77.reading import Reader, opened

CLIENTS = (
    "Код;Наименование;Телефон;ЭлПочта;Фирма\r\n"
    "000001;Коваль Олена;067 555-66-77;olena@example.com;F1\r\n"
    '000002;"Щур; Іван";(044) 291-01-90;;F2\r\n'
)
COMPANIES = "Код\tНаименование\tАдрес\nF1\tТОВ «Ромашка»\tКиїв\nF2\tКиїв-Їжа\t\n"
PHONES = "Владелец|Номер\n000001|291-01-91\n"
LIMITS = """\
<?xml version="1.0" encoding="windows-1251"?>
<Остатки>
  <Остаток Клиент="000001"><Услуга>Стоматологія</Услуга><Сумма>1 234,50</Сумма></Остаток>
  <Остаток Клиент="000002"><Услуга>Огляд</Услуга><Сумма>багато</Сумма></Остаток>
</Остатки>
"""


def options(**more: Any) -> dict[str, Any]:
    return {
        "source": "folder",
        "folder": "drop",
        "key": "Код",
        "contacts": [
            {"catalog": "Фирмы", "kind": "company", "addresses": {"Адрес": "legal"}},
            {
                "catalog": "Клиенты",
                "company": "Фирма",
                "phones": {"Телефон": "mobile"},
                "emails": ["ЭлПочта"],
                "references": {"Фирма": "фирмы"},
                "details": [{"catalog": "Телефоны", "phones": {"Номер": "home"}}],
            },
        ],
        "limits": [
            {
                "register": "Остатки",
                "contact": "Клиент",
                "service": "Услуга",
                "amount": "Сумма",
                "unit": "UAH",
                "references": {"Клиент": "Клиенты"},
            }
        ],
        **more,
    }


class Exports:
    """A folder whose files are finished, unless it is said that they are not."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._age = 1000.0
        folder.mkdir()

    def write(self, name: str, text: str, encoding: str = "cp1251", *, finished: bool = True) -> Path:
        path = self.folder / name
        path.write_bytes(text.encode(encoding))
        if finished:
            self._age -= 1  # each is newer than the one before
            moment = time.time() - self._age
            os.utime(path, (moment, moment))
        return path


@pytest.fixture
def exports(tmp_path: Path) -> Exports:
    exports = Exports(tmp_path / "drop")
    exports.write("Клиенты.csv", CLIENTS)
    exports.write("Фирмы.txt", COMPANIES, "utf-8-sig")
    exports.write("телефоны.CSV", PHONES, "utf-8")
    exports.write("Остатки.xml", LIMITS)
    return exports


@pytest.fixture
def reader(exports: Exports, tmp_path: Path) -> Reader:
    return Reader(opened(tmp_path, options()))


async def test_everything_mapped_comes_over(reader: Reader) -> None:
    await reader.read()
    assert set(reader.records) == {"клиенты:000001", "клиенты:000002", "фирмы:F1", "фирмы:F2"}
    olena = reader.records["клиенты:000001"]
    assert (olena.name, olena.company, olena.company_key) == ("Коваль Олена", "ТОВ «Ромашка»", "фирмы:F1")
    assert olena.phones == (("mobile", "067 555-66-77"), ("home", "291-01-91"))
    assert olena.emails == ("olena@example.com",)
    assert [(limit.service, str(limit.amount)) for limit in olena.limits] == [("Стоматологія", "1234.50")]
    assert reader.named_like("Щур").name == "Щур; Іван"
    assert reader.named_like("Ромашка").addresses == (("legal", "Київ"),)
    [(where, reason)] = reader.refused
    assert "клиенты:000002" in where
    assert "багато" in reason


async def test_rubbish_is_handed_back_and_loses_nothing(exports: Exports, reader: Reader) -> None:
    await reader.read()
    rubbish = CLIENTS.replace("000002", "").replace("Коваль Олена", "Коваль О.")
    exports.write("Клиенты.csv", rubbish + "зайве;ще;й;ще;й;ще\r\n\r\n000003;Ґудзь Тарас;;;\r\n000003;Двійник;;;\r\n")
    await reader.read()
    places = {place for place, _ in reader.refused}
    assert {"Клиенты.csv:3", "Клиенты.csv:4", "клиенты:000003"} <= places
    assert {"Коваль О.", "Ґудзь Тарас", "Щур; Іван"} <= {record.name for record in reader.records.values()}
    exports.write("Клиенты.csv", CLIENTS)
    await reader.read()
    assert {record.name for record in reader.records.values() if record.kind == "person"} == {
        "Коваль Олена",
        "Щур; Іван",
    }


async def test_nobody_is_gone_while_it_cannot_be_told_whose_a_row_is(exports: Exports, reader: Reader) -> None:
    await reader.read()
    exports.write("Клиенты.csv", CLIENTS.replace(";F2", ";F2;зайве"))
    reader.cursor = ""  # all is read, as after a failure or by hand
    await reader.read()
    assert [place for place, _ in reader.refused if "csv" in place] == ["Клиенты.csv:3"]
    assert "клиенты:000002" in reader.records
    exports.write("Клиенты.csv", "\r\n".join(CLIENTS.splitlines()[:2]))
    await reader.read()  # whole again: it notices who had been left
    assert "клиенты:000002" not in reader.records


@pytest.mark.parametrize("more", [0, 200_000])
async def test_a_quotation_mark_never_closed_deletes_nobody(more: int, exports: Exports, reader: Reader) -> None:
    await reader.read()
    exports.write("Клиенты.csv", CLIENTS.replace('"Щур; Іван"', '"Щур, Іван') + "х" * more)
    await reader.read()
    assert reader.refused
    assert {"Коваль Олена", "Щур; Іван"} <= {record.name for record in reader.records.values()}


async def test_of_several_the_newest_that_is_finished_counts(exports: Exports, reader: Reader) -> None:
    exports.write("Клиенты_20261121.csv", CLIENTS.replace("Коваль", "Старий"))
    exports.write("Клиенты_20261122.csv", CLIENTS.replace("Коваль", "Новий"))
    exports.write("Клиенты_20261123.csv", CLIENTS[:100], finished=False)
    exports.write("КлиентыАрхив.csv", CLIENTS)
    await reader.read()
    assert reader.records["клиенты:000001"].name == "Новий Олена"


async def test_nothing_is_read_while_the_only_file_is_being_written(exports: Exports, reader: Reader) -> None:
    await reader.read()
    exports.write("Клиенты.csv", CLIENTS[:80], finished=False)
    with pytest.raises(BusyBase):
        await reader.read()
    assert len(reader.records) == 4


async def test_unchanged_files_are_not_read_again(exports: Exports, reader: Reader) -> None:
    await reader.read()
    await reader.read()
    assert reader.named == []


async def test_what_is_gone_from_the_export_is_gone(exports: Exports, reader: Reader) -> None:
    await reader.read()
    exports.write("Клиенты.csv", "\r\n".join(CLIENTS.splitlines()[:2]))
    await reader.read()
    assert "клиенты:000002" not in reader.records
    assert len(reader.records) == 3


@pytest.mark.parametrize("encoding", ["cp1251", "utf-8", "utf-8-sig", "utf-16"])
async def test_encodings_are_recognised(encoding: str, exports: Exports, reader: Reader) -> None:
    exports.write("Клиенты.csv", CLIENTS, encoding)
    await reader.read()
    assert reader.records["клиенты:000001"].name == "Коваль Олена"


async def test_another_code_page_can_be_named(exports: Exports, tmp_path: Path) -> None:
    exports.write("Клиенты.csv", CLIENTS.replace("І", "Ї"), "cp866")
    exports.write("Остатки.xml", LIMITS)
    reader = Reader(opened(tmp_path, options(code_page="cp866")))
    await reader.read()
    assert reader.records["клиенты:000001"].name == "Коваль Олена"


@pytest.mark.parametrize(
    ("name", "content"), [("Остатки.xml", LIMITS[:150]), ("Клиенты.csv", ""), ("Клиенты.csv", ";;;\n")]
)
async def test_half_a_file_is_refused_as_a_whole(name: str, content: str, exports: Exports, reader: Reader) -> None:
    await reader.read()
    exports.write(name, content)
    with pytest.raises(UnreadableBase, match=name):
        await reader.read()
    assert len(reader.records) == 4


async def test_the_check_says_what_is_missing(exports: Exports, tmp_path: Path) -> None:
    assert all(finding.well for finding in await opened(tmp_path, options()).check())
    given = options(key="Номер")
    given["contacts"][1]["emails"] = ["Почта"]
    given["limits"][0]["register"] = "Остаток"
    (exports.folder / "Фирмы.txt").unlink()
    findings = await opened(tmp_path, given).check()
    wrong = {finding.what: finding.remedy for finding in findings if not finding.well}
    for name, near in (("Почта", "ЭлПочта"), ("Остаток", "Остатки"), ("Номер", ""), ("Фирмы", "")):
        assert any(f"«{name}»" in what and near in remedy for what, remedy in wrong.items()), (name, wrong)


async def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    backend = opened(tmp_path, options())
    [finding] = await backend.check()
    assert not finding.well
    assert finding.remedy
    with pytest.raises(UnreadableBase):
        await Reader(backend).read()
