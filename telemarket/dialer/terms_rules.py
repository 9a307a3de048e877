"""What a campaign's terms must keep to; every problem names its field, as `trunks[0].endpoint`."""

import re
from collections.abc import Iterator

from telemarket.calls.plan_rules import hours_problems, skill_name
from telemarket.calls.problems import Problem, number_problems
from telemarket.core.errors import InvalidInput
from telemarket.core.i18n import N_
from telemarket.dialer.model import LegalProfile, Outcome, Retry, Terms, Trunk

_CALLER_ID = re.compile(r"\+?[0-9]{2,20}")
_ENDPOINT = re.compile(r"[A-Za-z0-9]+/[^,&|\s{}]*\{number\}[^,&|\s{}]*")
_PREFIX = re.compile(r"\+[1-9]\d{0,14}")
_SOUND = re.compile(r"[0-9A-Za-z/_-]{1,80}")
_MOST = 100  # trunks, caller numbers, prefixes of a trunk
_DAY = 86400
_RANGES = {
    "most_attempts": (1, 100),
    "per_number_a_day": (1, 50),
    "per_person_a_day": (1, 50),
    "ring_seconds": (5, 120),
    "preview_seconds": (0, 3600),
    "silent_after": (0, 3650),
}
_PROFILE_RANGES = {
    "target": (0.0001, 0.2),
    "window_days": (1, 90),
    "connect_seconds": (0.5, 30),
    "minimum_ring": (0, 60),
    "lockout_hours": (0, 24 * 90),
}
_TRUNK_RANGES = {"lines": (1, 10_000), "per_second": (0.1, 1000)}
_RETRY_RANGES = {"after": (10, 90 * _DAY), "attempts": (1, 100)}
_PACE_RANGES = {"most_lines": (0, 100_000), "most_per_operator": (1, 20), "slow": (0, 1)}
_NEVER_AGAIN = frozenset({Outcome.RETURNED, Outcome.UNKNOWN, Outcome.DROPPED})
"""Outcomes that have no retry of their own: nothing happened, or the lock-out says when."""


def check_terms(terms: Terms) -> None:
    """Raises InvalidInput for the first thing that is wrong, naming the field below `terms`."""
    for problem in terms_problems(terms):
        raise InvalidInput(problem.message, field=problem.field)


def terms_problems(terms: Terms) -> Iterator[Problem]:
    """Everything that is wrong with them."""
    yield from number_problems(terms, _RANGES, "terms")
    yield from _caller_ids(terms)
    yield from _trunks(terms.trunks)
    yield from _skill(terms.skill)
    yield from hours_problems(terms.hours, "terms.hours")
    yield from _profile(terms.profile)
    yield from _retries(terms.retries)
    yield from _sounds(terms)
    yield from number_problems(terms.detection, {"seconds": (0.5, 30)}, "terms.detection")
    yield from number_problems(terms.pace, _PACE_RANGES, "terms.pace")
    if terms.ring_seconds < terms.profile.minimum_ring:
        yield Problem(
            "terms.ring_seconds",
            N_("The profile has it ring at least %(seconds)s seconds.", seconds=round(terms.profile.minimum_ring)),
        )


def _caller_ids(terms: Terms) -> Iterator[Problem]:
    if len(terms.caller_ids) > _MOST:
        yield Problem("terms.caller_ids", N_("There may be %(most)s at most.", most=_MOST))
    for index, number in enumerate(terms.caller_ids):
        if not _CALLER_ID.fullmatch(number):
            yield Problem(
                f"terms.caller_ids[{index}]",
                N_("“%(number)s” is no number to show. Write digits, with a plus or without.", number=number[:40]),
            )


def _trunks(trunks: tuple[Trunk, ...]) -> Iterator[Problem]:
    if len(trunks) > _MOST:
        yield Problem("terms.trunks", N_("There may be %(most)s at most.", most=_MOST))
    for index, trunk in enumerate(trunks):
        field = f"terms.trunks[{index}]"
        if not _ENDPOINT.fullmatch(trunk.endpoint):
            yield Problem(
                f"{field}.endpoint",
                N_("Write it as the PBX dials, with {number} for the number: PJSIP/{number}@provider."),
            )
        yield from number_problems(trunk, _TRUNK_RANGES, field)
        for prefix in trunk.prefixes:
            if not _PREFIX.fullmatch(prefix):
                yield Problem(
                    f"{field}.prefixes",
                    N_("“%(prefix)s” is no beginning of a number. Write it as +38067.", prefix=prefix[:40]),
                )


def _skill(skill: str) -> Iterator[Problem]:
    if not skill:
        return
    try:
        named = skill_name(skill, "terms.skill")
    except InvalidInput as error:
        yield Problem("terms.skill", error.message)
        return
    if named != skill:
        yield Problem("terms.skill", N_("A skill is one word, for example english."))


def _profile(profile: LegalProfile) -> Iterator[Problem]:
    yield from number_problems(profile, _PROFILE_RANGES, "terms.profile")
    yield from hours_problems(profile.hours, "terms.profile.hours")
    if profile.hours.timezone:
        yield Problem(
            "terms.profile.hours.timezone", N_("These hours are by the callee's clock: they have no zone of their own.")
        )


def _retries(retries: dict[str, Retry]) -> Iterator[Problem]:
    known = {outcome.value for outcome in Outcome} - {outcome.value for outcome in _NEVER_AGAIN}
    for name, retry in retries.items():
        field = f"terms.retries.{name}"
        if name not in known:
            yield Problem(field, N_("It must be one of: %(allowed)s.", allowed=", ".join(sorted(known))))
        yield from number_problems(retry, _RETRY_RANGES, field)


def _sounds(terms: Terms) -> Iterator[Problem]:
    for name in ("message", "machine_message"):
        sound = getattr(terms, name)
        if sound and not _SOUND.fullmatch(sound):
            yield Problem(f"terms.{name}", N_("There is no sound “%(name)s”.", name=sound[:80]))
