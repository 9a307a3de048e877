"""Which number of a lead is called, or why none is. Pure."""

from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from telemarket.core.i18n import N_, Message
from telemarket.dialer.candidates import Candidate, CandidateNumber
from telemarket.dialer.limits import DEAD, Judge, Later, Never, Verdict
from telemarket.dialer.zones import clocks

REFUSALS: dict[str, Message] = {
    "gone": N_("The contact does not exist any more."),
    "do-not-call": N_("The number or the contact must not be called."),
    "no-consent": N_("The contact has not consented to be called."),
    "dead": N_("The number has proved to be dead."),
    "no-hours": N_("There is no hour at which everybody who may have this number may be called."),
    "no-number": N_("It has no number that can be called."),
}
"""Why a lead was closed, or is not dialed, for people; by `leads.closed_why`."""


class NoLine(msgspec.Struct, frozen=True):
    """It may be called, but not by any line that is free now."""


class Fate(msgspec.Struct, frozen=True):
    """What becomes of a candidate: it is called on `number` now (no verdict), or later, or it is not called."""

    lead: Candidate
    number: CandidateNumber | None
    verdict: Verdict | NoLine = None


def choose(judge: Judge, lead: Candidate, now: datetime) -> Fate:
    """The first of its numbers that may be called now, one whose best hour it is before the others; else the one that
    may be called soonest. A lead all of whose numbers are dead, as far as they are not forbidden, is `DEAD`."""
    of_person = judge.of_person(lead.contact_id)
    if isinstance(of_person, Never):
        return Fate(lead, None, of_person)
    put_off: list[tuple[Later, CandidateNumber]] = []
    refused: list[Never] = []
    for number in sorted(lead.numbers, key=lambda each: not _is_best(each, now)):
        match judge.of_number(number.number, number.zone) or of_person:
            case None:
                return Fate(lead, number)
            case Later() as later:
                put_off.append((_latest(later, of_person), number))
            case Never() as never:
                refused.append(never)
    if put_off:
        soonest, number = min(put_off, key=lambda each: each[0].due_at)
        return Fate(lead, number, soonest)
    return Fate(lead, None, DEAD if DEAD in refused else next(iter(refused), Never("no-number")))


def choose_all(
    judge: Judge,
    candidates: Sequence[Candidate],
    taken: set[str | int],
    wanted: int,
    now: datetime,
    has_line: Callable[[str], bool],
) -> list[Fate]:
    """What becomes of them in their order, until `wanted` are to be called: the others are left as they are. So is who
    is called already by another lead: his numbers, or his contact, are among `taken`, which grows. `has_line` is asked
    about each number that would be called."""
    fates: list[Fate] = []
    for lead in candidates:
        if wanted <= 0:
            break
        if lead.contact_id in taken or any(each.number in taken for each in lead.numbers):
            continue
        fate = choose(judge, lead, now)
        if fate.number is not None and fate.verdict is None and not has_line(fate.number.number):
            fate = Fate(lead, fate.number, NoLine())
        fates.append(fate)
        if fate.number is not None and fate.verdict is None:
            wanted -= 1
            taken.add(fate.number.number)
            if lead.contact_id is not None:
                taken.add(lead.contact_id)
    return fates


def _latest(later: Later, other: Later | None) -> Later:
    return other if other is not None and other.due_at > later.due_at else later


def _is_best(number: CandidateNumber, now: datetime) -> bool:
    there = ZoneInfo(clocks(number.zone)[0])
    return number.best_hour is not None and number.best_hour == now.astimezone(there).hour
