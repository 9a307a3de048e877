"""Random histories in virtual time: whatever callers, operators, the PBX and the daemon do, no call is lost."""

import random
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from telemarket.calls import commands as do
from telemarket.calls import facts
from telemarket.calls.model import OperatorProfile, Project
from telemarket.calls.views import AgentState, CallState
from tests.fakes.simulated_pbx import World

OPERATORS = (1, 2, 3)
PROJECTS = (
    Project(id=1, number="077", name="КАСКО", dnis=("100",), operator_ids=frozenset({1, 2}), wrapup_seconds=10),
    Project(id=2, number="078", name="ДМС", dnis=("200",), operator_ids=frozenset({2, 3}), wrapup_seconds=0),
)

operators = st.sampled_from(OPERATORS)
actions = st.one_of(
    st.tuples(st.just("call"), st.sampled_from(["100", "200", "999"]), st.floats(1, 90)),
    st.tuples(st.just("wait"), st.floats(0, 40)),
    st.tuples(st.just("ready"), operators),
    st.tuples(st.just("pause"), operators),
    st.tuples(st.just("offline"), operators),
    st.tuples(st.just("hang_up"), operators),
    st.tuples(st.just("open_page"), operators),
    st.tuples(st.just("close_page"), operators),
    st.tuples(st.just("disconnect")),
    st.tuples(st.just("reconnect")),
    st.tuples(st.just("restart"), st.integers(0, 6)),
)


def act(world: World, action: tuple) -> None:
    match action:
        case ("call", dnis, patience):
            if world.connected:  # with nobody connected the dialplan's fallback has the call
                world.call(dnis, patience)
        case ("wait", seconds):
            world.run(seconds)
        case ("ready", agent_id):
            world.tell(facts.WantsReady(agent_id=agent_id))
        case ("pause", agent_id):
            world.tell(facts.WantsPause(agent_id=agent_id, reason="lunch"))
        case ("offline", agent_id):
            world.tell(facts.WantsOffline(agent_id=agent_id))
        case ("hang_up", agent_id):
            world.tell(facts.WantsHangUp(agent_id=agent_id))
        case ("open_page", agent_id):
            world.open_page(agent_id)
        case ("close_page", agent_id):
            world.close_page(agent_id)
        case ("disconnect",):
            world.disconnect()
        case ("reconnect",):
            world.reconnect()
        case ("restart", lost):
            world.restart(lost)


def check_floor(world: World) -> None:
    floor = world.engine.floor
    for call in floor.calls.values():
        assert call.id in floor.channels
        waiting = call.id in floor.waiting[call.project.id]
        assert waiting == (call.state is CallState.WAITING)
        in_hands = call.state in (CallState.RINGING, CallState.TALKING)
        assert in_hands == (call.agent is not None)
        if call.agent is not None:
            assert call.agent.call is call
    for agent in floor.agents.values():
        has_call = agent.state in (AgentState.RINGING, AgentState.TALKING)
        if has_call:
            assert agent.call is not None
            assert agent.call.agent is agent
        elif agent.state is not AgentState.WRAPUP:
            assert agent.call is None, f"{agent.state} with a call"
        assert agent.page or agent.state is not AgentState.RINGING, "rung without a page"
    if floor.pbx_connected:
        for project_id, queue in floor.waiting.items():
            assert not (queue and floor.available.get(project_id)), "a caller waits while an operator is available"


def check_card_before_ring(world: World) -> None:
    pushed: set[str] = set()
    for _, entry in world.log:
        if isinstance(entry, do.PushCard):
            pushed.add(entry.call_id)
        if isinstance(entry, do.Dial):
            assert entry.call_id in pushed


def settle(world: World) -> None:
    """Everybody goes home: after this nothing may be left."""
    if not world.connected:
        world.reconnect()
    for agent_id in OPERATORS:
        world.tell(facts.WantsOffline(agent_id=agent_id))
    world.run(900)


@settings(max_examples=400, deadline=None)
@given(st.lists(actions, max_size=60), st.integers(0, 2**32))
def test_no_call_is_lost_and_no_channel_left_behind(history: list[tuple], seed: int) -> None:
    operator_profiles = tuple(OperatorProfile(id=i, endpoint=f"PJSIP/op{i}") for i in OPERATORS)
    world = World(PROJECTS, operator_profiles, random.Random(seed))
    world.after_each = check_floor
    for agent_id in OPERATORS:
        world.open_page(agent_id)
        world.tell(facts.WantsReady(agent_id=agent_id))
    restarted = False
    for action in history:
        act(world, action)
        restarted |= action[0] == "restart"
    settle(world)

    assert not world.channels
    assert not world.bridges
    assert not world.engine.floor.calls
    assert not world.engine.floor.channels
    check_card_before_ring(world)
    arrived = {e.call_id for e in world.journal if e.kind == "call.arrived"}
    ended = Counter(e.call_id for e in world.journal if e.kind == "call.ended")
    assert arrived <= set(ended)
    if not restarted:
        assert set(ended.values()) <= {1}


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 8), st.floats(0, 60))
def test_a_conversation_survives_the_daemons_death(seed: int, lost: int, after: float) -> None:
    profiles = tuple(OperatorProfile(id=i, endpoint=f"PJSIP/op{i}") for i in OPERATORS)
    world = World(PROJECTS, profiles, random.Random(seed))
    world.after_each = check_floor
    for agent_id in OPERATORS:
        world.open_page(agent_id)
        world.tell(facts.WantsReady(agent_id=agent_id))
    world.call("100", patience=300)
    world.run(after)
    talking = {call.id: call.agent.id for call in world.engine.floor.calls.values() if call.state is CallState.TALKING}
    bridged = {bridge: set(members) for bridge, members in world.bridges.items() if len(members) == 2}
    world.restart(lost)
    assert all(world.bridges.get(bridge) == members for bridge, members in bridged.items()), "a conversation was cut"
    adopted = world.engine.floor.calls
    for call_id, agent_id in talking.items():
        if bridged:
            assert adopted[call_id].state is CallState.TALKING
            assert adopted[call_id].agent.id == agent_id
    settle(world)
    assert not world.channels
    assert not world.bridges
