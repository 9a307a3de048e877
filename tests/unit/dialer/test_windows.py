"""When somebody may be called: by the campaign's hours and by the clocks where he may be."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemarket.calls.plan import Hours, Opening
from telemarket.core.errors import InvalidInput
from telemarket.dialer.model import LegalProfile, Terms
from telemarket.dialer.windows import may_call, next_moment
from telemarket.dialer.zones import check_zone, clocks, zone_of

HOUSE = "Europe/Kyiv"
ZONES = ("Europe/Kyiv", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Auckland", "+7", "+61")


def hours(since: int, until: int) -> Hours:
    return Hours(week=((Opening(since=f"{since:02}:00", until=f"{until:02}:00"),),) * 7)


DAYTIME = Terms(profile=LegalProfile(hours=hours(8, 21)))
moments = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))
spans = st.tuples(st.integers(0, 22), st.integers(1, 24)).filter(lambda span: span[0] < span[1])


@settings(deadline=None)
@given(moments, st.sampled_from(ZONES))
def test_nobody_is_called_in_a_night_wherever_he_may_be(at: datetime, zone: str) -> None:
    allowed = may_call(DAYTIME, zone, at.timestamp(), HOUSE)
    local = [at.astimezone(ZoneInfo(clock)) for clock in clocks(zone)]
    assert allowed == all(8 <= each.hour < 21 for each in local)


@settings(max_examples=50, deadline=None)
@given(moments, st.sampled_from(ZONES), spans, spans)
def test_the_next_moment_is_the_first_at_which_a_call_is_allowed(
    at: datetime, zone: str, ours: tuple[int, int], theirs: tuple[int, int]
) -> None:
    terms = Terms(hours=hours(*ours), profile=LegalProfile(hours=hours(*theirs)))
    start = at.timestamp()
    found = next_moment(terms, zone, start, HOUSE)
    until = found if found is not None else start + 2 * 86400
    assert found is None or may_call(terms, zone, found, HOUSE)
    assert not any(may_call(terms, zone, moment, HOUSE) for moment in _steps(start, min(until, start + 86400)))
    assert found != start or may_call(terms, zone, start, HOUSE)


def _steps(start: float, end: float) -> list[float]:
    """Every quarter of an hour before `end`."""
    return [start + step * 900 for step in range(int((end - start) // 900) + 1) if start + step * 900 < end]


@pytest.mark.parametrize("day", [datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)])
def test_on_the_days_the_clock_is_changed_the_clock_counts(day: datetime) -> None:
    eight = datetime(day.year, day.month, day.day, 8, tzinfo=ZoneInfo(HOUSE)).timestamp()
    assert next_moment(DAYTIME, HOUSE, day.timestamp(), HOUSE) == eight
    assert not may_call(DAYTIME, HOUSE, eight - 1, HOUSE)


def test_where_no_hour_suits_everybody_there_is_none() -> None:
    morning = Terms(profile=LegalProfile(hours=hours(8, 9)))
    assert next_moment(morning, "+7", datetime(2026, 11, 2, tzinfo=UTC).timestamp(), HOUSE) is None


def test_a_holiday_of_the_campaign_is_one() -> None:
    terms = Terms(hours=Hours(days={"2026-11-02": ()}))
    at = datetime(2026, 11, 2, 10, tzinfo=UTC)
    assert not may_call(terms, "", at.timestamp(), HOUSE)
    midnight = datetime(2026, 11, 3, tzinfo=ZoneInfo(HOUSE))
    assert next_moment(terms, "", at.timestamp(), HOUSE) == midnight.timestamp()


@pytest.mark.parametrize(
    ("number", "zone"),
    [
        ("+380671234567", "Europe/Kyiv"),
        ("+74951234567", "Europe/Moscow"),
        ("+79161234567", "+7"),  # a mobile one may be anywhere in Russia and Kazakhstan
        ("+12125550123", "America/New_York"),
        ("+447911123456", "Europe/London"),  # or Jersey, where the clock is the same
        ("+61412345678", "+61"),
        ("+99912345", HOUSE),
    ],
)
def test_a_number_tells_its_zone(number: str, zone: str) -> None:
    assert zone_of(number, HOUSE) == zone


def test_a_beginning_stands_for_every_clock_it_may_mean() -> None:
    assert {"Europe/Moscow", "Asia/Omsk", "Asia/Vladivostok"} <= set(clocks("+7"))
    assert clocks("Europe/Kyiv") == ("Europe/Kyiv",)
    apart = {datetime(2026, 7, 1, tzinfo=ZoneInfo(zone)).utcoffset() for zone in clocks("+7")}
    assert max(apart) - min(apart) == timedelta(hours=9)  # type: ignore[operator, type-var]


def test_a_zone_that_does_not_exist_is_named() -> None:
    assert check_zone("") == ""
    with pytest.raises(InvalidInput, match="Europe/Atlantis") as caught:
        check_zone("Europe/Atlantis", "zone")
    assert caught.value.field == "zone"


@settings(deadline=None)
@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
def test_every_number_has_clocks(number: str) -> None:
    assert all(ZoneInfo(clock) for clock in clocks(zone_of(number, HOUSE)))


def test_a_beginning_that_is_not_known_any_more_breaks_nothing() -> None:
    assert clocks("+7012345") == clocks("+7")
    assert clocks("+99999", HOUSE) == (HOUSE,)
    noon = datetime(2026, 11, 2, 10, tzinfo=UTC).timestamp()
    assert may_call(DAYTIME, "+99999", noon, HOUSE)
    assert not may_call(DAYTIME, "+99999", noon + 12 * 3600, HOUSE)
