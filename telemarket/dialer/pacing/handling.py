"""When each operator will be free: from how long he has talked or wrapped up, and from how he usually does."""

import math

import msgspec

from telemarket.dialer.pacing.answers import Row
from telemarket.dialer.pacing.lives import Lifetimes, believed
from telemarket.dialer.pacing.model import Settings

_GRID = 0.5
_LONG = 60.0
"""Up to here a talk's age is told to the second, beyond to 3 %: only so many rows are kept."""
_FINE = 30
_OWN_MEMORY = 60.0
_GROUP_CALLS = 40.0
"""What the group does is worth so many calls of his own."""
_LEVEL = 0.1
_MOST_LEVELS = 7
"""Operators are told apart by steps of 10 %, from half to twice the group's mean."""
_MOST_OPERATORS = 5_000


class Own(msgspec.Struct, array_like=True):
    """An operator's weighted calls, and sums of his talk and wrap-up as multiples of the group's mean."""

    calls: float = 0.0
    talk: float = 0.0
    wrapup: float = 0.0


class HandlingState(msgspec.Struct):
    """What has been learned of operators; samples in seconds."""

    talk: list[float]
    wrapup: list[float]
    own: dict[int, Own]


class Handling:
    """Learns from calls operators are through with. Call `refresh` before the rows are read: each holds
    P(he is free by) each of the horizons, in seconds after now."""

    def __init__(self, state: HandlingState) -> None:
        self._talk, self._wrapup = Lifetimes(state.talk), Lifetimes(state.wrapup)
        self._own = dict(state.own)
        self._levels: dict[int, tuple[int, int]] = {}
        self._horizons: Row = ()
        self._talking: dict[tuple[int, int], Row] = {}
        self._wrapping: dict[tuple[int, int], Row] = {}
        self._wrapped_by: list[float] = []
        self._learned = self._due = 0

    def learn(self, operator: int, talk: float, wrapup: float) -> None:
        """He is through with a call."""
        own = self._own.pop(operator, None) or Own()
        keep = 1.0 - 1.0 / _OWN_MEMORY
        self._own[operator] = Own(
            keep * own.calls + 1.0,
            keep * own.talk + talk / max(1.0, self._talk.mean),
            keep * own.wrapup + wrapup / max(1.0, self._wrapup.mean),
        )
        if len(self._own) > _MOST_OPERATORS:
            del self._own[next(iter(self._own))]
        self._talk.learn(talk)
        self._wrapup.learn(wrapup)
        self._learned += 1

    def refresh(self, horizons: Row) -> None:
        """Take in what was learned since, if it is much."""
        if horizons == self._horizons and self._learned < self._due:
            return
        self._due = self._learned + max(5, min(50, self._learned // 20))
        self._horizons = horizons
        self._talking.clear()
        self._wrapping.clear()
        self._levels = {
            operator: (_level(own.calls, own.talk), _level(own.calls, own.wrapup))
            for operator, own in self._own.items()
        }
        self._wrapped_by = [self._wrapup.ends_by(0.0, i * _GRID) for i in range(int(horizons[-1] / _GRID) + 3)]

    def talking(self, operator: int, elapsed: float) -> Row:
        """Of one who has talked for `elapsed` seconds."""
        age = int(elapsed) if elapsed < _LONG else int(_LONG + _FINE * math.log(elapsed / _LONG))
        key = age, self._levels.get(operator, (0, 0))[0]
        row = self._talking.get(key)
        if row is None:
            middle = age + 0.5 if age < _LONG else _LONG * math.exp((age + 0.5 - _LONG) / _FINE)
            row = self._talking[key] = self._talk_row(middle, math.exp(key[1] * _LEVEL))
        return row

    def wrapping(self, operator: int, elapsed: float) -> Row:
        """Of one whose wrap-up goes on for `elapsed` seconds."""
        key = int(elapsed / _GRID), self._levels.get(operator, (0, 0))[1]
        row = self._wrapping.get(key)
        if row is None:
            pace, age = math.exp(key[1] * _LEVEL), key[0] * _GRID
            row = tuple([self._wrapup.ends_by(age / pace, horizon / pace) for horizon in self._horizons])
            self._wrapping[key] = row
        return row

    def to_state(self) -> HandlingState:
        """What has been learned."""
        return HandlingState(self._talk.to_samples(), self._wrapup.to_samples(), self._own)

    def _talk_row(self, elapsed: float, pace: float) -> Row:
        """The rest of the talk, and a whole wrap-up."""
        rests, each = self._talk.rests(elapsed / pace, self._horizons[-1] / pace)
        wrapped = self._wrapped
        return tuple(
            [
                each * sum([wrapped(horizon - rest * pace) for rest in rests if rest * pace < horizon])
                for horizon in self._horizons
            ]
        )

    def _wrapped(self, seconds: float) -> float:
        place = seconds / _GRID
        low = int(place)
        by = self._wrapped_by
        return by[low] + (place - low) * (by[low + 1] - by[low])


def unlearned(settings: Settings) -> HandlingState:
    """What is believed before anything has been seen."""
    return HandlingState(believed(settings.talk_seconds), believed(settings.wrapup_seconds), {})


def _level(calls: float, multiples: float) -> int:
    pace = (multiples + _GROUP_CALLS) / (calls + _GROUP_CALLS)
    return max(-_MOST_LEVELS, min(_MOST_LEVELS, round(math.log(pace) / _LEVEL)))
