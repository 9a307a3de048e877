"""The fields of a project's forms that hold one value each."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from telemarket.calls.model import Project
from telemarket.calls.problems import Problem
from telemarket.core.i18n import N_
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
    ZONE = "zone"


class Field(NamedTuple):
    """One field; its path is the project's (`plan.callback.key`), and so is where its problems stand."""

    path: str
    label: str
    kind: Kind = Kind.TEXT
    hint: str = ""
    unit: str = ""
    choices: Sequence[tuple[str, str]] = ()


def show(fields: Iterable[Field], project: Project) -> Raw:
    """What the fields hold, as texts."""
    draft = Draft.sent((field.path, _text(_value(project, field.path))) for field in fields)
    return draft.raw


def read(fields: Iterable[Field], draft: Draft) -> tuple[dict[str, Any], list[Problem]]:
    """Values by path as filled in, and what cannot be understood."""
    values: dict[str, Any] = {}
    problems = []
    for field in fields:
        try:
            values[field.path] = _read(field.kind, draft.value(field.path).strip())
        except ValueError:
            problems.append(Problem(field.path, N_("This is not a number of the kind expected.")))
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


def _read(kind: Kind, text: str) -> Any:
    match kind:
        case Kind.WHOLE:
            return int(text or 0)
        case Kind.NUMBER:
            return read_number(text)
        case Kind.FLAG:
            return bool(text)
        case Kind.LINES:
            return tuple(text.replace(",", " ").split())
    return text


def _value(project: Project, path: str) -> Any:
    value: Any = project
    for name in path.split("."):
        value = getattr(value, name)
    return value


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else ""
    if isinstance(value, tuple):
        return "\n".join(value)
    return number_text(value) if isinstance(value, int | float) else str(value)
