"""The form of a nightly rule: who becomes a lead of a campaign by himself."""

from datetime import time
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from telemarket.calls.problems import Problem
from telemarket.core.i18n import N_
from telemarket.desk.project_forms.draft import Draft, Raw
from telemarket.desk.project_forms.editors import number
from telemarket.dialer.rule_model import Comparison, DateWithin, FlagIs, LeadRule, NumberIs, Rule, TextIs, Unfinished

LISTS: dict[str, Raw] = {
    "rule.dates": {"attribute": "", "since": "1", "until": "1"},
    "rule.numbers": {"attribute": "", "comparison": str(Comparison.ABOVE), "value": "0"},
    "rule.texts": {"attribute": "", "value": ""},
    "rule.flags": {"attribute": "", "yes": "1"},
}
"""Conditions that there may be several of, as new ones are."""

_MAGNITUDES = range(-9, 16)
"""Powers of ten of the first digit: written out, a number of any other could fill the memory."""
_TEXTS = ("kind", "category", "region", "source")


def show(kept: LeadRule) -> Draft:
    """The form as the rule is."""
    rule = kept.rule
    raw: Raw = {
        "name": kept.name,
        "at": kept.at,
        "active": "on" if kept.active else "",
        "rule": {
            **{name: getattr(rule, name) for name in _TEXTS},
            "consultant_id": str(rule.consultant_id or ""),
            "dates": [_texts(each) for each in rule.dates],
            "numbers": [_texts(each) for each in rule.numbers],
            "texts": [_texts(each) for each in rule.texts],
            "flags": [{"attribute": each.attribute, "yes": "1" if each.yes else "0"} for each in rule.flags],
            "unfinished": {
                "topic_id": str(rule.unfinished.topic_id) if rule.unfinished else "",
                "older_than": str(rule.unfinished.older_than) if rule.unfinished else "",
            },
            "rank": str(rule.rank),
            "again_after": str(rule.again_after),
            "show": ", ".join(rule.show),
        },
    }
    return Draft(raw)


def read(draft: Draft, kept: LeadRule) -> LeadRule:
    """The rule as the form says; what cannot be understood is added to the draft's problems."""
    at = draft.value("at").strip()
    try:
        at = time.fromisoformat(at).strftime("%H:%M")
    except ValueError:
        draft.problems.append(Problem("at", N_("This is not a clock time. Write it as 09:00.")))
    texts: dict[str, Any] = {name: draft.value(f"rule.{name}").strip() for name in _TEXTS}
    rule = Rule(
        **texts,
        consultant_id=_whole(draft, "rule.consultant_id") or None,
        dates=tuple(
            DateWithin(
                attribute=_attribute(draft, path),
                since=_whole(draft, f"{path}.since"),
                until=_whole(draft, f"{path}.until"),
            )
            for path in draft.rows("rule.dates")
        ),
        numbers=tuple(
            NumberIs(
                attribute=_attribute(draft, path),
                comparison=_comparison(draft, f"{path}.comparison"),
                value=_decimal(draft, f"{path}.value"),
            )
            for path in draft.rows("rule.numbers")
        ),
        texts=tuple(
            TextIs(attribute=_attribute(draft, path), value=draft.value(f"{path}.value").strip())
            for path in draft.rows("rule.texts")
        ),
        flags=tuple(
            FlagIs(attribute=_attribute(draft, path), yes=draft.value(f"{path}.yes") == "1")
            for path in draft.rows("rule.flags")
        ),
        unfinished=_unfinished(draft),
        rank=_whole(draft, "rule.rank"),
        again_after=_whole(draft, "rule.again_after"),
        show=tuple(name for part in draft.value("rule.show").split(",") if (name := part.strip())),
    )
    name, active = draft.value("name").strip(), bool(draft.value("active"))
    return msgspec.structs.replace(kept, name=name, at=at, active=active, rule=rule)


def _unfinished(draft: Draft) -> Unfinished | None:
    topic_id = _whole(draft, "rule.unfinished.topic_id")
    if not topic_id:
        return None
    return Unfinished(topic_id=topic_id, older_than=_whole(draft, "rule.unfinished.older_than"))


def _texts(part: msgspec.Struct) -> Raw:
    return {name: str(getattr(part, name)) for name in part.__struct_fields__}


def _attribute(draft: Draft, path: str) -> str:
    name = draft.value(f"{path}.attribute").strip()
    if not name:
        draft.problems.append(Problem(f"{path}.attribute", N_("Say which further value.")))
    return name


def _comparison(draft: Draft, path: str) -> Comparison:
    text = draft.value(path)
    return Comparison(text) if text in set(Comparison) else Comparison.ABOVE


def _whole(draft: Draft, path: str) -> int:
    return int(number(draft, path, draft.problems))


def _decimal(draft: Draft, path: str) -> Decimal:
    try:
        value = Decimal(draft.value(path).strip().replace(",", ".").replace(" ", "") or "0")
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or (value and value.adjusted() not in _MAGNITUDES):
        draft.problems.append(Problem(path, N_("This is not a number of the kind expected.")))
        return Decimal(0)
    return value if value else Decimal(0)
