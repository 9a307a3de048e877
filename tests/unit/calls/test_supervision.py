"""Listening, whispering, barging in, taking over, and ordering the floor."""

import pytest

from telemarket.calls import commands as do
from telemarket.calls import facts
from telemarket.calls.destinations import parse_destination
from telemarket.calls.views import AgentState, CallState, WatchMode
from tests.fakes.room import Room

SUPERVISOR = 3


def watched(room: Room, mode: WatchMode) -> str:
    """Operator 1 talks, the supervisor watches; returns the leg of his telephone."""
    room.talking()
    room.ready(SUPERVISOR)
    room.tell(facts.WantsWatch(agent_id=SUPERVISOR, call_id="1.1", mode=mode))
    leg = room.engine.floor.agents[SUPERVISOR].leg
    assert leg is not None
    room.picks_up(leg.id)
    return leg.id


def enter_ear(room: Room) -> str:
    snoop = room.all(do.Snoop)[-1]
    room.tell(facts.LegEntered(channel_id=snoop.snoop_id))
    return snoop.snoop_id


@pytest.mark.parametrize(("mode", "whispers"), [(WatchMode.LISTEN, False), (WatchMode.WHISPER, True)])
def test_he_hears_the_call_and_only_the_operator_may_hear_him(room: Room, mode: WatchMode, whispers: bool) -> None:
    telephone = watched(room, mode)
    owner = room.call().leg
    assert owner is not None
    assert (room.all(do.Snoop)[0].channel_id, room.all(do.Snoop)[0].whisper) == (owner.id, whispers)
    ear = enter_ear(room)
    assert set(room.all(do.Bridge)[-1].channel_ids) == {ear, telephone}
    assert telephone not in room.in_bridge()
    assert room.written("call.watched") == [{"mode": mode.value}]


def test_barging_in_joins_the_conversation(room: Room) -> None:
    telephone = watched(room, WatchMode.BARGE)
    assert telephone in room.in_bridge()
    room.tell(facts.WantsUnwatch(agent_id=SUPERVISOR))
    assert telephone not in room.in_bridge()
    assert room.state(SUPERVISOR) is AgentState.READY
    assert room.call().state is CallState.TALKING


def test_the_mode_changes_without_a_new_call(room: Room) -> None:
    telephone = watched(room, WatchMode.LISTEN)
    ear = enter_ear(room)
    room.tell(facts.WantsWatch(agent_id=SUPERVISOR, call_id="1.1", mode=WatchMode.BARGE))
    assert do.HangUp("1.1", ear) in room.done
    assert telephone in room.in_bridge()


def test_taking_over_leaves_the_operator_to_his_notes(room: Room) -> None:
    telephone = watched(room, WatchMode.LISTEN)
    enter_ear(room)
    room.tell(facts.WantsTakeOver(agent_id=SUPERVISOR))
    assert room.in_bridge() == {"1.1", telephone}
    assert room.owner() == SUPERVISOR
    assert room.state(1) is AgentState.WRAPUP
    assert room.state(SUPERVISOR) is AgentState.TALKING


def test_the_ear_follows_a_transferred_call(room: Room) -> None:
    watched(room, WatchMode.LISTEN)
    enter_ear(room)
    room.ready(2)
    room.picks_up(room.consults(1, "operator:op2"))
    room.tell(facts.ChannelGone(channel_id=room.call().leg.id, cause=16))  # type: ignore[union-attr]
    assert room.owner() == 2
    assert room.all(do.Snoop)[-1].channel_id == room.call().leg.id  # type: ignore[union-attr]


def test_who_watches_goes_back_to_what_he_was_when_the_call_ends(room: Room) -> None:
    watched(room, WatchMode.LISTEN)
    enter_ear(room)
    room.tell(facts.ChannelGone(channel_id="1.1"))
    assert do.DestroyBridge("1.1", f"tm-1.1-watch-{SUPERVISOR}-bridge") in room.done
    assert room.state(SUPERVISOR) is AgentState.READY
    assert room.state(1) is AgentState.WRAPUP


def test_a_supervisors_state_before_is_kept(room: Room) -> None:
    room.talking()
    room.tell(facts.PageConnected(agent_id=SUPERVISOR))
    room.tell(facts.WantsWatch(agent_id=SUPERVISOR, call_id="1.1", mode=WatchMode.LISTEN))
    room.tell(facts.WantsUnwatch(agent_id=SUPERVISOR))
    assert room.state(SUPERVISOR) is AgentState.OFFLINE


def test_another_is_paused_after_his_call(room: Room) -> None:
    room.talking()
    room.tell(facts.ForcesState(by=9, agent_id=1, state=AgentState.PAUSED, reason="meeting"))
    assert room.state(1) is AgentState.TALKING
    room.tell(facts.ChannelGone(channel_id="1.1"))
    room.passes(11)
    assert room.state(1) is AgentState.PAUSED
    assert room.written("agent.forced")[0]["by"] == 9


def test_a_waiting_caller_is_moved(room: Room) -> None:
    room.ready(SUPERVISOR)
    room.arrives()
    room.tell(facts.MovesCall(by=9, call_id="1.1", to=parse_destination("queue:078")))
    assert room.state(SUPERVISOR) is AgentState.RINGING


def test_a_call_is_ended(room: Room) -> None:
    room.talking()
    room.tell(facts.EndsCall(by=9, call_id="1.1"))
    assert room.result() == "answered"
    assert room.state(1) is AgentState.WRAPUP
