"""Working hours: what the clock on the wall says, through changes of the clock, past midnight and on holidays."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from telemarket.calls.hours import bounds, is_open, next_opening
from telemarket.calls.plan import Hours, Opening

KYIV = "Europe/Kyiv"
ZONES = (KYIV, "UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "America/Sao_Paulo")
OFFICE = Hours(week=(*[(Opening(since="09:00", until="18:00"),)] * 5, (), ()))


def at(text: str, zone: str = KYIV) -> float:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).timestamp()


def week_of(*openings: tuple[str, str]) -> Hours:
    day = tuple(Opening(since=since, until=until) for since, until in openings)
    return Hours(week=(day,) * 7)


def test_office_hours() -> None:
    assert not is_open(OFFICE, at("2026-11-23T08:59:59"), KYIV)  # a Monday
    assert is_open(OFFICE, at("2026-11-23T09:00:00"), KYIV)
    assert is_open(OFFICE, at("2026-11-23T17:59:59"), KYIV)
    assert not is_open(OFFICE, at("2026-11-23T18:00:00"), KYIV)
    assert not is_open(OFFICE, at("2026-11-22T12:00:00"), KYIV)
    assert next_opening(OFFICE, at("2026-11-20T18:00:00"), KYIV) == at("2026-11-23T09:00:00")
    assert next_opening(OFFICE, at("2026-11-23T12:00:00"), KYIV) == at("2026-11-23T12:00:00")


def test_hours_of_another_zone_than_the_house() -> None:
    moment = at("2026-11-23T07:30:00Z")  # 9:30 in Kyiv, 7:30 in London
    assert is_open(OFFICE, moment, KYIV)
    assert not is_open(OFFICE, moment, "Europe/London")
    assert is_open(Hours(timezone=KYIV, week=OFFICE.week), moment, "Europe/London")


def test_without_a_week_it_is_always_open_but_for_holidays() -> None:
    assert is_open(Hours(), 0, KYIV)
    assert next_opening(Hours(), 12.5, KYIV) == 12.5
    hours = Hours(days={"2026-12-25": ()})
    assert is_open(hours, at("2026-12-24T23:59:59"), KYIV)
    assert not is_open(hours, at("2026-12-25T12:00:00"), KYIV)
    assert next_opening(hours, at("2026-12-25T12:00:00"), KYIV) == at("2026-12-26T00:00:00")


def test_a_night_shift_belongs_to_the_day_it_begins_on() -> None:
    night = week_of(("22:00", "06:00"))
    hours = Hours(week=night.week, days={"2026-12-25": ()})
    assert is_open(hours, at("2026-12-25T05:59:59"), KYIV)  # began on the 24th
    assert not is_open(hours, at("2026-12-25T22:30:00"), KYIV)
    assert not is_open(hours, at("2026-12-26T03:00:00"), KYIV)
    assert next_opening(hours, at("2026-12-25T06:00:00"), KYIV) == at("2026-12-26T22:00:00")


def test_a_day_with_hours_of_its_own() -> None:
    hours = Hours(week=OFFICE.week, days={"2026-12-31": (Opening(since="09:00", until="13:00"),)})
    assert is_open(hours, at("2026-12-31T12:59:00"), KYIV)
    assert not is_open(hours, at("2026-12-31T14:00:00"), KYIV)


def test_midnight_to_midnight_has_no_gap() -> None:
    hours = week_of(("00:00", "24:00"))
    for second in range(-3, 4):
        assert is_open(hours, at("2026-11-23T00:00:00") + second, KYIV)


def test_the_clock_put_forward_over_an_opening() -> None:
    hours = week_of(("03:30", "05:00"))  # in Kyiv 2026-03-29 has no 3:30
    jump = at("2026-03-29T01:00:00Z")
    assert not is_open(hours, jump - 1, KYIV)
    assert is_open(hours, jump, KYIV)
    assert next_opening(hours, jump - 3600, KYIV) == jump


def test_the_clock_put_back_over_an_opening() -> None:
    hours = week_of(("01:00", "03:30"))  # on 2026-10-25 Kyiv has two half past threes
    first, second = at("2026-10-25T00:30:00Z"), at("2026-10-25T01:30:00Z")
    assert is_open(hours, first, KYIV)
    assert is_open(hours, second - 1, KYIV)
    assert not is_open(hours, second, KYIV)


def test_a_day_the_calendar_left_out() -> None:
    hours = week_of(("09:00", "10:00"))  # Apia had no 2011-12-30
    evening = at("2011-12-29T20:00:00", "Pacific/Apia")
    assert next_opening(hours, evening, "Pacific/Apia") == at("2011-12-31T09:00:00", "Pacific/Apia")


def test_closed_for_good_never_opens() -> None:
    assert next_opening(Hours(week=((),) * 7), at("2026-11-23T12:00:00"), KYIV) is None


@pytest.mark.parametrize("clock", ["24:01", "9:00", "25:00", "09:60", "", "09:00 ", "٠٩:٠٠"])
def test_what_is_no_clock_time(clock: str) -> None:
    with pytest.raises(ValueError, match="no clock time"):
        bounds(Opening(since=clock, until="10:00"))


clock_times = st.integers(0, 24 * 60 - 1).map(lambda m: f"{m // 60:02}:{m % 60:02}")
openings = st.builds(lambda s, u: Opening(since=s, until=u), clock_times, clock_times | st.just("24:00"))
days = st.lists(openings, max_size=3).map(tuple)
dates = st.dates(date(2025, 1, 1), date(2027, 12, 31))
plans = st.builds(
    lambda week, exceptions: Hours(week=week, days={day.isoformat(): spans for day, spans in exceptions.items()}),
    st.tuples(*[days] * 7),
    st.dictionaries(dates, days, max_size=5),
)
moments = st.floats(at("2025-01-02T00:00:00Z"), at("2027-12-30T00:00:00Z"))


def by_the_wall_clock(hours: Hours, moment: float, zone: str) -> bool:
    """The same, said plainly; right where the clock is not being changed."""
    now = datetime.fromtimestamp(moment, ZoneInfo(zone)).replace(tzinfo=None)
    for day in (now.date(), now.date() - timedelta(1)):
        midnight = datetime.combine(day, datetime.min.time())
        for opening in hours.days.get(day.isoformat(), hours.week[day.weekday()]):
            since, until = bounds(opening)
            if midnight + timedelta(minutes=since) <= now < midnight + timedelta(minutes=until):
                return True
    return False


@given(plans, moments, st.sampled_from(ZONES))
def test_it_is_what_the_clock_on_the_wall_says(hours: Hours, moment: float, zone: str) -> None:
    around = {datetime.fromtimestamp(moment + h * 3600, UTC).astimezone(ZoneInfo(zone)).utcoffset() for h in (-26, 26)}
    assume(len(around) == 1)
    assert is_open(hours, moment, zone) == by_the_wall_clock(hours, moment, zone)


@given(plans, st.lists(moments, min_size=1, max_size=8), st.sampled_from(ZONES))
def test_what_was_asked_before_does_not_matter(hours: Hours, asked: list[float], zone: str) -> None:
    *_, last = (is_open(hours, moment, zone) for moment in asked)
    assert last == is_open(Hours(week=hours.week, days=dict(hours.days)), asked[-1], zone)


@given(plans, moments, st.sampled_from(ZONES))
def test_it_opens_when_it_says_and_not_before(hours: Hours, moment: float, zone: str) -> None:
    opens = next_opening(hours, moment, zone)
    if opens is None:
        assert not any(is_open(hours, moment + day * 86400, zone) for day in range(30))
        return
    assert is_open(hours, opens, zone)
    if opens > moment:
        assert not is_open(hours, moment, zone)
        between = (moment + opens) / 2
        assert between == opens or not is_open(hours, between, zone), "the mean of neighbours is one of them"
        assert not is_open(hours, opens - 0.001, zone)
