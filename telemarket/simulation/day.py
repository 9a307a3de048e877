"""A day of the call centre: the engine that answers the phone, with simulated people at both ends of the line."""

import math
from collections.abc import Callable
from random import Random

import msgspec

from telemarket.calls import commands as do
from telemarket.calls import facts
from telemarket.calls.model import OperatorProfile, Project
from telemarket.simulation import habits
from telemarket.simulation.figures import Figures, Ledger
from telemarket.simulation.habits import HALF_HOUR, CallerHabits, OperatorHabits
from telemarket.simulation.pbx import Delays
from telemarket.simulation.world import World

DNIS = "simulated"
START = 1_699_999_200.0
"""A full half-hour."""


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """What a day is like. Seconds, and shares from 0 to 1."""

    operators: int
    rates: tuple[float, ...]  # calls an hour, for each half-hour
    talk: float  # mean of an exponential distribution
    answer: float = 0.0  # from the first ring until the operator has picked up; always the same
    wrap_up: int = 0  # always the same
    patience: float | None = None  # mean of an exponential distribution; None: nobody gives up
    within: float = 20.0  # the service level's threshold
    unanswered: float = 0.0  # the share of offers the operator does not answer; he is back after `back`
    back: float = 60.0
    warm_up: int = 2  # half-hours before the first, with its calls, that are not counted
    project: Project = Project(id=1, number="1", name="simulated")

    @property
    def handling(self) -> float:
        """What a call costs an operator, in seconds on average."""
        return self.answer + self.talk + self.wrap_up


def simulate(day: Day, seed: str, progress: Callable[[], None] = lambda: None) -> list[Figures]:
    """One day, by half-hour. The same day and seed give the same figures. `progress` is called at each half-hour.

    Callers are the same whatever the operators are: the seed alone decides when they call and how long they talk.
    """
    world, ledger = _prepare(day, seed)
    for agent_id in range(1, day.operators + 1):
        world.sign_in(agent_id)
    rates = day.rates[:1] * day.warm_up + day.rates
    world.expect(habits.callers(rates, world.now, DNIS, _caller_habits(day), Random(f"callers {seed}")))  # noqa: S311
    for _ in rates:
        world.run(HALF_HOUR)
        progress()
    ledger.close(world.now)
    while world.engine.floor.calls:  # who called in time is answered
        world.run(HALF_HOUR)
    return ledger.half_hours


def _prepare(day: Day, seed: str) -> tuple[World, Ledger]:
    ledger = Ledger(START, len(day.rates), day.within)
    ids = range(1, day.operators + 1)
    project = msgspec.structs.replace(
        day.project, dnis=(DNIS,), operator_ids=frozenset(ids), wrapup_seconds=day.wrap_up
    )
    skills = {need.skill: 100 for need in project.plan.skills}  # they can do everything

    def read(_: World, heard: facts.Fact | do.Command) -> None:
        if isinstance(heard, do.Journal):
            ledger.read(heard)

    world = World(
        [project],
        [OperatorProfile(id=agent_id, endpoint=f"simulated/{agent_id}", skills=skills) for agent_id in ids],
        dice=Random(f"operators {seed}"),  # noqa: S311
        callers=_caller_habits(day),
        habits=OperatorHabits(
            answer=habits.constant(day.answer), absent=day.unanswered, back=habits.constant(day.back)
        ),
        delays=Delays(request=0.0),
        start=START - day.warm_up * HALF_HOUR,
        listener=read,
    )
    return world, ledger


def _caller_habits(day: Day) -> CallerHabits:
    patience = math.inf if day.patience is None else day.patience
    return CallerHabits(patience=habits.exponential(patience), talk=habits.exponential(day.talk))
