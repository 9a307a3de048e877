"""The usual number, read at once.

Nine numbers of ten are written like one number of the plan's own country: 0671234567, +380 67 123-45-67. The library
takes some eighty microseconds to read one, which a million rows of an import cannot afford. Its own patterns for that
country, compiled once, say the same of these in a few.
"""

import re
from functools import lru_cache

import msgspec
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

from telemarket.numbers.model import Number, NumberingPlan, Quality

_PLAIN = re.compile(r"\+?\(?\d(?:[ ().-]{0,2}\d){7,14}", re.ASCII)
_NOT_DIGITS = str.maketrans("", "", "+ ().-")
_RARER = ("premium_rate", "toll_free", "shared_cost", "voip", "personal_number", "pager", "uan", "voicemail")
_NOTHING = "(?!)"


class _Country(msgspec.Struct, frozen=True):
    """A country all of whose ordinary numbers have `length` digits behind the calling code or the trunk prefix."""

    code: str
    trunk: str
    length: int
    fixed: re.Pattern[str]
    mobile: re.Pattern[str]
    rarer: re.Pattern[str]


def quick(text: str, plan: NumberingPlan) -> Number | None:
    """`text` as `normalise` reads it, where it is written like one ordinary number of the plan's first country.

    None where it is not, or where more has to be thought of than the pattern of its digits.
    """
    country = _country(plan.regions[0])
    if country is None or not _PLAIN.fullmatch(text):
        return None
    digits = text.translate(_NOT_DIGITS)
    national = digits[-country.length :]
    before = digits[: -country.length]
    if not (before == country.code or (text[0] != "+" and before in ("", country.trunk))):
        return None
    fixed, mobile = country.fixed.fullmatch(national), country.mobile.fullmatch(national)
    if not (fixed or mobile) or country.rarer.fullmatch(national):
        return None
    digits = country.code + national
    return Number(
        raw=text,
        digits=digits,
        national=national,
        e164=f"+{digits}",
        quality=Quality.VALID,
        kind="other" if fixed else "mobile",
    )


@lru_cache(16)
def _country(region: str) -> _Country | None:
    """None for countries whose numbers differ in length, or that share their calling code with others."""
    metadata = PhoneMetadata.metadata_for_region(region)
    fixed, mobile = (metadata.fixed_line, metadata.mobile) if metadata else (None, None)
    if metadata is None or metadata.country_code is None or fixed is None or mobile is None:
        return None
    trunk = metadata.national_prefix_for_parsing or ""
    one_length = len(mobile.possible_length) == 1 and fixed.possible_length == mobile.possible_length
    plain = one_length and trunk.isdecimal() and not metadata.national_prefix_transform_rule
    if not plain or len(COUNTRY_CODE_TO_REGION_CODE[metadata.country_code]) > 1:
        return None
    rarer = (getattr(metadata, kind) for kind in _RARER)
    patterns = [kind.national_number_pattern for kind in rarer if kind and kind.national_number_pattern]
    return _Country(
        code=str(metadata.country_code),
        trunk=trunk,
        length=mobile.possible_length[0],
        fixed=re.compile(fixed.national_number_pattern or _NOTHING),
        mobile=re.compile(mobile.national_number_pattern or _NOTHING),
        rarer=re.compile("|".join(f"(?:{pattern})" for pattern in patterns) or _NOTHING),
    )
