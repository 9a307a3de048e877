"""What a plan must keep to, and what is worth a warning: every problem names its field, as `plan.overflow[1].to`."""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from itertools import pairwise
from zoneinfo import available_timezones

import msgspec

from telemarket.calls.destinations import DestinationKind, parse_destination
from telemarket.calls.hours import bounds, minutes_of
from telemarket.calls.menu_rules import menu_problems, next_node, silent_end
from telemarket.calls.plan import CallbackPlan, Hours, Opening, Overflow, OverflowWhen, Plan, SkillNeed
from telemarket.calls.problems import Problem, number_problems
from telemarket.core.errors import InvalidInput
from telemarket.core.i18n import N_
from telemarket.core.text import clean_line

LANGUAGES = ("uk", "ru", "en")
KEYS = "1234567890*#"
LEVELS = range(1, 101)

_SOUND = re.compile(r"[0-9A-Za-z/_-]{1,80}")
_SKILL = re.compile(r"\w[\w-]{0,39}")
_MOST_RULES = 20
_MOST_OPENINGS = 12  # of a day
_MOST_DAYS = 1000  # with hours of their own
_MINUTES_OF_A_DAY = 24 * 60
_DAY = 86400
_RANGES = {
    "priority": (-1000, 1000),
    "priority_per_minute": (0, 1000),
    "vip_priority": (0, 1000),
    "sticky_seconds": (0, 3600),
    "max_waiting": (0, 10_000),
    "max_paused": (0, 10_000),
    "wrapup_extension": (0, 3600),
    "wrapup_longest": (0, 7200),
    "answer_within": (1, 3600),
    "answer_target": (1, 100),
    "longest_pause": (0, _DAY),
}
_CALLBACK_RANGES = {
    "offer_after": (0, 3600),
    "attempts": (1, 20),
    "retry_after": (10, _DAY),
    "expires_after": (60, 30 * _DAY),
}


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan of project `number` may refer to; None for `sounds`: to any."""

    number: str
    queues: frozenset[str]
    logins: frozenset[str]
    sounds: frozenset[str] | None = None


def check_plan(plan: Plan, around: Surroundings, before: Plan) -> None:
    """Raises InvalidInput for the first thing that is wrong; warnings pass.

    So does what was wrong `before` in a part that stays as it was: an operator who left spoils no other change.
    """
    known = find_problems(before, around)
    for problem in find_problems(plan, around):
        part = problem.field.split(".")[1].partition("[")[0]
        stays = problem in known and getattr(plan, part) == getattr(before, part)
        if not problem.warning and not stays:
            raise InvalidInput(problem.message, field=problem.field)


def find_problems(plan: Plan, around: Surroundings) -> list[Problem]:
    """Everything wrong with a plan, and everything that is doubtful."""
    return [
        *_language(plan),
        *number_problems(plan, _RANGES, "plan"),
        *_skills(plan.skills),
        *hours_problems(plan.hours, "plan.hours"),
        *sound_problems(plan.greeting, "plan.greeting", around),
        *menu_problems(plan.menu, lambda text, field: destination_problems(text, field, plan, around)),
        *_menu_sounds(plan, around),
        *_announcements(plan),
        *_callback(plan.callback),
        *_overflow(plan, around),
    ]


@cache
def time_zones() -> frozenset[str]:
    """The names of all time zones."""
    return frozenset(available_timezones())


def skill_name(text: str, field: str = "skill") -> str:
    """A skill's name as it is kept: one lower-case word. Raises InvalidInput naming `field`."""
    name = clean_line(text, field=field, limit=40, required=True).lower()
    if not _SKILL.fullmatch(name):
        raise InvalidInput(N_("A skill is one word, for example english."), field=field)
    return name


def destination_problems(text: str, field: str, plan: Plan, around: Surroundings) -> Iterator[Problem]:
    """What is wrong with sending a call of `plan` to the destination `text`."""
    try:
        to = parse_destination(text, field)
    except InvalidInput as error:
        yield Problem(field, error.message)
        return
    match to.kind:
        case DestinationKind.QUEUE if to.value not in around.queues:
            yield Problem(field, N_("There is no project %(number)s.", number=to.value))
        case DestinationKind.OPERATOR if to.value not in around.logins:
            yield Problem(field, N_("There is no user %(login)s.", login=to.value))
        case DestinationKind.NODE if to.value not in plan.menu:
            yield Problem(field, N_("The menu has no step “%(name)s”.", name=to.value))
        case DestinationKind.MESSAGE:
            yield from sound_problems(to.value, field, around)


def sound_problems(name: str, field: str, around: Surroundings) -> Iterator[Problem]:
    """What is wrong with the sound of this name; no name is no sound."""
    there = around.sounds is None or name in around.sounds
    if name and not (_SOUND.fullmatch(name) and there):
        yield Problem(field, N_("There is no sound “%(name)s”.", name=name[:80]))


def _language(plan: Plan) -> Iterator[Problem]:
    if plan.language not in LANGUAGES:
        yield Problem("plan.language", N_("It must be one of: %(allowed)s.", allowed=", ".join(LANGUAGES)))


def _skills(needs: tuple[SkillNeed, ...]) -> Iterator[Problem]:
    if len(needs) > _MOST_RULES:
        yield Problem("plan.skills", N_("There may be %(most)s at most.", most=_MOST_RULES))
    seen: set[str] = set()
    for index, need in enumerate(needs):
        field = f"plan.skills[{index}]"
        if not _SKILL.fullmatch(need.skill) or need.skill != need.skill.lower():
            yield Problem(f"{field}.skill", N_("A skill is one word, for example english."))
        if need.skill in seen:
            yield Problem(f"{field}.skill", N_("This skill is asked for twice."))
        seen.add(need.skill)
        yield from number_problems(need, {"level": (LEVELS[0], LEVELS[-1])}, field)
        yield from _relaxing(need, field)


def _relaxing(need: SkillNeed, field: str) -> Iterator[Problem]:
    for index, step in enumerate(need.relax):
        yield from number_problems(step, {"after": (1, _DAY), "level": (0, LEVELS[-1])}, f"{field}.relax[{index}]")
    levels = [need.level, *(step.level for step in need.relax)]
    for index, (before, then) in enumerate(pairwise(levels)):
        if then >= before:
            yield Problem(f"{field}.relax[{index}].level", N_("Each step must ask for less than the one before."))
    for index, (earlier, later) in enumerate(pairwise(need.relax), 1):
        if later.after <= earlier.after:
            yield Problem(f"{field}.relax[{index}].after", N_("Each step must come later than the one before."))


def hours_problems(hours: Hours, where: str) -> Iterator[Problem]:
    """What is wrong with working hours, which are the field `where`."""
    if hours.timezone and hours.timezone not in time_zones():
        yield Problem(f"{where}.timezone", N_("There is no time zone “%(name)s”.", name=hours.timezone[:80]))
    if len(hours.week) not in (0, 7):
        yield Problem(f"{where}.week", N_("A week has seven days, from Monday; or leave it out."))
    for weekday, openings in enumerate(hours.week):
        yield from _openings(openings, f"{where}.week[{weekday}]")
    if len(hours.days) > _MOST_DAYS:
        yield Problem(f"{where}.days", N_("There may be %(most)s at most.", most=_MOST_DAYS))
    for day, openings in hours.days.items():
        field = f"{where}.days.{day}"
        if not is_date(day):
            yield Problem(field, N_("This is not a day. Write it as 2026-12-25."))
        yield from _openings(openings, field)


def is_date(text: str) -> bool:
    """Whether `text` is a date as a plan writes it: 2026-12-25."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _openings(openings: tuple[Opening, ...], field: str) -> Iterator[Problem]:
    if len(openings) > _MOST_OPENINGS:
        yield Problem(field, N_("There may be %(most)s at most.", most=_MOST_OPENINGS))
    wrong = [
        Problem(f"{field}[{index}].{end}", N_("This is not a clock time. Write it as 09:00."))
        for index, opening in enumerate(openings)
        for end in ("since", "until")
        if not _is_clock(getattr(opening, end)) or (end == "since" and opening.since == "24:00")
    ]
    yield from wrong
    if wrong:
        return
    for index, opening in enumerate(openings):
        if opening.since == opening.until:
            yield Problem(f"{field}[{index}].until", N_("It ends when it begins. For a whole day: 00:00 to 24:00."))
    for index, (earlier, later) in enumerate(pairwise(map(bounds, openings)), 1):
        if later[0] < earlier[1]:
            yield Problem(f"{field}[{index}].since", N_("It begins before the one above it ends."))


def _is_clock(text: str) -> bool:
    try:
        minutes_of(text)
    except ValueError:
        return False
    return True


def _menu_sounds(plan: Plan, around: Surroundings) -> Iterable[Problem]:
    for name, node in plan.menu.items():
        yield from sound_problems(node.sound, f"plan.menu.{name}.sound", around)


def _announcements(plan: Plan) -> Iterator[Problem]:
    every = plan.announcements.every
    if every != 0 and not 10 <= every <= 3600:
        yield Problem(
            "plan.announcements.every", N_("It must be from %(least)s to %(most)s seconds.", least=10, most=3600)
        )


def _callback(callback: CallbackPlan) -> Iterator[Problem]:
    if callback.key and (len(callback.key) != 1 or callback.key not in KEYS):
        yield Problem("plan.callback.key", N_("It must be one key of the telephone: 0 to 9, * or #."))
    yield from number_problems(callback, _CALLBACK_RANGES, "plan.callback")


def _overflow(plan: Plan, around: Surroundings) -> Iterator[Problem]:
    if len(plan.overflow) > _MOST_RULES:
        yield Problem("plan.overflow", N_("There may be %(most)s at most.", most=_MOST_RULES))
    for index, rule in enumerate(plan.overflow):
        field = f"plan.overflow[{index}]"
        yield from destination_problems(rule.to, f"{field}.to", plan, around)
        if rule.to.strip() == f"queue:{around.number}":
            yield Problem(f"{field}.to", N_("This is the project's own queue."))
        yield from _moment(rule, plan.overflow[:index], field)
        yield from _coming_back(rule, plan, around, field)
        if rule.when is OverflowWhen.FULL and not plan.max_waiting:
            yield Problem(f"{field}.when", N_("It never happens: how many may wait is not limited."), warning=True)


def _coming_back(rule: Overflow, plan: Plan, around: Surroundings, field: str) -> Iterator[Problem]:
    """Whoever comes to the queue again while it is full or without operators is sent away again, and so on."""
    again = rule.when in (OverflowWhen.FULL, OverflowWhen.NO_OPERATORS)
    node = next_node(rule.to)
    if again and node in plan.menu and silent_end(plan.menu, node) in ("", f"queue:{around.number}"):
        yield Problem(
            f"{field}.to", N_("This way leads back to the queue: a caller who presses nothing would go round for ever.")
        )


def _moment(rule: Overflow, before: tuple[Overflow, ...], field: str) -> Iterator[Problem]:
    same = [other for other in before if other.when is rule.when]
    if rule.when is not OverflowWhen.WAITED:
        if rule.after:
            yield Problem(f"{field}.after", N_("Only a rule about waiting has a time."))
        if same:
            yield Problem(f"{field}.when", N_("There is a rule for this already."))
        return
    yield from number_problems(rule, {"after": (1, _DAY)}, field)
    if same and rule.after <= same[-1].after:
        yield Problem(f"{field}.after", N_("Each step must come later than the one before."))
