"""Templates: one environment for all pages, every value escaped, every text in the reader's language."""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any, Protocol

import jinja2
import msgspec
from jinja2.ext import Extension
from markupsafe import Markup, escape

from telemarket.contacts.shown import attribute, lead_value
from telemarket.core import i18n
from telemarket.core.i18n import Translator
from telemarket.desk import message_words, words
from telemarket.numbers.display import format_e164

TEMPLATES = Path(__file__).parent / "templates"
_DIAL = Markup(
    '<button type="button" class="dial number" data-dial="{}" data-contact="{}" data-project="{}" title="{}">'
    "{}</button>"
)
_CALLABLE = re.compile(r"\+?[\d(][\d ()*#./-]{1,30}", re.ASCII)
_CONSTANT_TEXT = re.compile(r'\{\{ _\("([^"]*)"\) \}\}')
BUILD = Path(__file__).parent / "static" / "build"


class Named(Protocol):
    """An entry of a list."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...


class ConstantTexts(Extension):
    """Translates `{{ _("…") }}` when a template is compiled: a card has dozens, and is rendered for every call."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002
        """See jinja2."""
        translator: Translator = self.environment.globals["translator"]  # type: ignore[assignment]
        return _CONSTANT_TEXT.sub(lambda found: str(escape(translator.gettext(found[1]))), source)


@lru_cache(maxsize=8)
def environment(translator: Translator) -> jinja2.Environment:
    """The environment for one language: its templates are compiled with that language's texts in them."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        auto_reload=False,
    )
    i18n.install(env)
    env.globals.update(translator=translator, words=words, assets=_assets_version(), icon=icon, options=options)
    env.globals["message_words"] = message_words
    env.globals["when"] = partial(when, translator)
    env.globals["attribute_value"] = partial(attribute, translator)
    env.filters["phone"] = phone
    env.globals["dial"] = partial(dial, translator)
    env.filters["local_input"] = partial(local_input, translator)
    env.filters["local_day"] = partial(local_day, translator)
    env.globals["lead_value"] = partial(lead_value, translator)
    env.filters["day"] = translator.day
    env.add_extension(ConstantTexts)
    return env


def render(name: str, translator: Translator, **context: Any) -> str:
    """The template `name` as text."""
    return environment(translator).get_template(name).render(context)


@cache
def icon(name: str) -> Markup:
    """A drawing of icons.svg; the word beside it says the same."""
    return Markup('<svg class="icon" aria-hidden="true"><use href="/static/build/icons.svg#{}"/></svg>').format(name)


def when(translator: Translator, moment: datetime) -> Markup:
    """A moment as people say it, exact on hover."""
    html = (
        f'<time datetime="{translator.iso(moment)}" title="{translator.exact(moment)}">{translator.when(moment)}</time>'
    )
    return Markup(html)  # noqa: S704 - digits and our own words


def options(choices: Sequence[Named], chosen: int | None) -> Markup:
    """The entries of a list to pick one from, or none."""
    if chosen is not None:
        return _options(choices, chosen)
    # Every new card shows the same lists with nothing chosen: make each list's entries once.
    known = _unchosen.get(id(choices))
    if known is None or known[0] is not choices:
        if len(_unchosen) >= _LISTS_KEPT:
            _unchosen.clear()
        known = _unchosen[id(choices)] = (choices, _options(choices, None))
    return known[1]


_LISTS_KEPT = 200
_unchosen: dict[int, tuple[Sequence[Named], Markup]] = {}


def _options(choices: Sequence[Named], chosen: int | None) -> Markup:
    entries = (
        f'<option value="{c.id}"{" selected" if c.id == chosen else ""}>{escape(c.name)}</option>' for c in choices
    )
    return Markup('<option value="">—</option>' + "".join(entries))  # noqa: S704 - names are escaped


def local_input(translator: Translator, moment: datetime | None) -> str:
    """A moment for <input type="datetime-local">, in the reader's zone."""
    return moment.astimezone(translator.zone).strftime("%Y-%m-%dT%H:%M") if moment else ""


def local_day(translator: Translator, moment: datetime) -> str:
    """The day of a moment for <input type="date">, in the reader's zone."""
    return moment.astimezone(translator.zone).date().isoformat()


@lru_cache(maxsize=4096)
def phone(number: str) -> str:
    """A number as people read it; one that is none, as it came."""
    return format_e164(number) if number.startswith("+") else number


def dial(translator: Translator, number: str, contact_id: int | None = None, project_id: int | None = None) -> Markup:
    """A number to click and be connected with; one that cannot be called is only text."""
    if not _CALLABLE.fullmatch(number):
        return Markup('<span class="number">{}</span>').format(phone(number))
    return _DIAL.format(
        number, contact_id or "", project_id or "", translator.gettext("Call this number"), phone(number)
    )


@lru_cache(maxsize=8)
def script_strings(translator: Translator) -> dict[str, str]:
    """The texts that scripts show, by message id, in the reader's language."""
    path = BUILD / "strings.json"
    msgids = msgspec.json.decode(path.read_bytes(), type=list[str]) if path.exists() else []
    return {msgid: translator.gettext(msgid) for msgid in msgids}


def _assets_version() -> str:
    """Changes with every build, so that browsers may keep scripts and styles for ever."""
    newest = max((path.stat().st_mtime_ns for path in BUILD.glob("*")), default=0)
    return format(newest // 1_000_000, "x")
