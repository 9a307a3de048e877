"""Files of every kind become rows; those that are none are refused in clear words."""

import zipfile
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
import xlwt

from telemarket.importing.errors import UnreadableFile
from telemarket.importing.tables import open_table

ODS = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">
<office:body><office:spreadsheet><table:table table:name="Клієнти">
<table:table-row><table:table-cell office:value-type="string"><text:p>ПІБ</text:p></table:table-cell></table:table-row>
<table:table-row><table:table-cell
 office:value-type="string"><text:p>Новоха Інна</text:p></table:table-cell></table:table-row>
</table:table></office:spreadsheet></office:body></office:document-content>"""


def rows_of(path: Path, sheet: str = "") -> list[list[object]]:
    return [list(cells) for _, cells in open_table(path, sheet)[0].rows()]


def refusal(path: Path) -> str:
    with pytest.raises(UnreadableFile) as refused:
        rows_of(path)
    assert refused.value.field == "file"
    return str(refused.value)


def test_a_workbook_of_several_sheets(tmp_path: Path) -> None:
    path = tmp_path / "book"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Порожній")
        sheet = book.add_worksheet("Клієнти")
        sheet.write_row(2, 0, ["ПІБ", "Телефон", "Дата"])
        sheet.write_row(3, 0, ["Новоха Інна", 380671234567])
        sheet.write_datetime(3, 2, date(2026, 11, 22), book.add_format({"num_format": "dd.mm.yyyy"}))
    table, names = open_table(path)
    assert (table.name, names) == ("Клієнти", ("Порожній", "Клієнти"))
    assert list(table.rows())[2:] == [
        (3, ["ПІБ", "Телефон", "Дата"]),
        (4, ["Новоха Інна", 380671234567.0, date(2026, 11, 22)]),
    ]


def test_an_old_workbook(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Клиенты")
    sheet.write(0, 0, "ФИО")
    sheet.write(1, 0, "Щербак Сергей")
    book.save(str(tmp_path / "old.xls"))
    assert rows_of(tmp_path / "old.xls", "Клиенты") == [["ФИО"], ["Щербак Сергей"]]


def test_an_open_document(tmp_path: Path) -> None:
    path = tmp_path / "table.ods"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", ODS)
    assert rows_of(path) == [["ПІБ"], ["Новоха Інна"]]


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["cp1251", "utf-8-sig", "utf-16", "koi8-u"])
def test_texts_of_any_delimiter_and_encoding(tmp_path: Path, delimiter: str, encoding: str) -> None:
    rows = [
        ["ПІБ", "Телефон", "Примітка"],
        ["Новоха Інна", "0671234567", "перший\nрядок"],
        ["Коваль", "", 'ТОВ "Борис"'],
    ]
    quoted = [delimiter.join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row) for row in rows]
    (tmp_path / "table").write_bytes("\r\n".join(quoted).encode(encoding))
    assert rows_of(tmp_path / "table") == rows


def test_commas_in_numbers_do_not_make_columns(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("Договір;Залишок\n1;50 000,00\n2;10,50\n", encoding="utf-8")
    assert rows_of(tmp_path / "table.csv")[1] == ["1", "50 000,00"]


def test_the_delimiter_excel_names_is_believed(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("sep=|\nа;б|в\n1;2|3\n", encoding="utf-8")
    assert list(open_table(tmp_path / "table.csv")[0].rows()) == [(2, ["а;б", "в"]), (3, ["1;2", "3"])]


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file.xlsx"
    path.write_bytes(b"")
    assert "empty" in refusal(path)
    path.write_bytes(b"<html><table><tr><td>1</td></tr></table></html>")
    assert "web page" in refusal(path)
    path.write_bytes(b"PK\x03\x04" + b"rubbish" * 100)
    assert "damaged" in refusal(path)
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000)
    assert "damaged" in refusal(path)
    path.write_bytes(bytes(range(1, 256)) * 20)
    assert "neither" in refusal(path)
    path.write_bytes(b"0670000001\n0670000002\n")
    assert "no spreadsheet" in refusal(path)
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500 + "EncryptedPackage".encode("utf-16-le"))
    assert "password" in refusal(path)


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * (64 << 20))
    assert "64 MB" in refusal(path)


def test_an_open_quotation_names_the_row(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text('а;б\n1;2\n"3;4\n' + "5;6\n" * 40_000, encoding="utf-8")
    assert "row 2" in refusal(tmp_path / "table.csv")


def test_a_sheet_that_is_not_there(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "book.xlsx") as book:
        book.add_worksheet("Перший").write(0, 0, "x")
    with pytest.raises(UnreadableFile, match=r"Другий.*Перший"):
        open_table(tmp_path / "book.xlsx", "Другий")
