"""What a caller is told, planned: every name it can ask for has words in every language."""

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from telemarket.sounds import phrases
from telemarket.sounds.catalog import TONE
from telemarket.sounds.catalog import phrases as catalog

LANGUAGES = st.sampled_from(phrases.LANGUAGES)
WORDLESS = [
    phrases.thank_you_wait,
    phrases.callback_enter,
    phrases.callback_promised,
    phrases.voicemail_prompt,
    phrases.closed,
    phrases.invalid_choice,
    phrases.enter_number,
    phrases.recording_notice,
    phrases.goodbye,
]


def in_catalog(names: phrases.Names) -> bool:
    return all(name in catalog(language) for language, name in (name.split("/") for name in names))


@given(LANGUAGES, st.integers())
def test_any_place_in_a_queue_can_be_said(language: str, place: int) -> None:
    assert in_catalog(phrases.position(language, place))


@given(LANGUAGES, st.floats())
def test_any_wait_can_be_said(language: str, seconds: float) -> None:
    assert in_catalog(phrases.expected_wait(language, seconds))


@given(LANGUAGES, st.text())
def test_any_number_can_be_read_out(language: str, number: str) -> None:
    names = phrases.callback_confirm(language, number)
    assert in_catalog(names)
    assert len(names) == 2 + sum(character in "+0123456789" for character in number)


@given(st.floats(min_value=60, max_value=3600, exclude_min=True))
def test_nobody_is_promised_a_shorter_wait_than_expected(seconds: float) -> None:
    (name,) = phrases.expected_wait("uk", seconds)
    said = int(name.removeprefix("uk/wait-"))
    assert seconds <= said * 60
    shorter = [minutes for minutes in phrases.WAIT_MINUTES if minutes < said]
    assert all(seconds > minutes * 60 for minutes in shorter)


@pytest.mark.parametrize("language", phrases.LANGUAGES)
@pytest.mark.parametrize("phrase", WORDLESS)
def test_the_other_phrases_have_words(phrase, language: str) -> None:
    assert in_catalog(phrase(language))


@pytest.mark.parametrize("key", "0123456789*#")
def test_a_callback_is_offered_on_any_key(key: str) -> None:
    assert in_catalog(phrases.callback_offer("ru", key))


def test_a_caller_of_another_language_hears_english() -> None:
    assert phrases.position("pl", 3) == ("en/position-3",)
    assert phrases.callback_confirm("", "+3") == ("en/callback-number", "en/plus", "en/digit-3", "en/callback-confirm")


def test_the_queue_moves_up() -> None:
    assert phrases.position("uk", 51) == ("uk/position-far",)
    assert phrases.position("uk", 50) == ("uk/position-50",)
    assert phrases.position("uk", 1) == ("uk/position-next",)


def test_every_phrase_has_words_in_every_language() -> None:
    uk, ru, en = map(catalog, phrases.LANGUAGES)
    assert uk.keys() == ru.keys() == en.keys()
    for texts in (uk, ru, en):
        assert [name for name, phrase in texts.items() if not phrase.text] == [TONE]


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("uk", {"one": "хвилина", "few": "хвилини", "many": "хвилин"}),
        ("ru", {"one": "минута", "few": "минуты", "many": "минут"}),
    ],
)
def test_minutes_agree_with_their_number(language: str, forms: dict[str, str]) -> None:
    for minutes in phrases.WAIT_MINUTES[:-1]:
        form = forms[str(Locale(language).plural_form(minutes))]
        assert catalog(language)[f"wait-{minutes}"].text.endswith(f" {form}.")


def test_a_project_names_a_phrase_of_ours_or_a_supervisors_sound() -> None:
    assert all(in_catalog(phrases.sound("ru", name)) for name in phrases.BUILT_IN)
    assert phrases.sound("ru", "closed") == ("ru/closed",)
    assert phrases.sound("ru", "greeting") == ("uploaded/greeting",)


def test_what_ari_plays() -> None:
    names = (phrases.uploaded("greeting"), *phrases.position("uk", 2))
    assert phrases.media("/var/lib/telemarket/sounds", names) == [
        "sound:/var/lib/telemarket/sounds/uploaded/greeting",
        "sound:/var/lib/telemarket/sounds/uk/position-2",
    ]
