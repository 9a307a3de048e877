"""The probability that a call is answered: learned, and forgotten, at several speeds at once."""

import math
from typing import Self

import msgspec

_MEMORIES = (40.0, 150.0, 600.0, 3000.0)
"""Calls after which each expert has forgotten all but 1/e of what it knew."""
_HOUR_MEMORY = 2000.0
_HOURS_OF_WEEK = 168
_TRUST_KEPT = 0.97
"""How much of an expert's past success counts after each further call."""
_BELIEVED_CALLS = 8.0
_USUAL_CALLS = 20.0
"""What is known of other hours is worth so many calls in an hour that nothing is known of."""
_SILENCE = 1800.0
"""Seconds without a result after which nobody knows how many will answer: this is another hour, or another day."""
_ENOUGH = 20
"""Results after which it is known again."""


class RateState(msgspec.Struct):
    """Weighted calls and answers, of each expert and of each hour of the week."""

    answered: list[float]
    calls: list[float]
    trust: list[float]
    """Decayed log-likelihood of each expert; the last is the one that remembers hours."""
    hours: dict[int, tuple[float, float]]
    learned_at: float = 0.0
    """When the latest call learned was over, POSIX."""
    since_silence: int = 0
    """Calls learned since the latest silence."""


class AnswerRate:
    """Experts of different memory, and one that remembers the same hour of the week; each is trusted as much as it
    has foretold of late. Rates that swing within the hour are followed, those that stand still are known closely."""

    def __init__(self, believed: float) -> None:
        size = len(_MEMORIES)
        self._state = RateState(
            [believed * _BELIEVED_CALLS] * size, [_BELIEVED_CALLS] * size, [0.0] * (size + 1), hours={}
        )
        self.value = believed

    @classmethod
    def restored(cls, state: RateState) -> Self:
        """As it was; the hour it was stored in is not taken for this one."""
        rate = cls(_share(state.answered[-1], state.calls[-1]))
        rate._state = state
        return rate

    def known(self, now: float) -> bool:
        """Whether enough of the present hour has been seen."""
        return now - self._state.learned_at <= _SILENCE and self._state.since_silence >= _ENOUGH

    def learn(self, answered: bool, now: float) -> None:
        """A call was answered, or is over without, then: a call of before a silence may be learned only after it."""
        state, hour = self._state, int(now // 3600.0) % _HOURS_OF_WEEK
        state.since_silence = state.since_silence + 1 if now - state.learned_at <= _SILENCE else 1
        state.learned_at = now
        for i, probability in enumerate(self._foretold(hour)):
            likelihood = probability if answered else 1.0 - probability
            state.trust[i] = _TRUST_KEPT * state.trust[i] + math.log(likelihood)
        for i, memory in enumerate(_MEMORIES):
            keep = 1.0 - 1.0 / memory
            state.answered[i] = keep * state.answered[i] + answered
            state.calls[i] = keep * state.calls[i] + 1.0
        hits, calls = state.hours.get(hour, (0.0, 0.0))
        keep = 1.0 - 1.0 / _HOUR_MEMORY
        state.hours[hour] = (keep * hits + answered, keep * calls + 1.0)
        best = max(state.trust)
        weights = [math.exp(each - best) for each in state.trust]
        weighted = sum([w * p for w, p in zip(weights, self._foretold(hour), strict=True)])
        self.value = weighted / sum(weights)

    def to_state(self) -> RateState:
        """What has been learned."""
        return self._state

    def _foretold(self, hour: int) -> list[float]:
        state = self._state
        said = [_share(hits, calls) for hits, calls in zip(state.answered, state.calls, strict=True)]
        hits, calls = state.hours.get(hour, (0.0, 0.0))
        return [*said, _share(hits + _USUAL_CALLS * said[-1], calls + _USUAL_CALLS)]


def _share(part: float, whole: float) -> float:
    return min(0.99, max(0.005, (part + 0.05) / (whole + 0.1)))
