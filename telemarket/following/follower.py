"""The follower: the PBX's events become what Telemarket does with a call. No I/O, no clock of its own.

It only looks on. A call begins when a caller joins a followed queue or a followed extension is dialed for him, and
ends with his channel; in between it is at whoever's telephone rings or talks. Channels of Telemarket's own calls are
passed over, so that nothing is counted twice.
"""

from collections.abc import Callable

from telemarket.asterisk.ami.events import Event
from telemarket.calls import commands as do
from telemarket.core.text import trim_line
from telemarket.following.floor import LONGEST_NUMBER, FollowedFloor
from telemarket.following.model import Channel, FollowedCall, Membership

_REASONS = {"NOANSWER": "no-answer", "BUSY": "busy", "CHANUNAVAIL": "telephone-unreachable"}
_UNREACHABLE = ("4", "5")  # of a member's status: invalid, unavailable


class Follower:
    """Follows the calls of one PBX. `is_own` tells the channels of calls that Telemarket runs itself."""

    def __init__(self, is_own: Callable[[str], bool] = lambda _: False) -> None:
        self.floor = FollowedFloor(is_own)
        self._handlers: dict[str, Callable[[Event], None]] = {
            "Newchannel": self._channel_new,
            "Hangup": self._channel_gone,
            "HangupRequest": self._hung_up,
            "QueueCallerJoin": self._joined,
            "QueueCallerLeave": self._left,
            "AgentCalled": self._member_rings,
            "AgentConnect": self._member_answered,
            "AgentRingNoAnswer": self._member_silent,
            "AgentComplete": self._member_done,
            "DialBegin": self._rings,
            "DialEnd": self._ring_ended,
            "BridgeEnter": self._bridged,
            "BlindTransfer": self._transferred_blindly,
            "AttendedTransfer": self._transferred,
            "QueueMemberStatus": self.member_seen,
            "QueueMemberPause": self.member_seen,
            "QueueMemberAdded": self.member_seen,
            "QueueMemberRemoved": self._member_gone,
        }

    def handle(self, event: Event, now: float) -> list[do.Command]:
        """What an event of the PBX asks for."""
        self.floor.now = now
        if handler := self._handlers.get(event.name):
            handler(event)
        return self.floor.take_commands()

    # ---- channels

    def _channel_new(self, event: Event) -> None:
        self.floor.channels[event["Uniqueid"]] = Channel(event["Channel"], event["Linkedid"], event["Exten"])

    def _channel_gone(self, event: Event) -> None:
        self.floor.channels.pop(event["Uniqueid"], None)
        if leg := self.floor.legs.get(event["Uniqueid"]):
            self.floor.drop(leg, "")
        if call := self.floor.calls.get(event["Uniqueid"]):
            self.floor.end(call)

    def _hung_up(self, event: Event) -> None:
        """Somebody put the receiver down: the first who did ended the call."""
        call = self.floor.calls.get(event["Uniqueid"])
        leg = self.floor.legs.get(event["Uniqueid"])
        if call is not None:
            call.hung_up_by = call.hung_up_by or "caller"
        elif leg is not None and leg.up and not leg.consultation:
            leg.call.hung_up_by = leg.call.hung_up_by or "operator"

    # ---- queues

    def _joined(self, event: Event) -> None:
        if event["Queue"] not in self.floor.directory.queues or self.floor.is_telemarkets(event):
            return
        call = self.floor.call_of(event)
        if self._consulting(event) or (call is not None and self.floor.beside(call, event)):
            return
        if call is None:
            project = self.floor.directory.queues[event["Queue"]]
            call = self.floor.arrive(event["Uniqueid"], event, project, queue=event["Queue"], at=self.floor.now)
        call.queue, call.waiting = event["Queue"], True
        self.floor.desk.queue_changed(call.queue)

    def _left(self, event: Event) -> None:
        call = self.floor.call_of(event)
        if call is not None and call.waiting:
            call.waiting = False
            self.floor.desk.queue_changed(call.queue)

    def _member_rings(self, event: Event) -> None:
        if call := self.floor.call_of(event):
            beside = self.floor.beside(call, event)
            self.floor.ring(call, event["DestUniqueid"], self._member_of(event), consultation=beside)

    def _member_answered(self, event: Event) -> None:
        call = self.floor.call_of(event)
        if call is None:
            return
        leg = self.floor.legs.get(event["DestUniqueid"])
        self.floor.answer(leg or self.floor.leg(call, event["DestUniqueid"], self._member_of(event)))

    def _member_silent(self, event: Event) -> None:
        if leg := self.floor.legs.get(event["DestUniqueid"]):
            self.floor.drop(leg, "no-answer")

    def _member_done(self, event: Event) -> None:
        call = self.floor.call_of(event)
        if call is not None and event["Reason"] == "agent":
            call.hung_up_by = call.hung_up_by or "operator"

    def _member_of(self, event: Event) -> int | None:
        return self.floor.directory.user_of(event["Interface"], event["DestChannel"], event["MemberName"])

    def member_seen(self, event: Event) -> None:
        """A member of a followed queue, as an event or the list of members describes him."""
        if event["Queue"] not in self.floor.directory.queues:
            return
        interface = event["Interface"] or event["Location"]
        user = self.floor.directory.user_of(interface, event["StateInterface"], event["MemberName"] or event["Name"])
        reachable = event["Status"] not in _UNREACHABLE
        reason = trim_line(event["PausedReason"], LONGEST_NUMBER)
        self.floor.desk.member(event["Queue"], interface, Membership(user, event["Paused"] == "1", reason, reachable))

    def _member_gone(self, event: Event) -> None:
        self.floor.desk.member(event["Queue"], event["Interface"], None)

    # ---- telephones

    def _rings(self, event: Event) -> None:
        if not event["Uniqueid"] or self.floor.is_telemarkets(event):
            return
        user = self.floor.directory.user_of(event["DestChannel"])
        call = self.floor.call_of(event)
        beside = call is not None and self.floor.beside(call, event)
        if call is None:
            call = self._consulting(event)
            beside = call is not None
        call = call or self._dialed(event, user)
        if call is not None:
            self.floor.ring(call, event["DestUniqueid"], user, consultation=beside)

    def _consulting(self, event: Event) -> FollowedCall | None:
        """The call an operator is in who dials on another line of his telephone."""
        caller = self.floor.directory.user_of(event["Channel"])
        if caller is None:
            return None
        return next((call for call in self.floor.calls.values() if call.agent == caller and call.talking), None)

    def _dialed(self, event: Event, user: int | None) -> FollowedCall | None:
        """The call that begins with an extension being dialed, if that is followed; not one between colleagues."""
        follows, project = self.floor.directory.follows_telephone(event["DestChannel"])
        if user is None or not follows or self.floor.directory.user_of(event["Channel"]) is not None:
            return None
        origin = self.floor.channels.get(event["Linkedid"])
        through_dialplan = event["Channel"].startswith("Local/") and origin is not None and not origin.local
        caller = event["Linkedid" if through_dialplan else "Uniqueid"]
        return self.floor.arrive(caller, event, project, at=self.floor.now)

    def _ring_ended(self, event: Event) -> None:
        leg = self.floor.legs.get(event["DestUniqueid"])
        if leg is None or leg.up:
            return
        if event["DialStatus"] == "ANSWER":
            self.floor.answer(leg)
        else:
            self.floor.drop(leg, _REASONS.get(event["DialStatus"], ""))

    def _bridged(self, event: Event) -> None:
        """Somebody talks: whoever picked up a ring that was another's shows here."""
        call = self.floor.call_of(event)
        if call is None or call.talking or event["Uniqueid"] == call.id:
            return
        leg = self.floor.legs.get(event["Uniqueid"])
        user = leg.user if leg else self.floor.directory.user_of(event["Channel"])
        if user is not None and not event["Channel"].startswith("Local/"):
            self.floor.answer(leg or self.floor.leg(call, event["Uniqueid"], user))

    # ---- transfers

    def _transferred_blindly(self, event: Event) -> None:
        leg = self.floor.legs.get(event["TransfererUniqueid"])
        if leg is not None and event["Result"] == "Success":
            leg.call.hung_up_by = ""
            self._release(leg.call, leg.user)

    def _transferred(self, event: Event) -> None:
        first = self.floor.legs.get(event["OrigTransfererUniqueid"])
        call = first.call if first else self.floor.calls.get(event["TransfereeUniqueid"])
        if call is None or event["Result"] != "Success":
            return
        call.hung_up_by = ""
        if first is not None:
            self._release(call, first.user)
        target = self.floor.directory.user_of(event["TransferTargetChannel"])
        taking_over = call.legs_of(target) if target is not None else []
        # The PBX names nobody if the operator hung up early, or a channel of the dialplan's: then it is who was asked.
        for leg in taking_over or tuple(call.legs.values()):
            self.floor.take_over(leg)

    def _release(self, call: FollowedCall, user: int | None) -> None:
        """The operator has passed the call on."""
        for leg in call.legs_of(user) if user is not None else ():
            self.floor.drop(leg, "")
