"""Working hours as people write them: "9-18", "09:00–13:00, 14:00–18:00", nothing for a closed day."""

import re
from collections.abc import Iterator
from datetime import date

from telemarket.calls.plan import Opening
from telemarket.core.errors import InvalidInput
from telemarket.core.i18n import N_

_CLOCK = r"(\d{1,2})(?:[:.](\d{2}))?"
_SPAN = re.compile(rf"{_CLOCK}\s*[-–—]\s*{_CLOCK}")
_BETWEEN = re.compile(r"[\s,;]*")
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")


def read_openings(text: str, field: str = "openings") -> tuple[Opening, ...]:
    """The hours of one day; none are none. Raises InvalidInput naming `field` for what is no hours at all.

    Whether the times make sense together is for `plan_rules` to say.
    """
    openings = []
    position = _blank(text, 0)
    while position < len(text):
        found = _SPAN.match(text, position)
        if found is None:
            raise InvalidInput(
                N_("“%(text)s” are no hours. Write them as 09:00–18:00.", text=text[position:].strip()[:40]),
                field=field,
            )
        first, second, third, fourth = found.groups("00")
        openings.append(Opening(since=f"{first:0>2}:{second}", until=f"{third:0>2}:{fourth}"))
        position = _blank(text, found.end())
    return tuple(openings)


def write_openings(openings: tuple[Opening, ...]) -> str:
    """The same, as it is shown."""
    return ", ".join(f"{opening.since}–{opening.until}" for opening in openings)


def read_days(text: str, field: str = "days") -> dict[str, tuple[Opening, ...]]:
    """Days with hours of their own, one a line: a date (2026-12-25 or 25.12.2026), then its hours, none for a holiday.

    Empty lines and what follows `#` are passed over. Raises InvalidInput naming the line.
    """
    return dict(_days(text, field))


def _days(text: str, field: str) -> Iterator[tuple[str, tuple[Opening, ...]]]:
    for number, line in enumerate(text.splitlines(), 1):
        day, _, hours = line.partition("#")[0].strip().partition(" ")
        if not day:
            continue
        try:
            yield read_date(day), read_openings(hours, field)
        except (ValueError, InvalidInput) as error:
            reason = error.message if isinstance(error, InvalidInput) else N_("This is not a day.")
            raise InvalidInput(N_("Line %(number)s: %(reason)s", number=number, reason=reason), field=field) from error


def read_date(text: str) -> str:
    """A date in ISO form from either way of writing it. Raises ValueError."""
    dotted = _DOTTED.fullmatch(text)
    if dotted:
        day, month, year = map(int, dotted.groups())
        return date(year, month, day).isoformat()
    return date.fromisoformat(text).isoformat()


def _blank(text: str, position: int) -> int:
    found = _BETWEEN.match(text, position)
    assert found is not None  # noqa: S101 - matches nothing as well
    return found.end()
