"""In which time zone a number is answered.

A country code, or the beginning of a number, tells the zone, or several: a mobile number of Russia may be anywhere from
Kaliningrad to Kamchatka. Where one zone is known its IANA name is kept. Where there are several whose clocks differ,
the beginning of the number is kept instead ("+7"), which stands for all of them: such a number is called only while
every one of them permits it.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from telemarket.calls.plan_rules import time_zones
from telemarket.core.errors import InvalidInput
from telemarket.core.i18n import N_

_SAMPLES = tuple(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=7 * week) for week in range(105))
"""Moments at which clocks that never differ show the same time."""


def check_zone(name: str, field: str = "zone") -> str:
    """`name`, which is an IANA zone or empty; raises InvalidInput naming `field` for any other."""
    if name and name not in time_zones():
        raise InvalidInput(N_("There is no time zone “%(name)s”.", name=name[:80]), field=field)
    return name


def zone_of(number: str, house_zone: str) -> str:
    """The zone of a number (E.164 with its plus), to be kept; the house's where nothing is known of its beginning."""
    zones, digits = _zones(), number.removeprefix("+")
    return next((zones[digits[:end]] for end in range(len(digits), 0, -1) if digits[:end] in zones), house_zone)


def clocks(zone: str) -> tuple[str, ...]:
    """The IANA names a kept zone stands for, of those that always show the same time only one."""
    return _clocks(zone.removeprefix("+")) if zone.startswith("+") else (zone,)


@cache
def _zones() -> dict[str, str]:
    """What is kept, by the beginning of the number."""
    said = _data()
    weight = Counter(zones[0] for zones in said.values() if len(zones) == 1)
    first: dict[tuple[str, ...], str] = {}
    for digits in sorted(said):
        first.setdefault(_different(said[digits]), digits)
    kept = {}
    for digits, zones in said.items():
        different = _different(zones)
        kept[digits] = max(zones, key=weight.__getitem__) if len(different) == 1 else f"+{first[different]}"
    return kept


@cache
def _clocks(digits: str) -> tuple[str, ...]:
    return _different(_data()[digits])


@cache
def _different(zones: tuple[str, ...]) -> tuple[str, ...]:
    by_course = {_course(zone): zone for zone in reversed(zones)}
    return tuple(sorted(by_course.values()))


@cache
def _course(zone: str) -> tuple[timedelta | None, ...]:
    return tuple(moment.astimezone(ZoneInfo(zone)).utcoffset() for moment in _SAMPLES)


def _data() -> dict[str, tuple[str, ...]]:
    """Zones by the first digits of numbers. Imported when first asked for: three thousand entries are 7 MB."""
    from phonenumbers.tzdata import TIMEZONE_DATA

    return TIMEZONE_DATA
