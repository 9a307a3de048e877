"""Campaigns beside callers, whatever else happens: every lead's call ends once, nobody is connected too late."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from telemarket.calls.views import DialMode, MachineAction
from tests.fakes import happenings
from tests.fakes.happenings import OPERATORS, Happening, dial_a_lead, histories
from tests.unit.calls.test_engine_properties import begin, settle

BESIDE = (
    happenings.withdraw_a_lead,
    happenings.hear_who_answered,
    happenings.dial_the_previewed,
    happenings.skip_the_previewed,
    happenings.time_passes,
    happenings.ready,
    happenings.close_page,
    happenings.pause,
    happenings.hang_up,
    happenings.somebody_calls,
    happenings.a_line_breaks,
    happenings.transfer,
    happenings.park,
    happenings.end_call,
    happenings.the_socket_blinks,
    happenings.restart,
    happenings.everybody_comes_back,
    happenings.everybody_comes_back,
)


@settings(max_examples=150, deadline=None)
@given(
    histories(40, *BESIDE),
    st.integers(0, 2**32),
    st.sampled_from(DialMode),
    st.booleans(),
    st.sampled_from(MachineAction),
)
def test_every_lead_ends_once_and_nobody_waits_too_long(
    history: list[Happening], seed: int, mode: DialMode, detect: bool, on_machine: MachineAction
) -> None:
    world, invariants = begin(seed, "plain", "plain")
    dice = random.Random(seed)
    for action, arguments in history:
        for agent_id in OPERATORS:
            dial_a_lead(world, mode, detect, on_machine, dice.choice((1, 2)), agent_id, 6.0)
            world.run(dice.uniform(0, 5))
        action(world, *arguments)
    settle(world)
    invariants.check_nothing_left(world)
