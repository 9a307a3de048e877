"""What stands in 1C's own tables: periodic attributes, long strings, the period of balances, the journal."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta

import msgspec

from telemarket.adapters.onec77.dictionary import Table
from telemarket.adapters.onec77.tables import Tables
from telemarket.adapters.onec77.values import MARKED, day, is_posted, to_base36

CONSTANTS, LONG_STRINGS, SYSTEM, JOURNAL = "1SCONST", "1SBLOB", "1SSYSTEM", "1SJOURN"

_LENGTH_DIGITS = 8  # a long string begins with its length in hexadecimal, and one character more
_BLOCK = 80


class Entry(msgspec.Struct, frozen=True):
    """A document in the journal."""

    number: str
    day: str


def periodic_values(tables: Tables, attribute: int, today: date) -> Mapping[str, str]:
    """The values of a periodic attribute that are valid `today`, by the element's identifier."""
    table = tables.dictionary.system(CONSTANTS)
    if table is None:
        return {}
    newest: dict[str, tuple[str, str, str]] = {}
    limit = f"{today:%Y%m%d}"
    names = ("OBJID", "DATE", "TIME", "VALUE")
    for element, since, at, value in tables.rows(table, names, {"ID": {to_base36(attribute)}}):
        # TIME has its six digits right-aligned: as texts they are in the order of time.
        if since <= limit and (since, at) >= newest.get(element, ("", "", ""))[:2]:
            newest[element] = (since, at, value)
    return {element: value for element, (_, _, value) in newest.items()}


def long_strings(tables: Tables, attribute: int) -> Mapping[str, str]:
    """The texts of an attribute of unlimited length in a DBF base, by the element's identifier."""
    table = tables.dictionary.system(LONG_STRINGS)
    if table is None:
        return {}
    blocks: dict[str, dict[int, str]] = {}
    for element, number, text in tables.rows(table, ("OBJID", "BLOCKNO", "BLOCK"), {"FIELDID": {to_base36(attribute)}}):
        blocks.setdefault(element, {})[int(number or 0)] = text.ljust(_BLOCK)
    return {element: _joined(parts) for element, parts in blocks.items()}


def _joined(parts: Mapping[int, str]) -> str:
    text = "".join(parts[number] for number in sorted(parts))
    try:
        length = int(text[:_LENGTH_DIGITS], 16)
    except ValueError:
        return ""
    start = _LENGTH_DIGITS + 1
    return text[start : start + length].rstrip()


def balance_period(tables: Tables, totals: Table) -> Collection[str]:
    """The beginning of the period whose balances of the register are current.

    Where the base does not say how long a period is, the newest that has begun.
    """
    table = tables.dictionary.system(SYSTEM)
    current, length = next(iter(tables.rows(table, ("CURDATE", "SNAPSHPER"))), ("", "")) if table else ("", "")
    present = day(current)
    if present and (start := _period_start(present, length.strip().upper())):
        return {f"{start:%Y%m%d}"}
    begun = {period for (period,) in tables.rows(totals, ("PERIOD",)) if not present or period <= current}
    return {max(begun)} if begun else ()


def _period_start(present: date, length: str) -> date | None:
    """When the period of balances that holds `present` began; None for a length nobody knows."""
    starts = {
        "D": present,
        "W": present - timedelta(days=present.weekday()),
        "M": present.replace(day=1),
        "Q": present.replace(month=(present.month - 1) // 3 * 3 + 1, day=1),
        "Y": present.replace(month=1, day=1),
    }
    return starts.get(length)


def posted(tables: Tables, kind: int) -> Mapping[str, Entry]:
    """The posted documents of one kind that are not marked for deletion, by identifier."""
    table = tables.dictionary.system(JOURNAL)
    if table is None:
        return {}
    dated = "DATE" if "DATE" in table.fields else "DATE_TIME_IDDOC"
    names = ("IDDOC", "DOCNO", dated, "CLOSED", "ISMARK")
    return {
        document: Entry(number.strip(), moment[:8])
        for document, number, moment, closed, mark in tables.rows(table, names, {"IDDOCDEF": {to_base36(kind)}})
        if is_posted(closed) and mark != MARKED
    }
