"""A day's hours as they are drawn: minutes from midnight."""

from telemarket.calls.hours import bounds
from telemarket.calls.hours_text import read_openings
from telemarket.core.errors import InvalidInput
from telemarket.core.i18n import N_


def spans(text: str) -> list[tuple[int, int]]:
    """Beginning and length in minutes of a day's openings, as far as they lie in it."""
    found = []
    for opening in read_openings(text):
        try:
            since, until = bounds(opening)
        except ValueError as error:
            raise InvalidInput(N_("This is not a clock time. Write it as 09:00.")) from error
        found.append((since, min(until, 24 * 60) - since))
    return found


def spans_or_none(text: str) -> list[tuple[int, int]]:
    """The same; none while what is typed is no hours yet."""
    try:
        return spans(text)
    except InvalidInput:
        return []
