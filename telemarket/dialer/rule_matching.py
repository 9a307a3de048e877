"""Whether a rule is about a contact, and the terms of the search by which such contacts are found. Pure."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from telemarket.contacts.terms import Word, attribute_mark, mark, query
from telemarket.contacts.typed import BadValue, read_date, read_flag, read_number
from telemarket.dialer.rule_model import Comparison, DateWithin, FlagIs, NumberIs, Rule, TextIs

LONGEST_WINDOW = 366
"""Days of a window of dates that are looked for one by one; a longer one is compared contact by contact."""
_FILTERS = ("category", "region", "source", "consultant_id")


def search_of(rule: Rule, day: date, kinds: Mapping[str, str], hidden: Collection[str], *, sqlite: bool) -> str:
    """The search that finds at least everybody the rule is about, for FTS5 or as a tsquery; empty if there is none.

    `kinds` says of which kind each further value is that has one: only such values are kept in one form. By the
    `hidden` ones nobody is found.
    """
    marks = [mark(name, value) for name in _FILTERS if (value := getattr(rule, name))]
    marks += [mark("kind", rule.kind)] if rule.kind == "company" else []
    marks += [attribute_mark(each.attribute, each.value.strip()) for each in rule.texts if each.attribute not in hidden]
    flags = [each for each in rule.flags if each.yes and kinds.get(each.attribute) == "flag"]
    marks += [attribute_mark(each.attribute, "1") for each in flags if each.attribute not in hidden]
    windows: list[Word] = [
        tuple(attribute_mark(each.attribute, (day + timedelta(number)).isoformat()) for number in _days(each))
        for each in rule.dates
        if kinds.get(each.attribute) == "date" and each.attribute not in hidden and len(_days(each)) <= LONGEST_WINDOW
    ]
    return query(windows, marks, sqlite=sqlite) if marks or windows else ""


def matches(rule: Rule, contact: Mapping[str, Any], day: date) -> bool:
    """Whether the rule is about the contact with these values of its columns, in the night of `day`."""
    attributes = contact["attributes"]
    return (
        all(not (wanted := getattr(rule, name)) or contact[name] == wanted for name in ("kind", *_FILTERS[1:]))
        and (not rule.category or rule.category in contact["categories"])
        and all(_date_fits(each, attributes, day) for each in rule.dates)
        and all(_number_fits(each, attributes) for each in rule.numbers)
        and all(_text_fits(each, attributes) for each in rule.texts)
        and all(_flag_fits(each, attributes) for each in rule.flags)
    )


def _days(wanted: DateWithin) -> range:
    return range(wanted.since, wanted.until + 1)


def _date_fits(wanted: DateWithin, attributes: Mapping[str, str], day: date) -> bool:
    try:
        value = _date(attributes.get(wanted.attribute, ""))
    except BadValue:
        return False
    return wanted.since <= (value - day).days <= wanted.until


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)  # as it is kept, and a hundred times quicker
    except ValueError:
        return date.fromisoformat(read_date(text))


def _number_fits(wanted: NumberIs, attributes: Mapping[str, str]) -> bool:
    try:
        value = Decimal(read_number(attributes.get(wanted.attribute, "")))
    except BadValue:
        return False
    match wanted.comparison:
        case Comparison.ABOVE:
            return value > wanted.value
        case Comparison.BELOW:
            return value < wanted.value
        case Comparison.EQUAL:
            return value == wanted.value


def _text_fits(wanted: TextIs, attributes: Mapping[str, str]) -> bool:
    return attributes.get(wanted.attribute, "").strip().casefold() == wanted.value.strip().casefold()


def _flag_fits(wanted: FlagIs, attributes: Mapping[str, str]) -> bool:
    try:
        return read_flag(attributes.get(wanted.attribute, "")) == wanted.yes
    except BadValue:
        return not wanted.yes
