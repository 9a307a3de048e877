"""The engine's finer points, one situation each."""

import random
from typing import Any

import msgspec
import pytest

from telemarket.calls import commands as do
from telemarket.calls import facts
from telemarket.calls.model import RestoredCall
from telemarket.calls.plan import Relaxation, SkillNeed
from telemarket.calls.views import AgentState, CallState, Direction
from tests.fakes.room import NUMBER, OPERATORS, OTHER, PROJECT, Room, planned


def test_the_operator_idle_longest_is_rung(room: Room) -> None:
    room.ready(2)
    room.now += 5
    room.ready(1)
    room.arrives()
    assert room.state(2) is AgentState.RINGING
    assert room.state(1) is AgentState.READY


def test_the_phone_is_not_dialed_before_the_card_is_acknowledged_or_late(room: Room) -> None:
    room.ready(1)
    room.arrives()
    dialed = room.tell(facts.LegEntered(channel_id=room.leg()))
    assert not any(isinstance(command, do.Dial) for command in dialed)
    shown = room.tell(facts.CardShown(agent_id=1, call_id="1.1"), after=0.02)
    assert any(isinstance(command, do.Dial) for command in shown)


def test_an_operator_taken_off_the_list_is_not_rung(room: Room) -> None:
    room.ready(1)
    room.ready(2)
    room.tell(facts.Configured(projects=(PROJECT, OTHER), operators=OPERATORS[1:]))
    room.arrives()
    assert room.state(1) is AgentState.READY
    assert room.state(2) is AgentState.RINGING


def test_a_closed_project_serves_those_who_wait_and_takes_no_new_callers(room: Room) -> None:
    room.arrives()
    room.tell(facts.Configured(projects=(OTHER,), operators=OPERATORS))
    given_back = room.tell(facts.CallerArrived(channel_id="1.2", ani="1", dnis="100"))
    assert any(isinstance(command, do.GiveBack) for command in given_back)
    room.ready(1)
    assert room.state(1) is AgentState.RINGING


def test_an_operator_added_to_a_project_with_a_queue_is_rung_at_once(room: Room) -> None:
    room.ready(3)
    room.arrives()
    joined = msgspec.structs.replace(PROJECT, operator_ids=frozenset({1, 2, 3}))
    room.tell(facts.Configured(projects=(joined, OTHER), operators=OPERATORS))
    assert room.state(3) is AgentState.RINGING


def test_a_page_away_for_long_in_mid_call_and_back_keeps_its_operator_on_duty(room: Room) -> None:
    room.ready(1)
    room.arrives()
    room.answers()
    room.tell(facts.PageLost(agent_id=1))
    room.tell(facts.TimePassed(), after=120)
    room.tell(facts.PageConnected(agent_id=1))
    room.tell(facts.ChannelGone(channel_id="1.1"))
    room.tell(facts.TimePassed(), after=11)
    assert room.state(1) is AgentState.READY


def test_pause_asked_for_in_mid_call_comes_after_wrap_up(room: Room) -> None:
    room.ready(1)
    room.arrives()
    room.answers()
    room.tell(facts.WantsPause(agent_id=1, reason="обід"))
    assert room.state(1) is AgentState.TALKING
    room.tell(facts.ChannelGone(channel_id="1.1"))
    assert room.state(1) is AgentState.WRAPUP
    room.tell(facts.TimePassed(), after=11)
    assert room.state(1) is AgentState.PAUSED


def test_a_restarted_daemon_plays_music_to_a_caller_who_heard_only_ringing(room: Room) -> None:
    room.tell(facts.PbxLost())
    waiting = facts.SnapshotChannel("1.1", False, ani="380441234567", dnis="100")
    room.tell(facts.SnapshotTaken(channels=(waiting,), bridges={}))
    heard = room.tell(facts.LookedUp(call_id="1.1", contact_id=None))
    assert [type(command) for command in heard if isinstance(command, do.PbxCommand)] == [do.Answer, do.StartMusic]


def test_an_answer_in_the_moment_of_the_crash_becomes_a_conversation(room: Room) -> None:
    restored = facts.RestoredCall(
        id="1.1",
        project_id=1,
        ani="380441234567",
        caller_name="",
        dnis="100",
        contact_id=None,
        agent_id=None,
        arrived_at=990.0,
        answered_at=None,
        recording="",
    )
    room.tell(facts.Restored(calls=(restored,), operators=()))
    channels = (facts.SnapshotChannel("1.1", False), facts.SnapshotChannel("tm-2-5-1.1-leg", True))
    bridged = room.tell(facts.SnapshotTaken(channels=channels, bridges={}))
    assert any(isinstance(command, do.Bridge) for command in bridged)
    assert room.engine.floor.calls["1.1"].state is CallState.TALKING
    assert room.state(2) is AgentState.TALKING


def test_a_caller_whom_nobody_spoke_to_is_not_hung_up_on(room: Room) -> None:
    """An operator may pick up and hang up before a busy PBX has put the caller through: he has heard only ringing."""
    room.ready(1)
    room.arrives()
    leg = room.leg()
    room.picks_up(leg)
    room.tell(facts.ChannelGone(channel_id=leg, cause=16))
    assert room.written("call.operator_lost") == [{"reason": "hung-up-early"}]
    assert not room.all(do.HangUp)
    assert room.leg() != leg  # there is nobody else: he is rung again
    room.tell(facts.ChannelUp(channel_id="1.1"))
    room.picks_up(room.leg())
    room.tell(facts.ChannelGone(channel_id=room.leg(), cause=16))
    assert [ended["result"] for ended in room.written("call.ended")] == ["answered"]


@pytest.mark.parametrize("name", ["caller", "operator"])
def test_a_hang_up_that_gets_lost_is_asked_for_again_and_then_given_up(room: Room, name: str) -> None:
    room.ready(1)
    room.arrives()
    room.answers()
    leg = room.leg()
    gone, left = ("1.1", leg) if name == "caller" else (leg, "1.1")
    room.tell(facts.ChannelGone(channel_id=gone))
    asked = [command for command in room.done if command == do.HangUp("1.1", left)]
    for _ in range(4):
        asked += [c for c in room.tell(facts.TimePassed(), after=11) if c == do.HangUp("1.1", left)]
    assert len(asked) == 3
    assert left not in room.engine.floor.channels


@pytest.mark.parametrize("seed", range(5))
def test_callers_are_served_in_the_order_they_came(room: Room, seed: int) -> None:
    arrived = [f"1.{number}" for number in range(1, 6)]
    for call_id in arrived:
        room.now += 1
        room.tell(facts.CallerArrived(channel_id=call_id, ani="1", dnis="100"))
    for call_id in random.Random(seed).sample(arrived, len(arrived)):
        room.tell(facts.LookedUp(call_id=call_id, contact_id=None))
    room.ready(1)
    served = []
    for _ in arrived:
        call = room.engine.floor.agents[1].call
        assert call is not None
        served.append(call.id)
        room.tell(facts.ChannelGone(channel_id=call.id))
    assert served == arrived


def restarted(room: Room, *calls: RestoredCall) -> Room:
    """The next daemon: it knows what the journal knew, and has not looked at the PBX yet."""
    after = Room(*room.engine.floor.projects.values(), operators=room.operators, looked=False)
    after.now = room.now
    after.tell(facts.Restored(calls=calls, operators=()))
    return after


def restored(room: Room, call_id: str, **values: Any) -> RestoredCall:
    """A waiting call as the journal has it."""
    call = room.call(call_id)
    known = {"project_id": 1, "ani": call.ani, "caller_name": "", "dnis": "100", "contact_id": 7, "agent_id": None}
    since = {"arrived_at": call.arrived_at, "answered_at": None, "recording": ""}
    return RestoredCall(id=call_id, **(known | since | values))


def snapshot(*channels: str) -> facts.SnapshotTaken:
    return facts.SnapshotTaken(channels=tuple(facts.SnapshotChannel(id, True) for id in channels), bridges={})


def test_skills_go_on_relaxing_after_a_restart() -> None:
    skill = SkillNeed(skill="english", level=60, relax=(Relaxation(after=40, level=0),))
    room = Room(planned(skills=(skill,)))
    room.arrives()
    room = restarted(room, restored(room, "1.1"))
    room.tell(snapshot("1.1"))
    room.ready(1)
    assert room.state(1) is AgentState.READY
    room.passes(42)
    assert room.state(1) is AgentState.RINGING


def test_only_who_has_been_talked_with_goes_to_the_head_after_a_restart(room: Room) -> None:
    room.arrives("1.1")
    room.passes(5)
    room.arrives("1.2")
    room = restarted(room, restored(room, "1.1"), restored(room, "1.2", requeued=True))
    room.tell(facts.PageConnected(agent_id=1))
    room.tell(facts.WantsReady(agent_id=1))
    room.tell(snapshot("1.1", "1.2"))
    assert room.call("1.1").state is CallState.RINGING


def test_the_line_is_served_in_its_order_after_a_reconnect() -> None:
    room = Room(planned())
    room.arrives("1.1")
    room.arrives("1.2", vip=True)
    room.tell(facts.PbxLost())
    room.ready(1)
    room.tell(snapshot("1.1", "1.2"))
    assert room.call("1.2").state is CallState.RINGING


def test_a_caller_who_went_while_nobody_looked_is_not_offered(room: Room) -> None:
    room.talking(1, "1.1")
    room.arrives("1.2")
    room.tell(facts.PbxLost())
    room.tell(snapshot())
    assert len(room.written("call.offered")) == 1
    assert room.result("1.2") == "ended-unobserved"


def test_a_channel_is_not_given_up_while_the_pbx_cannot_be_told(room: Room) -> None:
    room.ready(1)
    room.arrives()
    leg = room.leg()
    room.tell(facts.LegEntered(channel_id=leg))
    room.tell(facts.PbxLost())
    room.passes(120)
    room.tell(snapshot("1.1", leg))
    room.passes(11)
    assert not room.written("channel.lost")
    assert [command for command in room.done[-5:] if command == do.HangUp("1.1", leg)]


def in_bridge(*channels: str, call_id: str = "1.1") -> facts.SnapshotTaken:
    """All these talk with each other."""
    alive = tuple(facts.SnapshotChannel(channel, True) for channel in channels)
    return facts.SnapshotTaken(channels=alive, bridges={f"tm-{call_id}-bridge": channels})


@pytest.mark.parametrize("party", ["2", "outside"])
def test_a_conversation_outlives_a_daemon_that_could_not_write_of_its_second_answer(room: Room, party: str) -> None:
    room.talking()
    again = restored(room, "1.1", answered_at=room.now, requeued=True, agent_id=1)
    after = restarted(room, again)
    leg = f"tm-{party}-5-1.1-leg"
    after.tell(in_bridge("1.1", leg))
    assert after.call().state is CallState.TALKING
    assert after.in_bridge() == {"1.1", leg}
    assert not after.all(do.DestroyBridge)


@pytest.mark.parametrize("direction", [Direction.OUTBOUND, Direction.CALLBACK])
def test_so_does_one_that_we_began(room: Room, direction: Direction) -> None:
    call = RestoredCall(
        id="out-5",
        project_id=1,
        ani=NUMBER,
        caller_name="",
        dnis="100",
        contact_id=7,
        agent_id=None,
        arrived_at=room.now,
        answered_at=None,
        recording="",
        direction=direction,
    )
    after = restarted(room, call)
    legs = ("tm-1-5-out-5-leg", "tm-customer-6-out-5-leg")
    after.tell(in_bridge(*legs, call_id="out-5"))
    assert after.in_bridge("out-5") == set(legs)
    assert not after.all(do.HangUp)


def test_whom_we_called_and_passed_on_waits_on_after_a_restart(room: Room) -> None:
    call = RestoredCall(
        id="out-5",
        project_id=1,
        ani=NUMBER,
        caller_name="",
        dnis="100",
        contact_id=7,
        agent_id=1,
        arrived_at=room.now - 3590,
        answered_at=room.now - 60,
        recording="",
        direction=Direction.CALLBACK,
        requeued=True,
    )
    after = restarted(room, call)
    after.tell(snapshot("tm-customer-1-out-5-leg"))
    after.passes(20)
    assert after.call("out-5").state is CallState.WAITING
    after.ready(1)
    assert after.state(1) is AgentState.RINGING


def test_an_operator_whose_place_another_has_taken_is_let_go(room: Room) -> None:
    room.talking()
    after = restarted(room, restored(room, "1.1", answered_at=room.now, agent_id=1))
    after.tell(in_bridge("1.1", "tm-2-5-1.1-leg"))
    assert after.owner() == 2
    assert after.state(1) is AgentState.WRAPUP


def test_an_operator_who_joins_while_many_wait_is_not_left_idle() -> None:
    room = Room(planned())
    alone = msgspec.structs.replace(planned(), operator_ids=frozenset())
    room.tell(facts.Configured(projects=(alone,), operators=OPERATORS))
    room.ready(2, 1)
    room.arrives("1.1")
    room.arrives("1.2")
    room.tell(facts.Configured(projects=(planned(),), operators=OPERATORS))
    assert (room.state(1), room.state(2)) == (AgentState.RINGING, AgentState.RINGING)
