"""Talking: hold, consulting, transfer, conference, parking, lost lines, feature codes."""

import msgspec
import pytest

from telemarket.calls import commands as do
from telemarket.calls import facts
from telemarket.calls.plan import Relaxation, SkillNeed
from telemarket.calls.views import AgentState, CallState, ConsultEnd
from tests.fakes.room import NUMBER, OPERATORS, Room, planned


def owners_leg(room: Room, call_id: str = "1.1") -> str:
    leg = room.call(call_id).leg
    assert leg is not None
    return leg.id


def test_a_customer_on_hold_hears_music_and_comes_back(room: Room) -> None:
    room.talking()
    held = room.tell(facts.WantsHold(agent_id=1, on=True))
    assert room.in_bridge() == set()
    assert any(isinstance(command, do.StartMusic) and command.channel_id == "1.1" for command in held)
    room.tell(facts.WantsHold(agent_id=1, on=False))
    assert room.in_bridge() == {"1.1", owners_leg(room)}
    assert room.all(do.StopMusic)[-1].channel_id == "1.1"


def test_a_muted_operator_is_shut_in_the_pbx(room: Room) -> None:
    room.talking()
    room.tell(facts.WantsMute(agent_id=1, on=True))
    room.tell(facts.WantsMute(agent_id=1, on=True))
    assert [(mute.channel_id, mute.on) for mute in room.all(do.Mute)] == [(owners_leg(room), True)]


def test_the_card_goes_along_before_the_consulted_telephone_rings(room: Room) -> None:
    room.talking()
    room.ready(2)
    leg = room.consults(1, "operator:op2")
    pushed = room.done.index(do.PushCard("1.1", 2))
    assert not any(isinstance(command, do.Dial) and command.channel_id == leg for command in room.done)
    room.picks_up(leg)
    dialed = next(i for i, c in enumerate(room.done) if isinstance(c, do.Dial) and c.channel_id == leg)
    assert pushed < dialed


def test_an_attended_transfer_ends_with_the_caller_at_the_other_operator(room: Room) -> None:
    room.talking()
    room.ready(2)
    first, second = owners_leg(room), room.consults(1, "operator:op2")
    assert room.call().held
    room.picks_up(second)
    assert room.in_bridge() == {first, second}
    room.decides(1, ConsultEnd.COMPLETE)
    assert room.in_bridge() == {"1.1", second}
    assert room.owner() == 2
    assert room.state(1) is AgentState.WRAPUP
    assert do.HangUp("1.1", first) in room.done


def test_the_first_operator_writes_on_while_the_second_talks(room: Room) -> None:
    room.talking()
    room.ready(2)
    room.picks_up(room.consults(1, "operator:op2"))
    room.decides(1, ConsultEnd.COMPLETE)
    room.tell(facts.WantsReady(agent_id=1))
    assert not room.all(do.ForgetCard)
    room.tell(facts.ChannelGone(channel_id="1.1"))
    room.tell(facts.WantsReady(agent_id=2))
    assert room.all(do.ForgetCard) == [do.ForgetCard("1.1")]


def test_a_transfer_completed_while_it_still_rings_goes_on_ringing(room: Room) -> None:
    room.talking()
    room.ready(2)
    second = room.consults(1, "operator:op2")
    room.decides(1, ConsultEnd.COMPLETE)
    assert room.call().state is CallState.RINGING
    room.picks_up(second)
    assert room.in_bridge() == {"1.1", second}


def test_returning_lets_the_consulted_one_go(room: Room) -> None:
    room.talking()
    room.ready(2)
    room.picks_up(room.consults(1, "operator:op2"))
    room.decides(1, ConsultEnd.RETURN)
    assert room.in_bridge() == {"1.1", owners_leg(room)}
    assert room.state(2) is AgentState.WRAPUP


def test_a_conference_has_all_three_and_outlives_the_operator(room: Room) -> None:
    room.talking()
    first = owners_leg(room)
    outside = room.consults(1, f"number:{NUMBER}")
    room.picks_up(outside)
    room.decides(1, ConsultEnd.CONFERENCE)
    assert room.in_bridge() == {"1.1", first, outside}
    room.tell(facts.ChannelGone(channel_id=first, cause=16))
    assert room.in_bridge() == {"1.1", outside}
    assert room.state(1) is AgentState.WRAPUP
    room.tell(facts.ChannelGone(channel_id=outside))
    assert room.result() == "answered"


def test_swapping_talks_with_one_while_the_other_hears_music(room: Room) -> None:
    room.talking()
    room.ready(2)
    first, second = owners_leg(room), room.consults(1, "operator:op2")
    room.picks_up(second)
    room.decides(1, ConsultEnd.SWAP)
    assert room.in_bridge() == {"1.1", first}
    assert room.call().music == {second}
    room.decides(1, ConsultEnd.SWAP)
    assert room.in_bridge() == {first, second}


def test_a_consulted_operator_who_does_not_answer_gives_the_customer_back(room: Room) -> None:
    room.talking()
    room.ready(2)
    room.consults(1, "operator:op2")
    room.passes(25)
    assert room.in_bridge() == {"1.1", owners_leg(room)}
    assert room.state(2) is AgentState.PAUSED


def test_hanging_up_while_consulting_never_loses_the_customer(room: Room) -> None:
    room.talking()
    room.ready(2)
    room.picks_up(room.consults(1, "operator:op2"))
    room.tell(facts.WantsHangUp(agent_id=1))
    assert room.in_bridge() == {"1.1", owners_leg(room)}


def test_a_blind_transfer_waits_for_a_busy_operator_then_for_anybody(room: Room) -> None:
    room.talking(1)
    room.talking(2, "1.2")
    room.transfer(1, "operator:op2")
    room.tell(facts.WantsReady(agent_id=1))
    assert room.call().state is CallState.WAITING
    room.passes(21)
    assert room.state(1) is AgentState.RINGING
    assert room.leg().split("-")[1] == "1"


def test_a_blind_transfer_to_another_queue_changes_the_project(room: Room) -> None:
    room.talking()
    room.ready(3)
    room.transfer(1, "queue:078")
    assert room.call().project.number == "078"
    room.answers()
    assert room.owner() == 3
    assert room.written("call.project") == [{"project": 2}]


def test_a_number_that_does_not_answer_brings_the_caller_back_to_the_queue(room: Room) -> None:
    room.talking()
    room.transfer(1, f"number:{NUMBER}")
    assert room.call().state is CallState.RINGING
    room.tell(facts.ChannelGone(channel_id=room.leg(), cause=17))
    assert room.call().state is CallState.WAITING


def test_a_parked_call_is_taken_up_by_another(room: Room) -> None:
    room.talking()
    room.tell(facts.WantsPark(agent_id=1))
    assert room.call().slot == 1
    assert room.call().music == {"1.1"}
    room.ready(2)
    room.tell(facts.WantsRetrieve(agent_id=2, call_id="1.1"))
    room.answers()
    assert room.owner() == 2
    assert room.call().slot == 0


def test_a_forgotten_parked_call_comes_back_to_who_parked_it(room: Room) -> None:
    room.talking()
    room.tell(facts.WantsPark(agent_id=1))
    room.tell(facts.WantsReady(agent_id=1))
    room.passes(181)
    assert room.state(1) is AgentState.RINGING


@pytest.mark.parametrize("cause", [44, 38, 27])
def test_a_lost_line_sends_the_caller_to_the_head_of_the_queue(room: Room, cause: int) -> None:
    room.talking()
    room.arrives("1.0")
    room.tell(facts.ChannelGone(channel_id=owners_leg(room), cause=cause))
    assert room.state(1) is AgentState.PAUSED
    room.ready(2)
    room.answers()
    assert room.owner() == 2
    assert room.call("1.0").state is CallState.WAITING


def test_whose_network_was_cut_is_ready_when_his_page_is_back(room: Room) -> None:
    room.talking()
    room.tell(facts.PageLost(agent_id=1))
    room.tell(facts.ChannelGone(channel_id=owners_leg(room), cause=44))
    room.tell(facts.PageConnected(agent_id=1))
    assert room.state(1) is AgentState.RINGING  # with the same caller: nobody else was free


def test_keys_of_the_operator_go_to_the_customers_side(room: Room) -> None:
    room.talking()
    room.tell(facts.WantsDigits(agent_id=1, digits="12#"))
    assert room.all(do.SendDigits) == [do.SendDigits("1.1", "1.1", "12#")]


def test_feature_codes_hold_transfer_and_park(room: Room) -> None:
    room.talking()
    leg = owners_leg(room)
    room.presses("*3", leg)
    assert room.call().held
    room.presses("*3", leg)
    assert not room.call().held
    room.ready(2)
    room.presses("*2op2#", leg)  # letters are no keys: nothing happens
    assert room.state(2) is AgentState.READY
    room.presses("*7", leg)
    assert room.call().state is CallState.PARKED


def test_a_feature_code_reaches_only_numbers_that_may_be_called(room: Room) -> None:
    room.talking()
    room.presses("*10900123456#", owners_leg(room))
    assert room.call().state is CallState.TALKING
    room.presses("*1078#", owners_leg(room))
    assert room.call().project.number == "078"


def test_a_recording_pauses_for_a_card_number(room: Room) -> None:
    room.talking()
    assert len(room.all(do.Record)) == 1
    room.tell(facts.WantsRecording(agent_id=1, on=False, by="api"))
    room.tell(facts.WantsRecording(agent_id=1, on=True))
    assert [pause.paused for pause in room.all(do.PauseRecording)] == [True, False]
    assert room.written("recording.paused") == [{"by": "api"}]


def test_who_takes_the_call_over_is_heard_in_the_recording_too(room: Room) -> None:
    room.talking()
    assert not room.all(do.RenewRecording)
    room.ready(2)
    room.picks_up(room.consults(1, "operator:op2"))
    assert not room.all(do.RenewRecording), "the customer hears music"
    room.decides(1, ConsultEnd.COMPLETE)
    assert [renewed.channel_id for renewed in room.all(do.RenewRecording)] == ["1.1"]


def test_wrap_up_is_extended_up_to_its_limit(room: Room) -> None:
    room.talking()
    room.tell(facts.ChannelGone(channel_id="1.1"))
    for _ in range(20):
        room.tell(facts.WantsMoreWrapUp(agent_id=1))
    agent = room.engine.floor.agents[1]
    assert agent.until is not None
    assert agent.until - agent.since == room.engine.floor.projects[1].plan.wrapup_longest
    room.passes(600)
    assert room.state(1) is AgentState.READY


def test_another_operator_is_offered_a_caller_whose_line_was_lost_as_skills_relax() -> None:
    skill = SkillNeed(skill="english", level=80, relax=(Relaxation(after=60, level=0),))
    fluent = msgspec.structs.replace(OPERATORS[0], skills={"english": 90})
    room = Room(planned(skills=(skill,)), operators=(fluent, *OPERATORS[1:]))
    room.talking()
    room.ready(2)
    room.tell(facts.ChannelGone(channel_id=owners_leg(room), cause=20))
    assert room.state(2) is AgentState.READY
    room.passes(60)
    assert room.state(2) is AgentState.RINGING


def test_a_bridge_the_pbx_cannot_make_costs_no_operator_his_turn(room: Room) -> None:
    room.talking()
    room.tell(facts.CommandFailed(call_id="1.1", channel_id=room.call().bridge_id, reason="no such bridge"))
    assert room.state(1) is AgentState.RINGING, "he may try again"
    room.answers()
    room.tell(facts.CommandFailed(call_id="1.1", channel_id=room.call().bridge_id, reason="no such bridge"))
    assert room.result() == "fallback"


def test_a_message_after_a_conversation_stays_in_its_recording(room: Room) -> None:
    room.talking()
    room.transfer(1, "voicemail")
    room.hears_it_out()
    room.tell(facts.ChannelGone(channel_id="1.1"), after=9)
    assert len(room.all(do.Record)) == 1
    assert room.result() == "voicemail"


def test_a_pause_asked_for_survives_a_page_that_was_away(room: Room) -> None:
    room.talking()
    room.tell(facts.WantsPause(agent_id=1, reason="lunch"))
    room.tell(facts.PageLost(agent_id=1))
    room.passes(120)
    room.tell(facts.PageConnected(agent_id=1))
    room.tell(facts.ChannelGone(channel_id="1.1"))
    room.passes(11)
    assert room.state(1) is AgentState.PAUSED
