"""Callers and operators at the far ends of the lines."""

import math
from collections.abc import Collection
from functools import partial
from random import Random

from telemarket.simulation.agenda import Agenda
from telemarket.simulation.habits import Caller, CallerHabits, OperatorHabits
from telemarket.simulation.pbx import Channel, SimulatedPbx

DECLINED = 21
"""Q.850 cause: call rejected."""

AUTO_ANSWER_SECONDS = 0.1

DIGITS = "0123456789*#"


class People:
    """They pick up, talk, press keys, lose patience and hang up, as their habits are."""

    def __init__(
        self,
        agenda: Agenda,
        dice: Random,
        callers: CallerHabits,
        operators: OperatorHabits,
        telephones: Collection[str],
    ) -> None:
        """`telephones` are the operators' endpoints; whoever else is called is outside."""
        self._agenda, self._dice = agenda, dice
        self._callers, self._operators = callers, operators
        self._telephones = frozenset(telephones)
        self._to_say: dict[str, float] = {}  # by channel, of outside people who have not talked yet: for how long

    def call(self, pbx: SimulatedPbx, channel_id: str, caller: Caller) -> None:
        """A caller is on the line now."""
        self._to_say[channel_id] = caller.talk
        if math.isfinite(caller.patience):
            self._agenda.later(caller.patience, partial(self._give_up, pbx, channel_id))
        pbx.arrive(channel_id, "+380441234567", caller.dnis)

    def _give_up(self, pbx: SimulatedPbx, channel_id: str) -> None:
        if channel_id in self._to_say:
            pbx.drop(channel_id)

    def rings(self, pbx: SimulatedPbx, channel: Channel) -> None:
        """Somebody picks up, refuses, or is not there."""
        if channel.endpoint not in self._telephones:
            self._to_say[channel.id] = self._callers.talk(self._dice)
        habits, chance = self._operators, self._dice.random()
        if chance < habits.absent:
            return
        declines = chance < habits.absent + habits.declines
        happens = partial(pbx.drop, channel.id, DECLINED) if declines else partial(pbx.answer, channel.id)
        self._agenda.later(AUTO_ANSWER_SECONDS if channel.auto_answer else habits.answer(self._dice), happens)

    def talks(self, pbx: SimulatedPbx, channels: Collection[Channel]) -> None:
        """Who is outside and talks for the first time says what he has to say; then he or another hangs up."""
        for channel in channels:
            talk = self._to_say.pop(channel.id, None)
            if talk is None:
                continue
            if self._dice.random() < self._operators.ends_call:
                others = [other.id for other in channels if other is not channel]
                self._agenda.later(talk, partial(pbx.drop, self._dice.choice(others)))
                talk *= 2  # should he be in a conference, or with another by then
            self._agenda.later(talk, partial(pbx.drop, channel.id))

    def hears(self, pbx: SimulatedPbx, channel: Channel) -> None:
        """A sound: some press a key."""
        if self._dice.random() < self._callers.presses:
            digit = self._dice.choice(DIGITS)
            self._agenda.later(self._dice.uniform(0.1, 5.0), partial(pbx.press, channel.id, digit))

    def gone(self, channel: Channel) -> None:
        """His channel is no more."""
        self._to_say.pop(channel.id, None)
