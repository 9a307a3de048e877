"""How the PBX is at one moment, and holding that against what the follower believes.

After a start, a lost connection or dropped events the follower's picture may be out of date. Events go on while the
PBX is being asked, so what they have touched since then is left alone.
"""

import msgspec

from telemarket.asterisk.ami import AmiClient, Event
from telemarket.calls import commands as do
from telemarket.calls.model import Project
from telemarket.following.follower import Follower
from telemarket.following.model import Channel, FollowedCall


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The channels, the members of queues and those who wait in them, as AMI lists them."""

    channels: tuple[Event, ...]
    members: tuple[Event, ...] = ()
    entries: tuple[Event, ...] = ()


async def take_snapshot(ami: AmiClient, *, queues: bool) -> Snapshot:
    """Ask the PBX, for `queues` too. Raises AmiError."""
    listed = await _list(ami, "QueueStatus") if queues else []
    return Snapshot(
        channels=tuple(event for event in await _list(ami, "CoreShowChannels") if event.name == "CoreShowChannel"),
        members=tuple(event for event in listed if event.name == "QueueMember"),
        entries=tuple(event for event in listed if event.name == "QueueEntry"),
    )


async def _list(ami: AmiClient, action: str) -> list[Event]:
    return [
        Event(headers["Event"], {k: v for k, v in headers.items() if isinstance(v, str)})
        for headers in (await ami.action(action)).events
    ]


def reconcile(follower: Follower, snapshot: Snapshot, began: float, now: float) -> list[do.Command]:
    """Bring the follower's picture and the PBX's, asked at `began`, into one."""
    follower.floor.now = now
    _Reconciliation(follower, snapshot, began).run()
    follower.floor.ended.clear()
    return follower.floor.take_commands()


class _Reconciliation:
    def __init__(self, follower: Follower, snapshot: Snapshot, began: float) -> None:
        self._follower = follower
        self._floor = follower.floor
        self._snapshot = snapshot
        self._began = began
        self._channels = {event["Uniqueid"]: event for event in snapshot.channels}

    def run(self) -> None:
        floor = self._floor
        for uniqueid, event in self._channels.items():
            floor.channels.setdefault(uniqueid, Channel(event["Channel"], event["Linkedid"], event["Exten"]))
        floor.desk.forget_members()
        for event in self._snapshot.members:
            self._follower.member_seen(event)
        self._close_vanished()
        self._meet_waiting()
        self._meet_connected()
        self._meet_telephones()

    def _close_vanished(self) -> None:
        floor = self._floor
        for call in tuple(floor.calls.values()):
            if call.touched_at >= self._began:
                continue
            if call.id not in self._channels:
                floor.end(call, observed=False)
                continue
            for leg in tuple(call.legs.values()):
                if leg.id not in self._channels:
                    floor.drop(leg, "")
        for uniqueid in floor.channels.keys() - self._channels.keys():
            if uniqueid not in floor.calls and uniqueid not in floor.legs:
                del floor.channels[uniqueid]

    def _meet_waiting(self) -> None:
        waiting = set()
        for entry in self._snapshot.entries:
            channel = self._channels.get(entry["Uniqueid"])
            if channel is None or entry["Queue"] not in self._floor.directory.queues:
                continue
            call = self._call(channel, entry["Queue"], float(entry["Wait"] or 0))
            if call is not None and call.touched_at < self._began:
                call.waiting, call.queue = True, entry["Queue"]
            waiting.add(entry["Uniqueid"])
        for call in self._floor.calls.values():
            call.waiting &= call.id in waiting or call.touched_at >= self._began

    def _meet_connected(self) -> None:
        """Callers who have left the queue and talk to one of its members."""
        for channel in self._snapshot.channels:
            queue = channel["ApplicationData"].partition(",")[0]
            if channel["Application"] == "Queue" and channel["BridgeId"] and queue in self._floor.directory.queues:
                self._call(channel, queue, _seconds(channel["Duration"]))

    def _meet_telephones(self) -> None:
        floor = self._floor
        for channel in self._snapshot.channels:
            user = floor.directory.user_of(channel["Channel"])
            if user is None or channel["Channel"].startswith("Local/") or channel["Uniqueid"] == channel["Linkedid"]:
                continue
            call = floor.call_of(channel) or self._dialed(channel)
            if call is None or (call.touched_at >= self._began and channel["Uniqueid"] not in call.legs):
                continue
            beside = call.agent not in (None, user) and call.talking
            floor.ring(call, channel["Uniqueid"], user, consultation=beside)
            leg = floor.legs[channel["Uniqueid"]]
            if channel["ChannelStateDesc"] == "Up" and channel["BridgeId"] and not leg.up:
                floor.answer(leg)

    def _dialed(self, telephone: Event) -> FollowedCall | None:
        """The call of an extension that was dialed while nobody looked."""
        caller = self._channels.get(telephone["Linkedid"])
        follows, project = self._floor.directory.follows_telephone(telephone["Channel"])
        if caller is None or not follows or self._floor.directory.user_of(caller["Channel"]) is not None:
            return None
        return self._call(caller, "", _seconds(caller["Duration"]), project)

    def _call(self, channel: Event, queue: str, seconds: float, project: Project | None = None) -> FollowedCall | None:
        """The call of a caller's channel that has been there for so long; None if it is not ours to follow."""
        floor, uniqueid = self._floor, channel["Uniqueid"]
        if uniqueid in floor.ended or floor.is_telemarkets(channel):
            return None
        if call := floor.call_of(channel):
            return call
        project = floor.directory.queues.get(queue, project)
        call = floor.arrive(uniqueid, channel, project, queue=queue, at=floor.now - seconds)
        call.touched_at = 0.0  # what else the PBX says of it is news
        return call


def _seconds(duration: str) -> float:
    """Seconds of "HH:MM:SS"."""
    hours, minutes, seconds = (int(part) if part.isdigit() else 0 for part in f"0:0:{duration}".split(":")[-3:])
    return hours * 3600.0 + minutes * 60 + seconds
