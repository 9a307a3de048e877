"""The fields of a form over something configured that hold one value each."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from telemarket.calls.problems import Problem
from telemarket.core.errors import InvalidInput
from telemarket.core.i18n import N_
from telemarket.core.moments import read_moment
from telemarket.desk.project_forms.draft import Draft, Raw


class Kind(StrEnum):
    """How a field is filled in."""

    TEXT = "text"
    LINES = "lines"  # one value a line
    WHOLE = "whole"
    NUMBER = "number"
    FLAG = "flag"
    CHOICE = "choice"
    SOUND = "sound"
    LOGIN = "login"
    ZONE = "zone"
    PERCENT = "percent"  # a share from 0 to 1, shown as 0 to 100
    MOMENT = "moment"  # None where it is left empty


class Field(NamedTuple):
    """One field; its path is that of the thing it is of (`plan.callback.key`), and so is where its problems stand."""

    path: str
    label: str
    kind: Kind = Kind.TEXT
    hint: str = ""
    unit: str = ""
    choices: Sequence[tuple[str, str]] = ()


def show(fields: Iterable[Field], thing: object, zone: tzinfo = UTC) -> Raw:
    """What the fields hold, as texts; moments in `zone`."""
    draft = Draft.sent((field.path, _text(_value(thing, field.path), field.kind, zone)) for field in fields)
    return draft.raw


def read(fields: Iterable[Field], draft: Draft, zone: tzinfo = UTC) -> tuple[dict[str, Any], list[Problem]]:
    """Values by path as filled in, and what cannot be understood."""
    values: dict[str, Any] = {}
    problems = []
    for field in fields:
        try:
            values[field.path] = _read(field, draft.value(field.path).strip(), zone)
        except ValueError:
            problems.append(Problem(field.path, N_("This is not a number of the kind expected.")))
        except InvalidInput as error:
            problems.append(Problem(field.path, error.message))
    return values, problems


def replaced(part: Any, path: str, value: Any) -> Any:
    """`part`, a struct, with the value at `path` below it another."""
    name, _, rest = path.partition(".")
    return msgspec.structs.replace(part, **{name: replaced(getattr(part, name), rest, value) if rest else value})


def number_text(value: float) -> str:
    """A number as a form shows it: 30, 7.5."""
    return f"{value:.10g}"


def read_number(text: str) -> float:
    """A number as people type it, nothing being 0. Raises ValueError."""
    return float(text.replace(",", ".") or 0)


def _read(field: Field, text: str, zone: tzinfo) -> Any:
    match field.kind:
        case Kind.WHOLE:
            return int(text or 0)
        case Kind.NUMBER:
            return read_number(text)
        case Kind.PERCENT:
            return read_number(text) / 100
        case Kind.FLAG:
            return bool(text)
        case Kind.LINES:
            return tuple(text.replace(",", " ").split())
        case Kind.MOMENT:
            return read_moment(text, N_("This is not a date and time."), field=field.path, zone=zone) if text else None
    return text


def _value(thing: object, path: str) -> Any:
    value: Any = thing
    for name in path.split("."):
        value = getattr(value, name)
    return value


def _text(value: Any, kind: Kind, zone: tzinfo) -> str:
    if isinstance(value, bool):
        return "on" if value else ""
    if isinstance(value, tuple):
        return "\n".join(value)
    if kind is Kind.PERCENT:
        return number_text(100 * value)
    if isinstance(value, datetime):
        return value.astimezone(zone).strftime("%Y-%m-%dT%H:%M")
    return number_text(value) if isinstance(value, int | float) else str(value or "")
