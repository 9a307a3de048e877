"""What is known about one telephone number, and the plan by which numbers are read."""

from enum import IntEnum

import msgspec
import phonenumbers

from telemarket.core.errors import ConfigurationError

MAX_DIGITS = 20  # more digits than this are an account or a bar code, not a telephone
INTERNAL_DIGITS = 5  # up to this many digits a number is an extension of the house


class Quality(IntEnum):
    """How far a number can be trusted; lower is better."""

    VALID = 0  # a complete number that the region's numbering plan allows
    AREA_ASSUMED = 1  # a local number, complete once the configured area code is put in front
    WEAK = 2  # digits and nothing more


class NumberingPlan(msgspec.Struct, frozen=True, kw_only=True):
    """How numbers without a country code are read.

    `regions` are ISO 3166 codes tried in order; `area_code` (without trunk prefix; empty: none) is assumed for
    local numbers of the first. Raises ConfigurationError for a region nobody knows.
    """

    regions: tuple[str, ...] = ("UA",)
    area_code: str = "44"

    def __post_init__(self) -> None:
        unknown = [region for region in self.regions if region not in phonenumbers.SUPPORTED_REGIONS]
        if unknown or not self.regions:
            raise ConfigurationError(
                f"numbers.regions: {', '.join(unknown) or 'empty'} is not a known region.",
                remedy="Give ISO 3166 codes in capitals, such as UA.",
            )
        if not (self.area_code.isascii() and (self.area_code.isdigit() or not self.area_code)):
            raise ConfigurationError(f"numbers.area_code: {self.area_code!r} is not made of digits.")


class Number(msgspec.Struct, frozen=True, kw_only=True):
    """One telephone number.

    `digits` compares: the digits of `e164` where that is known, otherwise the digits as written. `national` is
    the part after the country code. `kind` is a guess from the numbering plan alone: mobile or other.
    """

    raw: str
    digits: str
    national: str
    e164: str = ""
    extension: str = ""
    quality: Quality = Quality.WEAK
    kind: str = "other"

    @property
    def reversed(self) -> str:
        """The digits backwards: numbers with the same ending stand side by side in an index of these."""
        return self.digits[::-1]

    @property
    def is_internal(self) -> bool:
        """Whether this is an extension of the house rather than a number of the public network."""
        return not self.e164 and len(self.digits) <= INTERNAL_DIGITS
