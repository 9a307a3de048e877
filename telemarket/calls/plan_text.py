"""Plans as they are kept and carried: JSON in the database, objects from files and forms."""

import re
from typing import Any, TypeVar

import msgspec

from telemarket.calls.plan import Plan
from telemarket.core.errors import InvalidInput
from telemarket.core.i18n import N_

T = TypeVar("T")

_WHERE = re.compile(r"^(?P<what>.*?)(?: - at (?:the )?(?:key in )?`\$(?P<path>.*)`)?$", re.DOTALL)


def encode_plan(plan: Plan) -> str:
    """A plan as JSON; every field is written, so that a change of our defaults changes no plan."""
    return msgspec.json.encode(plan).decode()


def decode_plan(text: str | bytes) -> Plan:
    """A plan from JSON, "" being the plan of a new project. Raises InvalidInput naming the field."""
    if not text:
        return Plan()
    try:
        return msgspec.json.decode(text, type=Plan)
    except msgspec.DecodeError as error:
        raise unreadable(error, "plan") from error


def convert(value: Any, kind: type[T], field: str, *, strict: bool = True) -> T:
    """A part of a plan from plain objects, with `strict` off also from the texts of a form.

    Raises InvalidInput naming the field, which lies below `field`.
    """
    try:
        return msgspec.convert(value, kind, strict=strict)
    except msgspec.ValidationError as error:
        raise unreadable(error, field) from error


def unreadable(error: msgspec.MsgspecError, field: str) -> InvalidInput:
    """What msgspec refuses, as an error that names the field."""
    found = _WHERE.match(str(error))
    assert found is not None  # noqa: S101 - matches any text
    path = (found["path"] or "").replace("[...]", "")
    return InvalidInput(N_("This cannot be read: %(reason)s.", reason=found["what"]), field=field + path)
