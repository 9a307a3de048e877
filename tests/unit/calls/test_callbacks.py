"""Callback that keeps the place."""

from telemarket.calls import commands as do
from telemarket.calls import facts
from telemarket.calls.plan import CallbackPlan
from telemarket.calls.views import AgentState, CallState, Direction
from tests.fakes.room import Room, planned

PLAN = CallbackPlan(key="5", attempts=2, retry_after=600, expires_after=3600)


def promised(plan: CallbackPlan = PLAN) -> Room:
    """A caller has pressed the key, confirmed his number and been let go; another called after him."""
    room = Room(planned(callback=plan))
    room.arrives("1.1")
    room.passes(10)
    room.arrives("1.2")
    room.presses("5")
    room.presses("1")
    room.hears_it_out()
    room.passes(8)
    return room


def dialed_customer(room: Room) -> str:
    """The operator takes the callback: the leg of the number that is called then."""
    room.ready(1)
    room.answers("cb-1.1")
    return room.leg("cb-1.1")


def test_the_place_is_kept() -> None:
    room = promised()
    assert room.result("1.1") == "callback"
    room.ready(1)
    assert room.call("cb-1.1").state is CallState.RINGING
    assert room.call("1.2").state is CallState.WAITING


def test_the_operator_sees_the_card_and_is_on_the_line_before_the_number_is_called() -> None:
    room = promised()
    room.ready(1)
    kinds = [type(command) for command in room.done if getattr(command, "call_id", "") == "cb-1.1"]
    assert kinds.index(do.PushCard) < kinds.index(do.CreateLeg)
    customer = dialed_customer(room)
    assert room.all(do.CreateLeg)[-1].endpoint == "Local/+380441234567@telemarket-outbound"
    assert room.state(1) is AgentState.TALKING
    room.picks_up(customer)
    assert room.in_bridge("cb-1.1") == {customer, room.call("cb-1.1").leg.id}  # type: ignore[union-attr]
    assert room.all(do.Record)[-1].channel_id == customer


def test_an_unanswered_callback_is_tried_again_then_given_up() -> None:
    room = promised()
    room.tell(facts.ChannelGone(channel_id=dialed_customer(room), cause=17))
    room.tell(facts.WantsPause(agent_id=1, reason="lunch"))
    assert room.written("call.callback_attempt")[0]["outcome"] == "busy"
    room.passes(599)
    assert room.call("cb-1.1").state is not CallState.WAITING
    room.passes(2)
    assert room.call("cb-1.1").state is CallState.WAITING
    room.tell(facts.WantsReady(agent_id=1))
    room.answers("cb-1.1")
    room.tell(facts.ChannelGone(channel_id=room.leg("cb-1.1"), cause=19))
    assert room.result("cb-1.1") == "no-answer"


def test_a_callback_expires() -> None:
    room = promised()
    room.passes(3601)
    assert room.result("cb-1.1") == "expired"


def test_another_number_may_be_keyed_in() -> None:
    room = Room(planned(callback=PLAN))
    room.arrives()
    room.presses("5")
    room.presses("2")
    room.presses("0501112233#")
    room.presses("1")
    assert room.call("cb-1.1").number == "+380501112233"
    assert room.call("cb-1.1").direction is Direction.CALLBACK


def test_a_number_that_may_not_be_called_is_asked_for_again() -> None:
    """A stranger's key must not make the centre call a number that earns him money."""
    room = Room(planned(callback=PLAN))
    room.arrives()
    room.presses("5")
    room.presses("2")
    room.presses("0900123456#")
    assert room.said()[-2:] == ["uk/invalid-choice", "uk/callback-enter"]
    assert not room.written("call.callback_accepted")


def test_who_says_nothing_goes_on_waiting_at_his_place() -> None:
    room = Room(planned(callback=PLAN))
    room.arrives("1.1")
    room.arrives("1.2")
    room.presses("5")
    room.hears_it_out()
    room.passes(9)
    assert room.call("1.1").state is CallState.WAITING
    room.ready(1)
    assert room.call("1.1").state is CallState.RINGING


def test_the_dialogue_waits_until_the_question_has_been_asked() -> None:
    room = Room(planned(callback=PLAN))
    room.arrives()
    room.presses("5")
    room.hears_it_out()
    room.presses("2")
    room.hears_it_out()
    room.presses("0441234567#")
    room.passes(20)  # ten digits are read back
    assert room.call().state is CallState.LISTENING
    room.presses("1")
    assert room.written("call.callback_accepted")


def test_a_number_asked_for_twice_is_called_once() -> None:
    room = promised()
    room.presses("5", "1.2")
    room.presses("1", "1.2")
    assert len([call for call in room.engine.floor.calls.values() if call.direction is Direction.CALLBACK]) == 1


def test_it_is_offered_after_a_while() -> None:
    room = Room(planned(callback=CallbackPlan(offer_after=30)))
    room.arrives()
    room.passes(31)
    assert room.said() == ["uk/callback-offer-1"]
    room.presses("1")
    assert "uk/callback-number" in room.said()


def test_an_operator_who_hangs_up_while_it_rings_leaves_the_callback_to_another() -> None:
    room = promised()
    dialed_customer(room)
    leg = room.call("cb-1.1").leg
    assert leg is not None
    room.tell(facts.ChannelGone(channel_id=leg.id, cause=16))
    assert room.call("cb-1.1").attempts == 1


def test_a_page_or_the_dialplan_may_ask_for_one() -> None:
    room = Room(planned())
    room.tell(facts.CallbackAsked(call_id="cb-9", project_id=1, number="+380501112233"))
    room.ready(1)
    assert room.call("cb-9").state is CallState.RINGING


def test_click_to_call_rings_the_operator_then_the_number(room: Room) -> None:
    room.ready(1)
    room.tell(facts.WantsPause(agent_id=1, reason="papers"))
    room.tell(facts.WantsCall(agent_id=1, call_id="out-1", number="+380501112233", project_id=1))
    assert room.state(1) is AgentState.RINGING
    room.answers("out-1")
    room.picks_up(room.leg("out-1"))
    assert room.call("out-1").state is CallState.TALKING
    room.tell(facts.WantsHangUp(agent_id=1))
    assert room.result("out-1") == "answered"
    room.passes(11)
    assert room.state(1) is AgentState.PAUSED  # where he was before


def test_a_busy_number_is_said_so(room: Room) -> None:
    room.ready(1)
    room.tell(facts.WantsCall(agent_id=1, call_id="out-1", number="+380501112233", project_id=1))
    room.answers("out-1")
    room.tell(facts.ChannelGone(channel_id=room.leg("out-1"), cause=17))
    assert room.result("out-1") == "busy"
    assert room.state(1) is AgentState.WRAPUP
