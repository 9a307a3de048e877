"""A call's journal in words: what happened, when, and by whom."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from telemarket.calls.destinations import DestinationKind
from telemarket.core.i18n import N_, Message
from telemarket.core.journal import Entry
from telemarket.desk.rendering import phone
from telemarket.desk.words import CALL_RESULTS, ENDED_BY, MARKED_BY, REASONS

SUPERVISION = frozenset({"call.watched", "call.unwatched"})
"""What only supervisors are shown: an operator must not be able to tell whether he is listened to."""

_UNSEEN = frozenset({"call.card_shown", "call.end_found", "recording.started"})


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One line. `reasons` is what an operator was chosen for, where one was."""

    at: datetime
    icon: str
    text: str
    reasons: Mapping[str, Any] | None = None
    operator: str = ""


class Names(msgspec.Struct, frozen=True):
    """Who and what the numbers in the journal are."""

    people: Mapping[int, str]
    logins: Mapping[str, str]
    projects: Mapping[int, str]
    queues: Mapping[str, str]

    def person(self, user_id: object) -> str:
        """An operator's name; the number of one who is there no more."""
        return self.people.get(user_id, f"#{user_id}") if isinstance(user_id, int) else ""

    def destination(self, text: object) -> str:
        """Where a call was sent, as people say it."""
        kind, _, value = str(text or "").partition(":")
        match kind:
            case DestinationKind.QUEUE:
                return N_("the queue %(name)s", name=self.queues.get(value, value))
            case DestinationKind.OPERATOR:
                return self.logins.get(value, value)
            case DestinationKind.NUMBER:
                return phone(value)
            case DestinationKind.MESSAGE:
                return N_("the message %(name)s", name=value)
            case DestinationKind.NODE:
                return N_("the menu %(name)s", name=value)
        return _PLACES.get(kind, str(text or ""))


_PLACES: dict[str, Message] = {
    DestinationKind.VOICEMAIL: N_("voicemail"),
    DestinationKind.CALLBACK: N_("a callback"),
    DestinationKind.FALLBACK: N_("the exchange's own dialplan"),
    DestinationKind.HANGUP: N_("the end of the call"),
}
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
_ANNOUNCED = {
    "position": N_("Told his place in the queue"),
    "expected-wait": N_("Told the expected wait"),
    "callback": N_("Offered a callback"),
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
    return Step(
        at=entry.at,
        icon=icon,
        text=say(entry, names),
        reasons=entry.data.get("reasons"),
        operator=names.person(entry.agent_id),
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
    skills = skills_asked(entry.data.get("skills"))
    return N_("%(what)s; asked for: %(skills)s", what=text, skills=skills) if skills else text


def skills_asked(skills: object) -> str:
    """`{"english": 60}` or `[{"skill": "english", "level": 60}]` as "english 60"."""
    if isinstance(skills, Mapping):
        pairs = list(skills.items())
    elif isinstance(skills, Sequence) and not isinstance(skills, str):
        pairs = [(need.get("skill"), need.get("level")) for need in skills if isinstance(need, Mapping)]
    else:
        return ""
    return ", ".join(f"{skill} {level}" for skill, level in pairs)


def _overflow(entry: Entry, names: Names) -> str:
    to = names.destination(entry.data.get("to"))
    rule = str(entry.data.get("rule") or "")
    return N_("Passed on to %(to)s: %(rule)s", to=to, rule=_RULES.get(rule, rule))


def _announced(entry: Entry, _names: Names) -> str:
    what = str(entry.data.get("what") or "")
    return _ANNOUNCED.get(what, N_("Heard an announcement"))


def _relaxed(entry: Entry, _names: Names) -> str:
    skill, level = entry.data.get("skill", ""), entry.data.get("level", 0)
    if not level:
        return N_("%(skill)s is no longer asked for", skill=skill)
    return N_("%(skill)s %(level)s is enough now", skill=skill, level=level)


def _callback_accepted(entry: Entry, _names: Names) -> str:
    return N_("Asked to be called back at %(number)s", number=phone(str(entry.data.get("number") or "")))


def _callback_attempt(entry: Entry, _names: Names) -> str:
    attempt, outcome = entry.data.get("attempt", ""), str(entry.data.get("outcome") or "")
    outcome = REASONS.get(outcome) or CALL_RESULTS.get(outcome) or outcome
    return N_("Called back, attempt %(attempt)s: %(outcome)s", attempt=attempt, outcome=outcome)


def _withdrawn(entry: Entry, names: Names) -> str:
    why = str(entry.data.get("why") or "")
    return N_("Not taken by %(name)s: %(why)s", name=names.person(entry.agent_id), why=REASONS.get(why, why))


def _consulting(entry: Entry, names: Names) -> str:
    return N_("%(name)s asked %(to)s", name=names.person(entry.agent_id), to=names.destination(entry.data.get("to")))


def _consulted(entry: Entry, names: Names) -> str:
    who = names.person(entry.data.get("agent")) or phone(str(entry.data.get("number") or ""))
    return N_("%(who)s answered the question", who=who)


def _transferred(entry: Entry, names: Names) -> str:
    to = names.destination(entry.data.get("to"))
    text = N_("Handed over to %(to)s") if entry.data.get("attended") else N_("Passed on to %(to)s")
    return N_(text.msgid, to=to)


def _parked(entry: Entry, _names: Names) -> str:
    return N_("Parked at %(slot)s", slot=entry.data.get("slot", ""))


def _watched(entry: Entry, names: Names) -> str:
    name, mode = names.person(entry.data.get("supervisor")), str(entry.data.get("mode") or "")
    return N_(_WATCHING.get(mode, _WATCHING["listen"]).msgid, name=name)


def _unwatched(entry: Entry, names: Names) -> str:
    return N_("%(name)s stopped listening", name=names.person(entry.data.get("supervisor")))


def _taken_over(entry: Entry, names: Names) -> str:
    return N_("%(name)s took the call over", name=names.person(entry.data.get("by")))


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
    "call.lookup_late": ("waiting", _text(N_("The look-up took too long; the call went on without it"))),
    "call.greeted": ("listening", _text(N_("Heard the greeting"))),
    "call.menu": ("keyboard", _menu),
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
    "call.unwatched": ("watching", _unwatched),
    "call.taken_over": ("transfer", _taken_over),
    "call.moved": ("transfer", _moved),
    "call.fault": ("alert", _text(N_("The exchange refused to connect the operator"))),
    "recording.paused": ("paused", _paused),
    "recording.resumed": ("recordings", _text(N_("Recording goes on"))),
    "recording.stopped": ("recordings", _text(N_("Recording ended"))),
    "call.ended": ("offline", _ended),
}
