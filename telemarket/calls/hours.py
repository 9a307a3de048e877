"""Working hours: is a project open at this moment, and when does it open next.

An opening belongs to the day it begins on: one that runs past midnight goes on into the next day, were that a
holiday. Clock times are the zone's. Where the clock is put forward over a time, the moment of the jump counts;
where it is put back, an opening begins at the first of the two such times and ends at the second.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from telemarket.calls.plan import Hours, Opening

_DAY = 24 * 60
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")
_SEARCHED = 400  # days ahead that an opening is looked for
_TIMETABLES_KEPT = 1000
_ALL_DAY = (Opening(since="00:00", until="24:00"),)
_timetables: dict[tuple[int, str], "_Timetable"] = {}


def is_open(hours: Hours, at: float, house_zone: str) -> bool:
    """Whether these hours are open at `at` (POSIX seconds); `house_zone` counts where they name no zone."""
    if not hours.week and not hours.days:
        return True
    return _timetable(hours, house_zone).is_open(at)


def next_opening(hours: Hours, at: float, house_zone: str) -> float | None:
    """From when on it is open, POSIX seconds: `at` itself if it is now; None if not within the year to come."""
    if is_open(hours, at, house_zone):
        return at
    return _timetable(hours, house_zone).next_opening(at)


def minutes_of(clock: str) -> int:
    """Minutes since midnight of a clock time, "00:00" to "24:00". Raises ValueError."""
    if not _CLOCK.fullmatch(clock):
        raise ValueError(f"no clock time: {clock!r}")
    return int(clock[:2]) * 60 + int(clock[3:])


def bounds(opening: Opening) -> tuple[int, int]:
    """When an opening begins and ends, in minutes since its day's midnight; the end may lie in the next day."""
    since, until = minutes_of(opening.since), minutes_of(opening.until)
    return since, until if until > since else until + _DAY


class _Timetable:
    """The hours of one project, with the stretch of time last asked for kept at hand."""

    def __init__(self, hours: Hours, zone: str) -> None:
        self.hours = hours
        self._zone = ZoneInfo(zone)
        self._open = False
        self._since = self._until = 0.0  # `_open` is the answer from one to the other

    def is_open(self, at: float) -> bool:
        if not self._since <= at < self._until:
            self._turn_to(at)
        return self._open

    def next_opening(self, at: float) -> float | None:
        today = self._day_of(at)
        for days in range(_SEARCHED):
            later = [since for since, _ in self._spans(today + timedelta(days)) if since >= at]
            if later:
                return min(later)
        return None

    def _turn_to(self, at: float) -> None:
        today = self._day_of(at)
        spans = [span for days in (-1, 0, 1) for span in self._spans(today + timedelta(days))]
        for since, until in spans:
            if since <= at < until:
                self._open, self._since, self._until = True, since, until
                return
        tomorrow = _moment(today + timedelta(1), 0, self._zone)
        self._open, self._since = False, at
        self._until = min([tomorrow, *(since for since, _ in spans if since > at)])

    def _spans(self, day: date) -> Iterator[tuple[float, float]]:
        """The openings that begin on this day, as moments; none that lies where the clock jumps."""
        usual = self.hours.week[day.weekday()] if self.hours.week else _ALL_DAY
        for opening in self.hours.days.get(day.isoformat(), usual):
            begin, end = bounds(opening)
            since, until = _moment(day, begin, self._zone), _moment(day, end, self._zone, fold=1)
            if since < until:
                yield since, until

    def _day_of(self, at: float) -> date:
        return datetime.fromtimestamp(at, self._zone).date()


def _timetable(hours: Hours, house_zone: str) -> _Timetable:
    """Made once for an `Hours`, which is known by its identity: it cannot change, and to hash it would cost more."""
    key = (id(hours), house_zone)
    known = _timetables.get(key)
    if known is None or known.hours is not hours:
        if len(_timetables) >= _TIMETABLES_KEPT:
            _timetables.clear()
        known = _timetables[key] = _Timetable(hours, hours.timezone or house_zone)
    return known


def _moment(day: date, minutes: int, zone: ZoneInfo, *, fold: int = 0) -> float:
    """When the clock shows this time on this day; of two such moments the one `fold` says."""
    days, minutes = divmod(minutes, _DAY)
    clock = datetime.combine(day + timedelta(days), time(*divmod(minutes, 60)), zone)
    moment = clock.replace(fold=fold).timestamp()
    if datetime.fromtimestamp(moment, zone).replace(tzinfo=None, fold=0) == clock.replace(tzinfo=None):
        return moment
    return _jump(int(clock.replace(fold=1).timestamp()), int(clock.timestamp()), zone)


def _jump(before: int, after: int, zone: ZoneInfo) -> float:
    """The moment between the two at which the clock is put forward."""
    offset = _offset(after, zone)
    return float(before + bisect_left(range(before, after), True, key=lambda moment: _offset(moment, zone) == offset))


def _offset(moment: int, zone: ZoneInfo) -> timedelta | None:
    return datetime.fromtimestamp(moment, UTC).astimezone(zone).utcoffset()
