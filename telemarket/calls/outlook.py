"""What would happen to a call of a project: its plan in plain sentences, for one moment and one caller."""

from collections.abc import Iterator

from telemarket.calls.destinations import Destination, DestinationKind, parse_destination
from telemarket.calls.hours import is_open
from telemarket.calls.menu_rules import FIRST
from telemarket.calls.plan import OverflowWhen, Plan, SkillNeed, Sticky
from telemarket.core.errors import InvalidInput
from telemarket.core.i18n import N_, Message, duration

_PLACES = {
    DestinationKind.QUEUE: N_("queue %(value)s"),
    DestinationKind.OPERATOR: N_("operator %(value)s"),
    DestinationKind.NUMBER: N_("the number %(value)s"),
    DestinationKind.VOICEMAIL: N_("voicemail"),
    DestinationKind.MESSAGE: N_("the message “%(value)s”, then it ends"),
    DestinationKind.CALLBACK: N_("a callback"),
    DestinationKind.FALLBACK: N_("the exchange's own dialplan"),
    DestinationKind.HANGUP: N_("its end"),
    DestinationKind.NODE: N_("the step “%(value)s” of the menu"),
}


def in_words(text: str) -> Message:
    """A destination for people; empty is the project's queue."""
    if not text:
        return N_("the project's queue")
    try:
        to: Destination = parse_destination(text)
    except InvalidInput:
        return N_("%(text)s, which is no destination", text=text)
    place = _PLACES[to.kind]
    return N_(place.msgid, value=to.value) if to.value else place


def outlook(plan: Plan, at: float, house_zone: str, *, vip: bool = False) -> list[Message]:
    """What happens, in order, to a call that arrives at `at` (POSIX seconds)."""
    return list(_outlook(plan, at, house_zone, vip))


def _outlook(plan: Plan, at: float, house_zone: str, vip: bool) -> Iterator[Message]:
    if not is_open(plan.hours, at, house_zone):
        yield N_("The project is closed then.")
        yield from _rule(
            plan, OverflowWhen.CLOSED, N_("The call goes to %(to)s."), N_("He is told so, and the call ends.")
        )
        return
    yield N_("The project is open then.")
    if plan.greeting:
        yield N_("The caller hears “%(sound)s”.", sound=plan.greeting)
    if FIRST in plan.menu:
        yield N_("He goes through the menu; what follows is for callers who come to the queue.")
    yield from _rule(plan, OverflowWhen.NO_OPERATORS, N_("If nobody is on shift: %(to)s."))
    if plan.max_waiting:
        yield from _rule(plan, OverflowWhen.FULL, N_("If the queue is full: %(to)s."))
    priority = plan.priority + (plan.vip_priority if vip else 0)
    yield N_(
        "He waits with priority %(priority)s, and %(more)s more each minute.",
        priority=priority,
        more=f"{plan.priority_per_minute:g}",
    )
    if plan.sticky is not Sticky.NOBODY:
        yield N_("A known caller waits up to %(time)s for his own operator.", time=duration(plan.sticky_seconds))
    for need in plan.skills:
        yield from _skill(need)
    yield from _waiting(plan)


def _rule(plan: Plan, when: OverflowWhen, sentence: Message, otherwise: Message | None = None) -> Iterator[Message]:
    for rule in plan.overflow:
        if rule.when is when:
            yield N_(sentence.msgid, to=in_words(rule.to))
            return
    if otherwise:
        yield otherwise


def _skill(need: SkillNeed) -> Iterator[Message]:
    yield N_("The operator must have %(skill)s %(level)s.", skill=need.skill, level=need.level)
    for step in need.relax:
        if step.level:
            yield N_(
                "After %(time)s %(skill)s %(level)s is enough.",
                time=duration(step.after),
                skill=need.skill,
                level=step.level,
            )
        else:
            yield N_("After %(time)s %(skill)s is no longer asked for.", time=duration(step.after), skill=need.skill)


def _waiting(plan: Plan) -> Iterator[Message]:
    if plan.callback.offer_after:
        yield N_("After %(time)s he is offered a callback.", time=duration(plan.callback.offer_after))
    if plan.callback.key:
        yield N_("With the key %(key)s he asks for a callback.", key=plan.callback.key)
    for rule in plan.overflow:
        if rule.when is OverflowWhen.WAITED:
            yield N_("After %(time)s he goes to %(to)s.", time=duration(rule.after), to=in_words(rule.to))
