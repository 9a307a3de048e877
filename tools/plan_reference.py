"""The reference of a project's plan, from the structs it is made of and the remarks beside their fields."""

import inspect
import re
from collections.abc import Iterator
from enum import StrEnum

import msgspec

from telemarket.calls import plan
from telemarket.calls.destinations import DestinationKind

_HEAD = """# A project's plan

Generated from the code. A plan is what a supervisor fills in on a project's page. The command
`telemarket project plan 077 --export -` prints it as JSON; `--import FILE` takes it from JSON or TOML. A field that is
left out has its default; a field that does not exist is refused, and what cannot be meant is refused by its path, such
as `plan.overflow[1].to`. Times are seconds unless they are clock times.

## Destinations

Wherever a call may be sent the destination is written in one way. Empty, in a menu, is the project's queue.

| destination | meaning |
|---|---|
"""
_FIELD = re.compile(r"    (\w+)(?:: (.+?))?(?: = (.+?))?(?:  # (.*))?$")
_PARTS = (
    plan.Plan,
    plan.Strategy,
    plan.SkillNeed,
    plan.Relaxation,
    plan.Sticky,
    plan.Hours,
    plan.Opening,
    plan.Node,
    plan.NodeKind,
    plan.Announcements,
    plan.CallbackPlan,
    plan.Overflow,
    plan.OverflowWhen,
)


def plan_page() -> str:
    """Every part of a plan with its fields, defaults and meanings."""
    kinds = {value: meaning for value, _, _, meaning in _lines(DestinationKind)}
    head = _HEAD + "".join(f"| `{kind}` | {kinds[kind.name]} |\n" for kind in DestinationKind)
    return "\n".join([head, *map(struct_section, _PARTS)])


def struct_section(part: type[msgspec.Struct] | type[StrEnum]) -> str:
    """A struct or an enumeration: its docstring, and a row for each field with the remark beside it."""
    title = f"## {part.__name__}\n\n{inspect.cleandoc(part.__doc__ or '')}\n"
    if issubclass(part, StrEnum):
        rows = [f'| `"{part[name]}"` | {meaning} |' for name, _, _, meaning in _lines(part)]
        return "\n".join([title, "| value | meaning |\n|---|---|", *rows, ""])
    rows = [f"| `{name}` | `{kind}` | {_code(default)} | {meaning} |" for name, kind, default, meaning in _lines(part)]
    return "\n".join([title, "| field | type | default | meaning |\n|---|---|---|---|", *rows, ""])


def _lines(part: type) -> Iterator[tuple[str, str, str, str]]:
    """Name, type, default and remark of each field."""
    body = inspect.getsource(part).split('"""', 2)[2]
    for line in body.split("    @property")[0].splitlines():
        if line.startswith("    def "):
            return
        if found := _FIELD.fullmatch(line):
            name, kind, default, remark = (text or "" for text in found.groups())
            yield name, kind.replace("|", "\\|"), default, remark.replace("|", "\\|")


def _code(text: str) -> str:
    return f"`{text}`" if text else "needed"
