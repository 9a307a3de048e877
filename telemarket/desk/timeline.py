"""A call's journal in words: what happened, when, and by whom."""

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from telemarket.core.i18n import N_, Message
from telemarket.core.journal import Entry
from telemarket.desk.decision import Explanation, explain, skills_in_words
from telemarket.desk.names import Names
from telemarket.desk.rendering import phone
from telemarket.desk.words import ANSWERED_BY, CALL_RESULTS, ENDED_BY, MARKED_BY, REASONS, SKIP_REASONS

SUPERVISION = frozenset({"call.watched", "call.unwatched"})
"""What only supervisors are shown: an operator must not be able to tell whether he is listened to."""

_UNSEEN = frozenset({"call.card_shown", "call.end_found", "recording.started"})


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One line; with the explanation where an operator was chosen."""

    at: datetime
    icon: str
    text: str
    why: Explanation | None = None


_RULES = {
    "closed": N_("outside working hours"),
    "full": N_("too many were waiting"),
    "no-operators": N_("nobody was on shift"),
    "waited": N_("it had waited long enough"),
}
_WATCHING = {
    "listen": N_("%(name)s listened"),
    "whisper": N_("%(name)s whispered to the operator"),
    "barge": N_("%(name)s joined in"),
}
_WITHDRAWN = REASONS | {
    "answered-elsewhere": N_("a colleague answered"),
    "operator-left": N_("the operator left"),
    "too-late": N_("there was no time left"),
}

Say = Callable[[Entry, Names], str]


def steps_of(entries: Sequence[Entry], names: Names, *, supervises: bool) -> list[Step]:
    """The lines, in order. A kind that is not known here is shown by its own name: better than a gap."""
    return [
        _step(entry, names)
        for entry in entries
        if entry.kind not in _UNSEEN and (supervises or entry.kind not in SUPERVISION)
    ]


def _step(entry: Entry, names: Names) -> Step:
    icon, say = _KINDS.get(entry.kind, ("offline", _unknown))
    reasons = entry.data.get("reasons")
    return Step(
        at=entry.at,
        icon=icon,
        text=say(entry, names),
        why=explain(reasons, names.person(entry.agent_id), names) if reasons else None,
    )


def _text(msgid: Message) -> Say:
    return lambda _entry, _names: msgid


def _by_operator(msgid: Message) -> Say:
    """A text with the operator's `%(name)s`."""
    return lambda entry, names: N_(msgid.msgid, name=names.person(entry.agent_id))


def _unknown(entry: Entry, _names: Names) -> str:
    return entry.kind


def _arrived(entry: Entry, names: Names) -> str:
    project = names.projects.get(entry.data.get("project") or 0, "")
    match entry.data.get("direction", "inbound"):
        case "outbound":
            return N_("%(name)s called", name=names.person(entry.agent_id))
        case "callback":
            return N_("A callback was asked for: %(project)s", project=project)
        case "campaign":
            return N_("A campaign calls: %(project)s", project=project)
    if not project:
        return N_("Arrived; no project has the number %(dnis)s", dnis=phone(str(entry.data.get("dnis", ""))))
    return N_("Arrived: %(project)s", project=project)


def _contact(entry: Entry, _names: Names) -> str:
    return N_("It is known who calls") if entry.data.get("contact") else N_("Nobody has this number")


def _menu(entry: Entry, _names: Names) -> str:
    node, digit = entry.data.get("node", ""), entry.data.get("digit", "")
    if not digit:
        return N_("Chose nothing in the menu %(node)s", node=node)
    return N_("Pressed %(digit)s in the menu %(node)s", digit=digit, node=node)


def _queued(entry: Entry, names: Names) -> str:
    project = names.projects.get(entry.data.get("project") or 0, "")
    text = N_("In the queue %(project)s", project=project) if project else N_("In the queue")
    skills = entry.data.get("skills")
    return N_("%(what)s; asked for: %(skills)s", what=text, skills=skills_in_words(skills)) if skills else text


def _sent_to(entry: Entry, names: Names) -> str:
    return N_("Sent to %(project)s", project=names.projects.get(entry.data.get("project") or 0, ""))


def _keyed(entry: Entry, _names: Names) -> str:
    return N_("Keyed in %(value)s", value=entry.data.get("value", ""))


def _overflow(entry: Entry, names: Names) -> str:
    to = names.destination(entry.data.get("to"))
    rule = str(entry.data.get("rule") or "")
    return N_("Passed on to %(to)s: %(rule)s", to=to, rule=_RULES.get(rule, rule))


def _announced(entry: Entry, _names: Names) -> str:
    return N_("Heard an announcement; place in the queue: %(place)s", place=entry.data.get("place", ""))


def _relaxed(entry: Entry, _names: Names) -> str:
    needed = {skill: level for skill, level in entry.data.get("levels", {}).items() if level}
    if not needed:
        return N_("No skill is asked for any longer")
    return N_("Enough from now on: %(skills)s", skills=skills_in_words(needed))


def _callback_accepted(entry: Entry, _names: Names) -> str:
    return N_("Asked to be called back at %(number)s", number=phone(str(entry.data.get("number") or "")))


def _callback_attempt(entry: Entry, _names: Names) -> str:
    attempt, outcome = entry.data.get("attempt", ""), str(entry.data.get("outcome") or "")
    outcome = REASONS.get(outcome) or CALL_RESULTS.get(outcome) or outcome
    return N_("Called back, attempt %(attempt)s: %(outcome)s", attempt=attempt, outcome=outcome)


def _withdrawn(entry: Entry, names: Names) -> str:
    why = str(entry.data.get("why") or "")
    return N_("Not taken by %(name)s: %(why)s", name=names.person(entry.agent_id), why=_WITHDRAWN.get(why, why))


def _previewed(entry: Entry, names: Names) -> str:
    return N_("%(name)s sees the card first", name=names.person(entry.agent_id))


def _skipped(entry: Entry, names: Names) -> str:
    reason = str(entry.data.get("reason") or "")
    return N_("%(name)s did not call: %(why)s", name=names.person(entry.agent_id), why=SKIP_REASONS.get(reason, reason))


def _detected(entry: Entry, _names: Names) -> str:
    verdict = str(entry.data.get("verdict") or "")
    return N_("Answered by: %(who)s", who=ANSWERED_BY.get(verdict) or CALL_RESULTS.get(verdict, verdict))


def _consulting(entry: Entry, names: Names) -> str:
    return N_("%(name)s asked %(to)s", name=names.person(entry.agent_id), to=names.destination(entry.data.get("to")))


def _consulted(entry: Entry, names: Names) -> str:
    who = names.person(entry.agent_id) or phone(str(entry.data.get("number") or ""))
    return N_("%(who)s answered the question", who=who)


def _transferred(entry: Entry, names: Names) -> str:
    to = str(entry.data.get("to") or "")
    if entry.data.get("attended"):
        return N_("Handed over to %(to)s", to=names.logins.get(to) or phone(to))
    return N_("Passed on to %(to)s", to=names.destination(to))


def _parked(entry: Entry, _names: Names) -> str:
    return N_("Parked at %(slot)s", slot=entry.data.get("slot", ""))


def _watched(entry: Entry, names: Names) -> str:
    mode = str(entry.data.get("mode") or "")
    return N_(_WATCHING.get(mode, _WATCHING["listen"]).msgid, name=names.person(entry.agent_id))


def _dialing(entry: Entry, _names: Names) -> str:
    return N_("Called %(number)s", number=phone(str(entry.data.get("number") or "")))


def _operator_lost(entry: Entry, names: Names) -> str:
    reason = str(entry.data.get("reason") or "")
    return N_(
        "The line of %(name)s failed: %(why)s", name=names.person(entry.agent_id), why=REASONS.get(reason, reason)
    )


def _taken_over(entry: Entry, names: Names) -> str:
    return N_("%(name)s took the call over", name=names.person(entry.data.get("by")))


def _ended_by_supervisor(entry: Entry, names: Names) -> str:
    return N_("%(name)s ended the call from the board", name=names.person(entry.data.get("by")))


def _moved(entry: Entry, names: Names) -> str:
    by, to = names.person(entry.data.get("by")), names.destination(entry.data.get("to"))
    return N_("%(name)s moved the caller to %(to)s", name=by, to=to)


def _paused(entry: Entry, _names: Names) -> str:
    by = MARKED_BY.get(str(entry.data.get("by") or ""))
    return N_("Recording paused %(by)s", by=by) if by else N_("Recording paused")


def _ended(entry: Entry, _names: Names) -> str:
    result, by = str(entry.data.get("result") or ""), str(entry.data.get("by") or "")
    return N_("%(result)s, %(by)s", result=CALL_RESULTS.get(result, result), by=ENDED_BY.get(by, by))


_KINDS: dict[str, tuple[str, Say]] = {
    "call.arrived": ("arriving", _arrived),
    "call.contact": ("profile", _contact),
    "call.previewed": ("profile", _previewed),
    "call.skipped": ("profile", _skipped),
    "call.customer_answered": ("talking", _text(N_("The number answered"))),
    "call.detected": ("listening", _detected),
    "call.lookup_late": ("waiting", _text(N_("The look-up took too long; the call went on without it"))),
    "call.greeted": ("listening", _text(N_("Heard the greeting"))),
    "call.menu": ("keyboard", _menu),
    "call.keyed": ("keyboard", _keyed),
    "call.project": ("transfer", _sent_to),
    "call.queued": ("waiting", _queued),
    "call.overflow": ("transfer", _overflow),
    "call.announced": ("listening", _announced),
    "call.relaxed": ("projects", _relaxed),
    "call.callback_offered": ("listening", _text(N_("Offered a callback"))),
    "call.callback_accepted": ("arriving", _callback_accepted),
    "call.callback_attempt": ("ringing", _callback_attempt),
    "call.offered": ("ringing", _by_operator(N_("Offered to %(name)s"))),
    "call.card_late": ("alert", _text(N_("The card was not on the screen in time; the telephone rang all the same"))),
    "call.withdrawn": ("alert", _withdrawn),
    "call.dialing": ("ringing", _dialing),
    "call.answered": ("talking", _by_operator(N_("%(name)s answered"))),
    "call.held": ("paused", _text(N_("Put on hold"))),
    "call.resumed": ("talking", _text(N_("Taken off hold"))),
    "call.muted": ("mute", _text(N_("Microphone shut"))),
    "call.unmuted": ("mute", _text(N_("Microphone open"))),
    "call.consulting": ("contacts", _consulting),
    "call.consulted": ("contacts", _consulted),
    "call.conference": ("contacts", _text(N_("All three talk"))),
    "call.returned": ("talking", _by_operator(N_("%(name)s came back to the caller"))),
    "call.transferred": ("transfer", _transferred),
    "call.parked": ("parked", _parked),
    "call.retrieved": ("talking", _by_operator(N_("%(name)s took it up"))),
    "call.watched": ("watching", _watched),
    "call.unwatched": ("watching", _by_operator(N_("%(name)s stopped listening"))),
    "call.taken_over": ("transfer", _taken_over),
    "call.moved": ("transfer", _moved),
    "call.ended_by_supervisor": ("alert", _ended_by_supervisor),
    "call.operator_lost": ("alert", _operator_lost),
    "voicemail.taken": ("recordings", _text(N_("Left a message; it becomes a request"))),
    "call.refused_number": ("alert", _text(N_("The plan sends him to a number that may not be called"))),
    "call.fault": ("alert", _text(N_("The exchange refused to connect the operator"))),
    "recording.paused": ("paused", _paused),
    "recording.resumed": ("recordings", _text(N_("Recording goes on"))),
    "recording.stopped": ("recordings", _text(N_("Recording ended"))),
    "call.ended": ("offline", _ended),
}

KNOWN = frozenset(_KINDS) | _UNSEEN
"""Kinds of entries that have words, or are told by others."""
