"""A PBX in virtual time: channels, bridges, sounds; and the faults a real one has."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any, Protocol

import msgspec

from telemarket.calls import commands as do
from telemarket.calls import facts
from telemarket.simulation.agenda import Agenda

NORMAL_CLEARING = 16
"""Q.850 cause of a channel that was hung up."""

WITHOUT_EFFECT = (
    do.IndicateRinging,
    do.StopRinging,
    do.StartMusic,
    do.StopMusic,
    do.Mute,
    do.SendDigits,
    do.Record,
    do.PauseRecording,
    do.RenewRecording,
    do.StopRecording,
)
"""Commands after which nothing of what is simulated here is different."""


class Faults(msgspec.Struct, frozen=True, kw_only=True):
    """Shares, 0 to 1, of requests that go wrong."""

    unanswered: float = 0.0  # requests about legs and bridges that have no effect and get no answer
    refused_legs: float = 0.0
    lost_hang_ups: float = 0.0  # first requests to hang up a channel that have no effect
    failed_sounds: float = 0.0


class Delays(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds."""

    request: float = 0.01  # until a request has its effect
    doubt: float = 0.5  # after a request without an answer, until the PBX is looked at
    sound: float = 3.0  # that one sound lasts


NO_FAULTS = Faults()
USUAL_DELAYS = Delays()


@dataclass(slots=True)
class Channel:
    """A line. `endpoint` is set on legs we made."""

    id: str
    ani: str = ""
    dnis: str = ""
    endpoint: str = ""
    auto_answer: bool = False
    up: bool = False
    entered: bool = True  # it is in our application
    bridge: str | None = None


class FarEnds(Protocol):
    """Who is at the other end of the lines."""

    def rings(self, pbx: "SimulatedPbx", channel: Channel) -> None:
        """A telephone we dialed rings."""

    def talks(self, pbx: "SimulatedPbx", channels: Collection[Channel]) -> None:
        """These are in one bridge; may be told again of the same."""

    def hears(self, pbx: "SimulatedPbx", channel: Channel) -> None:
        """A sound is played to it."""

    def gone(self, channel: Channel) -> None:
        """It is no more."""


class SimulatedPbx:
    """Carries out commands; `hear` gets the facts that follow, unless nobody is connected."""

    def __init__(
        self,
        agenda: Agenda,
        dice: Random,
        hear: Callable[[facts.Fact], None],
        far_ends: FarEnds,
        *,
        faults: Faults = NO_FAULTS,
        delays: Delays = USUAL_DELAYS,
    ) -> None:
        self.connected = False
        self.channels: dict[str, Channel] = {}
        self.bridges: dict[str, set[str]] = {}
        self.sounds: dict[str, str] = {}  # channel by playback
        self._agenda, self._dice = agenda, dice
        self._hear, self._far_ends = hear, far_ends
        self._faults, self._delays = faults, delays
        self._made: set[str] = set()  # ids of legs that are or were
        self._hang_ups_lost: set[str] = set()
        self._effects: dict[type, Callable[[Any], None]] = {
            do.Answer: self._answer,
            do.CreateLeg: self._create_leg,
            do.Snoop: self._snoop,
            do.Dial: self._dial,
            do.Bridge: self._bridge,
            do.Unbridge: self._unbridge,
            do.DestroyBridge: self._destroy_bridge,
            do.Play: self._play,
            do.StopPlayback: self._stop_playback,
            do.HangUp: self._hang_up,
            do.GiveBack: self._give_back,
        }

    # ---- what the outside does

    def arrive(self, channel_id: str, ani: str, dnis: str) -> None:
        """Somebody calls. With nobody connected the dialplan's fallback has the call, which is not simulated."""
        if not self.connected:
            return
        self.channels[channel_id] = Channel(channel_id, ani, dnis)
        self._event(facts.CallerArrived(channel_id=channel_id, ani=ani, dnis=dnis))

    def answer(self, channel_id: str) -> None:
        """Somebody picks up; a channel that is gone or up already is passed over."""
        channel = self.channels.get(channel_id)
        if channel is not None and not channel.up:
            channel.up = True
            self._event(facts.ChannelUp(channel_id=channel_id))

    def press(self, channel_id: str, digit: str) -> None:
        """Somebody presses a key."""
        if channel_id in self.channels:
            self._event(facts.Digit(channel_id=channel_id, digit=digit))

    def drop(self, channel_id: str, cause: int = NORMAL_CLEARING) -> None:
        """A channel ends: its far side hung up, or we did. One that is gone is passed over."""
        channel = self.channels.pop(channel_id, None)
        if channel is None:
            return
        self._leave_bridge(channel)
        self._far_ends.gone(channel)
        for playback_id in [playback for playback, on in self.sounds.items() if on == channel_id]:
            self._sound_ends(playback_id, failed=False)
        if channel.entered:
            self._event(facts.ChannelGone(channel_id=channel_id, cause=cause))

    def snapshot(self) -> facts.SnapshotTaken:
        """What there is."""
        return facts.SnapshotTaken(
            channels=tuple(
                facts.SnapshotChannel(channel.id, channel.up, ani=channel.ani, dnis=channel.dnis)
                for channel in self.channels.values()
                if channel.entered
            ),
            bridges={bridge: tuple(sorted(members)) for bridge, members in self.bridges.items()},
        )

    def _event(self, fact: facts.Fact) -> None:
        if self.connected:
            self._hear(fact)

    # ---- commands

    def carry_out(self, command: do.PbxCommand) -> None:
        """Do what the engine wants, a moment later and in order; raises TypeError for a command it does not know."""
        effect = self._effects.get(type(command))
        if effect is None and not isinstance(command, WITHOUT_EFFECT):
            raise TypeError(f"The simulated PBX does not know the command {type(command).__name__}.")
        if effect is None or not self.connected:
            return
        if isinstance(command, do.Bridge | do.CreateLeg | do.Dial | do.DestroyBridge) and self._happens(
            self._faults.unanswered
        ):
            self._agenda.later(self._delays.doubt, self._look)
        else:
            self._soon(effect, command)

    def _soon(self, action: Callable[[Any], None], about: object) -> None:
        self._agenda.later(self._delays.request, partial(action, about))

    def _happens(self, share: float) -> bool:
        return share > 0 and self._dice.random() < share

    def _look(self) -> None:
        self._event(self.snapshot())

    # ---- channels

    def _answer(self, command: do.Answer) -> None:
        self.answer(command.channel_id)

    def _create_leg(self, command: do.CreateLeg) -> None:
        if self._happens(self._faults.refused_legs):
            self._event(_failed(command, command.channel_id, "no such endpoint"))
        else:
            self._make(_leg(command))

    def _snoop(self, command: do.Snoop) -> None:
        if command.channel_id in self.channels:
            self._make(Channel(command.snoop_id, up=True, entered=False))
        else:
            self._event(_failed(command, command.snoop_id, "channel not found"))

    def _make(self, channel: Channel) -> None:
        if channel.id in self._made:
            raise ValueError(f"The id {channel.id} has been used before.")
        self._made.add(channel.id)
        self.channels[channel.id] = channel
        self._soon(self._enter, channel)

    def _enter(self, channel: Channel) -> None:
        if channel.id in self.channels:
            channel.entered = True
            self._event(facts.LegEntered(channel_id=channel.id))

    def _dial(self, command: do.Dial) -> None:
        channel = self.channels.get(command.channel_id)
        if channel is not None:
            self._far_ends.rings(self, channel)

    def _hang_up(self, command: do.HangUp) -> None:
        if command.channel_id not in self._hang_ups_lost and self._happens(self._faults.lost_hang_ups):
            self._hang_ups_lost.add(command.channel_id)
        else:
            self.drop(command.channel_id)

    def _give_back(self, command: do.GiveBack) -> None:
        self.drop(command.channel_id)

    # ---- bridges

    def _bridge(self, command: do.Bridge) -> None:
        for channel_id in command.channel_ids:
            if channel_id not in self.channels:
                self._event(_failed(command, channel_id, "channel not found"))
                return
        members = self.bridges.setdefault(command.bridge_id, set())
        for channel_id in command.channel_ids:
            channel = self.channels[channel_id]
            if channel.bridge != command.bridge_id:
                self._leave_bridge(channel)
            channel.bridge = command.bridge_id
            members.add(channel_id)
        if len(members) > 1:
            self._far_ends.talks(self, [self.channels[channel_id] for channel_id in sorted(members)])

    def _unbridge(self, command: do.Unbridge) -> None:
        for channel_id in command.channel_ids:
            channel = self.channels.get(channel_id)
            if channel is not None and channel.bridge == command.bridge_id:
                self._leave_bridge(channel)

    def _destroy_bridge(self, command: do.DestroyBridge) -> None:
        for channel_id in self.bridges.pop(command.bridge_id, ()):
            self.channels[channel_id].bridge = None

    def _leave_bridge(self, channel: Channel) -> None:
        if channel.bridge is not None:
            self.bridges[channel.bridge].discard(channel.id)
            channel.bridge = None

    # ---- sounds

    def _play(self, command: do.Play) -> None:
        channel = self.channels.get(command.channel_id)
        if channel is None:
            self._event(_failed(command, command.channel_id, "channel not found"))
            return
        self._far_ends.hears(self, channel)
        self.sounds[command.playback_id] = command.channel_id
        failed = self._happens(self._faults.failed_sounds)
        lasts = self._delays.request if failed else self._delays.sound * len(command.media)
        self._agenda.later(lasts, partial(self._sound_ends, command.playback_id, failed=failed))

    def _stop_playback(self, command: do.StopPlayback) -> None:
        self._sound_ends(command.playback_id, failed=False)

    def _sound_ends(self, playback_id: str, *, failed: bool) -> None:
        if self.sounds.pop(playback_id, None) is not None:
            self._event(facts.PlaybackEnded(playback_id=playback_id, failed=failed))


def _leg(command: do.CreateLeg) -> Channel:
    return Channel(command.channel_id, endpoint=command.endpoint, auto_answer=command.auto_answer, entered=False)


def _failed(command: do.PbxCommand, channel_id: str, reason: str) -> facts.CommandFailed:
    return facts.CommandFailed(call_id=command.call_id, channel_id=channel_id, reason=reason)
