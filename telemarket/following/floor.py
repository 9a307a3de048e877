"""Followed calls and the telephones they are at: the state, and its changes with what follows from each. Pure."""

from collections.abc import Callable

from telemarket.asterisk.ami.events import Event
from telemarket.calls import commands as do
from telemarket.calls.model import LEG_PREFIX, Project
from telemarket.core.text import trim_line
from telemarket.following.desk import SOURCE, OperatorDesk
from telemarket.following.directory import Directory
from telemarket.following.model import Channel, FollowedCall, Leg
from telemarket.following.store import OpenCall

LONGEST_NUMBER = 80
LONGEST_NAME = 200


class FollowedFloor:
    """Everything that is known of the PBX's calls. `is_own` tells the channels of calls Telemarket runs itself."""

    def __init__(self, is_own: Callable[[str], bool] = lambda _: False) -> None:
        self._is_own = is_own
        self.directory = Directory()
        self.desk = OperatorDesk()
        self.calls: dict[str, FollowedCall] = {}
        self.legs: dict[str, Leg] = {}
        self.channels: dict[str, Channel] = {}
        self.ended: set[str] = set()  # since the last snapshot
        self.now = 0.0
        self._linked: dict[str, FollowedCall] = {}
        self._over: list[FollowedCall] = []  # with a card that somebody may still be writing on
        self._out: list[do.Command] = []

    def configure(self, directory: Directory, now: float) -> list[do.Command]:
        """Take the people, queues and extensions there are."""
        self.now = now
        self.directory = directory
        self.desk.configure(directory)
        return self.take_commands()

    def time_passed(self, now: float) -> list[do.Command]:
        """What has become due."""
        self.now = now
        return self.take_commands()

    # ---- what goes out

    def take_commands(self) -> list[do.Command]:
        """What has been asked for so far; operators' states follow from it."""
        out, self._out = self._out, []
        out += self.desk.settle(self.now)
        done = [call for call in self._over if not self.desk.keeps(call)]
        self._over = [call for call in self._over if call not in done]
        return out + [do.ForgetCard(call.id) for call in done]

    def journal(self, kind: str, call: FollowedCall, user: int | None = None, /, **data: object) -> None:
        """Append a fact about a call."""
        self._out.append(do.Journal(self.now, kind, {**data, "source": SOURCE}, call.id, user))

    # ---- a call's life

    def arrive(
        self, channel: str, event: Event, project: Project | None, *, queue: str = "", at: float
    ) -> FollowedCall:
        """A caller is there; `event` describes his channel."""
        known = self.channels.get(channel)
        call = FollowedCall(
            id=channel,
            linked=event["Linkedid"],
            project=project,
            queue=queue,
            ani=_said(event["CallerIDNum"], LONGEST_NUMBER),
            caller_name=_said(event["CallerIDName"], LONGEST_NAME),
            dnis=trim_line(known.dnis if known else event["Exten"], LONGEST_NUMBER),
            arrived_at=at,
            touched_at=self.now,
        )
        self.calls[call.id] = self._linked[call.linked] = call
        data = {"project": project.id if project else None, "ani": call.ani, "caller_name": call.caller_name}
        arrived = {**data, "dnis": call.dnis, "queue": queue, "source": SOURCE}
        self._out.append(do.Journal(at, "call.arrived", arrived, call.id))
        self._out.append(do.LookUp(call.id))
        return call

    def ring(self, call: FollowedCall, leg_id: str, user: int | None, *, consultation: bool = False) -> None:
        """An operator's telephone rings for the call: his card goes onto his screen."""
        call.touched_at = self.now
        if leg_id in self.legs or user is None:
            return
        first = not call.legs_of(user)
        leg = self.leg(call, leg_id, user)
        leg.consultation = consultation
        if not first:
            return
        call.unanswered.pop(user, None)
        if not consultation:
            self._offered(leg)
        self._out.append(do.PushCard(call.id, user))

    def _offered(self, leg: Leg) -> None:
        reasons = {"strategy": SOURCE, "queue": leg.call.queue}
        self.journal("call.offered", leg.call, leg.user, leg=leg.id, reasons=reasons)

    def take_over(self, leg: Leg) -> None:
        """The colleague who was asked talks with the caller from now on, or his telephone rings for the caller."""
        asked, leg.consultation = leg.consultation, False
        if leg.up:
            self.answer(leg)
        elif asked:
            self._offered(leg)

    def answer(self, leg: Leg) -> None:
        """Operator and caller talk (in a consultation: two operators)."""
        call, leg.up = leg.call, True
        call.touched_at = self.now
        self.desk.touch(leg.user)
        if leg.consultation or (call.agent == leg.user and call.answered_at is not None):
            return
        shown_elsewhere = any(other.user != leg.user for other in call.legs.values())
        call.agent, call.answered_at, call.hung_up_by = leg.user, call.answered_at or self.now, ""
        self.journal("call.answered", call, leg.user, leg=leg.id, recording="")
        if shown_elsewhere and leg.user is not None:
            self._out.append(do.PushCard(call.id, leg.user))

    def end(self, call: FollowedCall, *, observed: bool = True) -> None:
        """The caller is gone."""
        for leg in tuple(call.legs.values()):
            self._forget(leg)
        result, by = _outcome(call, observed)
        call.ended_at, call.waiting = self.now, False
        del self.calls[call.id]
        self._linked.pop(call.linked, None)
        self._over.append(call)
        self.ended.add(call.id)
        about = {"project": call.project.number if call.project else "", "ani": call.ani, "dnis": call.dnis}
        self.journal("call.ended", call, call.agent, result=result, by=by, contact=call.contact_id, **about)
        if call.queue:
            self.desk.queue_changed(call.queue)

    def restore(self, known: OpenCall) -> None:
        """A call the journal left open; the next snapshot tells what became of it."""
        call = FollowedCall(
            id=known.id,
            linked=known.id,
            project=self.directory.project(known.project_id),
            queue="",
            ani=known.ani,
            caller_name=known.caller_name,
            dnis=known.dnis,
            arrived_at=known.arrived_at.timestamp(),
            contact_id=known.contact_id,
            agent=known.agent_id,
            answered_at=known.answered_at.timestamp() if known.answered_at else None,
        )
        self.calls[call.id] = self._linked[call.linked] = call
        self._out.append(do.LookUp(call.id))

    def looked_up(self, call_id: str, contact_id: int | None, now: float) -> list[do.Command]:
        """It is known who calls, or that nobody knows; nothing follows for a call that is none of ours."""
        self.now = now
        call = self.find(call_id)
        if call is None:
            return []
        self.desk.tell({leg.user for leg in call.legs.values()})
        if contact_id is not None and call.contact_id != contact_id:
            call.contact_id = contact_id
            self.journal("call.contact", call, contact=contact_id)
        return self.take_commands()

    def card_shown(self, user: int, call_id: str, now: float) -> list[do.Command]:
        """The card is on the operator's screen."""
        self.now = now
        if (call := self.calls.get(call_id)) and call.legs_of(user):
            self.journal("call.card_shown", call, user)
        return self.take_commands()

    def find(self, call_id: str) -> FollowedCall | None:
        """A call that lives or is being written up."""
        return self.calls.get(call_id) or next((call for call in self._over if call.id == call_id), None)

    def concerns(self, call_id: str, user: int) -> bool:
        """Whether the operator's telephone is still at this call."""
        call = self.calls.get(call_id)
        return call is not None and bool(call.legs_of(user))

    def leg(self, call: FollowedCall, leg_id: str, user: int | None) -> Leg:
        """A telephone joins the call."""
        leg = self.legs[leg_id] = call.legs[leg_id] = Leg(leg_id, user, call)
        self.desk.leg_added(leg)
        return leg

    def _forget(self, leg: Leg) -> None:
        self.legs.pop(leg.id, None)
        leg.call.legs.pop(leg.id, None)
        self.desk.leg_removed(leg)

    def drop(self, leg: Leg, why: str) -> None:
        """A telephone rings or talks no more. `why` it rang in vain; empty if it only was not needed any more."""
        call, user = leg.call, leg.user
        call.touched_at = self.now
        self._forget(leg)
        if user is None or leg.consultation:
            return
        if not leg.up:
            why = call.unanswered.setdefault(user, why) if why else call.unanswered.get(user, "")
        if call.legs_of(user):
            return
        if call.agent == user:
            call.agent = user if call.hung_up_by else None
        elif why:
            self.journal("call.withdrawn", call, user, why=why)

    # ---- whose

    def is_telemarkets(self, event: Event) -> bool:
        """Whether Telemarket runs this call itself."""
        ids = (event["Uniqueid"], event["Linkedid"], event["DestUniqueid"])
        return any(each.startswith(LEG_PREFIX) or (bool(each) and self._is_own(each)) for each in ids)

    def call_of(self, event: Event) -> FollowedCall | None:
        """The call a channel belongs to: its caller, a telephone of it, or what the dialplan put in between."""
        if call := self.calls.get(event["Uniqueid"]):
            return call
        if leg := self.legs.get(event["Uniqueid"]):
            return leg.call
        return self._linked.get(event["Linkedid"])

    def beside(self, call: FollowedCall, event: Event) -> bool:
        """Whether this goes on beside the conversation: its operator asks a colleague, the caller waits."""
        return call.talking and event["Uniqueid"] != call.id


def _said(value: str, limit: int) -> str:
    return "" if value in ("<unknown>", "<unknown") else trim_line(value, limit)


def _outcome(call: FollowedCall, observed: bool) -> tuple[str, str]:
    if call.answered_at is not None:
        return "answered", (call.hung_up_by or "pbx") if observed else "unobserved"
    if not observed:
        return "ended-unobserved", "unobserved"
    return ("abandoned", "caller") if call.hung_up_by == "caller" else ("fallback", "pbx")
