"""What a rule must not be."""

import re
from typing import NoReturn

from telemarket.core.errors import InvalidInput
from telemarket.core.i18n import N_
from telemarket.core.text import clean_line
from telemarket.dialer.rule_model import LeadRule, Rule

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_MOST_CONDITIONS = 20
_FURTHEST = 3660  # days
_RANKS = range(1, 1001)


def checked(given: LeadRule) -> LeadRule:
    """`given` with a clean name; raises InvalidInput naming the field."""
    name = clean_line(given.name, field="name", limit=200, required=True)
    if not _CLOCK.fullmatch(given.at):
        _refuse("at", N_("Write the time as 02:00."))
    check(given.rule)
    return LeadRule(
        id=given.id, campaign_id=given.campaign_id, name=name, rule=given.rule, at=given.at, active=given.active
    )


def check(rule: Rule) -> None:
    """Raise InvalidInput, naming the field, unless the rule can be run."""
    conditions = {name: getattr(rule, name) for name in ("dates", "numbers", "texts", "flags")}
    narrowed = any((rule.category, rule.region, rule.source, rule.consultant_id, rule.unfinished))
    if not narrowed and not any(conditions.values()):
        _refuse("rule", N_("Say whom the rule is about: so it would find everybody."))
    for name, parts in conditions.items():
        if len(parts) > _MOST_CONDITIONS:
            _refuse(f"rule.{name}", N_("At most %(limit)s conditions of a kind.", limit=_MOST_CONDITIONS))
        for place, part in enumerate(parts):
            clean_line(part.attribute, field=f"rule.{name}[{place}].attribute", limit=200, required=True)
    for place, window in enumerate(rule.dates):
        if window.since > window.until:
            _refuse(f"rule.dates[{place}].until", N_("The last day is before the first."))
        if max(-window.since, window.until) > _FURTHEST:
            _refuse(f"rule.dates[{place}].since", N_("At most ten years from now."))
    for place, text in enumerate(rule.texts):
        clean_line(text.value, field=f"rule.texts[{place}].value", limit=200, required=True)
    if rule.unfinished is not None and not 0 <= rule.unfinished.older_than <= _FURTHEST:
        _refuse("rule.unfinished.older_than", N_("Between 0 and %(most)s days.", most=_FURTHEST))
    if not 0 <= rule.again_after <= _FURTHEST:
        _refuse("rule.again_after", N_("Between 0 and %(most)s days.", most=_FURTHEST))
    if rule.rank not in _RANKS:
        _refuse("rule.rank", N_("Between %(least)s and %(most)s.", least=_RANKS[0], most=_RANKS[-1]))


def _refuse(field: str, message: str) -> NoReturn:
    raise InvalidInput(message, field=field)
