"""The dictionary of a base, and finding what an administrator names in it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemarket.adapters.onec77.dictionary import Dictionary, load, parse
from telemarket.adapters.onec77.errors import UnknownName, UnreadableBase
from telemarket.adapters.onec77.names import CATALOG, DOCUMENT, REGISTER, find_field, find_table
from tests.onec77.writer import Base, attribute

GENUINE = """\
#AccWare Data Dictionary
D=DDV7120|AccWare Data Dictionary (DDCP=1251RUS)|
#==TABLE no 15     : Справочник Контрагенты
# Name    |Descr                         |Type[A/S/U]|DBTableName|ReUsable
T=SC47    |Справочник Контрагенты        |A          |SC47       |1
#-----Fields-------
# Name      |Descr               |Type|Length|Precision
F=ID        |ID object           |C   |9     |0
F=PARENTID  |ID parent obj       |C   |9     |0
F=CODE      |object code         |C   |5     |0
F=DESCR     |object description  |C   |60    |0
F=ISFOLDER  |Flag - Is Line - Fol|N   |1     |0
F=ISMARK    |Flag Object is Marke|C   |1     |0
F=VERSTAMP  |Version stamp       |C   |6     |0
F=SP642     |(P)схГУИдХС         |C   |36    |0
#----Indexes------
I=PCODE    |of PARENT and |0     |PARENTID,ISFOLDER,CODE(UPPER)       |PCODE
"""


def dictionary(base: Base, folder: Path) -> Dictionary:
    return load(base.write(folder) / "1Cv7.DD")


def test_a_genuine_dictionary_is_understood() -> None:
    [table] = parse(GENUINE)
    assert (table.name, table.title, table.label, table.stored) == (
        "SC47",
        "Справочник Контрагенты",
        "Контрагенты",
        "SC47",
    )
    assert (table.kind, table.number) == ("SC", 47)
    assert list(table.fields) == ["ID", "PARENTID", "CODE", "DESCR", "ISFOLDER", "ISMARK", "VERSTAMP", "SP642"]
    assert (table.fields["SP642"].label, table.fields["SP642"].length) == ("схГУИдХС", 36)


def test_procedures_over_several_lines_are_passed_over() -> None:
    text = """\
D=ddSQLV7120|AccWare Data Dictionary|
#==TABLE no 36     : Справочник СоответствияПроизводителейИПоставщиков
T=SC3956  |Справочник СоответствияПроизво|SC3956     |R
F=ROW_ID    |Row ID              |I   |0     |0
F=ID        |ID object           |C   |9     |0
P=sp_SC3956_ByID|create proc _sp_SC3956_ByID(@id char(9))
as select * from SC3956(NOLOCK)
where ID = @id
F=rubbish
T
|
#==TABLE no 37     : Журналы
T=_1SJOURN  |Journals|_1SJOURN|R
F=IDDOC     |ID Document         |C   |9     |0
"""
    first, second = parse(text)
    assert (first.label, first.stored) == ("СоответствияПроизводителейИПоставщиков", "SC3956")
    assert list(first.fields) == ["ROW_ID", "ID"]
    assert (second.name, list(second.fields)) == ("_1SJOURN", ["IDDOC"])


@given(st.text(max_size=400))
def test_no_text_is_too_strange_to_be_read(text: str) -> None:
    for table in parse(text + "\n" + GENUINE):
        assert table.name is not None


@given(
    st.lists(st.text("АБВГҐДабвгґд", min_size=1, max_size=40), min_size=1, max_size=5, unique=True),
    st.integers(1, 99_999),
)
def test_names_are_read_as_they_were_written(labels: list[str], number: int) -> None:
    base = Base()
    columns = [attribute(i + 1, label) for i, label in enumerate(labels)]
    base.catalog(number, "Клієнти", *columns)
    [table] = [table for table in parse(base.dictionary()) if table.kind == "SC"]
    assert table.number == number
    for i, label in enumerate(labels):
        assert table.fields[f"SP{i + 1}"].label == label[:17]


@pytest.mark.parametrize("encoding", ["cp1251", "cp866", "cp1125"])
@pytest.mark.parametrize("custom", [False, True])
def test_the_code_page_is_the_base_s_own(encoding: str, custom: bool, tmp_path: Path) -> None:
    base = Base(encoding)
    base.catalog(1, "Сотрудники")
    known = load(base.write(tmp_path, custom_code_page=custom) / "1Cv7.DD")
    assert known.encoding == encoding
    assert find_table(known, CATALOG, "Сотрудники").name == "SC1"


def test_the_configuration_can_name_the_code_page(tmp_path: Path) -> None:
    base = Base("cp1125")
    base.catalog(1, "Працівники")
    path = base.write(tmp_path) / "1Cv7.DD"
    path.write_bytes(path.read_bytes().replace(b"DDCP=1125RUS", b"DDCP=1251RUS"))
    assert find_table(load(path, "cp1125"), CATALOG, "Працівники")
    with pytest.raises(UnreadableBase, match="code page 4711") as caught:
        load(path, "4711")
    assert "cp866" in caught.value.remedy


def test_what_is_no_dictionary_is_refused(tmp_path: Path) -> None:
    (tmp_path / "1Cv7.DD").write_text("Hello")
    with pytest.raises(UnreadableBase, match="no table"):
        load(tmp_path / "1Cv7.DD")
    with pytest.raises(UnreadableBase, match="cannot be read"):
        load(tmp_path / "nothing")


class TestNames:
    @pytest.fixture
    def base(self) -> Base:
        base = Base()
        base.catalog(1, "Контрагенты", attribute(10, "ТелефонМобильныйОсновной"), attribute(11, "Телефон"))
        base.catalog(
            2, "КонтактныеЛица", attribute(20, "НомерТелефонаПервогоЛица"), attribute(21, "НомерТелефонаПервогоДома")
        )
        base.register(3, "Лимиты", attribute(30, "Сумма", "N", 10, 2))
        base.document(4, "Полис", [attribute(40, "Клиент")], [attribute(41, "Услуга")])
        return base

    @pytest.mark.parametrize("name", ["Контрагенты", "контрагенты", "Справочник Контрагенты", "SC1", "sc1", "Контр"])
    def test_a_catalog_is_found(self, name: str, base: Base, tmp_path: Path) -> None:
        assert find_table(dictionary(base, tmp_path), CATALOG, name).name == "SC1"

    def test_registers_and_documents_are_found(self, base: Base, tmp_path: Path) -> None:
        known = dictionary(base, tmp_path)
        assert find_table(known, REGISTER, "Лимиты").name == "RG3"
        assert find_table(known, DOCUMENT, "Полис").name == "DH4"

    def test_a_cut_title_is_found_by_the_whole_name(self, tmp_path: Path) -> None:
        base = Base()
        base.catalog(1, "СоответствияПроизводителейИПоставщиков")
        path = base.write(tmp_path) / "1Cv7.DD"
        lines = path.read_bytes().split(b"\r\n")
        path.write_bytes(b"\r\n".join(line for line in lines if not line.startswith(b"#")))
        assert find_table(load(path), CATALOG, "СоответствияПроизводителейИПоставщиков").name == "SC1"

    def test_what_is_not_there_is_said_with_what_is_near(self, base: Base, tmp_path: Path) -> None:
        with pytest.raises(UnknownName, match="«Контрагенти»") as caught:
            find_table(dictionary(base, tmp_path), CATALOG, "Контрагенти")
        assert "«Контрагенты»" in caught.value.remedy

    def test_a_beginning_of_two_names_is_none(self, base: Base, tmp_path: Path) -> None:
        with pytest.raises(UnknownName, match=r"SC1 .*SC2"):
            find_table(dictionary(base, tmp_path), CATALOG, "Конт")

    @pytest.mark.parametrize(
        ("name", "column"),
        [
            ("ТелефонМобильныйОсновной", "SP10"),  # its label is cut
            ("ТелефонМоб", "SP10"),
            ("Телефон", "SP11"),  # exactly this one, though the other begins so
            ("SP10", "SP10"),
            ("Код", "CODE"),
            ("наименование", "DESCR"),
        ],
    )
    def test_an_attribute_is_found(self, name: str, column: str, base: Base, tmp_path: Path) -> None:
        field = find_field(find_table(dictionary(base, tmp_path), CATALOG, "SC1"), name)
        assert field is not None
        assert field.name == column

    def test_two_names_cut_alike_are_told_apart_by_their_columns(self, base: Base, tmp_path: Path) -> None:
        table = find_table(dictionary(base, tmp_path), CATALOG, "SC2")
        with pytest.raises(UnknownName, match=r"SP20 .*SP21") as caught:
            find_field(table, "НомерТелефонаПервогоДома")
        assert "SP20" in caught.value.remedy
        field = find_field(table, "SP21")
        assert field is not None
        assert field.name == "SP21"
