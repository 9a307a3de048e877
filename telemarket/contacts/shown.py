"""Further values of contacts and leads as people read them."""

from datetime import date
from decimal import Decimal

from telemarket.core.i18n import N_, Translator

YES, NO = N_("yes"), N_("no")


def attribute(translator: Translator, value: str, kind: str) -> str:
    """A further value of this kind; one that was written before it had the kind, as it was written."""
    try:
        if kind == "date":
            return translator.day(date.fromisoformat(value))
        if kind in ("number", "money"):
            return translator.decimal(Decimal(value))
    except (ValueError, ArithmeticError):
        return value
    if kind == "flag":
        return translator.message({"1": YES, "0": NO}.get(value, value))
    return value


def lead_value(translator: Translator, value: object) -> str:
    """What a campaign knows of a lead: a figure, yes or no, or words."""
    if isinstance(value, bool):
        return attribute(translator, str(int(value)), "flag")
    kind = "number" if isinstance(value, int | float) else "date"
    return attribute(translator, str(value), kind)
