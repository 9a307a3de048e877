"""Templates: one environment for all pages, every value escaped, every text in the reader's language."""

from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
import msgspec

from telemarket.core import i18n
from telemarket.core.i18n import Translator
from telemarket.desk import words
from telemarket.numbers.display import format_e164

TEMPLATES = Path(__file__).parent / "templates"
BUILD = Path(__file__).parent / "static" / "build"


@lru_cache(maxsize=1)
def environment() -> jinja2.Environment:
    """The environment every page is rendered with."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        auto_reload=False,
    )
    i18n.install(env)
    env.filters["phone"] = phone
    env.filters["local_input"] = _local_input
    env.globals["words"] = words
    env.globals["assets"] = _assets_version()
    return env


def render(name: str, translator: Translator, **context: Any) -> str:
    """The template `name` as text."""
    return environment().get_template(name).render(translator=translator, **context)


@lru_cache(maxsize=4096)
def phone(number: str) -> str:
    """A number as people read it; one that is none, as it came."""
    return format_e164(number) if number.startswith("+") else number


@lru_cache(maxsize=8)
def script_strings(translator: Translator) -> dict[str, str]:
    """The texts that scripts show, by message id, in the reader's language."""
    path = BUILD / "strings.json"
    msgids = msgspec.json.decode(path.read_bytes(), type=list[str]) if path.exists() else []
    return {msgid: translator.gettext(msgid) for msgid in msgids}


@jinja2.pass_context
def _local_input(context: jinja2.runtime.Context, value: datetime | None) -> str:
    """A moment for <input type="datetime-local">, in the reader's zone."""
    return value.astimezone(context["translator"].zone).strftime("%Y-%m-%dT%H:%M") if value else ""


def _assets_version() -> str:
    """Changes with every build, so that browsers may keep scripts and styles for ever."""
    newest = max((path.stat().st_mtime_ns for path in BUILD.glob("*")), default=0)
    return format(newest // 1_000_000, "x")
