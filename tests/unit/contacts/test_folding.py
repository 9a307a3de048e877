"""One spelling for however a name is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemarket.contacts.folding import LONGEST_WORD, folded_words, on_the_other_layout, typed_words

CYRILLIC = st.text("абвгґдеєёжзиіїйклмнопрстуфхцчшщьюя", min_size=1, max_size=20)


@pytest.mark.parametrize(
    "spellings",
    [
        "Шевченко ШЕВЧЕНКО Shevchenko Schewtschenko Szewczenko",
        "Щербак Shcherbak Scherbak Schtscherbak",
        "Юрій Юрий Yurii Yuriy Yurij Jurij",
        "Євген Yevhen Jewhen Евген",
        "Сергеев Сергєєв Sergeyev",
        "Семёнов Семенов Semenov",
        "Знам'янка Знам’янка Знамʼянка Znamianka",
        "Ґалаґан Галаган Halahan Galagan",
        "Михайло Mykhailo Mihajlo Mykhaylo",
        "Хрещатик Khreshchatyk",
        "Żółkiewski Zolkiewski",
        "Шиллер Schiller",
    ],
)
def test_a_name_is_one_word_in_all_its_spellings(spellings: str) -> None:
    first, *others = spellings.split()
    for other in others:
        assert folded_words(other) == folded_words(first), other


@pytest.mark.parametrize(
    ("one", "another"),
    [("Петренко", "Петрик"), ("Коваль", "Ковальчук"), ("1100039", "110039"), ("Іван", "Іванна"), ("Анна", "Інна")],
)
def test_different_names_stay_different(one: str, another: str) -> None:
    assert folded_words(one) != folded_words(another)


def test_signs_part_words_and_each_word_counts_once() -> None:
    assert folded_words("ТОВ «Ромашка-плюс»", "romashka@plus.ua") == ["tov", "romashka", "plius", "plus", "ua"]


def test_other_scripts_stay_as_they_are() -> None:
    assert folded_words("ქართული 株式会社") == ["ქართული", "株式会社"]


@pytest.mark.parametrize(
    ("typed", "whole"),
    [("mik", "Михайло"), ("bac", "Бачинський"), ("schewts", "Шевченко"), ("ser", "Сергеев"), ("serg", "Сергій")],
)
def test_a_word_half_typed_leads_to_the_whole_one(typed: str, whole: str) -> None:
    (beginnings,) = typed_words(typed)
    assert any(folded_words(whole)[0].startswith(beginning) for beginning in beginnings)


@given(CYRILLIC, st.integers(1, 20))
def test_what_is_typed_in_cyrillic_leads_to_the_whole_word(word: str, length: int) -> None:
    for beginnings, whole in zip(typed_words(word[:length]), folded_words(word), strict=False):
        assert any(whole.startswith(beginning) for beginning in beginnings)


@given(st.text())
def test_folded_words_are_short_and_have_nothing_in_them_but_letters_and_digits(text: str) -> None:
    for word in folded_words(text):
        assert 0 < len(word) <= LONGEST_WORD
        assert not any(character.isspace() or character in "\"'_*&|!():" for character in word)


def test_a_name_typed_on_the_wrong_layout() -> None:
    assert folded_words(on_the_other_layout("itdxtyrj")) == folded_words("Шевченко")
    assert folded_words(on_the_other_layout("ьшскщыщае")) == folded_words("microsoft")
