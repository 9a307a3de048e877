"""The simulated PBX itself: what it refuses, and what it tells when."""

import random
from collections.abc import Collection

import pytest

from telemarket.calls import commands as do
from telemarket.calls import facts
from telemarket.simulation.agenda import Agenda
from telemarket.simulation.pbx import NO_FAULTS, Channel, Faults, SimulatedPbx


class Nobody:
    """At the far ends."""

    def rings(self, pbx: SimulatedPbx, channel: Channel) -> None: ...

    def talks(self, pbx: SimulatedPbx, channels: Collection[Channel]) -> None: ...

    def hears(self, pbx: SimulatedPbx, channel: Channel) -> None: ...

    def gone(self, channel: Channel) -> None: ...


class Exchange:
    """A PBX with one caller, and what it told."""

    def __init__(self, faults: Faults = NO_FAULTS) -> None:
        self.agenda = Agenda(0.0)
        self.told: list[facts.Fact] = []
        self.pbx = SimulatedPbx(self.agenda, random.Random(1), self.told.append, Nobody(), faults=faults)
        self.pbx.connected = True
        self.pbx.arrive("1.1", "380441234567", "100")

    def do(self, *commands: do.PbxCommand) -> list[facts.Fact]:
        self.told.clear()
        for command in commands:
            self.pbx.carry_out(command)
            while self.agenda.next is not None:
                self.agenda.step()
        return self.told


class Juggle(do.PbxCommand, frozen=True):
    """Nobody can."""


def leg(channel_id: str) -> do.CreateLeg:
    return do.CreateLeg("1.1", channel_id, "PJSIP/anna", "", "")


def test_an_unknown_command_is_an_error() -> None:
    with pytest.raises(TypeError, match="Juggle"):
        Exchange().do(Juggle("1.1"))


def test_an_id_cannot_be_used_twice() -> None:
    exchange = Exchange()
    exchange.do(leg("tm-1"), do.HangUp("1.1", "tm-1"))
    with pytest.raises(ValueError, match="tm-1"):
        exchange.do(leg("tm-1"))


def test_a_channel_that_moves_is_in_one_bridge() -> None:
    exchange = Exchange()
    exchange.do(leg("tm-1"), do.Bridge("1.1", "talk", ("1.1", "tm-1")), do.Bridge("1.1", "other", ("tm-1",)))
    assert exchange.pbx.bridges == {"talk": {"1.1"}, "other": {"tm-1"}}
    exchange.do(do.Unbridge("1.1", "talk", ("1.1",)), do.DestroyBridge("1.1", "other"))
    assert exchange.pbx.bridges == {"talk": set()}
    assert {channel.bridge for channel in exchange.pbx.channels.values()} == {None}


def test_a_bridge_of_a_channel_that_is_gone_fails() -> None:
    [failed] = Exchange().do(do.Bridge("1.1", "talk", ("1.1", "tm-gone")))
    assert failed == facts.CommandFailed(call_id="1.1", channel_id="tm-gone", reason="channel not found")


def test_a_sound_ends_by_itself_by_command_or_with_its_channel() -> None:
    exchange = Exchange()
    ended = facts.PlaybackEnded(playback_id="p")
    play = do.Play("1.1", "1.1", "p", ("hello", "again"), "uk")
    assert exchange.do(play) == [ended]
    exchange.pbx.carry_out(play)
    assert exchange.do(do.StopPlayback("1.1", "p")) == [ended]
    exchange.pbx.carry_out(play)
    assert exchange.do(do.HangUp("1.1", "1.1")) == [ended, facts.ChannelGone(channel_id="1.1", cause=16)]


def test_a_request_without_an_answer_has_no_effect_and_is_looked_into() -> None:
    [looked] = Exchange(Faults(unanswered=1.0)).do(leg("tm-1"))
    assert isinstance(looked, facts.SnapshotTaken)
    assert [channel.id for channel in looked.channels] == ["1.1"]


def test_nothing_is_heard_while_nobody_is_connected() -> None:
    exchange = Exchange()
    exchange.pbx.connected = False
    exchange.told.clear()
    exchange.pbx.arrive("2.2", "", "100")
    exchange.pbx.drop("1.1")
    assert exchange.told == []
    assert exchange.pbx.channels == {}
