"""The cursor of a database: how far what changed has been read."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from telemarket.backend import CursorRefused
from telemarket.core.i18n import N_

_TYPES: Mapping[str, type] = {each.__name__: each for each in (bytes, date, datetime, Decimal, float, int, str)}


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """`newest` is the greatest value of the column `changed` so far, `kind` its type; `complete` is when everything was
    read last, by the configuration of which `configuration` is a mark."""

    kind: str
    newest: Any
    complete: datetime
    configuration: str

    @property
    def value(self) -> Any:
        """The greatest value as the driver gave it. Raises CursorRefused."""
        try:
            return msgspec.convert(self.newest, _TYPES[self.kind], strict=False)
        except (KeyError, msgspec.ValidationError) as error:
            raise CursorRefused(N_("The cursor is not one of a database.")) from error


def is_ahead(value: Any, now: datetime) -> bool:
    """Whether `value` is a time that has not come yet; `now` is aware, and its zone that of times without one.

    One mistyped year would otherwise be the greatest value for ever, and nothing newer than it ever read.
    """
    if isinstance(value, str) and value[4:5] == "-":
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return False
    if isinstance(value, datetime):
        return value > (now if value.tzinfo else now.replace(tzinfo=None))
    return isinstance(value, date) and value > now.date()


def write_place(value: Any, complete: datetime, configuration: str) -> str:
    """The cursor for `value`. Raises TypeError if a column of its type is no measure of time or order."""
    kind = type(value).__name__
    if kind not in _TYPES:
        raise TypeError(kind)
    return msgspec.json.encode(Place(kind=kind, newest=value, complete=complete, configuration=configuration)).decode()


def read_place(cursor: str) -> Place | None:
    """The place a cursor names; None for the empty one. Raises CursorRefused."""
    try:
        return msgspec.json.decode(cursor, type=Place) if cursor else None
    except msgspec.DecodeError as error:
        raise CursorRefused(N_("The cursor is not one of a database.")) from error
