"""Cleaning text that came from outside: a form, a file or a telephone line."""

import re
import unicodedata

from telemarket.core.errors import InvalidInput
from telemarket.core.i18n import N_

_UNWANTED = frozenset({"Cc", "Cs"})  # control characters and lone surrogates: no database or page wants them


def clean_text(value: str, *, field: str, limit: int) -> str:
    """`value` with line ends as "\\n", without other control characters and outer blanks.

    Raises InvalidInput naming `field` when more than `limit` characters remain.
    """
    value = _without_controls(value.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if len(value) > limit:
        raise InvalidInput(
            N_("The text is too long: %(length)s characters, at most %(limit)s.", length=len(value), limit=limit),
            field=field,
        )
    return value


def clean_line(value: str, *, field: str, limit: int, required: bool = False) -> str:
    """Like `clean_text`, on one line: every run of blanks becomes one space.

    Raises InvalidInput when nothing is left of a `required` value.
    """
    value = " ".join(clean_text(value, field=field, limit=limit).split())
    if required and not value:
        raise InvalidInput(N_("This must not be empty."), field=field)
    return value


def trim_line(value: str, limit: int) -> str:
    """One line of what a telephone line brought: control characters become blanks, what is too long is cut."""
    value = value[:limit]
    if not value.isprintable():
        value = _without_controls(value)
    return " ".join(value.split())


def _without_controls(value: str) -> str:
    return "".join(c for c in value if c in "\n\t" or unicodedata.category(c) not in _UNWANTED)


_FORMULA = re.compile(r"[=@\t\r]|[+-](?!(?:[\d ()-]|, \+)*$)")
"""What a spreadsheet program would take for a formula; numbers with their plus are none."""


def harmless_cell(cell: str) -> str:
    """`cell` as a text in a CSV file: what a spreadsheet program would take for a formula is quoted."""
    return f"'{cell}" if _FORMULA.match(cell) else cell
