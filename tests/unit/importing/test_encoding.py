"""Texts of any encoding are read as they were written."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemarket.importing.encoding import detect

UKRAINIAN = "Прізвище;Ім'я;Телефон;Адреса\r\nШевченко;Ірина;0671234567;м. Київ, вул. Садова, 12\r\n"
RUSSIAN = "Фамилия;Имя;Телефон;Адрес\r\nЩербаков;Сергей;0671234567;г. Харьков, пр. Науки, 12\r\n"
CODE_PAGES = ["cp1251", "koi8-u", "cp1125", "mac-cyrillic", "iso8859-5"]

names = st.sampled_from(["Шевченко", "Бондаренко", "Новоха", "Гриценко", "Щербак", "Їжакевич", "Єременко", "Журавель"])
places = st.sampled_from(["Київ", "Львів", "Одеса", "Харків", "Запоріжжя", "Вінниця", "Чернігів", "Полтава"])
rows = st.lists(st.tuples(names, places, st.integers(0, 9_999_999)), min_size=2, max_size=20)


@pytest.mark.parametrize("encoding", [*CODE_PAGES, "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [UKRAINIAN, RUSSIAN, UKRAINIAN.upper()], ids=["ukrainian", "russian", "capitals"])
def test_a_short_table_is_read(text: str, encoding: str) -> None:
    data = text.encode(encoding, "replace")
    assert data.decode(detect(data)) == data.decode(encoding)


@given(rows, st.sampled_from([*CODE_PAGES, "utf-8", "utf-16"]))
def test_any_table_of_names_is_read(table: list[tuple[str, str, int]], encoding: str) -> None:
    text = "".join(f"{name};{place};067{number:07}\n" for name, place, number in table)
    data = text.encode(encoding)
    assert data.decode(detect(data)) == text


@given(st.binary(max_size=400))
def test_nothing_is_too_strange_to_be_named(data: bytes) -> None:
    codecs.lookup(detect(data))


def test_a_sample_cut_within_a_character_is_still_utf_8() -> None:
    assert detect("Київ".encode()[:-1]) == "utf-8"


def test_dos_text_is_read_as_windows_never_wrote_it() -> None:
    data = "Клиент;Телефон\r\nИванов Сергей;0671234567\r\n".encode("cp866")
    assert data.decode(detect(data)).startswith("Клиент;Телефон")
