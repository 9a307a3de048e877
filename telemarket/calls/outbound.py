"""Which numbers may be called, and how. Pure.

What is not allowed is refused: a stolen password or a transfer keyed in by a stranger must not reach a number that
earns somebody money.
"""

import re

import msgspec
import phonenumbers
from phonenumbers import PhoneNumberType

from telemarket.core.errors import InvalidInput
from telemarket.core.i18n import N_
from telemarket.numbers import NumberingPlan, normalise
from telemarket.numbers.text import split_extension

_WRITTEN = re.compile(r"\+?[\d\s().\-/\u2010-\u2015\u2212]+")
_COMPLETE = re.compile(r"\+[1-9]\d{7,14}")
_COSTLY = frozenset(
    (PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST, PhoneNumberType.PERSONAL_NUMBER, PhoneNumberType.PAGER)
)


class OutboundRules(msgspec.Struct, frozen=True, kw_only=True):
    """What may be called beside extensions of the house and numbers of the first region of `plan`.

    Prefixes are international, with the plus. The longer of two that fit a number decides; of two equal ones the
    refusal. Numbers known to cost extra are refused whatever the prefixes say.
    """

    plan: NumberingPlan
    allowed_prefixes: tuple[str, ...] = ()
    refused_prefixes: tuple[str, ...] = ()


def check_number(number: str, rules: OutboundRules) -> str:
    """The number to dial: E.164 with its plus, or the digits of an extension. Raises InvalidInput if it may not be."""
    written, _ = split_extension(number)
    known = normalise(written, rules.plan) if _WRITTEN.fullmatch(written.strip()) else None
    if known is None:
        raise _refused(N_("%(number)s is not a telephone number.", number=number))
    if known.is_internal and not written.strip().startswith("+"):
        return known.digits
    e164 = known.e164 or f"+{known.digits}"
    if not (known.e164 or written.strip().startswith("+")) or not _COMPLETE.fullmatch(e164):
        raise _refused(N_("%(number)s is not a complete telephone number.", number=number))
    if not _is_allowed(e164, rules):
        raise _refused(
            N_("Calls to %(number)s are not allowed.", number=e164),
            remedy=N_("An administrator may allow them: allowed_prefixes in the section [outbound]."),
        )
    return e164


def dialable(number: str, rules: OutboundRules) -> str | None:
    """What `check_number` returns; None for what it refuses."""
    try:
        return check_number(number, rules)
    except InvalidInput:
        return None


def _is_allowed(e164: str, rules: OutboundRules) -> bool:
    allowed, refused = _longest(e164, rules.allowed_prefixes), _longest(e164, rules.refused_prefixes)
    region, kind = _region_and_kind(e164)
    if kind in _COSTLY or (refused and refused >= allowed):
        return False
    return allowed > 0 or region == rules.plan.regions[0]


def _longest(e164: str, prefixes: tuple[str, ...]) -> int:
    """Length of the longest prefix that fits; 0 if none does."""
    return max((len(prefix) for prefix in prefixes if e164.startswith(prefix)), default=0)


def _region_and_kind(e164: str) -> tuple[str | None, int]:
    """The region a valid number belongs to, and its type; (None, UNKNOWN) for what no numbering plan has."""
    try:
        parsed = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return None, PhoneNumberType.UNKNOWN
    kind = phonenumbers.number_type(parsed)
    return phonenumbers.region_code_for_number(parsed), kind


def _refused(message: str, remedy: str = "") -> InvalidInput:
    return InvalidInput(message, field="number", remedy=remedy)
