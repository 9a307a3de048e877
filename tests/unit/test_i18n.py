"""Texts and times in the reader's language and zone."""

from datetime import UTC, datetime

import jinja2
import pytest

from telemarket.core.i18n import LANGUAGES, N_, Translator, duration, install, translator

NOW = datetime(2026, 11, 10, 21, 30, tzinfo=UTC)  # 23:30 in Kyiv


def at(month: int, day: int, hour: int, *, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (at(11, 10, 12), "сьогодні 14:05"),
        (at(11, 10, 22), "завтра 00:05"),  # midnight of Kyiv, not of UTC, divides the days
        (at(11, 9, 22), "сьогодні 00:05"),
        (at(11, 9, 7), "вчора 09:05"),
        (at(11, 3, 7), "03.11 09:05"),
        (at(7, 3, 7), "03.07 10:05"),  # summer time
        (at(11, 10, 7, year=2024), "10.11.2024 09:05"),
    ],
)
def test_times_as_people_say_them(moment: datetime, expected: str) -> None:
    assert translator("uk").when(moment, NOW) == expected


def test_every_language_has_its_own_words() -> None:
    today = {language: translator(language).when(NOW, NOW) for language in LANGUAGES}
    assert today == {"uk": "сьогодні 23:30", "ru": "сегодня 23:30", "en": "today 23:30"}
    assert translator("en").when(at(11, 3, 7), NOW) == "3 Nov 09:05"


def test_exact_times_name_the_second_and_the_offset() -> None:
    assert translator("uk").exact(NOW) == "10.11.2026 23:30:00"
    assert translator("uk").iso(NOW) == "2026-11-10T23:30:00+02:00"


def test_another_zone() -> None:
    assert translator("en", "America/New_York").when(NOW, NOW) == "today 16:30"


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0, "0:00"), (42.9, "0:42"), (134, "2:14"), (3723, "1:02:03"), (-5, "0:00")]
)
def test_durations(seconds: float, expected: str) -> None:
    assert duration(seconds) == expected


def test_an_unknown_language_is_english() -> None:
    assert translator("xx").gettext("today %(time)s", time="9:00") == "today 9:00"


def test_a_marked_message_is_english_until_shown_in_a_language() -> None:
    message = N_("There is no user %(login)s.", login="50%")
    assert message == "There is no user 50%."
    assert "50%" in translator("uk").message(message)
    assert translator("uk").message(message) != message
    assert translator("uk").message("said elsewhere, 50%") == "said elsewhere, 50%"


@pytest.fixture
def environment() -> jinja2.Environment:
    environment = jinja2.Environment(autoescape=True)
    install(environment)
    return environment


def render(environment: jinja2.Environment, source: str, language: Translator, **values: object) -> str:
    return environment.from_string(source).render(translator=language, **values)


def test_one_compiled_template_serves_every_language(environment: jinja2.Environment) -> None:
    template = environment.from_string("{% trans time='9:00' %}today {{ time }}{% endtrans %}")
    rendered = [template.render(translator=translator(language)) for language in LANGUAGES]
    assert rendered == ["сьогодні 9:00", "сегодня 9:00", "today 9:00"]


def test_values_in_translated_texts_are_escaped(environment: jinja2.Environment) -> None:
    source = "{{ _('today %(time)s', time=value) }} {{ error|message }}"
    error = N_("There is no user %(login)s.", login="<script>")
    rendered = render(environment, source, translator("en"), value="<b>", error=error)
    assert rendered == "today &lt;b&gt; There is no user &lt;script&gt;."


def test_time_filters(environment: jinja2.Environment) -> None:
    source = "{{ moment|iso }} {{ moment|exact }} {{ 134|duration }}"
    rendered = render(environment, source, translator("uk"), moment=NOW)
    assert rendered == "2026-11-10T23:30:00+02:00 10.11.2026 23:30:00 2:14"
