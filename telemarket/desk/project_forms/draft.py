"""A form as it was filled in: nested texts by path (`plan.overflow[1].after`), and what is wrong where.

Nothing typed is lost: the form is drawn from what was sent, whether or not it can be understood.
"""

import hashlib
import re
from collections.abc import Iterable
from typing import Any

import msgspec

from telemarket.calls.problems import Problem

Raw = dict[str, Any]
"""Texts by name; lists of such."""

_STEP = re.compile(r"\.?([A-Za-z0-9_]{1,40})|\[(\d{1,3})\]")
_LONGEST_LIST = 200


class Draft:
    """What a form holds at the moment."""

    def __init__(self, raw: Raw, problems: Iterable[Problem] = ()) -> None:
        self.raw = raw
        self.problems = list(problems)

    @classmethod
    def sent(cls, pairs: Iterable[tuple[str, Any]]) -> "Draft":
        """From the fields of a form."""
        draft = cls({})
        for path, value in pairs:
            if isinstance(value, str) and (steps := _steps(path)):
                _put(draft.raw, steps, value)
        return draft

    @property
    def errors(self) -> list[Problem]:
        """What has to be mended before it can be kept."""
        return [problem for problem in self.problems if not problem.warning]

    @property
    def digest(self) -> str:
        """Changes when anything shown changes."""
        return hashlib.sha256(msgspec.json.encode(self.raw, order="deterministic")).hexdigest()[:16]

    def value(self, path: str, default: str = "") -> str:
        """The text of a field."""
        found = _get(self.raw, _steps(path))
        return found if isinstance(found, str) else default

    def part(self, path: str) -> Raw:
        """The fields below `path`; none if there are none."""
        found = _get(self.raw, _steps(path))
        return found if isinstance(found, dict) else {}

    def rows(self, path: str) -> list[str]:
        """The paths of a list's entries."""
        found = _get(self.raw, _steps(path))
        return [f"{path}[{index}]" for index in range(len(found))] if isinstance(found, list) else []

    def at(self, path: str) -> list[Problem]:
        """The problems of a field and of whatever lies below it."""
        return [p for p in self.problems if p.field == path or p.field.startswith((f"{path}.", f"{path}["))]

    def exactly(self, path: str) -> list[Problem]:
        """The problems of a group of fields as a whole."""
        return [problem for problem in self.problems if problem.field == path]

    def add_row(self, path: str, row: Raw) -> None:
        """A further entry at the end of a list."""
        steps = _steps(path)
        found = _get(self.raw, steps)
        rows = found if isinstance(found, list) else []
        if steps and len(rows) < _LONGEST_LIST:
            _put(self.raw, [*steps, len(rows)], row)

    def remove_row(self, path: str) -> None:
        """Take an entry out of its list."""
        *list_steps, index = _steps(path) or [""]
        rows = _get(self.raw, list_steps)
        if isinstance(rows, list) and isinstance(index, int) and index < len(rows):
            del rows[index]


def _steps(path: str) -> list[str | int]:
    steps: list[str | int] = []
    position = 0
    while position < len(path):
        found = _STEP.match(path, position)
        if found is None:
            return []
        steps.append(found[1] if found[1] is not None else int(found[2]))
        position = found.end()
    return steps


def _get(raw: Any, steps: list[str | int]) -> Any:
    for step in steps:
        if isinstance(step, str):
            raw = raw.get(step) if isinstance(raw, dict) else None
        else:
            raw = raw[step] if isinstance(raw, list) and step < len(raw) else None
    return raw


def _put(raw: Raw, steps: list[str | int], value: Any) -> None:
    """Set what lies at `steps`. What does not fit what is there already is dropped: none of our forms sends it."""
    here: Any = raw
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        new = value if following is None else [] if isinstance(following, int) else {}
        if isinstance(step, str) and isinstance(here, dict):
            here.setdefault(step, new)
        elif isinstance(step, int) and isinstance(here, list) and step <= len(here) < _LONGEST_LIST:
            here.extend([new] * (step == len(here)))
        else:
            return
        here = here[step]
