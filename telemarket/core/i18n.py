"""Languages: texts through gettext, dates and times as people say them.

Message ids are English. Placeholders are `%(name)s` in code, templates and scripts alike.
"""

import gettext as stdlib_gettext
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from babel import Locale
from babel.dates import DateTimePattern, parse_pattern
from babel.numbers import format_decimal
from jinja2 import Environment, pass_context
from jinja2.runtime import Context

log = structlog.get_logger(__name__)

DOMAIN = "telemarket"
LOCALE_DIR = Path(__file__).parent.parent / "locale"
LANGUAGES = {"uk": "Українська", "ru": "Русский", "en": "English"}

_LOCALES = {"uk": Locale("uk"), "ru": Locale("ru"), "en": Locale("en", "GB")}
# Numeric months are unambiguous only where everybody writes the day first.
_DAY_SKELETONS = {"uk": ("Md", "yMd"), "ru": ("Md", "yMd"), "en": ("MMMd", "yMMMd")}


class Message(str):
    """An English text that remembers how to be said in another language."""

    __slots__ = ("msgid", "values")

    msgid: str
    values: dict[str, object]


def N_(msgid: str, **values: object) -> Message:
    """Mark a text for translation when it is shown: `raise InvalidInput(N_("No user %(login)s.", login=login))`."""
    message = Message(msgid % values if values else msgid)
    message.msgid = msgid
    message.values = values
    return message


def to_stored(text: object) -> Any:
    """`text` as JSON that `from_stored` reads again: a marked text is translated when it is shown, not when it is
    stored."""
    if not isinstance(text, Message):
        return str(text)
    values = {name: v if isinstance(v, (int, float)) else to_stored(v) for name, v in text.values.items()}
    return [text.msgid, values]


def from_stored(stored: Any) -> str:
    """The text that `to_stored` wrote."""
    if isinstance(stored, str):
        return stored
    msgid, values = stored
    return N_(msgid, **{name: from_stored(v) if isinstance(v, (str, list)) else v for name, v in values.items()})


class Translator:
    """One language in one time zone. Get one from `translator`."""

    def __init__(self, language: str, timezone: str) -> None:
        self.language = language
        self.zone = ZoneInfo(timezone)
        self._locale = _LOCALES[language]
        self._catalog = _catalog(language)
        day, day_and_year = _DAY_SKELETONS[language]
        self._day = self._pattern(day)
        self._day_and_year = self._pattern(day_and_year)
        self._clock = parse_pattern("HH:mm")
        self._clock_with_seconds = parse_pattern("HH:mm:ss")

    def gettext(self, msgid: str, **values: object) -> str:
        """`msgid` in this language, with `values` in its placeholders."""
        text = self._catalog.gettext(msgid)
        return text % values if values else text

    def ngettext(self, one: str, many: str, count: int, **values: object) -> str:
        """The form of the text that goes with `count`; `%(num)s` stands for it."""
        return self._catalog.ngettext(one, many, count) % {"num": count, **values}

    def message(self, text: str) -> str:
        """A text marked by `N_` in this language (its values too, where they are marked); any other as it is."""
        if not isinstance(text, Message):
            return text
        values = {k: self.message(v) if isinstance(v, Message) else v for k, v in text.values.items()}
        return self.gettext(text.msgid, **values)

    def when(self, moment: datetime, now: datetime | None = None) -> str:
        """As people say it: "today 14:30", "yesterday 9:08", "10.11 09:08", with the year when it is another."""
        local = moment.astimezone(self.zone)
        today = (now or datetime.now(UTC)).astimezone(self.zone).date()
        time = self._clock.apply(local, self._locale)
        if local.date() == today:
            return self.gettext("today %(time)s", time=time)
        if local.date() == today - timedelta(days=1):
            return self.gettext("yesterday %(time)s", time=time)
        if local.date() == today + timedelta(days=1):
            return self.gettext("tomorrow %(time)s", time=time)
        pattern = self._day if local.year == today.year else self._day_and_year
        return f"{pattern.apply(local, self._locale)} {time}"

    def exact(self, moment: datetime) -> str:
        """Day, month, year and time to the second in the configured zone."""
        local = moment.astimezone(self.zone)
        day = self._day_and_year.apply(local, self._locale)
        return f"{day} {self._clock_with_seconds.apply(local, self._locale)}"

    def iso(self, moment: datetime) -> str:
        """ISO 8601 in the configured zone, for machines and `<time datetime>`."""
        return moment.astimezone(self.zone).isoformat(timespec="seconds")

    def day(self, value: date) -> str:
        """A day with its year."""
        return self._day_and_year.apply(value, self._locale)

    def decimal(self, value: Decimal) -> str:
        """A number as people write it here: "49 000,50"."""
        return format_decimal(value, locale=self._locale)

    def _pattern(self, skeleton: str) -> DateTimePattern:
        return parse_pattern(self._locale.datetime_skeletons[skeleton])


def duration(seconds: float) -> str:
    """Seconds as a clock shows them: "0:42", "2:14", "1:02:03"."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@lru_cache(maxsize=64)
def translator(language: str, timezone: str = "Europe/Kyiv") -> Translator:
    """The translator for `language` (uk, ru, en; English for any other)."""
    return Translator(language if language in LANGUAGES else "en", timezone)


def install(environment: Environment) -> None:
    """Give templates `_`, `gettext`, `ngettext`, `{% trans %}` and the filters below.

    Every render must pass `translator=`. Filters: `when`, `exact`, `iso` (of a datetime), `decimal`, `duration` (of
    seconds) and `message` (of a text marked by `N_`, such as an error's).
    """
    environment.add_extension("jinja2.ext.i18n")
    environment.install_gettext_callables(_gettext, _ngettext, newstyle=True)  # type: ignore[attr-defined]
    for name in ("when", "exact", "iso", "message", "decimal"):
        environment.filters[name] = _filter(name)
    environment.filters["duration"] = duration


@pass_context
def _gettext(context: Context, msgid: str) -> str:
    return _of(context).gettext(msgid)


@pass_context
def _ngettext(context: Context, one: str, many: str, count: int) -> str:
    return _of(context)._catalog.ngettext(one, many, count)


def _filter(name: str) -> Any:
    @pass_context
    def apply(context: Context, value: Any) -> str:
        return str(getattr(_of(context), name)(value))

    return apply


def _of(context: Context) -> Translator:
    found = context["translator"]
    assert isinstance(found, Translator)  # noqa: S101
    return found


def _catalog(language: str) -> stdlib_gettext.NullTranslations:
    if language == "en":
        return stdlib_gettext.NullTranslations()
    try:
        return stdlib_gettext.translation(DOMAIN, LOCALE_DIR, [language])
    except FileNotFoundError:
        log.warning("translations are not compiled; run `make translations`", language=language)
        return stdlib_gettext.NullTranslations()
