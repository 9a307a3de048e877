"""Random histories in virtual time: whatever callers, operators, the PBX and the daemon do, no call is lost."""

import random
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from telemarket.calls import facts
from telemarket.calls.model import OperatorProfile, Project
from telemarket.calls.views import CallState
from telemarket.simulation.habits import Caller, CallerHabits, OperatorHabits, uniform
from telemarket.simulation.pbx import Faults
from telemarket.simulation.world import World
from tests.fakes.invariants import Invariants

OPERATORS = (1, 2, 3)
PROJECTS = (
    Project(id=1, number="077", name="КАСКО", dnis=("100",), operator_ids=frozenset({1, 2}), wrapup_seconds=10),
    Project(id=2, number="078", name="ДМС", dnis=("200",), operator_ids=frozenset({2, 3}), wrapup_seconds=0),
)
CALLERS = CallerHabits(patience=uniform(1, 90), talk=uniform(1, 240))
HABITS = OperatorHabits(
    answer=uniform(0.1, 15), declines=0.15, absent=0.15, card=uniform(0.01, 0.3), cards_unseen=0.2, ends_call=0.5
)
FAULTS = Faults(unanswered=0.03, refused_legs=0.05, lost_hang_ups=0.1, failed_sounds=0.1)

operator = st.sampled_from(OPERATORS)

ACTIONS: list[st.SearchStrategy[tuple[Callable[..., None], tuple[Any, ...]]]] = []
"""What can happen; each draws a function and its arguments after the world."""


def happens(*arguments: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Let the function below happen, with arguments drawn from these."""

    def add(action: Callable[..., None]) -> Callable[..., None]:
        ACTIONS.append(st.tuples(st.just(action), st.tuples(*arguments)))
        return action

    return add


@happens(st.floats(0, 40))
def time_passes(world: World, seconds: float) -> None:
    world.run(seconds)


@happens(st.sampled_from(["100", "200", "999"]), st.floats(1, 90), st.floats(1, 240))
def somebody_calls(world: World, dnis: str, patience: float, talk: float) -> None:
    world.call(Caller(world.now, dnis, patience, talk))


@happens(operator)
def ready(world: World, agent_id: int) -> None:
    world.tell(facts.WantsReady(agent_id=agent_id))


@happens(operator)
def pause(world: World, agent_id: int) -> None:
    world.tell(facts.WantsPause(agent_id=agent_id, reason="lunch"))


@happens(operator)
def offline(world: World, agent_id: int) -> None:
    world.tell(facts.WantsOffline(agent_id=agent_id))


@happens(operator)
def hang_up(world: World, agent_id: int) -> None:
    world.tell(facts.WantsHangUp(agent_id=agent_id))


@happens(operator)
def open_page(world: World, agent_id: int) -> None:
    world.open_page(agent_id)


@happens(operator)
def close_page(world: World, agent_id: int) -> None:
    world.close_page(agent_id)


@happens()
def disconnect(world: World) -> None:
    world.disconnect()


@happens()
def reconnect(world: World) -> None:
    world.reconnect()


@happens(st.integers(0, 6))
def restart(world: World, lost_entries: int) -> None:
    world.restart(lost_entries)


def begin(seed: int) -> tuple[World, Invariants]:
    """Everybody is at his desk."""
    invariants = Invariants()
    world = World(
        PROJECTS,
        tuple(OperatorProfile(id=i, endpoint=f"PJSIP/op{i}") for i in OPERATORS),
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
    for agent_id in OPERATORS:
        world.tell(facts.WantsOffline(agent_id=agent_id))
    world.run(900)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.deferred(lambda: st.one_of(ACTIONS)), max_size=60), st.integers(0, 2**32))
def test_no_call_is_lost_and_no_channel_left_behind(
    history: list[tuple[Callable[..., None], tuple[Any, ...]]], seed: int
) -> None:
    world, invariants = begin(seed)
    for action, arguments in history:
        action(world, *arguments)
    settle(world)
    invariants.check_nothing_left(world)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 8), st.floats(0, 60))
def test_a_conversation_survives_the_daemons_death(seed: int, lost: int, after: float) -> None:
    world, invariants = begin(seed)
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
