"""Moments as browsers, addresses and people write them."""

from datetime import UTC, datetime, tzinfo

from telemarket.core.errors import InvalidInput

_YEARS = range(2000, 2101)  # whatever is done with a moment in them, in any zone, is a moment too


def read_moment(text: object, message: str, *, field: str, zone: tzinfo = UTC) -> datetime:
    """The moment written in ISO 8601, in `zone` if it names none; raises InvalidInput with `message` for `field`."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise InvalidInput(message, field=field) from error
    if moment.year not in _YEARS:
        raise InvalidInput(message, field=field)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
