"""A result as an operator chose it, checked."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NoReturn

import msgspec

from telemarket.core.errors import InvalidInput
from telemarket.core.i18n import N_
from telemarket.core.text import clean_line, clean_text
from telemarket.dialer.model import Act, Chosen, Disposition

LONGEST_NOTE = 4000
LONGEST_AHEAD = timedelta(days=366)
"""How far ahead a callback, a task or a payment may lie."""
_LATE = timedelta(minutes=1)  # that a form may have been open
_LARGEST = Decimal(10) ** 15
_CENTS = Decimal("0.01")
_TIMED = frozenset({Act.CALLBACK_MINE, Act.CALLBACK_ANY, Act.RETRY})


def checked(chosen: Chosen, disposition: Disposition, now: datetime, today: date) -> Chosen:
    """`chosen` with only what its disposition needs; `due` is always given for a call to come.

    Raises InvalidInput naming the field.
    """
    note = clean_text(chosen.note, field="note", limit=LONGEST_NOTE)
    plain = Chosen(disposition_id=disposition.id, note=note)
    if disposition.act is Act.PROMISE:
        return _promise(chosen, plain, today)
    if disposition.act in _TIMED:
        due = _moment(chosen.due, now) or now + timedelta(seconds=disposition.after)
        return msgspec.structs.replace(plain, due=due)
    if disposition.act is Act.TASK:
        return msgspec.structs.replace(plain, due=_moment(chosen.due, now))
    return plain


def _moment(due: datetime | None, now: datetime) -> datetime | None:
    if due is None:
        return None
    if due.tzinfo is None:
        _refuse("due", N_("The time needs a time zone."))
    if due < now - _LATE:
        _refuse("due", N_("This time has passed."))
    if due > now + LONGEST_AHEAD:
        _refuse("due", N_("This is more than a year ahead."))
    return max(due, now)


def _promise(chosen: Chosen, plain: Chosen, today: date) -> Chosen:
    amount, day = chosen.amount, chosen.pay_by
    if amount is None or not amount.is_finite() or not 0 < amount < _LARGEST:
        _refuse("amount", N_("Write the sum that was promised."))
    if amount != amount.quantize(_CENTS):
        _refuse("amount", N_("At most two places after the point."))
    if day is None:
        _refuse("pay_by", N_("Write the day by which it will be paid."))
    if day < today:
        _refuse("pay_by", N_("This day has passed."))
    if day > today + LONGEST_AHEAD:
        _refuse("pay_by", N_("This is more than a year ahead."))
    currency = clean_line(chosen.currency, field="currency", limit=20)
    return msgspec.structs.replace(plain, amount=amount.quantize(_CENTS), currency=currency, pay_by=day)


def _refuse(field: str, message: str) -> NoReturn:
    raise InvalidInput(message, field=field)
