""" "Why this operator?": the reasons the engine kept, in words."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from telemarket.core.i18n import N_, duration
from telemarket.desk.names import Names
from telemarket.desk.words import REASONS

_STRATEGIES = {
    "longest-idle": N_(
        "Of %(count)s free operators of the project, %(name)s had been without a call longest: %(time)s."
    ),
    "fewest-calls": N_("Of %(count)s free operators, %(name)s had had the fewest calls today."),
    "round-robin": N_("Of %(count)s free operators, it was the turn of %(name)s."),
    "ring-all": N_("It rang at all %(count)s free operators at once."),
    "skill-level": N_("Of %(count)s free operators, %(name)s has the highest skills of those asked for."),
    "last-operator": N_("%(name)s talked with this caller last, so the call waited for this operator first."),
    "consultant": N_("%(name)s is the contact's own consultant, so the call waited for this operator first."),
    "transferred": N_("The call was passed on to %(name)s."),
    "parked": N_("%(name)s had parked the call; nobody took it up, so it came back."),
    "picked": N_("%(name)s took the call up from the queue or the parking place."),
    "own-call": N_("%(name)s made this call."),
    "consulted": N_("%(by)s asked %(name)s."),
    "campaign": N_("Of %(count)s free operators of the campaign, %(name)s had been without a call longest: %(time)s."),
    "preview": N_("%(name)s had seen the card first."),
    "app_queue": N_("The exchange itself rang %(name)s."),
}


class Other(msgspec.Struct, frozen=True):
    """An operator who might have had the call, and how he stood."""

    name: str
    idle: str
    calls: int | None


class Explanation(msgspec.Struct, frozen=True):
    """The decision in sentences, those who were free too, and those who lacked a skill."""

    sentences: list[str]
    others: list[Other]
    lacking: list[tuple[str, str]]


def explain(reasons: Mapping[str, Any], operator: str, names: Names) -> Explanation:
    """`reasons` of the journal's `call.offered`; `operator` is who was chosen. What is not there is passed over."""
    return Explanation(
        sentences=list(filter(None, _sentences(reasons, operator, names))),
        others=[
            Other(names.person(other["operator"]), duration(other["idle_seconds"]), other.get("calls"))
            for other in reasons.get("others", ())
        ],
        lacking=[(names.person(other["operator"]), _lacks(other["lacks"])) for other in reasons.get("passed_over", ())],
    )


def skills_in_words(skills: Mapping[str, int]) -> str:
    """`{"english": 60}` as "english 60"."""
    return ", ".join(f"{skill} {level}" for skill, level in skills.items())


def _sentences(reasons: Mapping[str, Any], operator: str, names: Names) -> Iterable[str]:
    strategy = _STRATEGIES.get(reasons.get("strategy", ""))
    if strategy is not None:
        yield N_(
            strategy.msgid,
            name=operator,
            count=reasons.get("available", 1),
            time=duration(reasons.get("idle_seconds", 0)),
            by=names.person(reasons.get("by")),
        )
    if reasons.get("skills"):
        yield N_("Asked for by then: %(skills)s.", skills=skills_in_words(reasons["skills"]))
    if "waited" in reasons:
        yield N_("The caller had waited %(time)s.", time=duration(reasons["waited"]))
    if reasons.get("priority"):
        yield N_("Priority of the call: %(priority)s.", priority=round(reasons["priority"]))
    for user_id, why in reasons.get("tried_before", {}).items():
        yield N_("Offered before to %(name)s: %(why)s.", name=names.person(int(user_id)), why=REASONS.get(why, why))


def _lacks(lacks: Mapping[str, tuple[int, int]]) -> str:
    return ", ".join(f"{skill} {has} / {wanted}" for skill, (has, wanted) in lacks.items())
