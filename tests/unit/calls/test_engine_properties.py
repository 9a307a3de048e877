"""Random histories in virtual time: whatever callers, operators, supervisors, the PBX and the daemon do, no call is
lost, nobody talks in two places, nobody waits in vain and nothing is left behind."""

import random

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from telemarket.calls import facts
from telemarket.calls.model import OperatorProfile, Project
from telemarket.calls.plan import (
    Announcements,
    CallbackPlan,
    Node,
    NodeKind,
    Overflow,
    OverflowWhen,
    Plan,
    Relaxation,
    SkillNeed,
    Sticky,
    Strategy,
)
from telemarket.calls.views import CallState
from telemarket.simulation.habits import Caller, CallerHabits, OperatorHabits, uniform
from telemarket.simulation.pbx import Faults
from telemarket.simulation.world import World
from tests.fakes.happenings import OPERATORS, PEOPLE, Happening, histories
from tests.fakes.invariants import Invariants

CALLERS = CallerHabits(
    patience=uniform(1, 90), talk=uniform(1, 240), presses=0.3, machines=0.3, detection=uniform(0.1, 6)
)
HABITS = OperatorHabits(
    answer=uniform(0.1, 15), declines=0.15, absent=0.15, card=uniform(0.01, 0.3), cards_unseen=0.2, ends_call=0.5
)
FAULTS = Faults(unanswered=0.03, refused_legs=0.05, lost_hang_ups=0.1, failed_sounds=0.1)
EXPIRES = CallbackPlan(attempts=2, retry_after=60, expires_after=300)
CALLBACK = CallbackPlan(key="1", offer_after=20, attempts=2, retry_after=60, expires_after=300)

PLANS = {
    "plain": Plan(callback=EXPIRES),
    "talkative": Plan(
        greeting="hello",
        menu={
            "start": Node(kind=NodeKind.MENU, sound="choose", choices={"1": "", "2": "node:ask", "3": "voicemail"}),
            "ask": Node(kind=NodeKind.ASK, sound="contract", look_up=True, digits=3),
        },
        announcements=Announcements(every=10),
        callback=CALLBACK,
    ),
    "skilled": Plan(
        strategy=Strategy.SKILL_LEVEL,
        skills=(
            SkillNeed(skill="english", level=60, relax=(Relaxation(after=20, level=30), Relaxation(after=40, level=0))),
        ),
        sticky=Sticky.CONSULTANT,
        sticky_seconds=15,
        priority=5,
        callback=EXPIRES,
    ),
    "overflowing": Plan(
        strategy=Strategy.ROUND_ROBIN,
        max_waiting=3,
        callback=CALLBACK,
        overflow=(
            Overflow(when=OverflowWhen.FULL, to="callback"),
            Overflow(when=OverflowWhen.NO_OPERATORS, to="voicemail"),
            Overflow(when=OverflowWhen.WAITED, to="queue:077", after=10),
            Overflow(when=OverflowWhen.WAITED, to="number:+380441112233", after=60),
        ),
    ),
    "ring-all": Plan(strategy=Strategy.RING_ALL, priority_per_minute=0, callback=CALLBACK),
}

plans = st.sampled_from(sorted(PLANS))


def begin(seed: int, first: str, second: str) -> tuple[World, Invariants]:
    """Two projects with these plans, of which the second operator serves both, and everybody at his desk."""
    invariants = Invariants()
    kasko = Project(id=1, number="077", name="КАСКО", dnis=("100",), operator_ids=frozenset({1, 2}), plan=PLANS[first])
    dms = Project(id=2, number="078", name="ДМС", dnis=("200",), operator_ids=frozenset({2, 3}), plan=PLANS[second])
    world = World(
        [msgspec.structs.replace(kasko, wrapup_seconds=10), msgspec.structs.replace(dms, wrapup_seconds=0)],
        [
            OperatorProfile(id=number, endpoint=f"PJSIP/op{number}", login=f"op{number}", skills={"english": level})
            for number, level in zip(PEOPLE, (80, 40, 0, 0), strict=True)
        ],
        dice=random.Random(seed),
        callers=CALLERS,
        habits=HABITS,
        faults=FAULTS,
        look_up=uniform(0.002, 0.5),
        listener=invariants.heard,
        after_each=invariants.check_floor,
    )
    for agent_id in OPERATORS:
        world.sign_in(agent_id)
    return world, invariants


def settle(world: World) -> None:
    """Everybody goes home: after this nothing may be left."""
    if not world.pbx.connected:
        world.reconnect()
    for agent_id in PEOPLE:
        world.tell(facts.WantsOffline(agent_id=agent_id))
    for _ in range(30):
        world.run(60)
        world.audit()
    world.run(60)


@settings(max_examples=300, deadline=None)
@given(histories(60), st.integers(0, 2**32), plans, plans)
def test_no_call_is_lost_and_no_channel_left_behind(
    history: list[Happening], seed: int, first: str, second: str
) -> None:
    world, invariants = begin(seed, first, second)
    for action, arguments in history:
        action(world, *arguments)
    settle(world)
    invariants.check_nothing_left(world)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 8), st.floats(0, 60))
def test_a_conversation_survives_the_daemons_death(seed: int, lost: int, after: float) -> None:
    world, invariants = begin(seed, "plain", "plain")
    world.call(Caller(world.now, "100", patience=300, talk=120))
    world.run(after)
    talking = {call.id: call.agent.id for call in world.engine.floor.calls.values() if call.state is CallState.TALKING}
    bridged = {bridge: set(members) for bridge, members in world.pbx.bridges.items() if len(members) == 2}
    world.restart(lost)
    kept = world.pbx.bridges
    assert all(kept.get(bridge) == members for bridge, members in bridged.items()), "a conversation was cut"
    adopted = world.engine.floor.calls
    for call_id, agent_id in talking.items():
        if bridged:
            assert adopted[call_id].state is CallState.TALKING
            assert adopted[call_id].agent.id == agent_id
    settle(world)
    invariants.check_nothing_left(world)
