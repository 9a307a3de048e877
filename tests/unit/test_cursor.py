"""Places in lists, as addresses carry them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemarket.core import cursor
from telemarket.core.errors import InvalidInput
from telemarket.core.moments import read_moment

_ZONES = st.integers(-14, 14).map(lambda hours: timezone(timedelta(hours=hours)))
_MOMENTS = st.datetimes(datetime(2000, 1, 2), datetime(2100, 12, 30), timezones=_ZONES)


@given(_MOMENTS, st.integers(0, 2**31 - 1))
def test_a_place_is_read_as_it_was_written(moment: datetime, key: int) -> None:
    place = cursor.write(moment, key)
    assert cursor.read(place, "none") == (moment, str(key))
    assert cursor.read_numbered(place, "none") == (moment, key)


@pytest.mark.parametrize(
    "moment", ["", "never", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "1999-12-31"]
)
def test_what_is_no_moment_is_refused_in_words(moment: str) -> None:
    for read in (cursor.read, cursor.read_numbered):
        with pytest.raises(InvalidInput, match="no such place") as refused:
            read(f"{moment}~1", "no such place")
        assert refused.value.field == "before"
    with pytest.raises(InvalidInput, match="no day"):
        read_moment(moment, "no day", field="day")


@pytest.mark.parametrize("key", ["", "x", "-1", str(2**31), "9" * 5000])
def test_a_key_that_is_no_number_is_refused(key: str) -> None:
    with pytest.raises(InvalidInput):
        cursor.read_numbered(f"2026-01-01T00:00:00+00:00~{key}", "none")


def test_a_moment_without_a_zone_is_in_the_readers() -> None:
    zone = timezone(timedelta(hours=2))
    assert read_moment("2026-01-01T02:00", "none", field="at", zone=zone) == datetime(2026, 1, 1, tzinfo=UTC)
