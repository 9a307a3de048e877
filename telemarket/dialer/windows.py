"""When a number may be called: while the campaign's operators work, and by the clock where the callee lives. Pure."""

from collections.abc import Iterator

from telemarket.calls.hours import is_open, next_opening
from telemarket.calls.plan import Hours
from telemarket.dialer.model import Terms
from telemarket.dialer.zones import clocks

_HORIZON = 100 * 86400.0  # seconds ahead that a common opening is looked for


def may_call(terms: Terms, zone: str, at: float, house_zone: str) -> bool:
    """Whether somebody in `zone` (empty: the house's) may be called at `at`, POSIX seconds.

    Where a zone stands for several, all of them must permit it.
    """
    return all(is_open(hours, at, clock) for hours, clock in _both(terms, zone, house_zone))


def next_moment(terms: Terms, zone: str, at: float, house_zone: str) -> float | None:
    """From when on somebody in `zone` may be called: `at` itself if he may be now, None if not within a hundred
    days."""
    moment = at
    while True:
        later = moment
        for hours, clock in _both(terms, zone, house_zone):
            opening = next_opening(hours, later, clock)
            if opening is None or opening - at > _HORIZON:
                return None
            later = opening
        if later == moment:
            return moment
        moment = later


def _both(terms: Terms, zone: str, house_zone: str) -> Iterator[tuple[Hours, str]]:
    yield terms.hours, house_zone
    for clock in clocks(zone or house_zone, house_zone):
        yield terms.profile.hours, clock
