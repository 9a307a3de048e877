"""What follows from an attempt's outcome for its lead. Pure.

A number that nobody answered gives way to the lead's next one after a short while; once the last has been tried, the
first comes again after the time the campaign's rules name. Where the person was reached, or the line was busy, the same
number is called again.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from telemarket.dialer.candidates import CandidateNumber
from telemarket.dialer.model import NEVER_REACHED, LeadState, Outcome, Retry, Terms
from telemarket.dialer.zones import clocks

NEXT_NUMBER_AFTER = 300.0
"""Seconds until another number of the same lead is called, if the rules do not say less."""

USELESS = NEVER_REACHED | {Outcome.FAX}
"""Outcomes by which a number is dropped for its lead."""

_NOBODY_THERE = frozenset({Outcome.NO_ANSWER, Outcome.MACHINE, Outcome.MESSAGE_LEFT})
_LOCKED_OUT = frozenset({Outcome.UNKNOWN, Outcome.DROPPED})
_A_DAY = timedelta(days=1)


class Sequel(msgspec.Struct, frozen=True):
    """How a lead goes on. `number` is the one that is called next; None: it is left as it is."""

    state: LeadState
    due_at: datetime | None = None
    number: CandidateNumber | None = None
    closed_why: str = ""


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """A lead's past with this attempt in it. `numbers` are those not dropped, by position."""

    attempts: int
    tries: dict[str, int]  # by outcome
    position: int  # of the number that was called
    numbers: Sequence[CandidateNumber]


def sequel(terms: Terms, outcome: Outcome, at: datetime, course: Course) -> Sequel:
    """How the lead goes on after an attempt that ended so at `at`."""
    if not course.numbers:
        return Sequel(LeadState.HELD)
    if course.attempts >= terms.most_attempts:
        return Sequel(LeadState.CLOSED, closed_why="attempts")
    if outcome in _LOCKED_OUT:
        locked = timedelta(hours=terms.profile.lockout_hours)
        return Sequel(LeadState.WAITING, at + locked, _same(course))
    if outcome in USELESS:
        return _waiting(at + timedelta(seconds=NEXT_NUMBER_AFTER), _following(course))
    retry = terms.retries.get(outcome)
    if retry is None:
        return Sequel(LeadState.CLOSED, closed_why=outcome.value)
    return _again(outcome, retry, at, course)


def _again(outcome: Outcome, retry: Retry, at: datetime, course: Course) -> Sequel:
    if outcome in _NOBODY_THERE:
        following = _following(course)
        if following.position > course.position:  # not yet called in this round
            return _waiting(at + timedelta(seconds=min(retry.after, NEXT_NUMBER_AFTER)), following)
    else:
        following = _same(course)
    if _rounds(outcome, course) >= retry.attempts:
        return Sequel(LeadState.CLOSED, closed_why="attempts")
    return _waiting(at + timedelta(seconds=retry.after), following)


def _rounds(outcome: Outcome, course: Course) -> float:
    """How often each number has ended so: the rule's limit is for one."""
    tries = course.tries.get(outcome, 0)
    return tries / len(course.numbers) if outcome in _NOBODY_THERE else tries


def _waiting(due_at: datetime, number: CandidateNumber) -> Sequel:
    return Sequel(LeadState.WAITING, _at_best_hour(due_at, number), number)


def _at_best_hour(due_at: datetime, number: CandidateNumber) -> datetime:
    """The number's best hour, if it has one, within the day after `due_at`."""
    if number.best_hour is None:
        return due_at
    there = due_at.astimezone(ZoneInfo(clocks(number.zone)[0]))
    if there.hour == number.best_hour:
        return due_at
    best = there.replace(hour=number.best_hour, minute=0, second=0, microsecond=0)
    return (best if best > there else best + _A_DAY).astimezone(due_at.tzinfo)


def _same(course: Course) -> CandidateNumber:
    """The number that was called, or the one after it if it is dropped."""
    return next((each for each in course.numbers if each.position >= course.position), course.numbers[0])


def _following(course: Course) -> CandidateNumber:
    return next((each for each in course.numbers if each.position > course.position), course.numbers[0])
