"""A whole day of a large centre, 100,000 calls with everything that goes wrong, in virtual time."""

import random

import pytest

from telemarket.calls import facts
from telemarket.calls.model import OperatorProfile, Project
from telemarket.simulation.habits import CallerHabits, OperatorHabits, callers, exponential, uniform
from telemarket.simulation.pbx import Faults
from telemarket.simulation.world import World
from tests.fakes.invariants import Invariants

OPERATORS = range(1, 201)
PROJECTS = (
    Project(id=1, number="077", name="КАСКО", dnis=("100",), operator_ids=frozenset(OPERATORS), wrapup_seconds=15),
    Project(id=2, number="078", name="ДМС", dnis=("200",), operator_ids=frozenset(OPERATORS[100:]), wrapup_seconds=0),
)
CALLERS = CallerHabits(patience=exponential(120), talk=exponential(150))
HABITS = OperatorHabits(
    answer=uniform(1, 8),
    declines=0.01,
    absent=0.02,
    back=exponential(60),
    card=uniform(0.01, 0.2),
    cards_unseen=0.01,
    ends_call=0.3,
)
FAULTS = Faults(unanswered=0.001, refused_legs=0.001, lost_hang_ups=0.01)
RATES = {"100": (3300.0,) * 48, "200": (1000.0,) * 48}  # 103,200 calls


@pytest.mark.timeout(600)  # much to compute, on a busy machine
def test_a_day_of_a_hundred_thousand_calls_loses_none() -> None:
    invariants, dice = Invariants(), random.Random(1)
    world = World(
        PROJECTS,
        [OperatorProfile(id=i, endpoint=f"PJSIP/op{i}") for i in OPERATORS],
        dice=random.Random(2),
        callers=CALLERS,
        habits=HABITS,
        look_up=uniform(0.002, 0.4),
        faults=FAULTS,
        listener=invariants.heard,
        after_each=invariants.check,
    )
    for dnis, rates in RATES.items():
        world.expect(callers(rates, world.now, dnis, CALLERS, random.Random(dnis)))
    come_to_work(world)
    for half_hour in range(1, 49):
        world.run(1780)
        match half_hour % 8:
            case 0:  # the daemon dies, and operators' pages come back
                world.restart(lost_entries=dice.randint(0, 6))
            case 4:  # the PBX cannot be reached for a while
                world.disconnect()
                world.run(10)
                world.reconnect()
            case _:
                for agent_id in dice.sample(OPERATORS, 10):
                    world.tell(facts.WantsPause(agent_id=agent_id, reason="lunch"))
                    world.tell(facts.WantsHangUp(agent_id=dice.choice(OPERATORS)))
        invariants.check_floor(world)
        world.run(20)
        come_to_work(world)
    for agent_id in OPERATORS:
        world.tell(facts.WantsOffline(agent_id=agent_id))
    world.run(7200)
    invariants.check_nothing_left(world)
    assert invariants.calls > 100_000
    assert set(invariants.results) <= {"answered", "abandoned", "ended-unobserved"}, "a caller was sent away"


def come_to_work(world: World) -> None:
    for agent_id in OPERATORS:
        world.sign_in(agent_id)
