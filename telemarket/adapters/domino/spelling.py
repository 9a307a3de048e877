"""The ways in which a view may spell a telephone number. Pure."""

from collections.abc import Sequence

from telemarket.numbers import digits_of, national_part


def spellings(e164: str, digits: str, keys: Sequence[str], trunk_prefix: str) -> tuple[str, ...]:
    """The number in each of the ways `keys` names, without repetition.

    Ways that need more than is known (the national part of a number that is not understood) are left out.
    """
    known = e164.removeprefix("+") or digits_of(digits)
    spelled = (_spelled(key, e164, known, trunk_prefix) for key in keys)
    return tuple(dict.fromkeys(text for text in spelled if text))


def _spelled(key: str, e164: str, known: str, trunk_prefix: str) -> str:
    match key:
        case "plus":
            return e164
        case "digits":
            return known
        case "national":
            return national_part(e164) if e164 else ""
        case "trunk":
            return trunk_prefix + national_part(e164) if e164 else ""
        case _:
            return known[-int(key.removeprefix("last")) :]
