"""What was written of a lead, read: numbers that may be called, each with its zone. Pure; long lists want a thread."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from telemarket.calls.outbound import OutboundRules, check_number
from telemarket.core.errors import InvalidInput
from telemarket.core.i18n import N_
from telemarket.core.text import trim_line
from telemarket.dialer.model import LeadData
from telemarket.dialer.zones import check_zone, zone_of
from telemarket.numbers import extract
from telemarket.numbers.quick import quick

MOST_NUMBERS = 10  # of a lead
_RANKS = range(1, 1001)
_HOURS = range(24)
_LONGEST_NAME = 200
_LARGEST_VALUES = 8000  # bytes of JSON

Refusal = tuple[str, str]
"""Where it stands (a line, a contact), and why it is refused."""


class Known(msgspec.Struct, frozen=True):
    """What is known of a lead's contact."""

    name: str
    numbers: tuple[str, ...]


class ReadNumber(msgspec.Struct, frozen=True):
    """A number as it is kept with its lead."""

    number: str
    zone: str
    best_hour: int | None


class ReadLead(msgspec.Struct, frozen=True, kw_only=True):
    """A lead that can be called."""

    contact_id: int | None
    name: str
    values: dict[str, Any]
    rank: int
    due_at: datetime | None
    numbers: tuple[ReadNumber, ...]


class LeadReader:
    """Reads what was written, by the house's rules for outgoing calls."""

    def __init__(self, rules: OutboundRules, house_zone: str) -> None:
        self._rules = rules
        self._house_zone = house_zone

    def read(self, row: LeadData, known: Known | None) -> tuple[ReadLead, list[str]]:
        """The lead, and why single numbers of it are refused. Raises InvalidInput when it is refused as a whole."""
        check_zone(row.zone)
        if row.rank not in _RANKS:
            raise InvalidInput(N_("Its rank must be from 1 to 1000."), field="rank")
        if len(msgspec.json.encode(row.values)) > _LARGEST_VALUES:
            raise InvalidInput(N_("Its values are longer than a card can show."), field="values")
        numbers, refused = self._numbers(row, row.numbers or (known.numbers if known else ()))
        if not numbers:
            raise InvalidInput(refused[0] if refused else N_("It has no number."), field="numbers")
        lead = ReadLead(
            contact_id=row.contact_id,
            name=trim_line(row.name, _LONGEST_NAME) or (known.name if known else ""),
            values=row.values,
            rank=row.rank,
            due_at=row.due_at,
            numbers=tuple(numbers),
        )
        return lead, refused

    def _numbers(self, row: LeadData, written: Sequence[str]) -> tuple[list[ReadNumber], list[str]]:
        found: dict[str, ReadNumber] = {}
        refused: list[str] = []
        for index, text in enumerate(written):
            best_hour = row.best_hours[index] if index < len(row.best_hours) else None
            if best_hour is not None and best_hour not in _HOURS:
                raise InvalidInput(N_("The best hour must be from 0 to 23."), field="best_hours")
            try:
                for number in self._several(text):
                    zone = row.zone or zone_of(number, self._house_zone)
                    found.setdefault(number, ReadNumber(number, zone, best_hour))
            except InvalidInput as error:
                refused.append(error.message)
        return list(found.values())[:MOST_NUMBERS], refused

    def _several(self, text: str) -> Iterator[str]:
        """The numbers in `text`. Raises InvalidInput for the first that may not be called."""
        usual = quick(text, self._rules.plan)
        if usual is not None and not self._rules.refused_prefixes:
            yield usual.e164  # an ordinary number of the own country: nothing forbids it
            return
        numbers = extract(text, self._rules.plan)
        if not numbers:
            raise InvalidInput(N_("“%(text)s” is not a telephone number.", text=trim_line(text, 40)), field="numbers")
        for number in numbers:
            if number.is_internal:
                raise InvalidInput(
                    N_("%(number)s is an extension of the house.", number=number.digits), field="numbers"
                )
            yield check_number(number.e164 or number.raw, self._rules)
