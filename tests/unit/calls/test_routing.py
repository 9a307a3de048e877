"""Who gets a call, and which call an operator gets."""

import msgspec
import pytest

from telemarket.calls import commands as do
from telemarket.calls import facts
from telemarket.calls.model import OperatorProfile, Project
from telemarket.calls.plan import Overflow, OverflowWhen, Plan, Relaxation, SkillNeed, Sticky, Strategy
from telemarket.calls.views import AgentState, CallState
from tests.fakes.room import OPERATORS, OTHER, PROJECT, Room, planned

ENGLISH = SkillNeed(skill="english", level=60, relax=(Relaxation(after=50, level=40),))


def skilled(**levels: int) -> tuple[OperatorProfile, ...]:
    """Operators op1 to op3 with these levels of English."""
    return tuple(
        msgspec.structs.replace(operator, skills={"english": levels.get(operator.login, 0)}) for operator in OPERATORS
    )


def test_a_skill_relaxes_while_the_caller_waits() -> None:
    room = Room(planned(skills=(ENGLISH,)), operators=skilled(op1=45))
    room.ready(1)
    room.arrives()
    assert room.call().state is CallState.WAITING
    room.passes(49)
    assert room.state(1) is AgentState.READY
    room.passes(2)
    assert room.state(1) is AgentState.RINGING
    reasons = room.written("call.offered")[0]["reasons"]
    assert reasons["skills"] == {"english": 40}
    assert room.written("call.relaxed")[0]["levels"] == {"english": 40}


def test_the_decision_names_who_was_passed_over_and_why() -> None:
    room = Room(planned(skills=(ENGLISH,)), operators=skilled(op1=20, op2=80))
    room.ready(1, 2)
    room.arrives()
    reasons = room.written("call.offered")[0]["reasons"]
    assert reasons["passed_over"] == [{"operator": 1, "lacks": {"english": [20, 60]}}]
    assert room.state(2) is AgentState.RINGING


def test_the_highest_level_answers() -> None:
    room = Room(planned(skills=(ENGLISH,), strategy=Strategy.SKILL_LEVEL), operators=skilled(op1=70, op2=90))
    room.ready(1, 2)
    room.arrives()
    assert room.state(2) is AgentState.RINGING


def test_the_fewest_calls_today() -> None:
    room = Room(planned(strategy=Strategy.FEWEST_CALLS))
    room.ready(1)
    for call_id in ("1.1", "1.2"):
        room.arrives(call_id)
        room.answers(call_id)
        room.tell(facts.ChannelGone(channel_id=call_id))
        room.tell(facts.WantsReady(agent_id=1))
    room.now += 100
    room.ready(2)
    room.arrives("1.3")
    assert room.state(2) is AgentState.RINGING


def test_round_robin_goes_on_after_who_was_last() -> None:
    room = Room(planned(strategy=Strategy.ROUND_ROBIN))
    room.ready(1, 2)
    order = []
    for call_id in ("1.1", "1.2", "1.3"):
        room.arrives(call_id)
        order.append(room.leg(call_id).split("-")[1])
        room.tell(facts.ChannelGone(channel_id=call_id))
    assert order == ["1", "2", "1"]


def test_all_ring_and_the_first_who_answers_has_the_call() -> None:
    room = Room(planned(strategy=Strategy.RING_ALL))
    room.ready(1, 2)
    room.arrives()
    first, second = room.call().legs
    assert {push.agent_id for push in room.all(do.PushCard)} == {1, 2}
    room.picks_up(second)
    assert room.owner() == 2
    assert room.state(1) is AgentState.READY
    assert do.HangUp("1.1", first) in room.done


def test_all_who_ring_in_vain_are_paused_and_the_caller_waits_on() -> None:
    room = Room(planned(strategy=Strategy.RING_ALL))
    room.ready(1, 2)
    room.arrives()
    room.passes(30)
    assert (room.state(1), room.state(2)) == (AgentState.PAUSED, AgentState.PAUSED)
    assert room.call().state is CallState.WAITING


def test_a_vip_goes_before_those_who_came_earlier() -> None:
    room = Room(planned(vip_priority=10))
    room.arrives("1.1")
    room.passes(60)
    room.arrives("1.2", vip=True)
    room.ready(1)
    assert room.call("1.2").state is CallState.RINGING


def test_waiting_outgrows_a_vip() -> None:
    room = Room(planned(vip_priority=10, priority_per_minute=1))
    room.arrives("1.1")
    room.passes(11 * 60)
    room.arrives("1.2", vip=True)
    room.ready(1)
    assert room.call("1.1").state is CallState.RINGING


def test_without_growth_only_priority_counts() -> None:
    room = Room(planned(vip_priority=1, priority_per_minute=0))
    room.arrives("1.1")
    room.passes(3600)
    room.arrives("1.2", vip=True)
    room.ready(1)
    assert room.call("1.2").state is CallState.RINGING


def test_the_more_urgent_of_an_operators_queues_is_served_first() -> None:
    urgent = msgspec.structs.replace(OTHER, operator_ids=frozenset({1}), plan=Plan(priority=5))
    room = Room(PROJECT, urgent)
    room.arrives("1.1", "100")
    room.passes(60)
    room.arrives("1.2", "200")
    room.ready(1)
    assert room.call("1.2").state is CallState.RINGING


def test_an_operators_own_order_of_queues_comes_before_priority() -> None:
    mine = msgspec.structs.replace(PROJECT, ranks={1: 1})
    urgent = msgspec.structs.replace(OTHER, operator_ids=frozenset({1}), ranks={1: 2}, plan=Plan(priority=100))
    room = Room(mine, urgent)
    room.arrives("1.1", "200")
    room.arrives("1.2", "100")
    room.ready(1)
    assert room.call("1.2").state is CallState.RINGING


@pytest.mark.parametrize(
    ("sticky", "known", "expected"),
    [
        (Sticky.LAST_OPERATOR, {"last_operator_id": 2}, 2),
        (Sticky.CONSULTANT, {"consultant_id": 2, "last_operator_id": 1}, 2),
        (Sticky.CONSULTANT, {"last_operator_id": 2}, 2),
        (Sticky.NOBODY, {"last_operator_id": 2}, 1),
    ],
)
def test_a_known_caller_goes_to_his_own_operator(sticky: Sticky, known: dict[str, int], expected: int) -> None:
    room = Room(planned(sticky=sticky))
    room.ready(1, 2)
    room.arrives(**known)
    assert room.state(expected) is AgentState.RINGING


def test_he_waits_for_a_busy_one_as_long_as_the_plan_says() -> None:
    room = Room(planned(sticky=Sticky.LAST_OPERATOR, sticky_seconds=30))
    room.talking(2, "1.0")
    room.ready(1)
    room.arrives(last_operator_id=2)
    assert room.call().state is CallState.WAITING
    room.passes(29)
    assert room.state(1) is AgentState.READY
    room.passes(2)
    assert room.state(1) is AgentState.RINGING


def test_nobody_waits_for_who_has_gone_home() -> None:
    room = Room(planned(sticky=Sticky.LAST_OPERATOR))
    room.talking(2, "1.0")
    room.ready(1)
    room.arrives(last_operator_id=2)
    room.tell(facts.ChannelGone(channel_id="1.0"))
    room.tell(facts.WantsOffline(agent_id=2))
    assert room.state(1) is AgentState.RINGING


def waited(to: str, after: float = 30) -> tuple[Overflow, ...]:
    return (Overflow(when=OverflowWhen.WAITED, to=to, after=after),)


def test_a_queue_beside_helps_out_and_the_place_is_kept() -> None:
    room = Room(planned(overflow=waited("queue:078")), OTHER)
    room.ready(3)
    room.arrives()
    room.passes(31)
    assert room.state(3) is AgentState.RINGING
    assert room.call().project.number == "077"


def test_a_full_queue_sends_callers_elsewhere() -> None:
    full = (Overflow(when=OverflowWhen.FULL, to="voicemail"),)
    room = Room(planned(max_waiting=1, overflow=full))
    room.ready(1)
    room.tell(facts.WantsPause(agent_id=1, reason="lunch"))
    room.arrives("1.1")
    room.arrives("1.2")
    assert room.call("1.1").state is CallState.WAITING
    assert "uk/voicemail" in room.said("1.2")


def test_a_project_without_anybody_on_shift() -> None:
    room = Room(planned(overflow=(Overflow(when=OverflowWhen.NO_OPERATORS, to="fallback"),)))
    room.arrives()
    assert room.all(do.GiveBack) == [do.GiveBack("1.1", "1.1", "100")]
    assert room.result() == "fallback"


def test_an_outside_number_takes_over_after_a_while() -> None:
    room = Room(planned(overflow=waited("number:+380441112233")))
    room.arrives()
    room.passes(31)
    room.answers()
    assert room.in_bridge() == {"1.1", room.leg()}
    room.tell(facts.ChannelGone(channel_id="1.1"))
    assert room.result() == "answered"


def test_rules_that_fall_due_while_the_telephone_rings_take_effect_afterwards() -> None:
    room = Room(planned(overflow=waited("voicemail", after=10)))
    room.ready(1)
    room.arrives()
    room.passes(25)
    assert "uk/voicemail" in room.said()


def test_a_project_added_in_the_day_is_served() -> None:
    room = Room(PROJECT)
    new = Project(id=9, number="099", name="Нове", dnis=("900",), operator_ids=frozenset({1}))
    room.tell(facts.Configured(projects=(PROJECT, new), operators=OPERATORS))
    room.ready(1)
    room.arrives("1.9", "900")
    assert room.state(1) is AgentState.RINGING
