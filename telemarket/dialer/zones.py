"""In which time zone a number is answered.

A country code, or the beginning of a fixed number, tells the zone, or several: a mobile number of Russia may be
anywhere from Moscow to Kamchatka. Where one zone is known its IANA name is kept. Where there are several whose
clocks differ, the beginning of the number is kept instead ("+7"), which stands for all of them: such a number is called
only while every one of them permits it.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import phonenumbers

from telemarket.calls.plan_rules import time_zones
from telemarket.core.errors import InvalidInput
from telemarket.core.i18n import N_

_COUNTRY_DIGITS = (1, 2, 3)
_SAMPLES = tuple(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(weeks=week) for week in range(105))
"""Moments at which clocks that never differ show the same time."""


def check_zone(name: str, field: str = "zone") -> str:
    """`name`, which is an IANA zone or empty; raises InvalidInput naming `field` for any other."""
    if name and name not in time_zones():
        raise InvalidInput(N_("There is no time zone “%(name)s”.", name=name[:80]), field=field)
    return name


def zone_of(number: str, house_zone: str) -> str:
    """The zone of a number (E.164 with its plus), to be kept; the house's where nothing is known of its beginning.

    The first call in a process loads the zones of all beginnings: a tenth of a second, 7 MB.
    """
    of_countries = _zones_of_countries()
    for length in _COUNTRY_DIGITS:
        if zone := of_countries.get(number[1 : 1 + length]):
            return zone
    return _looked_up(number) or house_zone


def clocks(zone: str, otherwise: str = "UTC") -> tuple[str, ...]:
    """The IANA names a kept zone stands for, of those that always show the same time only one.

    A beginning the library does not know any more stands for what the longest known beginning of it does; `otherwise`
    is the zone where there is none.
    """
    return _clocks(zone.removeprefix("+")) or (otherwise,) if zone.startswith("+") else (zone,)


def _looked_up(number: str) -> str:
    """By the library: the beginning of a fixed number tells its town, that of a mobile one the country only."""
    from phonenumbers import timezone

    try:
        found = timezone.time_zones_for_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return ""
    return _kept(found) if found and found[0] != timezone.UNKNOWN_TIMEZONE else ""


@cache
def _kept(zones: tuple[str, ...]) -> str:
    different = _different(zones)
    if len(different) == 1:
        return max(zones, key=_weights().__getitem__)  # of London, Jersey and Guernsey: London
    return f"+{_beginnings()[different]}"


@cache
def _zones_of_countries() -> Mapping[str, str]:
    """The zone of each country that has but one, by country code."""
    by_country: dict[str, set[tuple[str, ...]]] = {}
    for digits, zones in _data().items():
        length = next(n for n in _COUNTRY_DIGITS if int(digits[:n]) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
        by_country.setdefault(digits[:length], set()).add(zones)
    return {code: _kept(*zones) for code, zones in by_country.items() if len(zones) == 1}


@cache
def _weights() -> Counter[str]:
    """Of how many beginnings a zone is the only one."""
    return Counter(zones[0] for zones in _data().values() if len(zones) == 1)


@cache
def _beginnings() -> Mapping[tuple[str, ...], str]:
    """The first beginning that stands for these different clocks."""
    first: dict[tuple[str, ...], str] = {}
    for digits in sorted(_data()):
        first.setdefault(_different(_data()[digits]), digits)
    return first


@cache
def _clocks(digits: str) -> tuple[str, ...]:
    known = next((digits[:length] for length in range(len(digits), 0, -1) if digits[:length] in _data()), None)
    return _different(_data()[known]) if known else ()


@cache
def _different(zones: tuple[str, ...]) -> tuple[str, ...]:
    by_course = {_course(zone): zone for zone in reversed(zones)}
    return tuple(sorted(by_course.values()))


@cache
def _course(zone: str) -> tuple[timedelta | None, ...]:
    return tuple(moment.astimezone(ZoneInfo(zone)).utcoffset() for moment in _SAMPLES)


def _data() -> Mapping[str, tuple[str, ...]]:
    """Zones by the first digits of numbers, loaded when first asked for."""
    from phonenumbers.tzdata import TIMEZONE_DATA

    return TIMEZONE_DATA
