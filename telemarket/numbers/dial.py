"""From what a person typed or a backend wrote to what an exchange is asked to call."""

import re

from telemarket.numbers.model import NumberingPlan
from telemarket.numbers.normalise import normalise
from telemarket.numbers.text import GAP, clean

_GAPS = re.compile(rf"[/]|{GAP}")
_DIALABLE = re.compile(r"\+?[0-9*#]{2,20}", re.ASCII)


def dialable(text: str, plan: NumberingPlan) -> str:
    """`text` in international form where the plan knows it, else its digits with + * #; empty if it is no number."""
    dialled = _GAPS.sub("", clean(text))
    if not _DIALABLE.fullmatch(dialled):
        return ""
    number = normalise(dialled, plan) if set(dialled).isdisjoint("*#") else None
    return number.e164 if number and number.e164 else dialled
