"""What is wrong with something configured."""

from collections.abc import Iterator, Mapping

import msgspec

from telemarket.core.i18n import N_


class Problem(msgspec.Struct, frozen=True):
    """One thing wrong, and where; a `warning` is doubtful only and may be kept so."""

    field: str
    message: str
    warning: bool = False


def number_problems(part: msgspec.Struct, ranges: Mapping[str, tuple[float, float]], field: str) -> Iterator[Problem]:
    """The numbers of `part` that lie outside their ranges (both ends belong to them)."""
    for name, (least, most) in ranges.items():
        if not least <= getattr(part, name) <= most:
            yield Problem(f"{field}.{name}", N_("It must be from %(least)s to %(most)s.", least=least, most=most))
