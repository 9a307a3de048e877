"""DBF files as 1C writes them, read; dbfread says what stands in them."""

import struct
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import dbfread
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemarket.adapters.onec77 import dbf
from telemarket.adapters.onec77.errors import BusyBase, UnreadableBase
from tests.onec77.dbf import Column, Deleted, Hand, Row, header, width, write

COLUMNS = (
    Column("ID", "C", 9),
    Column("DESCR", "C", 20),
    Column("ISMARK", "C", 1),
    Column("SUM", "N", 10, 2),
    Column("DAY", "D", 8),
)
NAMES = [column.name for column in COLUMNS]
CYRILLIC = "АБВЯабвяёЁ .0-aZ"

cells = st.fixed_dictionaries(
    {
        "ID": st.integers(0, 36**5).map(lambda n: f"{n:>6}"[:6]),
        "DESCR": st.text(CYRILLIC, max_size=20),
        "ISMARK": st.sampled_from(["", "*"]),
        "SUM": st.decimals(-99999, 99999, places=2).map(str),
        "DAY": st.dates().map(lambda day: f"{day:%Y%m%d}".rjust(8, "0")),
    }
)
rows = st.lists(st.one_of(cells, cells.map(Deleted)), max_size=30)


def read(path: Path, names: Sequence[str] = NAMES, encoding: str = "cp1251", **where: Sequence[str]) -> list[Row]:
    return [dict(zip(names, row, strict=True)) for row in dbf.rows(path, names, encoding, where)]


def oracle(path: Path, encoding: str) -> list[Row]:
    class Text(dbfread.FieldParser):
        def parse(self, field: object, data: bytes) -> str:
            text = data.decode(encoding)
            return text.strip() if field.type == "N" else text.rstrip()  # type: ignore[attr-defined]

    return [dict(row) for row in dbfread.DBF(path, encoding=encoding, parserclass=Text)]


@settings(max_examples=25, deadline=None)  # every reading rests a moment before the second one
@given(rows, st.sampled_from(["cp1251", "cp866", "cp1125"]))
def test_rows_are_read_as_dbfread_reads_them(written: list[Row], encoding: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "SC1.DBF"
        write(path, COLUMNS, written, encoding)
        assert read(path, encoding=encoding) == oracle(path, encoding)


def test_the_file_is_one_that_1c_writes(tmp_path: Path) -> None:
    write(tmp_path / "SC1.DBF", COLUMNS, [{"ID": "     1"}])
    content = (tmp_path / "SC1.DBF").read_bytes()
    assert (content[0], content[28], content[29], content[-1]) == (0x03, 0x01, 0x00, 0x1A)
    assert len(content) == 32 + 32 * len(COLUMNS) + 1 + width(COLUMNS) + 1


def test_more_rows_than_a_block_holds(tmp_path: Path) -> None:
    wide = (*COLUMNS, Column("NOTE", "C", 250), Column("MORE", "C", 250))
    written = [{"ID": f"{n:>6}", "DESCR": f"Рядок {n}"} for n in range(3000)]
    written[1234] = Deleted(written[1234])
    write(tmp_path / "SC1.DBF", wide, written)
    assert [row["ID"] for row in read(tmp_path / "SC1.DBF", ["ID"])] == [
        row["ID"] for row in written if not isinstance(row, Deleted)
    ]


def test_only_the_rows_that_are_wanted(tmp_path: Path) -> None:
    written = [
        {"ID": "     1", "DESCR": "а", "ISMARK": "*"},
        {"ID": "     2", "DESCR": "б"},
        {"ID": "     3", "DESCR": "в"},
    ]
    path = tmp_path / "SC1.DBF"
    write(path, COLUMNS, written)
    assert [row["ID"] for row in read(path, ["ID"], ISMARK=[""])] == ["     2", "     3"]
    assert [row["ID"] for row in read(path, ["ID"], ISMARK=[""], DESCR=["а", "в"])] == ["     3"]
    assert [row["ID"] for row in read(path, ["ID"], ID=["2"])] == ["     2"]


@pytest.mark.parametrize("counted", [1, 5])
def test_rows_being_appended_are_bounded_by_the_header_and_by_the_file(counted: int, tmp_path: Path) -> None:
    path = tmp_path / "SC1.DBF"
    write(path, COLUMNS, [{"ID": "     1"}, {"ID": "     2"}])
    content = bytearray(path.read_bytes())
    content[4:8] = struct.pack("<I", counted)
    path.write_bytes(content)
    assert len(read(path)) == min(counted, 2)


def test_a_row_appended_is_there_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "SC1.DBF"
    write(path, COLUMNS, [{"ID": "     1"}])
    before = dbf.stamp(path)
    with Hand(path, COLUMNS) as hand:
        assert hand.append(1, {"ID": "     2"}) == 2
    assert dbf.stamp(path) != before
    assert len(read(path)) == 2


def test_an_undefined_character_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "SC1.DBF"
    write(path, COLUMNS, [{"ID": "     1", "DESCR": "X"}])
    path.write_bytes(path.read_bytes().replace(b"X", b"\x98"))
    assert read(path)[0]["DESCR"] == "\ufffd"


class TestUnreadable:
    def test_a_column_that_is_not_there(self, tmp_path: Path) -> None:
        write(tmp_path / "SC1.DBF", COLUMNS, [])
        with pytest.raises(UnreadableBase, match="no column SP7"):
            read(tmp_path / "SC1.DBF", ["SP7"])

    @pytest.mark.parametrize("content", [b"", b"no DBF at all", b"\x03" + b"\xff" * 100])
    def test_what_is_no_dbf(self, content: bytes, tmp_path: Path) -> None:
        (tmp_path / "SC1.DBF").write_bytes(content)
        with pytest.raises(UnreadableBase, match="DBF"):
            read(tmp_path / "SC1.DBF")

    def test_a_header_that_contradicts_itself(self, tmp_path: Path) -> None:
        content = bytearray(header(COLUMNS, 0))
        content[10:12] = struct.pack("<H", 7)
        (tmp_path / "SC1.DBF").write_bytes(bytes(content) + b"\x1a")
        with pytest.raises(UnreadableBase, match="contradicts"):
            read(tmp_path / "SC1.DBF")

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(UnreadableBase, match="cannot be read") as caught:
            read(tmp_path / "SC1.DBF")
        assert caught.value.remedy

    def test_a_file_that_is_rebuilt_meanwhile(self, tmp_path: Path) -> None:
        path = tmp_path / "SC1.DBF"
        wide = (*COLUMNS, Column("NOTE", "C", 250))
        write(path, wide, [{"ID": f"{n:>6}"} for n in range(4000)])
        reading = dbf.rows(path, ["ID"], "cp1251")
        next(reading)
        path.write_bytes(path.read_bytes()[:1000])
        with pytest.raises(BusyBase):
            list(reading)
